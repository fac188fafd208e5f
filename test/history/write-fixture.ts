/**
 * Writes the history of a release, to be opened by every later one: run it when the schema has a new version, before
 * the release, and keep the others.
 *
 *   with-node test/history/write-fixture.ts
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { History } from '../../src/control/history/history.ts';
import { MIGRATIONS } from '../../src/control/history/schema.ts';

const path = join(import.meta.dirname, `version-${MIGRATIONS.length}.sqlite`);
rmSync(path, { force: true });
let now = Date.UTC(2026, 0, 1, 11);
const history = new History(path, { now: () => now });
for (let i = 1; i <= 60; i++) {
  now += 10_000;
  history.observe({
    type: 'status',
    pid: 1,
    publicKey: 'r'.repeat(43),
    startedAt: Date.UTC(2026, 0, 1, 11),
    backend: 'portable',
    router: { name: 'cloud', listenPort: 51820, addresses: ['10.66.0.1'], mtu: 1420 },
    listening: ['0.0.0.0:51820'],
    notes: [],
    lastDatagramAt: now,
    drops: { 'mac1-wrong': i },
    forwardedPackets: i,
    forwardedBytes: i * 1024,
    underLoad: false,
    peerCount: 1,
    peers: [
      {
        name: 'phone',
        publicKey: 'p'.repeat(43),
        allowedIps: ['10.66.0.2/32'],
        endpoint: '192.0.2.1:5000',
        keepalive: 25,
        expires: null,
        hasPresharedKey: true,
        lastHandshakeAt: now,
        lastReceivedAt: now,
        receivedBytes: i * 1024,
        sentBytes: i * 512,
        drops: { replayed: i },
      },
    ],
  });
}
history.write(() => {
  const before = history.changes.keep('name: homes\n', now);
  const after = history.changes.keep('name: home\n', now);
  history.changes.add({ who: null, way: 'file', action: 'file-edited', object: null, before, after }, now);
  history.journal.audit(
    { who: 'ada', way: 'page', action: 'configuration-handed-out', object: 'phone', outcome: 'done', address: '::1' },
    now,
  );
  history.journal.signIn({ who: 'ada', way: 'password', outcome: 'done', address: '::1', agent: 'a browser' }, now);
});
history.close();
