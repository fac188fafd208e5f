/**
 * Edits by example: what the edited file looks like, byte for byte, and when there is none. Random files in every style
 * are in `test/edits`.
 */

import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { parseAddress } from '../../net/address.ts';
import { addHost, addLan, addMachine } from './add.ts';
import { remove } from './remove.ts';
import { rename } from './rename.ts';
import type { EditResult } from './request.ts';
import { giveAddresses, setAddresses, setField, setPublicKey } from './set.ts';

const HEAD = `name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers: {cloud: {endpoint: vpn.example.net:51820}}
`;

function codes(result: EditResult): string[] {
  return (result.diagnostics ?? []).map(({ code }) => code);
}

test('a machine is written behind the others, before the comment that belongs to what follows', () => {
  const text = `${HEAD}
machines:   # all of them
    phone:
        platform: ios
        # bought in 2024

    # guests
    # tablet: {platform: android}

# at home
lans:
`;
  const expected = text.replace(
    'in 2024\n',
    'in 2024\n    laptop:\n        platform: linux\n        note: "grey: old"\n',
  );
  assert.equal(addMachine(text, { name: 'laptop', platform: 'linux', note: 'grey: old' }).text, expected);
});

test('a section that is absent stands where people expect it, apart by a blank line where the file does that', () => {
  assert.equal(addMachine(`${HEAD}lans:\n`, { name: 'pi' }).text, `${HEAD}machines:\n  pi:\nlans:\n`);
  assert.equal(
    addMachine(HEAD.replace('inside', '\ninside'), { name: 'pi' }).text,
    `${HEAD.replace('inside', '\ninside')}\nmachines:\n  pi:\n`,
  );
  assert.equal(addMachine(HEAD.trimEnd(), { name: 'pi' }).text, `${HEAD}machines:\n  pi:`);
});

test('an empty section gets its entries below, whatever stands for nothing', () => {
  for (const nothing of ['machines: {} # none', 'machines: # none', 'machines:   {  }   # none'])
    assert.match(
      addMachine(`${HEAD}${nothing}\nlans:\n`, { name: 'pi', platform: 'linux' }).text!,
      /machines: *# none\n {2}pi:\n {4}platform: linux\nlans:\n$/,
    );
});

test('the machine that connects a new LAN is put there', () => {
  const text = `${HEAD}machines:\n  pi: {platform: linux, lan: office, lan-address: [192.168.8.5]}\nlans:\n  office: {prefixes: [192.168.8.0/24]}\n`;
  const lan = {
    name: 'home-lan',
    prefixes: ['192.168.7.0/24', 'fd00:7::/64'],
    via: 'pi',
    lanAddress: ['192.168.7.5', 'fd00:7::5'],
    attach: 'default-gateway',
  };
  assert.equal(
    addLan(text, lan).text,
    `${HEAD}machines:
  pi: {platform: linux, lan: [office, home-lan], lan-address: [192.168.8.5, 192.168.7.5, "fd00:7::5"]}
lans:
  office: {prefixes: [192.168.8.0/24]}
  home-lan: {prefixes: [192.168.7.0/24, "fd00:7::/64"], via: pi, attach: default-gateway}
`,
  );
});

test('a new LAN lends addresses to machines, in block and in flow', () => {
  const lan = {
    name: 'home-lan',
    prefixes: ['192.168.7.0/24', 'fd00:7::/64'],
    via: 'pi',
    attach: 'proxy',
    lend: [
      ['phone', ['192.168.7.200', 'fd00:7::200']],
      ['tv', ['192.168.7.201']],
    ],
  } as const;
  const machines = `${HEAD}machines:\n  pi: {}\n  phone:\n  tv:\n`;
  const others = `lans:\n  office: {prefixes: [192.168.8.0/24]}\n`;
  assert.equal(
    addLan(machines, lan).text,
    `${machines}lans:
  home-lan:
    prefixes: [192.168.7.0/24, "fd00:7::/64"]
    via: pi
    attach: proxy
    lend:
      phone: [192.168.7.200, "fd00:7::200"]
      tv: [192.168.7.201]
`,
  );
  assert.equal(
    addLan(machines + others, lan).text,
    `${machines}${others}  home-lan: {prefixes: [192.168.7.0/24, "fd00:7::/64"], via: pi, attach: proxy, lend: {phone: [192.168.7.200, "fd00:7::200"], tv: [192.168.7.201]}}\n`,
  );
});

test('given addresses go behind those that are there, whose spelling stays', () => {
  const text = `${HEAD}machines:\n  phone: {address: ["FD4C:91B7:2AE0:0::2"]}\n  pi:\n`;
  const given = [
    { device: 'phone', kind: 'machine' as const, address: parseAddress('10.66.0.2')! },
    { device: 'phone', kind: 'machine' as const, address: parseAddress('fd4c:91b7:2ae0::2')! },
    { device: 'pi', kind: 'machine' as const, address: parseAddress('10.66.0.3')! },
    { device: 'cloud', kind: 'router' as const, address: parseAddress('10.66.0.1')! },
  ];
  const edited = giveAddresses(text, given).text!;
  assert.equal(
    edited,
    `${HEAD.replace('51820}', '51820, address: [10.66.0.1]}')}machines:\n  phone: {address: ["FD4C:91B7:2AE0:0::2", 10.66.0.2]}\n  pi:\n    address: [10.66.0.3]\n`,
  );
  assert.equal(giveAddresses(edited, given).text, edited);
  assert.equal(
    setAddresses(edited, [{ name: 'phone', kind: 'machine', addresses: ['fd4c:91b7:2ae0::2', '10.66.0.2'] }]).text,
    edited,
  );
});

test('a value is replaced where it stands, in the quotes that stand there', () => {
  const text = `${HEAD}machines:\n  pi:\n    note: 'old'   # why\n    lan-address:   # where\n      - 192.168.7.5  # eth0\n    lan: home-lan\nlans: {home-lan: {prefixes: [192.168.7.0/24]}}\n`;
  const pi = { kind: 'machine', name: 'pi' } as const;
  assert.equal(setField(text, pi, 'note', "it's new").text, text.replace("'old'", "'it''s new'"));
  assert.equal(setField(text, pi, 'lan-address', ['192.168.7.6']).text, text.replace('7.5  #', '7.6  #'));
  assert.equal(setField(text, pi, 'note', null).text, text.replace("    note: 'old'   # why\n", ''));
  assert.equal(
    setField(text, pi, 'keepalive', '25').text,
    text.replace('    lan: home-lan\n', '    lan: home-lan\n    keepalive: 25\n'),
  );
});

test('removing takes the name out of every list, and the last rule of access leaves a list that allows nothing', () => {
  const text = `${HEAD}machines:
  # the phone
  phone: {platform: ios}   # old
  pi:
groups:
  family: [phone, pi]
  phones:
    - phone   # the only one
access:
  - {from: phone, to: pi}
expect:
  # first
  - phone reaches pi   # sure?
  - pi reaches cloud
`;
  assert.equal(
    remove(text, 'phone').text,
    `${HEAD}machines:
  # the phone
  pi:
groups:
  family: [pi]
  phones: []
access: []
expect:
  # first
  - pi reaches cloud
`,
  );
});

test('removing a LAN takes its hosts along and moves its machines away from it', () => {
  const text = `${HEAD}machines:
  pi: {lan: [home-lan, office], lan-address: [192.168.7.5, 192.168.8.5], routes: [inside, home-lan]}
  tv: {lan: home-lan, lan-address: [192.168.7.6]}
lans:
  home-lan:
    prefixes: [192.168.7.0/24]
    hosts: {nas: [192.168.7.10]}
  office: {prefixes: [192.168.8.0/24]}
groups: {all: [nas, home-lan, pi]}
`;
  assert.equal(
    remove(text, 'home-lan').text,
    `${HEAD}machines:
  pi: {lan: [office], lan-address: [192.168.8.5], routes: [inside]}
  tv: {}
lans:
  office: {prefixes: [192.168.8.0/24]}
groups: {all: [pi]}
`,
  );
});

test('a renamed name changes in sentences of every style', () => {
  const text = `${HEAD}machines: {phone: , pi: }
expect:
  - phone reaches pi
  - "phone  does not reach   phone on ping"
  - 'pi reaches phone'
  - "\\u0070hone reaches pi"
  - >-
    pi
    reaches phone
`;
  assert.equal(
    rename(text, 'phone', 'handy').text,
    `${HEAD}machines: {handy: , pi: }
expect:
  - handy reaches pi
  - "handy  does not reach   handy on ping"
  - 'pi reaches handy'
  - "handy reaches pi"
  - pi reaches handy
`,
  );
});

test('a file with mistakes is not edited, and a mistaken edit not made', () => {
  assert.deepEqual(codes(addMachine(`${HEAD}mashines:\n`, { name: 'pi' })), ['unknown-word']);
  assert.deepEqual(codes(addMachine('', { name: 'pi' })), ['missing-word', 'missing-word', 'missing-word']);
  assert.deepEqual(codes(addMachine(HEAD, { name: 'Pi' })), ['bad-name']);
  assert.deepEqual(codes(addMachine(HEAD, { name: 'a: {b}\n#' })), ['bad-name']);
  assert.deepEqual(codes(addMachine(HEAD, { name: 'pi', lan: ['nowhere'] })), ['unknown-name']);
  assert.deepEqual(codes(addHost(HEAD, { lan: 'nowhere', name: 'nas', addresses: [] })), ['unknown-name']);
  assert.deepEqual(codes(rename(HEAD, 'clod', 'x')), ['unknown-name']);
  assert.deepEqual(remove(HEAD, 'clod').diagnostics?.[0]?.help, ['write cloud']);
  assert.deepEqual(codes(setPublicKey(HEAD, 'cloud', 'short')), ['bad-key']);
  const refused = addMachine(HEAD, { name: 'pi', mtu: '12' });
  assert.ok(
    refused.diagnostics && refused.against.split('\n')[refused.diagnostics[0]!.place.line - 1]?.includes('mtu: 12'),
  );
});

test('an edit does not add what is not supported yet, and leaves what is there', () => {
  const text = `${HEAD}machines: {pi: {lan: a, lan-address: [192.168.7.5]}, tablet: {internet: a}}\nlans:\n  a: {prefixes: [192.168.7.0/24], via: pi, attach: masquerade}\nexpect: []\n`;
  assert.ok(addMachine(text, { name: 'phone' }).text);
  assert.deepEqual(codes(setField(text, { kind: 'router', name: 'cloud' }, 'backend', 'kernel')), [
    'not-supported-yet',
  ]);
  assert.deepEqual(
    new Set(codes(setField(text, { kind: 'machine', name: 'pi' }, 'internet', 'cloud'))),
    new Set(['not-supported-yet']),
  );
});

describe('true and false', () => {
  const setDisabled = (text: string, value: string | null) =>
    setField(text, { kind: 'machine', name: 'phone' }, 'disabled', value);

  test('are written without quotes, in block and in flow style, and a note of that text with them', () => {
    const block = `${HEAD}machines:\n  phone:\n    platform: ios # hers\n`;
    assert.equal(setDisabled(block, 'true').text, `${block}    disabled: true\n`);
    assert.equal(
      setDisabled(`${HEAD}machines:\n  phone: {platform: ios} # hers\n`, 'true').text,
      `${HEAD}machines:\n  phone: {platform: ios, disabled: true} # hers\n`,
    );
    assert.equal(
      addMachine(HEAD, { name: 'pi', disabled: 'true', note: 'true' }).text,
      `${HEAD}machines:\n  pi:\n    note: "true"\n    disabled: true\n`,
    );
  });

  test('change in their place, whatever quotes stood there, and what is said beside them stays', () => {
    for (const [before, after] of [
      ['false', 'true'],
      ['"false"', 'true'],
      ['True', 'false'],
    ] as const) {
      const text = `${HEAD}machines:\n  phone:\n    disabled: ${before} # since May\n    platform: ios\n`;
      assert.equal(setDisabled(text, after).text, text.replace(before, after), before);
    }
    assert.deepEqual(codes(setDisabled(`${HEAD}machines: {phone: }\n`, 'yes')), ['unknown-value']);
  });

  test('go with their line', () => {
    const text = `${HEAD}machines:\n  phone:\n    # lost in May\n    disabled: true\n    platform: ios\n`;
    assert.equal(setDisabled(text, null).text, text.replace('    disabled: true\n', ''));
  });
});

test('a comment within what is removed goes with it, and becomes no part of the text before it', () => {
  const before = `${HEAD}machines:
  pi:
    note: |
      two
      lines
`;
  const route = '    routes: [inside]\n      # of the routes\n';
  const after = '    # of the pi\n    platform: linux\n';
  const { text } = setField(before + route + after, { kind: 'machine', name: 'pi' }, 'routes', null);
  assert.equal(text, before + after);
});
