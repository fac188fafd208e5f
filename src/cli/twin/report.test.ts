import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fate, Observation } from '../../../lab/twin/trials/observation.ts';
import { paintWith } from '../terminal/paint.ts';
import { pairsOf } from './flows.ts';
import { disagreementsWith } from './proved.ts';
import { reportText } from './report.ts';

const OPTIONS = { paint: paintWith(false), columns: 80 };

describe('the report of a twin', () => {
  const observations = [
    flow('phone', 'nas', 4, 'works works works works'),
    flow('phone', 'nas', 6, 'fails fails fails fails'),
    flow('nas', 'phone', 4, 'works works stalls works'),
    flow('nas', 'phone', 6, 'works works stalls works'),
    flow('tv', 'phone', 4, 'works works stalls works'),
    flow('tv', 'phone', 6, 'works works stalls works'),
    flow('phone', 'tv', 4, 'fails fails fails fails'),
    flow('tv', 'nas', 4, 'works works works works'),
    flow('nas', 'tv', 4, 'fails fails fails fails'),
  ];

  test('shows pairs as one mark, and below what it stands for; alike ones in one line', () => {
    const parties = ['phone', 'nas', 'tv', 'lamp'];
    assert.equal(
      reportText('home', parties, pairsOf(observations), { broken: [], disagreements: [] }, OPTIONS),
      `who reaches whom in network home: from the row to the column

           1 2 3 4
  1 phone    4 ✗ –
  2 nas    ~   ✗ –
  3 tv     ~ ✓   –
  4 lamp

  ✓ works   ~ partly   4 IPv4 only   ✗ fails   – no common family

In part
  phone → nas: IPv4: works; IPv6: fails
  nas, tv → phone: TCP stalls, ping, large ping and UDP work

In one direction only
  tv → nas
`,
    );
  });

  test('shows where packets did otherwise than was proved, flow by flow', () => {
    const proved = new Map<string, 'works' | 'fails'>([
      ['phone nas 192.0.2.4 ping', 'works'],
      ['nas phone 192.0.2.4 tcp', 'works'],
      ['phone tv 192.0.2.4 udp', 'works'],
      ['phone tv 192.0.2.4 tcp', 'works'],
      ['tv nas 192.0.2.4 udp', 'fails'],
    ]);
    const disagreements = disagreementsWith(proved, observations);
    const text = reportText(
      'home',
      ['phone', 'nas', 'tv'],
      pairsOf(observations),
      { broken: [], disagreements },
      OPTIONS,
    );
    assert.equal(
      text.slice(text.indexOf('Otherwise')),
      `Otherwise than \`check\` proves: a mistake in wg-router, or in its twin
  nas → phone (192.0.2.4), TCP: proved that it works, seen that it stalls
  phone → tv (192.0.2.4), TCP, UDP: proved that it works, seen that it fails
  tv → nas (192.0.2.4), UDP: proved that it fails, seen that it works
`,
    );
  });
});

/** `fates`: ping, large ping, TCP, UDP. */
function flow(from: string, to: string, family: 4 | 6, fates: string): Observation {
  const [ping, large, tcp, udp] = fates.split(' ') as [Fate, Fate, Fate, Fate];
  return {
    from: { kind: 'machine', name: from },
    to: { kind: 'machine', name: to },
    family,
    address: family === 4 ? '192.0.2.4' : '2001:db8::6',
    ...{ ping, large, tcp, udp },
    largeBytes: 1420,
    seenAs: null,
  };
}
