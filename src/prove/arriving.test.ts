import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Device, Outside, Translation } from '../plan/plan.ts';
import {
  address,
  device,
  Example,
  fact,
  lan,
  lanLink,
  origin,
  outerLink,
  peer,
  planOf,
  rule,
  tunnel,
  wordsOf,
} from './example-plan.ts';
import type { TunnelStep } from './trace.ts';

const BEHIND: Outside = { public: [], behindNat: fact(true, 'nat') };
const REACHED: Outside = {
  public: [fact(address('203.0.113.5'), 'public of box')],
  behindNat: fact(false, 'nat of box'),
};

function forward(to: string, port?: number): Translation {
  return {
    kind: 'destination',
    family: 4,
    from: 'wan',
    protocol: 'udp',
    ports: { first: 51820, last: 51820 },
    address: address(to),
    ...(port && { port }),
    origin: origin(`forward to ${to}`),
  };
}

interface Words {
  readonly box?: Partial<Device> | null;
  readonly hub?: Partial<Device>;
  readonly listenPort?: number;
}

/** A hub at home, behind a box that is described unless `box` is null. */
function atHome({ box = {}, hub = {}, listenPort = 51820 }: Words = {}) {
  const hubEnd = tunnel('hub', ['10.9.0.1'], [peer('phone', ['10.9.0.2/32'])], { listenPort });
  const phoneEnd = tunnel(
    'phone',
    ['10.9.0.2'],
    [peer('hub', ['10.9.0.0/24'], { endpoint: '203.0.113.5:51820', keepalive: 25 })],
  );
  const front =
    box === null
      ? []
      : [
          device('box', [lanLink('home', ['192.168.1.1/24']), outerLink(['203.0.113.5/24'], 'wan')], {
            outside: REACHED,
            ...box,
          }),
        ];
  return new Example(
    planOf(
      [
        device('hub', [hubEnd, lanLink('home', ['192.168.1.5/24'])], { outside: BEHIND, ...hub }),
        device('phone', [phoneEnd]),
        ...front,
      ],
      [lan('home', ['192.168.1.0/24'], { gateway: ['192.168.1.1'] })],
    ),
  );
}

function obstacle(words: Words): string {
  const { verdict, worst } = atHome(words).flow('phone', 'hub');
  const step = worst.reason?.step as TunnelStep | undefined;
  return step?.kind === 'tunnel'
    ? `${verdict}: ${step.opening.obstacle} (${wordsOf(step.opening.origin) ?? 'nothing'})`
    : verdict;
}

describe('a machine behind a box that is described', () => {
  test('is reached by the port that the box forwards to it', () => {
    assert.equal(obstacle({ box: { translations: [forward('192.168.1.5')] } }), 'works');
    assert.equal(obstacle({ box: { translations: [forward('192.168.1.5', 4500)] }, listenPort: 4500 }), 'works');
  });

  test('is not, where the box forwards to somebody else, to another port, or not at all', () => {
    assert.equal(
      obstacle({ box: { translations: [forward('192.168.1.6')] } }),
      'fails: port-not-forwarded (forward to 192.168.1.6)',
    );
    assert.equal(
      obstacle({ box: { translations: [forward('192.168.1.5', 4500)] } }),
      'fails: port-differs (listen-port of hub)',
    );
    assert.equal(obstacle({}), 'fails: port-not-forwarded (nothing)');
  });

  test('is not, where the box filters what it forwards', () => {
    const translations = [forward('192.168.1.5')];
    const open = rule('accept', { to: 'eth0', protocol: 'udp', ports: { first: 51820, last: 51820 } });
    assert.equal(obstacle({ box: { translations, filters: [rule('drop')] } }), 'fails: forward-filter (drop >)');
    assert.equal(obstacle({ box: { translations, filters: [open, rule('drop')] } }), 'works');
  });

  test('may be, where nobody stated what the box translates', () => {
    assert.equal(obstacle({ box: { unknown: ['translations'] } }), 'not-proven: port-not-forwarded (nothing)');
  });

  test('is not at another address than the box', () => {
    const outside = { ...REACHED, public: [fact(address('203.0.113.6'), 'public of box')] };
    const interfaces = [lanLink('home', ['192.168.1.1/24']), outerLink([], 'wan')];
    assert.equal(
      obstacle({ box: { outside, interfaces, translations: [forward('192.168.1.5')] } }),
      'fails: endpoint-elsewhere (endpoint of hub)',
    );
  });
});

describe('a machine behind a box that is not described', () => {
  test('may be reached', () => {
    assert.equal(obstacle({ box: null }), 'not-proven: behind-nat (nat)');
  });

  test('is not, when it is a phone', () => {
    assert.equal(
      obstacle({ box: null, hub: { platform: fact('ios' as const, 'platform') } }),
      'fails: behind-nat (nat)',
    );
  });
});

test('a container is behind the machine that it runs on, which may be behind a box', () => {
  const published = (outer: number) => {
    const hubEnd = tunnel('hub', ['10.9.0.1'], [peer('phone', ['10.9.0.2/32'])], { listenPort: 51820 });
    const phoneEnd = tunnel(
      'phone',
      ['10.9.0.2'],
      [peer('hub', ['10.9.0.0/24'], { endpoint: '203.0.113.5:51820', keepalive: 25 })],
    );
    const publishedPorts = [fact({ protocol: 'udp' as const, outer, inner: 51820 }, 'published')];
    const plan = planOf(
      [
        device('hub', [hubEnd, lanLink('bridge', ['172.18.0.2/16'])], { outside: { ...BEHIND, publishedPorts } }),
        device('phone', [phoneEnd]),
        device('server', [lanLink('bridge', ['172.18.0.1/16'], 'br0'), lanLink('home', ['192.168.1.5/24'])], {
          outside: BEHIND,
        }),
        device('box', [lanLink('home', ['192.168.1.1/24']), outerLink(['203.0.113.5/24'], 'wan')], {
          outside: REACHED,
          translations: [forward('192.168.1.5')],
        }),
      ],
      [
        lan('bridge', ['172.18.0.0/16'], { gateway: ['172.18.0.1'] }),
        lan('home', ['192.168.1.0/24'], { gateway: ['192.168.1.1'] }),
      ],
    );
    const { verdict, worst } = new Example(plan).flow('phone', 'hub');
    return worst.reason === null ? verdict : wordsOf(worst.reason.step.origin);
  };
  assert.equal(published(51820), 'works');
  assert.equal(published(51821), 'published');
});
