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
import { statusOf } from './relay-status.ts';

const path = join(import.meta.dirname, `version-${MIGRATIONS.length}.sqlite`);
rmSync(path, { force: true });
let now = Date.UTC(2026, 0, 1, 11);
const history = new History(path, { now: () => now });
for (let i = 1; i <= 60; i++) {
  now += 10_000;
  const peer = {
    endpoint: '192.0.2.1:5000',
    lastHandshakeAt: now,
    lastReceivedAt: now,
    receivedBytes: i * 1024,
    sentBytes: i * 512,
    drops: { replayed: i },
  };
  history.observe(statusOf([peer], { startedAt: Date.UTC(2026, 0, 1, 11), drops: { 'mac1-wrong': i } }));
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
