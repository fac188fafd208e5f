import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DROP_REASONS } from '../../wireguard/drop.ts';
import { bytes, faultOf, icmp4, icmp6, ipv4, ipv6, ping4, ping6 } from './example-packets.ts';
import { ExampleRouter, errorIn, hex, kind, LAPTOP, PHONE } from './example-router.ts';
import { TCP, UDP } from './inner-packet.ts';

const DF = 0x4000;
const MF = 0x2000;

describe('the router itself', () => {
  test('echo requests are answered where they lie, with a full hop limit', () => {
    const router = new ExampleRouter();
    for (const dataBytes of [0, 1, 48, 1365, 1392]) {
      const four = router.pass(ping4('10.77.0.2', '10.77.0.1', { ttl: 3, tos: 0x20, fragment: DF }, dataBytes));
      assert.equal(four.to, PHONE);
      const reply4 = ipv4({
        from: '10.77.0.1',
        to: '10.77.0.2',
        tos: 0x20,
        protocol: 1,
        payload: icmp4(0, 0, 0x00070001, bytes(dataBytes)),
      });
      assert.deepEqual(four.packet, reply4);
    }
    for (const dataBytes of [0, 1, 48, 1365, 1372]) {
      const six = router.pass(ping6('fd00:77::2', 'fd00:77::1', { hopLimit: 3, trafficClass: 0x20 }, dataBytes));
      assert.equal(six.to, PHONE);
      const payload = icmp6('fd00:77::1', 'fd00:77::2', 129, 0, 0x00070001, bytes(dataBytes));
      const reply6 = ipv6({ from: 'fd00:77::1', to: 'fd00:77::2', trafficClass: 0x20, nextHeader: 58, payload });
      assert.deepEqual(six.packet, reply6);
    }
  });

  test('each of several inside addresses answers for itself', () => {
    const router = new ExampleRouter(['10.77.0.1', '10.78.0.1', 'fd00:77::1', 'fd00:78::1']);
    assert.equal(router.pass(ping4('10.77.0.2', '10.78.0.1')).to, PHONE);
    assert.equal(router.pass(ping6('fd00:77::2', 'fd00:78::1')).to, PHONE);
    const error = errorIn(router.pass(ipv4({ from: '10.77.0.2', to: '10.78.0.1', protocol: UDP })));
    assert.equal(hex(error.subarray(12, 16)), '0a4e0001');
  });

  test('echo requests to others are not answered for them', () => {
    const router = new ExampleRouter();
    assert.deepEqual(router.pass(ping4('10.77.0.2', '10.77.0.3')).to, LAPTOP);
    assert.equal(router.pass(ping4('10.77.0.2', '10.77.0.77')).to, 'unreachable');
  });

  test('an echo request above the MTU is answered in pieces over IPv4 and refused over IPv6', () => {
    const router = new ExampleRouter();
    const four = router.pass(ping4('10.77.0.2', '10.77.0.1', {}, 3000));
    assert.equal(four.to, 'consumed');
    assert.deepEqual(
      four.sent.map(({ packet }) => faultOf(packet)),
      [null, null, null],
    );
    assert.equal(router.pass(ping6('fd00:77::2', 'fd00:77::1', {}, 3000)).to, 'too-big');
  });

  test('an echo request with a wrong checksum is not answered', () => {
    const router = new ExampleRouter();
    const four = ping4('10.77.0.2', '10.77.0.1');
    four[four.length - 1]! ^= 1;
    const six = ping6('fd00:77::2', 'fd00:77::1');
    six[six.length - 1]! ^= 1;
    assert.deepEqual(router.pass(four).to, 'router-itself');
    assert.deepEqual(router.pass(six).to, 'router-itself');
  });

  for (const [protocol, four, six] of [
    [UDP, '3/3', '1/4'],
    [TCP, '3/3', '1/4'],
    [132, '3/2', '4/1'],
  ] as const) {
    test(`protocol ${protocol} to the router is ${four} and ${six}`, () => {
      const router = new ExampleRouter();
      const outcome4 = router.pass(ipv4({ from: '10.77.0.2', to: '10.77.0.1', protocol }));
      assert.equal(outcome4.to, 'router-itself');
      assert.equal(kind(errorIn(outcome4)), four);
      const outcome6 = router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::1', nextHeader: protocol }));
      assert.equal(outcome6.to, 'router-itself');
      assert.equal(kind(errorIn(outcome6)), six);
    });
  }

  test('an unknown next header is pointed at, behind extension headers too', () => {
    const payload = Uint8Array.from([132, 0, 1, 4, 0, 0, 0, 0, ...bytes(16)]);
    const outcome = new ExampleRouter().pass(ipv6({ from: 'fd00:77::2', to: 'fd00:77::1', nextHeader: 60, payload }));
    assert.equal(hex(errorIn(outcome).subarray(44, 48)), '00000028');
  });

  test('nothing is said to pieces, to other ICMP, and to "no next header"', () => {
    const router = new ExampleRouter();
    const fragment = Uint8Array.from([17, 0, 0, 1, 0, 0, 0, 1, ...bytes(16)]);
    for (const packet of [
      ping4('10.77.0.2', '10.77.0.1', { fragment: MF }),
      ping4('10.77.0.2', '10.77.0.1', { fragment: 5 }),
      ipv4({ from: '10.77.0.2', to: '10.77.0.1', protocol: 1, payload: icmp4(0, 0, 0) }),
      ipv4({ from: '10.77.0.2', to: '10.77.0.1', protocol: 1, payload: icmp4(3, 1, 0) }),
      ipv6({ from: 'fd00:77::2', to: 'fd00:77::1', nextHeader: 44, payload: fragment }),
      ipv6({
        from: 'fd00:77::2',
        to: 'fd00:77::1',
        nextHeader: 58,
        payload: icmp6('fd00:77::2', 'fd00:77::1', 135, 0, 0),
      }),
      ipv6({ from: 'fd00:77::2', to: 'fd00:77::1', nextHeader: 59, payload: bytes(0) }),
    ]) {
      const outcome = router.pass(packet);
      assert.deepEqual([outcome.to, outcome.sent], ['router-itself', []]);
    }
  });
});

describe('what is not answered with an error', () => {
  test('ICMP errors, later fragments and types that nobody knows', () => {
    const router = new ExampleRouter();
    const from = '10.77.0.2';
    const to = '10.99.0.1';
    const silent = [3, 4, 5, 11, 12, 19, 255].map((type) =>
      ipv4({ from, to, protocol: 1, payload: icmp4(type, 0, 0) }),
    );
    silent.push(ipv4({ from, to, fragment: 1 }), ipv4({ from, to, protocol: 1, payload: bytes(0) }));
    for (const packet of silent) assert.deepEqual(router.pass(packet).sent, []);
    for (const type of [0, 8, 13, 18]) {
      router.now += 1_000;
      assert.equal(router.pass(ipv4({ from, to, protocol: 1, payload: icmp4(type, 0, 0) })).sent.length, 1);
    }
    assert.equal(router.pass(ipv4({ from, to, fragment: MF })).sent.length, 1, 'a first fragment is answered');
  });

  test('ICMPv6 errors, redirects and later fragments, behind extension headers too', () => {
    const router = new ExampleRouter();
    const from = 'fd00:77::2';
    const to = 'fd00:99::1';
    const later = Uint8Array.from([17, 0, 0, 8, 0, 0, 0, 1, ...bytes(16)]);
    const first = Uint8Array.from([17, 0, 0, 1, 0, 0, 0, 1, ...bytes(16)]);
    const hidden = Uint8Array.from([58, 0, 1, 4, 0, 0, 0, 0, ...icmp6(from, to, 1, 0, 0)]);
    const hiddenTwice = Uint8Array.from([60, 1, 1, 12, ...bytes(12), ...hidden]);
    const silent = [1, 2, 3, 4, 127, 137].map((type) => {
      return ipv6({ from, to, nextHeader: 58, payload: icmp6(from, to, type, 0, 0) });
    });
    silent.push(
      ipv6({ from, to, nextHeader: 44, payload: later }),
      ipv6({ from, to, nextHeader: 0, payload: hidden }),
      ipv6({ from, to, nextHeader: 43, payload: hiddenTwice }),
      ipv6({ from, to, nextHeader: 58, payload: bytes(0) }),
    );
    for (const packet of silent) assert.deepEqual(router.pass(packet).sent, []);
    assert.equal(router.pass(ping6(from, to)).sent.length, 1);
    assert.equal(router.pass(ipv6({ from, to, nextHeader: 44, payload: first })).sent.length, 1);
  });

  test('errors are never longer than 576 bytes over IPv4 and 1280 over IPv6', () => {
    const router = new ExampleRouter();
    router.router.setMtu(9000);
    const four = errorIn(router.pass(ipv4({ from: '10.77.0.2', to: '10.99.0.1', payload: bytes(5000) })));
    const six = errorIn(router.pass(ipv6({ from: 'fd00:77::2', to: 'fd00:99::1', payload: bytes(5000) })));
    assert.deepEqual([four.length, six.length], [576, 1280]);
  });

  test('more than ten errors a second for one peer, or fifty at once for all', () => {
    const router = new ExampleRouter();
    const ask = (peer: number) => router.pass(ipv4({ from: '10.77.0.2', to: '10.99.0.1' }), peer).sent.length;
    const sentTo = (peer: number, times: number) =>
      Array.from({ length: times }, () => ask(peer)).reduce((a, b) => a + b);
    assert.equal(sentTo(PHONE, 30), 10);
    router.now += 100;
    assert.equal(sentTo(PHONE, 30), 1);
    router.now += 10_000;
    assert.equal(sentTo(PHONE, 30), 10);
    assert.equal(router.drops[DROP_REASONS.indexOf('unreachable')], 90, 'what is not answered is counted all the same');
  });
});
