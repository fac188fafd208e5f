import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { complaints } from '../text/complaints.ts';
import { readSurvey } from './read-survey.ts';
import type { Survey } from './survey.ts';
import { surveyWith } from './survey-with.ts';

function survey(text: string, file = 'net/survey.yaml'): Survey {
  const said = complaints();
  const read = readSurvey(file, text, said);
  assert.deepEqual(said.said().diagnostics, []);
  return read!;
}

/** Without places and origins. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (word, each) =>
    word === 'place' || word === 'origin' ? undefined : typeof each === 'bigint' ? `${each}` : each,
  );
  return JSON.parse(text);
}

const FIRST = `
machines:
  hub: {platform: linux, behind-nat: false, forwarding: {ipv4: false}, firewall: {forward: {policy: drop}}}
  phone: {platform: ios}
lans:
  home: {prefixes: [192.168.1.0/24], default-gateway: hub, members: {hub: 192.168.1.1, nas: 192.168.1.10}}
question: {from: phone, to: nas}
works: [{from: phone, to: hub}]
`;

describe('a survey with answers', () => {
  test('says what one survey with all of it says', () => {
    const answered = surveyWith(
      survey(FIRST),
      survey(
        `
machines:
  hub: {forwarding: {ipv6: true}, firewall: {input: {policy: accept}}, rp-filter: loose}
  tv: {platform: other}
lans:
  home: {members: {nas: 192.168.1.11, tv: 192.168.1.12}}
question: {from: tv, to: phone}
works: [{from: hub, to: nas}]
`,
        '(answers)',
      ),
    );
    const whole = survey(`
machines:
  hub:
    platform: linux
    behind-nat: false
    forwarding: {ipv4: false, ipv6: true}
    firewall: {forward: {policy: drop}, input: {policy: accept}}
    rp-filter: loose
  phone: {platform: ios}
  tv: {platform: other}
lans:
  home:
    prefixes: [192.168.1.0/24]
    default-gateway: hub
    members: {hub: 192.168.1.1, nas: 192.168.1.11, tv: 192.168.1.12}
question: {from: tv, to: phone}
works: [{from: phone, to: hub}, {from: hub, to: nas}]
`);
    assert.deepEqual(plain(answered), plain(whole));
  });

  test('lets the answer win, and the question stay where none is answered with it', () => {
    const answer = survey('machines: {hub: {forwarding: {ipv4: true}, platform: openwrt}}', '(answers)');
    const { machines, questions } = surveyWith(survey(FIRST), answer);
    const hub = machines.find(({ name }) => name === 'hub')!;
    assert.deepEqual(
      [hub.forwarding!.ipv4!.value, hub.platform!.value, hub.behindNat!.value],
      [true, 'openwrt', false],
    );
    assert.equal(questions[0]!.to.value, 'nas');
  });

  test('alone lies in no folder', () => {
    assert.equal(surveyWith(null, survey(FIRST, '(answers)')).file, null);
  });
});
