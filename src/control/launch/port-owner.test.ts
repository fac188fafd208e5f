import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { describeOwner, parseSocketTable, portOwner } from './port-owner.ts';

test('a UDP port is traced to the process that has it', async (t) => {
  const socket = createSocket('udp6');
  t.after(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, '::', resolve));
  const owner = portOwner(socket.address().port);
  assert.ok(owner?.kind === 'process');
  assert.equal(owner.pid, process.pid);
  assert.match(describeOwner(owner), new RegExp(`^node.* \\(process ${process.pid}\\)$`));
});

test('a port that nobody has has no owner', () => {
  assert.equal(portOwner(1), null);
});

test('lines of /proc/net/udp are read by port', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  123: 00000000:CA6C 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0
  124: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 4712 2 0000000000000000 0
`;
  assert.deepEqual(parseSocketTable(table, 51820), [{ uid: 0, inode: '4711' }]);
  assert.deepEqual(parseSocketTable(table, 53), [{ uid: 101, inode: '4712' }]);
  assert.deepEqual(parseSocketTable(table, 54), []);
});

test("the kernel's interfaces are named", () => {
  assert.equal(describeOwner({ kind: 'kernel', interfaces: ['wg0'] }), 'the WireGuard interface wg0');
  assert.equal(describeOwner({ kind: 'user', uid: 7 }), 'a process of uid 7');
});
