import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Difference } from '../../apply/difference.ts';
import { relayConfig } from '../../apply/relay-config.ts';
import type { LoadedPlan } from '../../control/load-plan.ts';
import { MachineError } from '../../control/machine-error.ts';
import type { SupervisorEvent } from '../../control/supervise/supervisor.ts';
import { parseNetwork } from '../../description/parse.ts';
import { formatKey } from '../../net/key.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { EventLines } from './event-lines.ts';

const KEY = (n: number) => formatKey(new Uint8Array(32).fill(n));
const NO_DIFFERENCE: Difference = {
  router: null,
  remove: [],
  set: [],
  narrowed: [],
  added: [],
  changed: [],
  removed: [],
};

function lines(): EventLines {
  const now = () => new Date(2027, 0, 31, 9, 5, 7);
  return new EventLines({ paint: (_, text) => text, colour: false, file: 'network.yaml', now });
}

/** The event for a network with these machines; those in capitals are not set up. */
function loaded(
  names: readonly string[],
  more: Partial<LoadedPlan> & { isFirst?: boolean; wasMistaken?: boolean } = {},
) {
  const machines = names.map((name, n) => {
    const isSetUp = name === name.toLowerCase();
    return `  ${name.toLowerCase()}: {address: [10.66.0.${n + 2}]${isSetUp ? `, public-key: ${KEY(n + 2)}` : ''}}\n`;
  });
  const text = `name: home
inside: [10.66.0.0/24]
routers: {cloud: {endpoint: "vpn.example.net:51820", address: [10.66.0.1], public-key: ${KEY(1)}}}
machines:
${machines.join('')}`;
  const { network, diagnostics } = parseNetwork(text, 'network.yaml');
  assert.ok(network, JSON.stringify(diagnostics));
  const { plan } = planNetwork(network);
  const { isFirst = true, wasMistaken = false, ...rest } = more;
  const loadedPlan = { text, network, plan, diagnostics, notes: [], handedOut: [], stale: [], ...rest } as LoadedPlan;
  const runnable = { name: 'home', config: relayConfig(plan!, new Map()), privateKey: '', publicKey: '' };
  return { type: 'loaded', network: runnable, loaded: loadedPlan, isFirst, wasMistaken } as const;
}

const adopted: SupervisorEvent = {
  type: 'relay-adopted',
  hello: { type: 'hello', version: 1, pid: 7, publicKey: '', startedAt: 0 },
  listening: ['0.0.0.0:51820', '[::]:51820'],
  notes: [],
  isSameProgram: true,
};

function changed(difference: Partial<Difference>): SupervisorEvent {
  const { config } = loaded(['phone']).network;
  return { type: 'changed', difference: { ...NO_DIFFERENCE, ...difference }, config };
}

test('the beginning says where it listens, who is described and what comes next', () => {
  const say = lines();
  assert.equal(say.of(loaded(['phone', 'TABLET'])), '');
  assert.equal(
    say.of(adopted),
    `home: router cloud listens on UDP port 51820, IPv4 and IPv6 (adopted relay 7, which ran all the time)
  phone   10.66.0.2
  tablet  10.66.0.3  not set up
next: hand tablet its configuration: wg-router config tablet --qr
Edits of network.yaml are followed. Ctrl-C ends the router.
`,
  );
});

test('what is expected and does not hold is said, and that it is routed all the same', () => {
  const say = lines();
  const event = loaded(['phone']);
  say.of(event);
  const place = { file: 'network.yaml', line: 3, column: 1, endColumn: 2 };
  const diagnostic = {
    code: 'expectation-broken',
    severity: 'warning',
    place,
    message: 'Cannot fulfil it',
    notes: [],
  } as const;
  const said = say.of({ type: 'unfulfilled', diagnostics: [{ ...diagnostic, help: [] }], text: event.loaded.text });
  assert.match(said, /^09:05:07 {2}not all that network\.yaml expects holds; it is routed all the same\n/);
  assert.match(said, /\nnetwork\.yaml:3:1: warning\[expectation-broken\]: Cannot fulfil it\n/);
});

test('what comes next depends on who is described', () => {
  for (const [names, next] of [
    [[], /next: describe a machine: wg-router add machine/],
    [['phone'], /next: see who is here: wg-router status/],
  ] as const) {
    const say = lines();
    say.of(loaded(names));
    assert.match(say.of(adopted), next);
  }
});

test('of many machines the first are listed', () => {
  const say = lines();
  say.of(loaded(Array.from({ length: 50 }, (_, n) => `m${n}`)));
  assert.match(say.of(adopted), /\n {2}m19 .*\n {2}and 30 more\n/);
});

test('an older program, notes and old configurations are said at the start', () => {
  const say = lines();
  say.of(loaded(['phone'], { stale: ['phone'] }));
  const text = say.of({ ...adopted, isSameProgram: false, notes: ['no IPv6'] } as SupervisorEvent);
  assert.match(
    text,
    /note: no IPv6\nnote: the relay runs an older program.*\nnote: phone must fetch a new configuration: wg-router config phone\n/,
  );
});

test('edits are one line each, with the time of day, and nothing where nothing changed', () => {
  const say = lines();
  say.of(loaded(['phone']));
  assert.equal(say.of(changed({ added: ['phone'] })), '', 'before the beginning was told');
  say.of(adopted);
  assert.equal(say.of(changed({})), '');
  const text = say.of(changed({ added: ['a', 'b'], changed: ['c'], removed: ['d'] }));
  assert.equal(text, '09:05:07  applied: added a and b; changed c; removed d\n');
});

test('a disabled machine is said to be disabled, and not to be set up', () => {
  const disabled = (event: ReturnType<typeof loaded>) => {
    const text = event.loaded.text.replace('{address: [10.66.0.3]', '{disabled: true, address: [10.66.0.3]');
    const { network } = parseNetwork(text, 'network.yaml');
    return { ...event, loaded: { ...event.loaded, text, network, plan: planNetwork(network!).plan } };
  };
  const screen = lines();
  screen.of(disabled(loaded(['phone', 'LOST'])));
  const said = screen.of(adopted);
  assert.match(said, /^ {2}lost {3}10\.66\.0\.3 {2}disabled$/m);
  assert.ok(!said.includes('wg-router config lost'), said);
});

test('a machine that is described later and not set up is said with the command', () => {
  const say = lines();
  say.of(loaded(['phone']));
  say.of(adopted);
  const text = say.of(loaded(['phone', 'TABLET'], { isFirst: false, notes: ['"phone" has its public key again'] }));
  assert.equal(
    text,
    `09:05:07  "phone" has its public key again
09:05:07  described and not set up: tablet; to set up: wg-router config tablet --qr
`,
  );
});

test('an old configuration is said once for each machine', () => {
  const say = lines();
  say.of(loaded(['phone', 'pi'], { stale: ['phone'] }));
  say.of(adopted);
  say.of(loaded(['phone', 'pi', 'x'], { stale: ['phone', 'pi'], isFirst: false }));
  assert.match(
    say.of(changed({ added: ['x'] })),
    /added x\n.*pi must fetch a new configuration: wg-router config pi\n$/,
  );
});

test('mistakes, a file that is gone and one that is good again say that the last good network goes on', () => {
  const say = lines();
  say.of(loaded(['phone']));
  say.of(adopted);
  const { diagnostics } = parseNetwork('name: 7\n', 'network.yaml');
  assert.match(
    say.of({ type: 'mistaken', diagnostics, text: 'name: 7\n' }),
    /^09:05:07 {2}network\.yaml has mistakes; the last good network goes on\nnetwork\.yaml:1:/,
  );
  assert.match(say.of({ type: 'absent' }), /is gone; the last good network goes on/);
  assert.equal(
    say.of(loaded(['phone'], { wasMistaken: true, isFirst: false })),
    '09:05:07  network.yaml is good again\n',
  );
});

test('a relay that dies or cannot be started says why, what it said, and when it is tried again', () => {
  const say = lines();
  say.of(loaded(['phone']));
  say.of(adopted);
  assert.equal(
    say.of({ type: 'relay-lost', why: 'it was ended by SIGKILL', said: ['oh', `key ${KEY(3)}`], againInMs: 250 }),
    `09:05:07  the relay died: it was ended by SIGKILL; starting it again
          oh
          key ••••••••••••••••••••••••••••••••••••••••••••
`,
  );
  const error = new MachineError('port-in-use', 'Cannot listen', { help: ['end it'] });
  assert.equal(
    say.of({ type: 'relay-failed', error, againInMs: 4_000 }),
    '09:05:07  Cannot listen; trying again in 4 s\n          end it\n',
  );
  assert.match(
    say.of({ type: 'relay-restarted', why: 'runs with another router key' }),
    /ending the relay, which runs/,
  );
  assert.match(say.of({ type: 'not-applied', error }), /the edit is not applied: Cannot listen\n {10}end it/);
  assert.match(say.of(adopted), /^09:05:07 {2}adopted relay 7.*: UDP port 51820/);
});

test('arrivals are a line each, and silence says what to check', () => {
  const say = lines();
  say.of(loaded(['phone']));
  say.of(adopted);
  const arrivals = [{ name: 'phone', endpoint: '198.51.100.7:4000' }];
  assert.equal(
    say.of({ type: 'arrived', news: { arrivals, more: 3 } }),
    '09:05:07  phone is here, from 198.51.100.7:4000\n09:05:07  and 3 more are here\n',
  );
  const silence = say.of({ type: 'nothing-arrives', listening: ['0.0.0.0:51820'] });
  assert.match(silence, /nothing has arrived on UDP port 51820 yet; what to check:\n {10}the cloud provider/);
  assert.match(silence, /vpn\.example\.net:51820/);
});
