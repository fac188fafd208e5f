import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerStatus, Status } from '../../relay/messages.ts';
import { DROP_REASONS } from '../../wireguard/drop.ts';
import { dropWords } from './drop-words.ts';
import { HERE_MS, presenceOf, type StatusFacts, statusReport } from './status-report.ts';

const NOW = Date.UTC(2027, 0, 1);

function peer(name: string, more: Partial<PeerStatus> = {}): PeerStatus {
  return {
    name,
    publicKey: `key of ${name}`,
    allowedIps: ['10.66.0.2/32'],
    exitFor: [],
    endpoint: null,
    keepalive: 0,
    mtu: 1420,
    expires: null,
    hasPresharedKey: true,
    lastHandshakeAt: null,
    lastReceivedAt: null,
    receivedBytes: 0,
    sentBytes: 0,
    drops: {},
    ...more,
  };
}

function status(peers: readonly PeerStatus[]): Status {
  return {
    type: 'status',
    pid: 7,
    publicKey: 'router key',
    startedAt: NOW - 60_000,
    backend: 'portable',
    backendReason: 'no module',
    router: { name: 'cloud', listenPort: 51820, addresses: [], mtu: 1420, described: [] },
    listening: ['0.0.0.0:51820'],
    notes: ['small buffers'],
    lastDatagramAt: null,
    drops: { tag: 3 },
    forwardedPackets: 1,
    forwardedBytes: 2,
    underLoad: false,
    peerCount: peers.length,
    peers,
  };
}

function facts(more: Partial<StatusFacts>): StatusFacts {
  return {
    file: 'network.yaml',
    controlPid: null,
    status: null,
    described: null,
    configurations: new Map(),
    notes: [],
    ...more,
  };
}

const described = (name: string, isSetUp = true, isDisabled = false) => ({
  name,
  isSetUp,
  isDisabled,
  allowedIps: ['10.66.0.9/32'],
  expires: null,
});

test('a machine is here for as long as its last keypair may be of use', () => {
  const heard = (ms: number) => presenceOf(peer('phone', { lastReceivedAt: NOW - ms }), NOW);
  assert.deepEqual([heard(0), heard(HERE_MS - 1), heard(HERE_MS)], ['here', 'here', 'away']);
  assert.equal(presenceOf(peer('phone'), NOW), 'never');
  assert.equal(presenceOf(peer('phone', { lastHandshakeAt: NOW - 1 }), NOW), 'here');
  assert.equal(presenceOf(peer('phone', { lastReceivedAt: NOW, expires: NOW }), NOW), 'expired');
});

test('machines stand in the order of the file, with those that are not set up and those that the file lacks', () => {
  const { machines, network } = statusReport(
    facts({
      status: status([peer('old'), peer('phone', { lastReceivedAt: NOW })]),
      described: { network: 'home', machines: [described('phone'), described('tablet', false), described('new')] },
      configurations: new Map([['phone', 'old']]),
    }),
    NOW,
  );
  assert.equal(network, 'home');
  assert.deepEqual(
    machines.map(({ name, presence, configuration, isDescribed }) => [name, presence, configuration, isDescribed]),
    [
      ['phone', 'here', 'old', true],
      ['tablet', 'not-set-up', null, true],
      ['new', 'unknown', null, true],
      ['old', 'never', null, false],
    ],
  );
});

test('a disabled machine is that before all else, and what the relay was told instead of it is not shown', () => {
  const machines = [described('phone', true, true), described('tablet', false, true)];
  const seen = (peers: readonly PeerStatus[]) =>
    statusReport(facts({ status: status(peers), described: { network: 'home', machines } }), NOW).machines;
  const running = seen([peer('phone', { lastReceivedAt: NOW, expires: 0 })]);
  assert.deepEqual(
    running.map(({ presence, expires, lastReceivedAt }) => [presence, expires, lastReceivedAt !== null]),
    [
      ['disabled', null, true],
      ['disabled', null, false],
    ],
  );
  assert.equal(seen([])[0]!.presence, 'disabled');
});

test('without a relay the machines of the file are listed all the same, and without a file those of the relay', () => {
  const noRelay = statusReport(facts({ described: { network: 'home', machines: [described('phone')] } }), NOW);
  assert.deepEqual([noRelay.relay, noRelay.machines[0]!.presence], [null, 'unknown']);
  const noFile = statusReport(facts({ status: status([peer('phone')]), controlPid: 5, notes: ['it is gone'] }), NOW);
  assert.deepEqual([noFile.network, noFile.control, noFile.machines.length], [null, { pid: 5 }, 1]);
  assert.deepEqual(noFile.notes, ['it is gone', 'small buffers']);
  assert.equal(noFile.relay?.startedAt, '2026-12-31T23:59:00.000Z');
});

test('every reason to refuse a packet has words, and a reason of a newer relay stands for itself', () => {
  for (const reason of DROP_REASONS) assert.notEqual(dropWords(reason), reason);
  assert.equal(dropWords('from-the-future'), 'from-the-future');
  assert.equal(dropWords('toString'), 'toString');
});
