import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Device, Peer, TunnelInterface } from '../plan/plan.ts';
import {
  address,
  device,
  Example,
  fact,
  lan,
  lanLink,
  outerLink,
  type PeerWords,
  peer,
  planOf,
  route,
  routesOf,
  rule,
  tunnel,
  wordsOf,
} from './example-plan.ts';
import type { TunnelStep } from './trace.ts';

const ENDPOINT = '203.0.113.5:51820';

interface Words {
  readonly hub?: Partial<Device>;
  readonly hubTunnel?: Partial<TunnelInterface>;
  readonly hubPeers?: readonly Peer[];
  readonly phone?: Partial<Device>;
  readonly phonePeer?: PeerWords & { readonly name?: string };
  readonly phoneTunnel?: Partial<TunnelInterface>;
  readonly allowed?: readonly string[];
}

/** A hub whose configuration others wrote, and a phone that dials it. */
function pair(words: Words = {}): Example {
  const hubEnd = {
    ...tunnel('hub', ['10.9.0.1'], words.hubPeers ?? [peer('phone', ['10.9.0.2/32'])], { listenPort: 51820 }),
    ...words.hubTunnel,
  };
  const phoneEnd = {
    ...tunnel(
      'phone',
      ['10.9.0.2'],
      [
        peer(words.phonePeer?.name ?? 'hub', words.allowed ?? ['10.9.0.0/24'], {
          endpoint: ENDPOINT,
          keepalive: 25,
          ...words.phonePeer,
        }),
      ],
    ),
    ...words.phoneTunnel,
  };
  return new Example(
    planOf([
      device('hub', [hubEnd, outerLink(['203.0.113.5/24'])], {
        outside: { public: [fact(address('203.0.113.5'), 'public of hub')], behindNat: fact(false, 'nat of hub') },
        ...words.hub,
      }),
      device('phone', [phoneEnd], { routes: routesOf(phoneEnd), ...words.phone }),
    ]),
  );
}

/** Why phone cannot begin, and the fact to blame. */
function obstacle(words: Words): string {
  const { verdict, worst } = pair(words).flow('phone', 'hub');
  const step = worst.reason?.step as TunnelStep | undefined;
  if (step?.kind !== 'tunnel') return verdict;
  return `${step.opening.obstacle} (${wordsOf(step.opening.origin) ?? 'nothing'})`;
}

describe('who can begin', () => {
  test('a phone that dials the address of a hub that lets it in', () => {
    assert.equal(pair().ask('phone', 'hub'), 'works');
    assert.equal(pair().ask('hub', 'phone'), 'works');
  });

  const filters = [rule('accept', { hook: 'input', protocol: 'tcp' }), rule('drop', { hook: 'input' })];
  const open = rule('accept', { hook: 'input', protocol: 'udp', ports: { first: 51820, last: 51820 } });
  const cases: readonly [what: string, words: Words, expected: string][] = [
    ['no device has the key', { phonePeer: { name: '', key: 'x' } }, 'nobody-has-key (key of )'],
    ['the hub has another key', { phonePeer: { key: 'old' } }, 'key-differs (key of hub)'],
    ['the hub has no such peer', { hubPeers: [] }, 'not-a-peer (nothing)'],
    [
      'the hub has an old key of the phone',
      { hubPeers: [peer('phone', [], { key: 'old' })] },
      'not-a-peer (key of phone)',
    ],
    [
      'preshared keys differ',
      { phonePeer: { presharedKeyHash: 'a' }, hubPeers: [peer('phone', ['10.9.0.2/32'], { presharedKeyHash: 'b' })] },
      'preshared-key-differs (preshared key of hub)',
    ],
    [
      'only one has a preshared key',
      { phonePeer: { presharedKeyHash: 'a' } },
      'preshared-key-differs (preshared key of hub)',
    ],
    ['no endpoint', { phonePeer: { endpoint: '' } }, 'endpoint-missing (nothing)'],
    ['another address', { phonePeer: { endpoint: '203.0.113.6:51820' } }, 'endpoint-elsewhere (endpoint of hub)'],
    ['another port', { phonePeer: { endpoint: '203.0.113.5:51821' } }, 'port-differs (listen-port of hub)'],
    ['a random port', { hubTunnel: { listenPort: undefined } }, 'port-differs (endpoint of hub)'],
    ['another family', { phonePeer: { endpoint: '[2001:db8::5]:51820' } }, 'endpoint-family (endpoint of hub)'],
    [
      'the endpoint lies in the allowed IPs',
      { allowed: ['10.9.0.0/24', '203.0.113.0/24'] },
      'endpoint-in-tunnel (allowed-ips 203.0.113.0/24 of hub)',
    ],
    [
      'half the internet does too',
      { allowed: ['128.0.0.0/1', '0.0.0.0/1'] },
      'endpoint-in-tunnel (allowed-ips 128.0.0.0/1 of hub)',
    ],
    [
      'wg-quick marks its own packets',
      { allowed: ['0.0.0.0/0'], phoneTunnel: { avoidsItself: fact(true, 'mark') } },
      'works',
    ],
    [
      'no route to the endpoint',
      { phone: { routes: [route('10.9.0.0/24'), route('203.0.113.0/24', 'unreachable')] } },
      'endpoint-unreachable (route 203.0.113.0/24 unreachable)',
    ],
    ['the hub is behind NAT', { hub: { outside: { behindNat: fact(true, 'nat of hub') } } }, 'behind-nat (nat of hub)'],
    [
      'the hub has no public address',
      {
        hub: {
          outside: { public: [] },
          interfaces: [tunnel('hub', ['10.9.0.1'], [peer('phone', ['10.9.0.2/32'])], { listenPort: 51820 })],
        },
      },
      'behind-nat (nothing)',
    ],
    [
      'the provider lets in SSH alone',
      {
        hub: {
          outside: {
            public: [fact(address('203.0.113.5'), 'public')],
            inbound: [fact({ protocol: 'tcp' as const, ports: { first: 22, last: 22 } }, 'security group')],
          },
        },
      },
      'provider-filter (security group)',
    ],
    [
      'the hub’s own filter lets in TCP alone',
      { hub: { filters, outside: { public: [fact(address('203.0.113.5'), 'public')] } } },
      'input-filter (drop >)',
    ],
    [
      'its filter has the port open',
      {
        hub: {
          filters: [open, rule('accept', { hook: 'input', from: 'wg0' }), ...filters],
          outside: { public: [fact(address('203.0.113.5'), 'public')] },
        },
      },
      'works',
    ],
  ];
  for (const [what, words, expected] of cases) test(what, () => assert.equal(obstacle(words), expected));

  test('a container is reached by the port that is published, where it leads to its own', () => {
    const published = (outer: number, inner: number) => {
      const known = { public: [fact(address('203.0.113.5'), 'public')], behindNat: fact(false, 'nat') };
      const publishedPorts = [fact({ protocol: 'udp' as const, outer, inner }, 'published')];
      return obstacle({ hub: { outside: { ...known, publishedPorts } } });
    };
    assert.equal(published(51820, 51820), 'works');
    assert.equal(published(51820, 51821), 'port-differs (listen-port of hub)');
    assert.equal(published(51821, 51820), 'port-differs (published)');
  });

  test('a name is what it stood for when it was looked up', () => {
    const named = (atStart: string) =>
      obstacle({
        phonePeer: { endpoint: 'home.example:51820' },
        phone: { lookups: [fact({ name: 'home.example', atStart: address(atStart) }, 'lookup')] },
      });
    assert.equal(named('203.0.113.5'), 'works');
    assert.equal(named('203.0.113.9'), 'endpoint-elsewhere (endpoint of hub)');
    assert.equal(obstacle({ phonePeer: { endpoint: 'home.example:51820' } }), 'works');
  });

  test('two on one LAN dial each other there, NAT or not', () => {
    const ends = [
      tunnel('a', ['10.9.0.1'], [peer('b', ['10.9.0.2/32'], { endpoint: '192.168.1.6:51820' })]),
      tunnel('b', ['10.9.0.2'], [peer('a', ['10.9.0.1/32'])], { listenPort: 51820 }),
    ];
    const outside = { behindNat: fact(true, 'nat') };
    const example = new Example(
      planOf(
        [
          device('a', [ends[0]!, lanLink('home', ['192.168.1.5/24'])], { outside }),
          device('b', [ends[1]!, lanLink('home', ['192.168.1.6/24'])], { outside }),
        ],
        [lan('home', ['192.168.1.0/24'])],
      ),
    );
    assert.equal(example.ask('a', '10.9.0.2'), 'works');
  });

  test('where nobody stated what the internet sees, nothing is proven', () => {
    const flow = pair({
      hub: {
        outside: undefined,
        unknown: ['outside'],
        interfaces: [tunnel('hub', ['10.9.0.1'], [peer('phone', ['10.9.0.2/32'])], { listenPort: 51820 })],
      },
    }).flow('phone', 'hub');
    assert.equal(flow.verdict, 'not-proven');
    assert.deepEqual(
      flow.worst.assumptions.map(({ part }) => part),
      ['outside'],
    );
  });
});

describe('the side that cannot begin', () => {
  test('waits for the other one to speak, unless it keeps the way open', () => {
    assert.equal(pair().ask('hub', 'phone', 'tcp'), 'works');
    const silent = pair({ phonePeer: { keepalive: 0 } });
    assert.equal(silent.ask('hub', 'phone', 'tcp'), 'partly: tunnel-asleep at hub');
    assert.equal(silent.ask('phone', 'hub', 'tcp'), 'works');
  });

  test('a keepalive of the hub alone is nothing to count on', () => {
    const example = pair({
      phonePeer: { keepalive: 0 },
      hubPeers: [peer('phone', ['10.9.0.2/32'], { keepalive: 25 })],
    });
    assert.equal(example.ask('hub', 'phone'), 'partly: tunnel-asleep at hub');
  });

  test('two without an endpoint never meet', () => {
    assert.equal(pair({ phonePeer: { endpoint: '' } }).ask('hub', 'phone'), 'fails: tunnel-down at hub');
  });
});

test('machines that are not set up are taken to be so by the time they are', () => {
  const example = pair({
    phoneTunnel: { publicKey: null },
    hubPeers: [{ ...peer('phone', ['10.9.0.2/32']), publicKey: null }],
  });
  assert.equal(example.ask('phone', 'hub', 'tcp'), 'works');
});

describe('a machine that is disabled', () => {
  const disabled = { value: true, origin: fact(true, 'disabled of phone').origin } as const;

  test('is not accepted by the router, and the router knows it', () => {
    const example = pair({ phone: { disabled } });
    assert.equal(obstacle({ phone: { disabled } }), 'disabled (disabled of phone)');
    assert.equal(example.ask('phone', 'hub'), 'fails: tunnel-down at phone');
    assert.equal(example.ask('hub', 'phone'), 'fails: tunnel-down at hub');
    const { worst } = example.flow('hub', 'phone');
    const step = worst.reason?.step as TunnelStep;
    assert.equal(step.opening.obstacle, 'peer-disabled');
    assert.equal(wordsOf(step.origin), 'disabled of phone');
    assert.equal(worst.reason?.packet.trace.error?.kind, 'unreachable');
    assert.equal(example.flow('phone', 'hub').worst.reason?.packet.trace.error, null);
  });

  test('is that, and not a machine with a wrong key', () => {
    assert.equal(obstacle({ phone: { disabled }, phonePeer: { key: 'old' } }), 'disabled (disabled of phone)');
  });
});
