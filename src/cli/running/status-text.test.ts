import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MachineReport, StatusReport } from '../../control/report/status-report.ts';
import { addressesText, listeningText, namesText } from './machine-rows.ts';
import { statusText } from './status-text.ts';

const NOW = Date.UTC(2027, 0, 1);
const plain = (_: unknown, text: string) => text;
const at = (msAgo: number) => new Date(NOW - msAgo).toISOString();

function machine(name: string, more: Partial<MachineReport> = {}): MachineReport {
  return {
    name,
    presence: 'never',
    allowedIps: ['10.66.0.2/32', 'fd00::2/128'],
    endpoint: null,
    lastHandshakeAt: null,
    lastReceivedAt: null,
    receivedBytes: 0,
    sentBytes: 0,
    drops: {},
    expires: null,
    configuration: null,
    isDescribed: true,
    ...more,
  };
}

const report: StatusReport = {
  network: 'home',
  file: 'network.yaml',
  control: { pid: 100 },
  relay: {
    pid: 101,
    startedAt: at(3 * 3600_000),
    backend: 'portable',
    backendReason: 'no native module for linux riscv64',
    router: 'cloud',
    publicKey: 'k',
    listening: ['0.0.0.0:51820', '[::]:51820'],
    lastDatagramAt: at(1_500),
    forwardedPackets: 1_234_567,
    forwardedBytes: 5 * 1024 ** 3,
    underLoad: false,
    drops: { 'mac1-wrong': 4, tag: 12 },
  },
  machines: [
    machine('phone', {
      presence: 'here',
      endpoint: '198.51.100.7:4000',
      lastReceivedAt: at(12_000),
      lastHandshakeAt: at(100_000),
      receivedBytes: 2048,
      sentBytes: 1024 ** 2,
      configuration: 'old',
      drops: { 'source-not-allowed': 1500 },
    }),
    machine('pi', { allowedIps: ['10.66.0.3/32', '192.168.7.0/24'], expires: at(-2 * 86_400_000) }),
    machine('tablet', { presence: 'not-set-up', allowedIps: ['10.66.0.4/32'] }),
    machine('lost', { presence: 'disabled', allowedIps: ['10.66.0.5/32'] }),
  ],
  notes: ['small buffers'],
};

test('the status reads as a table with relative times, binary units and the reasons of what was refused', () => {
  assert.equal(
    statusText(report, NOW, plain),
    `home: router cloud runs since 3 h on UDP port 51820, IPv4 and IPv6
  relay 101, control 100; backend portable: no native module for linux riscv64
  forwarded 1,234,567 packets, 5.0 GiB; last datagram 1 s ago

machine  addresses                 seen        from               received  sent
phone    10.66.0.2 fd00::2         12 s ago    198.51.100.7:4000  2.0 KiB   1.0 MiB  has an old configuration, 1,500 refused
pi       10.66.0.3 192.168.7.0/24  never                                             expires in 2 d
tablet   10.66.0.4                 not set up
lost     10.66.0.5                 disabled

refused packets
  12  tag         changed on the way, or forged
   4  mac1-wrong  the sender does not know the router's public key

note: small buffers
`,
  );
});

test('no relay, no control and no machine are each said with what to do', () => {
  assert.match(statusText({ ...report, relay: null }, NOW, plain), /does not run; to run it: wg-router up/);
  assert.match(statusText({ ...report, control: null }, NOW, plain), /edits are not followed \(wg-router up\)/);
  assert.match(statusText({ ...report, machines: [] }, NOW, plain), /wg-router add machine/);
  assert.match(statusText({ ...report, network: null }, NOW, plain), /^network\.yaml: /);
});

test('nothing in it can move the cursor or show a key', () => {
  const key = 'A'.repeat(43);
  const hostile = machine('\u001b[2Jx', { endpoint: '\u202e1.2.3.4:5', isDescribed: false });
  const text = statusText({ ...report, machines: [hostile], notes: [`key ${key}=`] }, NOW, plain);
  assert.doesNotMatch(text, /[\u001b\u202e]/);
  assert.doesNotMatch(text, new RegExp(key));
});

test('ports, addresses and lists of names are short', () => {
  assert.equal(listeningText(['0.0.0.0:1']), 'UDP port 1, IPv4 only');
  assert.equal(listeningText([]), 'nothing');
  assert.equal(
    addressesText(['10.0.0.1/32', '10.0.0.0/24', 'fd00::1/128', 'fd00::/64', '0.0.0.0/0']),
    '10.0.0.1 10.0.0.0/24 fd00::1 fd00::/64 0.0.0.0/0',
  );
  assert.equal(namesText(['a']), 'a');
  assert.equal(namesText(['a', 'b']), 'a and b');
  assert.equal(namesText(['a', 'b', 'c'], 2), 'a, b and 1 more');
});
