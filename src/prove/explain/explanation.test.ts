import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseNetwork } from '../../description/parse.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { stationOf } from '../calling.ts';
import { type World, worldOf } from '../world.ts';
import { type Explanation, explain } from './explanation.ts';
import { inquire } from './inquiry.ts';
import { placeText, ruleWords } from './origins.ts';

interface Home {
  /** Lines of the LAN. */
  readonly lan?: string;
  /** Fields of machine laptop. */
  readonly laptop?: string;
  readonly inside?: string;
}

function home({ lan = 'attach: masquerade', laptop = '', inside = '10.66.0.0/24' }: Home): World {
  const text = `name: home
inside: [${inside}]
routers:
  cloud: {endpoint: "vpn.example.net:51820"}
machines:
  phone: {platform: android}
  laptop: {platform: linux${laptop === '' ? '' : `, ${laptop}`}}
  pi: {platform: linux, lan: home, lan-address: [10.81.7.5]}
lans:
  home:
    prefixes: [10.81.7.0/24]
    via: pi
    default-gateway: [10.81.7.1]
    hosts: {nas: [10.81.7.10]}
    ${lan.replaceAll('\n', '\n    ')}
`;
  const { network, diagnostics } = parseNetwork(text, 'home.yaml');
  assert.deepEqual(diagnostics, []);
  const { plan } = planNetwork(network!);
  assert.ok(plan);
  return worldOf(plan);
}

/** The explanation of the first family. */
function explained(world: World, from: string, to: string): Explanation {
  const [near, far] = [from, to].map((name) => stationOf(world, { kind: 'host', name })!);
  return explain(world, inquire(world, near!, far!, { on: null, over: null }).families[0]!.flow);
}

/** The hops of the nth packet shown, as text. */
function hops({ packets }: Explanation, n: number): string[] {
  return packets[n]!.hops.map(({ station, words }) => `${station} ${words}`);
}

/** What a person is told about a failure: cause, place of the guilty fact, first cure. */
function told({ cause }: Explanation): string[] {
  assert.ok(cause);
  const place = cause.fact?.origin.places[0];
  return [
    [cause.loss, cause.sentence].filter((each) => each !== null).join(': '),
    place === undefined ? '' : `${placeText(place)} ${cause.fact!.words}`,
    ...cause.cures.slice(0, 1).map(({ text }) => text),
  ];
}

describe('explanations', () => {
  test('a flow that works is told hop by hop, out and back', () => {
    const found = explained(home({}), 'phone', 'nas');
    assert.equal(found.verdict, 'works');
    assert.equal(found.cause, null);
    assert.deepEqual(hops(found, 0), [
      'phone sends 10.81.7.0/24 into its tunnel to cloud',
      'cloud sends 10.81.7.0/24 into its tunnel to pi',
      'pi replaces the sender 10.66.0.2 by its own address 10.81.7.5 (masquerade), gives it to nas on LAN home',
      'nas gets it from 10.81.7.5',
    ]);
    assert.deepEqual(hops(found, 1), [
      'nas gives it to pi on LAN home',
      'pi puts 10.66.0.2 back in place of 10.81.7.5, sends 10.66.0.0/24 into its tunnel to cloud',
      'cloud sends 10.66.0.2/32 into its tunnel to phone',
      'phone gets it from 10.81.7.10',
    ]);
  });

  test('who is hidden by a masquerade is said', () => {
    const { notes } = explained(home({}), 'phone', 'nas');
    assert.equal(notes[0], 'nas sees 10.81.7.5, an address of pi, and not who asks: it cannot tell senders apart');
  });

  test('behind a masquerade nobody begins: the way the LAN joins is guilty', () => {
    assert.deepEqual(told(explained(home({}), 'nas', 'phone')), [
      'the default gateway of home has no route to 10.66.0.2',
      'home.yaml:15:13 LAN home joins by masquerade',
      'with `attach: masquerade` hosts of LAN home can answer and not begin: write `attach: static-route` where its default gateway may get a route, `attach: proxy` where it has unused addresses',
    ]);
  });

  test('a gateway that drops what it has seen half of: the reply is lost, and its firewall is guilty', () => {
    const world = home({ lan: 'attach: static-route\ngateway-firewall: drop-invalid' });
    const [cause, fact, cure] = told(explained(world, 'phone', 'nas'));
    assert.equal(
      cause,
      'the reply is lost: the default gateway of home drops it in its firewall, which sees only one half of this conversation (invalid)',
    );
    assert.equal(fact, 'home.yaml:16:23 this says what the firewall of the default gateway of home does');
    assert.match(cure!, /^on the default gateway of home: let pass/);
  });

  test('a connection that begins and stalls shows the packet that is lost', () => {
    const world = home({ lan: 'attach: static-route\ngateway-firewall: drop-invalid' });
    const found = explained(world, 'nas', 'phone');
    assert.equal(found.verdict, 'partly');
    assert.deepEqual(
      found.packets.map(({ direction, name, disposition }) => `${direction} ${name}: ${disposition}`),
      ['out first packet (SYN): delivered', 'back answer (SYN-ACK): delivered', 'out acknowledgement (ACK): filtered'],
    );
    assert.match(told(found)[0]!, /^it begins, and then the acknowledgement \(ACK\) of nas is lost: /);
  });

  test('a firewall that nobody described proves nothing, and the cure says what would settle it', () => {
    const found = explained(home({ lan: 'attach: static-route' }), 'nas', 'phone');
    assert.equal(found.verdict, 'not-proven');
    assert.deepEqual(told(found), [
      'the default gateway of home might stop it: its firewall is not known',
      'home.yaml:10:3 LAN home does not say `gateway-firewall`',
      'put the rule from the instructions on the default gateway of home (`wg-router config --all DIR`), then write `gateway-firewall: exempt` in LAN home',
    ]);
  });

  test('hosts of a LAN that lends reach nobody who borrows nothing', () => {
    const world = home({ lan: 'attach: proxy\nlend: {phone: [10.81.7.200]}' });
    assert.equal(explained(world, 'nas', 'phone').verdict, 'works');
    assert.deepEqual(told(explained(world, 'nas', 'laptop')).slice(1), [
      'home.yaml:15:13 LAN home joins by proxy',
      'hosts of LAN home reach only who borrows an address there: add laptop to its `lend` with an unused IPv4 address',
    ]);
    // A router borrows nothing.
    assert.match(told(explained(world, 'nas', 'cloud'))[2]!, /`attach: static-route` reaches everybody$/);
  });

  test('`routes` of a machine says what is missing in it, out and back', () => {
    const world = home({ laptop: 'routes: [inside]' });
    assert.deepEqual(told(explained(world, 'laptop', 'nas')), [
      'the internet drops it: 10.81.7.10 is a private address, which nobody has there',
      'home.yaml:7:38 laptop sends only this to the router, and accepts nothing else',
      'add `home` to `routes` of machine laptop',
    ]);
    const back = home({ laptop: 'routes: [inside]', lan: 'attach: static-route\ngateway-firewall: none' });
    assert.deepEqual(told(explained(back, 'nas', 'laptop')), [
      'laptop drops it: 10.81.7.10 is not in the allowed IPs of cloud',
      'home.yaml:7:38 laptop sends only this to the router, and accepts nothing else',
      'add `home` to `routes` of machine laptop: it accepts only from whom it sends to',
    ]);
  });

  test('who is asleep behind NAT is reached after it spoke: the machine itself is guilty', () => {
    const found = explained(home({ laptop: 'keepalive: off' }), 'phone', 'laptop');
    assert.equal(found.verdict, 'partly');
    assert.deepEqual(told(found), [
      'cloud reaches laptop only after laptop spoke: cloud knows no endpoint of laptop',
      'home.yaml:7:3 laptop has no `endpoint` and sends no keepalive',
      'leave out `keepalive: off` of machine laptop: every 25 seconds it then keeps the way to it open',
    ]);
  });

  test('what the one who asks notices is said', () => {
    const lost = explained(home({}), 'nas', 'phone');
    assert.deepEqual(lost.notes, ['nothing tells nas: it waits in vain']);
    const reply = explained(home({ lan: 'attach: static-route\ngateway-firewall: lan-to-wan-only' }), 'phone', 'nas');
    assert.deepEqual(reply.notes, ['phone waits for the reply in vain']);
  });

  test('every step names the fact behind it, with its place', () => {
    const { packets } = explained(home({}), 'phone', 'nas');
    const steps = packets[0]!.hops.flatMap((hop) => hop.steps);
    const masquerade = steps.find(({ kind }) => kind === 'translation')!;
    assert.deepEqual(masquerade.origin!.places.map(placeText), ['home.yaml:15:13']);
    assert.deepEqual(
      masquerade.origin!.because.map(({ rule }) => rule),
      ['masquerade-towards-lan'],
    );
    assert.ok(steps.length > 8);
    assert.ok(steps.every(({ words }) => words !== '' && !words.includes('undefined')));
  });

  test('explanations are plain values', () => {
    const found = explained(home({ laptop: 'routes: [inside]' }), 'laptop', 'nas');
    assert.deepEqual(JSON.parse(JSON.stringify(found)), found);
  });
});

test('every rule that can be the origin of a fact has words of its own', () => {
  const source = readFileSync(`${import.meta.dirname}/../../plan/plan.ts`, 'utf8');
  const types = [...source.matchAll(/export type (?:Plan|Import)Rule =([^;]*);/g)];
  const rules = types.flatMap(([, body]) => [...body!.matchAll(/'([a-z-]+)'/g)].map(([, rule]) => rule!));
  assert.equal(types.length, 2);
  assert.ok(rules.length > 40);
  const silent = rules.filter(
    (rule) => ruleWords(rule as Parameters<typeof ruleWords>[0]) === rule.replaceAll('-', ' '),
  );
  assert.deepEqual(silent, []);
});
