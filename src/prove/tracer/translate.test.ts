import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Translation } from '../../plan/plan.ts';
import {
  address,
  device,
  Example,
  fact,
  forwardsAll,
  gatewayRoute,
  lan,
  lanLink,
  origin,
  outerLink,
  peer,
  planOf,
  prefix,
  route,
  routesOf,
  tunnel,
  wordsOf,
} from '../example-plan.ts';
import { site } from '../example-site.ts';
import type { TranslationStep } from '../trace.ts';

const HUB = { endpoint: '198.51.100.1:51820', keepalive: 25 };

/** A site of a LAN that others have too, known as `seenAs`. */
function mappedSite(name: string, inside: string, seenAs: string) {
  const end = tunnel(name, [inside], [peer('hub', ['10.9.0.0/24', '10.77.0.0/16'], HUB)]);
  return device(name, [end, lanLink(`lan-${name}`, ['192.168.1.5/24'])], {
    forwarding: forwardsAll(['wg0', 'eth0']),
    translations: [
      {
        kind: 'one-to-one',
        real: prefix('192.168.1.0/24'),
        seenAs: prefix(seenAs),
        interface: 'wg0',
        origin: origin(`seen-as ${seenAs}`),
      },
    ],
  });
}

function mappedLan(name: string, seenAs: string, host: string) {
  return lan(`lan-${name}`, ['192.168.1.0/24'], {
    gateway: ['192.168.1.1'],
    hosts: { [host]: ['192.168.1.10'] },
    gatewayRoutes: [gatewayRoute('10.9.0.0/24', '192.168.1.5'), gatewayRoute('10.77.0.0/16', '192.168.1.5')],
    seenAs: [{ real: fact(prefix('192.168.1.0/24'), 'real'), seenAs: fact(prefix(seenAs), 'seen-as') }],
  });
}

describe('two LANs with the same addresses', () => {
  const hub = tunnel(
    'hub',
    ['10.9.0.1'],
    [
      peer('phone', ['10.9.0.2/32']),
      peer('north', ['10.9.0.5/32', '10.77.1.0/24']),
      peer('south', ['10.9.0.6/32', '10.77.2.0/24']),
    ],
  );
  const example = new Example(
    planOf(
      [
        device('hub', [hub], { forwarding: forwardsAll(['wg0']) }),
        device('phone', [tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.9.0.0/24', '10.77.0.0/16'], HUB)])]),
        mappedSite('north', '10.9.0.5', '10.77.1.0/24'),
        mappedSite('south', '10.9.0.6', '10.77.2.0/24'),
      ],
      [mappedLan('north', '10.77.1.0/24', 'nas'), mappedLan('south', '10.77.2.0/24', 'tv')],
    ),
  );

  test('everybody reaches everybody by the addresses under which they are seen', () => {
    const names = ['phone', 'nas', 'tv'];
    for (const from of names) {
      for (const to of names) {
        if (from === to) continue;
        for (const protocol of ['ping', 'tcp', 'udp'] as const) {
          assert.equal(example.ask(from, to, protocol), 'works', `${from} ${to} ${protocol}`);
        }
      }
    }
  });

  test('host bits are kept, replies are put back', () => {
    const { packets } = example.flow('nas', 'tv').best;
    const changes = packets.slice(0, 2).map(({ trace }) =>
      trace.hops.flatMap(({ station, steps }) =>
        steps
          .filter((step): step is TranslationStep => step.kind === 'translation')
          .map((step) => {
            return `${station.name} ${step.field} ${Number(step.after.bits & 255n)} ${step.rule === null ? 'back' : wordsOf(step.origin)}`;
          }),
      ),
    );
    assert.deepEqual(changes, [
      ['north source 10 seen-as 10.77.1.0/24', 'south destination 10 seen-as 10.77.2.0/24'],
      ['south source 10 back', 'north destination 10 back'],
    ]);
  });

  test('the real prefix is nobody’s', () => {
    assert.match(example.ask('phone', '192.168.1.10'), /^fails: (no-route|lost-on-the-internet)/);
  });

  test('an error from behind comes back under the address that was asked', () => {
    const { error } = example.flow('phone', '10.77.1.77').worst.packets[0]!.trace;
    assert.equal(error?.trace.disposition, 'delivered');
  });

  test('the site machine itself is reached under its seen-as address', () => {
    assert.equal(example.ask('phone', '10.77.1.5', 'tcp'), 'works');
  });
});

describe('translations in order', () => {
  const masquerade: Translation = { kind: 'masquerade', family: 4, to: 'eth0', origin: origin('masquerade') };
  const keep: Translation = { kind: 'keep', family: 4, source: prefix('10.9.0.2/32'), origin: origin('keep') };
  const seen = (translations: readonly Translation[]) => {
    const example = new Example(site({ pi: { translations } }));
    return Number(example.flow('phone', 'nas').best.packets[0]!.trace.arrived!.source!.bits & 0xffffn);
  };

  test('`keep` before a masquerade leaves what fits it alone, after it does nothing', () => {
    assert.equal(seen([masquerade]), 0x0105);
    assert.equal(seen([keep, masquerade]), 0x0002);
    assert.equal(seen([masquerade, keep]), 0x0105);
  });

  test('a stated source is taken as it is', () => {
    assert.equal(
      seen([{ kind: 'source', family: 4, to: 'eth0', address: address('192.168.1.5'), origin: origin('snat') }]),
      0x0105,
    );
    const example = new Example(
      site({
        pi: {
          translations: [
            { kind: 'source', family: 4, to: 'eth0', address: address('192.168.1.66'), origin: origin('snat') },
          ],
        },
      }),
    );
    assert.equal(example.ask('phone', 'nas'), 'fails: no-neighbour at nas');
  });
});

describe('a port forward into the tunnel', () => {
  const hubEnd = tunnel('hub', ['10.9.0.1'], [peer('game', ['10.9.0.2/32'])], { listenPort: 51820 });
  const forward: Translation = {
    kind: 'destination',
    family: 4,
    from: 'eth0',
    protocol: 'udp',
    ports: { first: 27015, last: 27015 },
    address: address('10.9.0.2'),
    origin: origin('dnat'),
  };
  const plan = (translations: readonly Translation[], allowed: readonly string[]) => {
    const game = tunnel('game', ['10.9.0.2'], [peer('hub', allowed, HUB)], { avoidsItself: true });
    return new Example(
      planOf([
        device('hub', [hubEnd, outerLink(['198.51.100.1/24'])], {
          forwarding: forwardsAll(['wg0', 'eth0']),
          translations,
        }),
        device('game', [game]),
      ]),
    );
  };
  const masquerade: Translation = { kind: 'masquerade', family: 4, to: 'wg0', origin: origin('masquerade') };

  test('needs a way back through the tunnel, or a masquerade into it', () => {
    const ask = (example: Example) => example.ask('internet', '198.51.100.1', 'udp', 27015);
    assert.match(ask(plan([forward], ['10.9.0.0/24'])), /^fails: (source-not-allowed at game|lost-on-the-internet)/);
    assert.equal(ask(plan([forward], ['0.0.0.0/0'])), 'works');
    assert.equal(ask(plan([forward, masquerade], ['10.9.0.0/24'])), 'works');
  });

  test('is for its port and protocol alone', () => {
    const example = plan([forward], ['0.0.0.0/0']);
    const taker = (protocol: 'tcp' | 'udp', port: number) =>
      example.flow('internet', '198.51.100.1', protocol, port).best.packets[0]!.trace.hops.at(-1)!.station.name;
    assert.deepEqual([taker('udp', 27015), taker('udp', 27016), taker('tcp', 27015)], ['game', 'hub', 'hub']);
  });
});

test('a default route through the tunnel needs a masquerade where it ends', () => {
  const plan = (translations: readonly Translation[]) => {
    const all = tunnel('phone', ['10.9.0.2'], [peer('hub', ['0.0.0.0/0'], HUB)], { avoidsItself: true });
    return new Example(site({ phone: { interfaces: [all], routes: routesOf(all) }, hub: { translations } }));
  };
  assert.equal(plan([]).ask('phone', '192.0.2.9'), 'fails: lost-on-the-internet at internet');
  const masquerade: Translation = { kind: 'masquerade', family: 4, to: 'eth0', origin: origin('masquerade') };
  assert.equal(plan([masquerade]).ask('phone', '192.0.2.9', 'tcp'), 'works');
  const wrong: Translation = { ...masquerade, to: 'eth1' };
  assert.equal(plan([wrong]).ask('phone', '192.0.2.9'), 'fails: lost-on-the-internet at internet');
});

test('a cloud that checks addresses drops what a machine forwards without a masquerade', () => {
  const outside = { sourceDestinationCheck: fact(true, 'check') };
  const masquerade: Translation = {
    kind: 'masquerade',
    family: 4,
    from: 'wg0',
    to: 'eth0',
    origin: origin('masquerade'),
  };
  const plan = (translations: readonly Translation[]) => new Example(site({ pi: { outside, translations } }));
  assert.equal(plan([]).ask('phone', 'nas'), 'fails: provider-drops at pi');
  assert.equal(plan([masquerade]).ask('phone', 'nas'), 'works');
  assert.equal(plan([masquerade]).ask('nas', 'phone'), 'fails: provider-drops at pi');
});

test('what a peer is the way to the internet for goes there, and nothing else', () => {
  const phoneEnd = tunnel('phone', ['10.9.0.2'], [peer('hub', ['0.0.0.0/0'], HUB)], { avoidsItself: true });
  const piEnd = tunnel('pi', ['10.9.0.5'], [peer('hub', ['10.9.0.0/24'], HUB)]);
  const exitFor = (exits: readonly string[]) => {
    const peers = [peer('phone', ['10.9.0.2/32']), peer('pi', ['10.9.0.5/32', '192.168.1.0/24'], { exitFor: exits })];
    const hubEnd = tunnel('hub', ['10.9.0.1'], peers, { listenPort: 51820 });
    return new Example(
      site({
        hub: {
          interfaces: [hubEnd],
          routes: [...routesOf(hubEnd), route('192.0.3.0/24', 'unreachable')],
          backend: fact('relay' as const, 'backend'),
        },
        phone: { interfaces: [phoneEnd], routes: routesOf(phoneEnd) },
        pi: {
          interfaces: [piEnd, lanLink('home', ['192.168.1.5/24'])],
          routes: [route('10.9.0.0/24')],
          translations: [{ kind: 'masquerade', family: 4, from: 'wg0', to: 'eth0', origin: origin('masquerade') }],
        },
      }),
    );
  };
  assert.equal(exitFor(['10.9.0.2/32']).ask('phone', '192.0.2.9', 'tcp'), 'works');
  assert.equal(exitFor(['10.9.0.2/32']).ask('phone', '192.0.3.9', 'tcp'), 'fails: not-in-allowed-ips at hub');
  assert.equal(exitFor(['10.9.0.3/32']).ask('phone', '192.0.2.9', 'tcp'), 'fails: not-in-allowed-ips at hub');
});
