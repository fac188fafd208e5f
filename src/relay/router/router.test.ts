import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { DROP_REASONS, type DropReason } from '../../wireguard/drop.ts';
import { bytes, faultOf, ipv4, ipv6, ping4, ping6, slowChecksum } from './example-packets.ts';
import {
  AWAY,
  EXIT,
  EXPIRED,
  ExampleRouter,
  errorIn,
  hex,
  kind,
  LAPTOP,
  type Outcome,
  PHONE,
} from './example-router.ts';
import { readShort } from './inner-packet.ts';

const DF = 0x4000;
const MF = 0x2000;

describe('forwarding', () => {
  test('an IPv4 packet goes to the owner of its destination with one hop less and a right checksum', () => {
    const packet = ipv4({ from: '10.77.0.2', to: '192.168.1.9', ttl: 64 });
    const outcome = new ExampleRouter().pass(packet);
    assert.equal(outcome.to, LAPTOP);
    assert.deepEqual(outcome.sent, []);
    assert.deepEqual(outcome.packet, ipv4({ from: '10.77.0.2', to: '192.168.1.9', ttl: 63 }));
  });

  test('an IPv6 packet goes to the owner of its destination with one hop less', () => {
    const outcome = new ExampleRouter().pass(ipv6({ from: 'fd00:77::2', to: 'fd00:1::9', hopLimit: 2 }));
    assert.equal(outcome.to, LAPTOP);
    assert.deepEqual(outcome.packet, ipv6({ from: 'fd00:77::2', to: 'fd00:1::9', hopLimit: 1 }));
  });

  test('the checksum is right after lowering for every checksum there is', () => {
    // The identification runs through all values, and the checksum with it.
    const router = new ExampleRouter();
    for (let identification = 0; identification < 0x10000; identification++) {
      for (const ttl of [2, 255]) {
        const { packet } = router.pass(
          ipv4({ from: '10.77.0.2', to: '10.77.0.3', ttl, identification, payload: bytes(0) }),
        );
        assert.equal(slowChecksum(packet), 0, `identification ${identification}`);
        assert.notEqual((packet[10]! << 8) | packet[11]!, 0xffff);
      }
    }
  });

  test('IPv4 options are passed on as they are', () => {
    const options = [0x94, 4, 0, 0, 1, 1, 1, 0];
    const outcome = new ExampleRouter().pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3', options }));
    assert.deepEqual(outcome.packet, ipv4({ from: '10.77.0.2', to: '10.77.0.3', options, ttl: 63 }));
  });

  test('ECN and DSCP inside are passed on as they are', () => {
    assert.equal(new ExampleRouter().pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3', tos: 0xbb })).packet[1], 0xbb);
    const six = new ExampleRouter().pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', trafficClass: 0xbb }));
    assert.equal((six.packet[0]! << 8) | six.packet[1]!, 0x6bb0);
  });

  test('packets and inner bytes that were forwarded are counted, and no others', () => {
    const router = new ExampleRouter();
    router.pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(80) }));
    router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', payload: bytes(60) }));
    router.pass(ping4('10.77.0.2', '10.77.0.1'));
    router.pass(ipv4({ from: '10.77.0.2', to: '10.99.0.1' }));
    assert.equal(router.router.forwardedPackets, 2);
    assert.equal(router.router.forwardedBytes, 200);
  });

  test('a packet back to its sender is refused in both families', () => {
    const router = new ExampleRouter();
    const four = router.pass(ipv4({ from: '192.168.1.5', to: '192.168.1.9' }), LAPTOP);
    const six = router.pass(ipv6({ from: 'fd00:1::5', to: 'fd00:1::9' }), LAPTOP);
    assert.deepEqual([four.to, four.sent, six.to, six.sent], ['back-to-sender', [], 'back-to-sender', []]);
  });
});

describe('exits', () => {
  function withExit(): ExampleRouter {
    const router = new ExampleRouter();
    router.exits.setDescribed(
      ['10.77.0.0/24', '192.168.1.0/24', 'fd00:77::/64'].map((text) => parsePrefix(text) as Prefix),
    );
    for (const user of ['10.77.0.2/32', 'fd00:77::2/128']) router.exits.insert(parsePrefix(user) as Prefix, EXIT);
    return router;
  }

  test('what nobody owns goes to the exit of its source, with one hop less, in both families', () => {
    const four = withExit().pass(ipv4({ from: '10.77.0.2', to: '192.0.2.9', ttl: 64 }));
    assert.deepEqual([four.to, four.packet], [EXIT, ipv4({ from: '10.77.0.2', to: '192.0.2.9', ttl: 63 })]);
    assert.equal(withExit().pass(ipv6({ from: 'fd00:77::2', to: '2001:db8::9' })).to, EXIT);
  });

  test('without an exit, and where something is described, it is unreachable as ever', () => {
    for (const [from, to] of [
      ['10.77.0.2', '10.77.0.77'],
      ['10.77.0.3', '192.0.2.9'],
      ['192.168.1.9', '192.0.2.9'],
    ] as const) {
      const outcome = withExit().pass(ipv4({ from, to }));
      assert.equal(outcome.to, 'unreachable', `${from} to ${to}`);
      assert.equal(kind(errorIn(outcome)), '3/1');
    }
    const six = withExit().pass(ipv6({ from: 'fd00:77::3', to: '2001:db8::9' }));
    assert.deepEqual([six.to, kind(errorIn(six))], ['unreachable', '1/3']);
  });

  test('an owner goes before the exit, and an exit that is away is unreachable', () => {
    const router = withExit();
    assert.equal(router.pass(ipv4({ from: '10.77.0.2', to: '192.168.1.9' })).to, LAPTOP);
    router.peers[EXIT]!.endpoint = null;
    const outcome = router.pass(ipv4({ from: '10.77.0.2', to: '192.0.2.9' }));
    assert.deepEqual([outcome.to, kind(errorIn(outcome))], ['no-endpoint', '3/1']);
  });
});

describe('hop limit', () => {
  for (const ttl of [0, 1]) {
    test(`a hop limit of ${ttl} is time exceeded, in both families`, () => {
      const router = new ExampleRouter();
      const four = router.pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3', ttl }));
      assert.equal(four.to, 'hop-limit');
      assert.equal(kind(errorIn(four)), '11/0');
      const six = router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', hopLimit: ttl }));
      assert.equal(six.to, 'hop-limit');
      assert.equal(kind(errorIn(six)), '3/0');
    });
  }

  test('a hop limit of 2 is enough', () => {
    assert.equal(new ExampleRouter().pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3', ttl: 2 })).to, LAPTOP);
  });

  test('a packet to the router itself may have a hop limit of 1', () => {
    assert.equal(new ExampleRouter().pass(ping4('10.77.0.2', '10.77.0.1', { ttl: 1 })).to, PHONE);
  });

  test('the IPv4 error is what Linux sends, byte for byte', () => {
    const packet = ipv4({ from: '10.77.0.2', to: '10.77.0.3', ttl: 1, tos: 0x10, payload: bytes(4) });
    const error = errorIn(new ExampleRouter().pass(packet));
    // Version and length; precedence 6 and the packet's own TOS; length 52; identification 1; no flags; 64 hops, ICMP; from the router.
    assert.equal(hex(error.subarray(0, 20)), '45d00034000100004001655c' + '0a4d0001' + '0a4d0002');
    assert.equal(hex(error.subarray(20, 28)), `0b00${hex(error.subarray(22, 24))}00000000`);
    assert.equal(hex(error.subarray(28)), hex(packet));
  });

  test('the IPv6 error is what Linux sends, byte for byte', () => {
    const packet = ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', hopLimit: 1, payload: bytes(4) });
    const error = errorIn(new ExampleRouter().pass(packet));
    const router = 'fd000077000000000000000000000001';
    const phone = 'fd000077000000000000000000000002';
    assert.equal(hex(error.subarray(0, 40)), `6000000000343a40${router}${phone}`);
    assert.equal(hex(error.subarray(40, 48)), `0300${hex(error.subarray(42, 44))}00000000`);
    assert.equal(hex(error.subarray(48)), hex(packet));
  });
});

describe('unreachable', () => {
  for (const [why, host, reason] of [
    ['nobody owns it', '77:77', 'unreachable'],
    ['its owner was never heard of', '4', 'no-endpoint'],
    ['its owner has expired', '5', 'peer-expired'],
  ] as const) {
    test(`a destination is host or address unreachable when ${why}`, () => {
      const router = new ExampleRouter();
      const four = router.pass(ipv4({ from: '10.77.0.2', to: `10.77.0.${host.replace(/.*:/, '')}` }));
      assert.equal(four.to, reason);
      assert.equal(kind(errorIn(four)), '3/1');
      const six = router.pass(ipv6({ from: 'fd00:77::2', to: `fd00:77::${host}` }));
      assert.equal(six.to, reason);
      assert.equal(kind(errorIn(six)), '1/3');
    });
  }

  test('an owner with an endpoint and no keypair is sent to: the packet waits there', () => {
    const router = new ExampleRouter();
    assert.equal(router.peers[LAPTOP]!.keypairs.current, null);
    assert.equal(router.pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3' })).to, LAPTOP);
  });

  test('a router without inside addresses answers from 192.0.0.8, and not at all over IPv6', () => {
    const router = new ExampleRouter([]);
    const error = errorIn(router.pass(ipv4({ from: '10.77.0.2', to: '10.99.0.1' })));
    assert.equal(hex(error.subarray(12, 16)), 'c0000008');
    const six = router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:99::1' }));
    assert.deepEqual([six.to, six.sent], ['unreachable', []]);
  });
});

describe('size', () => {
  test('an IPv4 packet above the MTU that may not be cut is told the MTU', () => {
    const router = new ExampleRouter();
    router.router.setMtu(1400);
    const outcome = router.pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3', fragment: DF, payload: bytes(1381) }));
    assert.equal(outcome.to, 'too-big');
    const error = errorIn(outcome);
    assert.equal(kind(error), '3/4');
    assert.equal(hex(error.subarray(24, 28)), '00000578');
    assert.equal(
      router.pass(ipv4({ from: '10.77.0.2', to: '10.77.0.3', fragment: DF, payload: bytes(1380) })).to,
      LAPTOP,
    );
  });

  test('an IPv6 packet above the MTU is told the MTU', () => {
    const router = new ExampleRouter();
    router.router.setMtu(1400);
    const outcome = router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', payload: bytes(1361) }));
    assert.equal(outcome.to, 'too-big');
    const error = errorIn(outcome);
    assert.equal(kind(error), '2/0');
    assert.equal(hex(error.subarray(44, 48)), '00000578');
  });

  test('the MTU of who a packet goes to counts where it is less than the router’s, and for nobody else', () => {
    const router = new ExampleRouter();
    router.router.setMtu(1420);
    router.peers[LAPTOP]!.mtuBytes = 1412;
    const told = (outcome: Outcome, at: number) => readShort(errorIn(outcome), at + 2);
    const four = (to: string, size: number, fragment = DF) =>
      router.pass(ipv4({ from: '10.77.0.2', to, fragment, payload: bytes(size - 20) }));
    assert.equal(four('10.77.0.3', 1412).to, LAPTOP);
    assert.equal(told(four('10.77.0.3', 1413), 24), 1412);
    assert.equal(told(four('192.168.1.9', 1420), 24), 1412, 'and so for the LAN behind it');
    const six = (size: number) =>
      router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', payload: bytes(size - 40) }));
    assert.equal(six(1412).to, LAPTOP);
    assert.equal(told(six(1413), 44), 1412);
    const pieces = four('10.77.0.3', 1420, 0).sent.map(({ packet }) => packet.length);
    assert.ok(pieces.length === 2 && pieces.every((length) => length <= 1412), `${pieces}`);

    const back = ipv4({ from: '10.77.0.3', to: '10.77.0.2', fragment: DF, payload: bytes(1400) });
    assert.equal(router.pass(back, LAPTOP).to, PHONE, 'from it, its MTU does not matter');
    const wide = new ExampleRouter(undefined, true);
    wide.router.setMtu(1420);
    wide.peers[EXIT]!.mtuBytes = 1500;
    const out = wide.pass(ipv4({ from: '10.77.0.2', to: '198.51.100.1', fragment: DF, payload: bytes(1401) }));
    assert.equal(told(out, 24), 1420, 'the router’s own is the most there is');
  });

  test('an echo reply of the router fits the path of who asked', () => {
    const router = new ExampleRouter();
    router.peers[PHONE]!.mtuBytes = 1300;
    const { to, sent } = router.pass(ping4('10.77.0.2', '10.77.0.1', {}, 1372));
    assert.equal(to, 'consumed');
    assert.deepEqual([sent.length, sent.every(({ packet }) => packet.length <= 1300)], [2, true]);
    assert.equal(router.pass(ping6('fd00:77::2', 'fd00:77::1', {}, 1352)).to, 'too-big');
  });

  test('an IPv6 packet of 1280 bytes passes whatever the MTU, and no less than 1280 is ever told', () => {
    const router = new ExampleRouter();
    router.router.setMtu(600);
    assert.equal(router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', payload: bytes(1240) })).to, LAPTOP);
    const error = errorIn(router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::3', payload: bytes(1241) })));
    assert.equal(hex(error.subarray(44, 48)), '00000500');
  });

  test('an IPv4 packet above the MTU that may be cut arrives in pieces', () => {
    const router = new ExampleRouter();
    router.router.setMtu(600);
    const packet = ipv4({ from: '10.77.0.2', to: '10.77.0.3', ttl: 9, payload: bytes(1500) });
    const outcome = router.pass(packet);
    assert.equal(outcome.to, 'consumed');
    const together = new Uint8Array(1500);
    for (const [i, { peer, packet: piece }] of outcome.sent.entries()) {
      assert.equal(peer, LAPTOP);
      assert.equal(faultOf(piece), null);
      assert.ok(piece.length <= 600);
      assert.equal(piece[8], 8);
      const field = (piece[6]! << 8) | piece[7]!;
      assert.equal((field & MF) !== 0, i < outcome.sent.length - 1);
      together.set(piece.subarray(20), (field & 0x1fff) * 8);
    }
    assert.deepEqual(together, packet.subarray(20));
    assert.equal(router.router.forwardedPackets, 1);
  });

  test('a piece is cut further with its place and its "more" kept', () => {
    const router = new ExampleRouter();
    router.router.setMtu(600);
    const packet = ipv4({ from: '10.77.0.2', to: '10.77.0.3', fragment: MF | 100, payload: bytes(800) });
    const fields = router.pass(packet).sent.map(({ packet: piece }) => (piece[6]! << 8) | piece[7]!);
    assert.deepEqual(fields, [MF | 100, MF | (100 + 576 / 8)]);
  });

  test('options that belong into the first piece only are blank in the others', () => {
    const router = new ExampleRouter();
    router.router.setMtu(600);
    // Record route (not copied), router alert (copied).
    const options = [7, 7, 4, 0, 0, 0, 0, 1, 0x94, 4, 0, 0];
    const packet = ipv4({ from: '10.77.0.2', to: '10.77.0.3', options, payload: bytes(700) });
    const headers = router.pass(packet).sent.map(({ packet: piece }) => hex(piece.subarray(20, 32)));
    assert.deepEqual(headers, [hex(Uint8Array.from(options)), '010101010101010194040000']);
  });

  test('pieces whose place would be beyond the last possible one are not made', () => {
    const router = new ExampleRouter();
    router.router.setMtu(600);
    const packet = ipv4({ from: '10.77.0.2', to: '10.77.0.3', fragment: 0x1fff, payload: bytes(1200) });
    const { sent } = router.pass(packet);
    assert.equal(sent.length, 1);
  });
});

describe('addresses that no router forwards', () => {
  const cases4: [from: string, to: string, DropReason][] = [
    ['10.77.0.2', '224.0.0.251', 'multicast'],
    ['10.77.0.2', '239.1.2.3', 'multicast'],
    ['10.77.0.2', '255.255.255.255', 'martian'],
    ['10.77.0.2', '240.0.0.1', 'martian'],
    ['10.77.0.2', '127.0.0.1', 'martian'],
    ['10.77.0.2', '0.1.2.3', 'martian'],
    ['0.0.0.0', '10.77.0.3', 'martian'],
    ['127.0.0.1', '10.77.0.3', 'martian'],
    ['224.0.0.1', '10.77.0.3', 'martian'],
    ['250.0.0.1', '10.77.0.3', 'martian'],
    ['255.255.255.255', '10.77.0.3', 'martian'],
    ['10.77.0.1', '10.77.0.3', 'martian'],
    ['10.77.0.1', '10.77.0.1', 'martian'],
  ];
  const cases6: [from: string, to: string, DropReason][] = [
    ['fd00:77::2', 'ff02::1', 'multicast'],
    ['fd00:77::2', 'ff0e::1', 'multicast'],
    ['fd00:77::2', '::', 'martian'],
    ['fd00:77::2', '::1', 'martian'],
    ['fd00:77::2', '::ffff:10.77.0.3', 'martian'],
    ['fd00:77::2', 'fe80::1', 'link-local'],
    ['fd00:77::2', 'febf::1', 'link-local'],
    ['fe80::2', 'fe80::1', 'link-local'],
    ['::', 'fd00:77::3', 'martian'],
    ['::1', 'fd00:77::3', 'martian'],
    ['::ffff:10.77.0.2', 'fd00:77::3', 'martian'],
    ['ff02::1', 'fd00:77::3', 'martian'],
    ['fd00:77::1', 'fd00:77::3', 'martian'],
  ];
  for (const [from, to, reason] of cases4) {
    test(`${from} to ${to} is dropped as ${reason} without a word`, () => {
      const router = new ExampleRouter(undefined, true);
      const outcome = router.pass(ipv4({ from, to }), PHONE);
      assert.deepEqual([outcome.to, outcome.sent], [reason, []]);
    });
  }
  for (const [from, to, reason] of cases6) {
    test(`${from} to ${to} is dropped as ${reason} without a word`, () => {
      const router = new ExampleRouter(undefined, true);
      const outcome = router.pass(ipv6({ from, to }), PHONE);
      assert.deepEqual([outcome.to, outcome.sent], [reason, []]);
    });
  }

  test('a link-local source is told that its scope ends here', () => {
    const outcome = new ExampleRouter().pass(ipv6({ from: 'fe80::2', to: 'fd00:77::3' }));
    assert.equal(outcome.to, 'link-local');
    assert.equal(kind(errorIn(outcome)), '1/2');
  });

  test('neighbours of those addresses are forwarded', () => {
    const router = new ExampleRouter(undefined, true);
    for (const to of ['1.0.0.1', '126.1.1.1', '128.0.0.1', '223.255.255.255', '169.254.1.1']) {
      assert.equal(router.pass(ipv4({ from: '10.77.0.2', to })).to, EXIT, to);
    }
    for (const to of ['::2', '::1:0:0', '::fffe:1.2.3.4', '0:1::', 'fec0::1', 'fe7f::1']) {
      assert.equal(router.pass(ipv6({ from: 'fd00:77::2', to })).to, EXIT, to);
    }
  });
});

describe('malformed headers', () => {
  test('a wrong header checksum, options that do not end, and source routes are refused', () => {
    const router = new ExampleRouter();
    const wrong = ipv4({ from: '10.77.0.2', to: '10.77.0.3' });
    wrong[11]! ^= 1;
    for (const packet of [
      wrong,
      ipv4({ from: '10.77.0.2', to: '10.77.0.3', options: [131, 7, 4, 10, 77, 0, 3, 0] }),
      ipv4({ from: '10.77.0.2', to: '10.77.0.3', options: [1, 137, 7, 4, 10, 77, 0, 3] }),
      ipv4({ from: '10.77.0.2', to: '10.77.0.3', options: [7, 9, 4, 0] }),
      ipv4({ from: '10.77.0.2', to: '10.77.0.3', options: [1, 1, 1, 7] }),
      ipv4({ from: '10.77.0.2', to: '10.77.0.3', options: [7, 1, 4, 0] }),
    ]) {
      const outcome = router.pass(packet);
      assert.deepEqual([outcome.to, outcome.sent], ['inner-malformed', []]);
    }
  });
});

test('a drop is counted in all and for the peer that sent it', () => {
  const router = new ExampleRouter();
  router.pass(ipv4({ from: '10.77.0.3', to: '10.77.0.4' }), LAPTOP);
  const number = DROP_REASONS.indexOf('no-endpoint');
  assert.equal(router.drops[number], 1);
  assert.equal(router.peers[LAPTOP]!.drops[number], 1);
  assert.equal(router.peers[AWAY]!.drops[number], 0);
  assert.equal(router.peers[EXPIRED]!.drops[number], 0);
});
