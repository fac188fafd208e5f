import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendConformance } from '../../test/conformance/backend.ts';
import { bootOf, peerOf, RelayProcess } from '../relay/loopback/relay-process.ts';
import { CHANGE_PEERS, LINE_BYTES } from '../relay/messages.ts';
import { RelayBackend, setPages } from './relay.ts';
import { RelayConnection } from './relay-connection.ts';

backendConformance('relay', async (t) => {
  const relay = await RelayProcess.start(bootOf([]));
  t.after(() => relay.stop());
  const connection = await RelayConnection.open(relay.boot.controlSocket);
  t.after(() => connection.close());
  return { backend: new RelayBackend(connection), publicKey: relay.publicKey, port: relay.port };
});

test('pages hold every peer once, in order, none more than a message may', () => {
  const small = Array.from({ length: 2 * CHANGE_PEERS + 1 }, (_, n) => peerOf(`m${n}`, `key ${n}`, []));
  const pages = setPages(small);
  assert.deepEqual(pages.flat(), small);
  assert.deepEqual(
    pages.map((page) => page.length),
    [CHANGE_PEERS, CHANGE_PEERS, 1],
  );
  const prefixes = Array.from({ length: 20_000 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`);
  const large = Array.from({ length: 40 }, (_, n) => peerOf(`m${n}`, `key ${n}`, prefixes));
  const largePages = setPages(large);
  assert.deepEqual(largePages.flat(), large);
  for (const set of largePages) {
    assert.ok(JSON.stringify({ type: 'change', router: null, set, remove: [] }).length < LINE_BYTES);
  }
});
