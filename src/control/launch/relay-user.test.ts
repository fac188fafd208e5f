import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccounts } from './accounts.ts';
import { FIRST_DRAWN_UID, isMapped, LAST_DRAWN_UID, type RelayUserFacts, relayUserForRoot } from './relay-user.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
anna:x:1000:1001::/home/anna:/bin/bash
toor:x:1002:0::/:/bin/sh
`;
const GROUP = 'root:x:0:\nanna:x:1001:\n';

function facts(more: Partial<RelayUserFacts> = {}): RelayUserFacts {
  const accounts = parseAccounts(PASSWD, GROUP);
  return { accounts, fileOwner: { uid: 0, gid: 0 }, drawnBefore: null, isInUse: () => false, ...more };
}

test('the user wg-router comes first, whoever owns the file', () => {
  const accounts = parseAccounts(`${PASSWD}wg-router:x:998:997::/:/usr/sbin/nologin\n`, GROUP);
  const user = relayUserForRoot(facts({ accounts, fileOwner: { uid: 1000, gid: 1001 } }));
  assert.deepEqual(user, { uid: 998, gid: 997, label: 'user wg-router', isDrawn: false });
});

test("then the file's owner, with that user's own group", () => {
  const user = relayUserForRoot(facts({ fileOwner: { uid: 1000, gid: 50 } }));
  assert.deepEqual(user, { uid: 1000, gid: 1001, label: 'user anna', isDrawn: false });
});

test('a file owner who has no account keeps the group of the file', () => {
  const user = relayUserForRoot(facts({ fileOwner: { uid: 4000, gid: 4001 } }));
  assert.deepEqual(user, { uid: 4000, gid: 4001, label: 'uid 4000', isDrawn: false });
});

test("nobody runs the relay in root's group", () => {
  assert.equal(relayUserForRoot(facts({ fileOwner: { uid: 1002, gid: 0 } }))?.gid, 1002);
  assert.equal(relayUserForRoot(facts({ fileOwner: { uid: 4000, gid: 0 } }))?.gid, 4000);
});

test("for a file of root's a uid is drawn that nobody has, and kept", () => {
  const user = relayUserForRoot(facts());
  assert.ok(user?.isDrawn && user.uid >= FIRST_DRAWN_UID && user.uid <= LAST_DRAWN_UID);
  assert.equal(user.gid, user.uid);
  assert.equal(relayUserForRoot(facts({ drawnBefore: 60_700 }))?.uid, 60_700);
});

test('a remembered uid that somebody got meanwhile, or that could not have been drawn, is not used', () => {
  const taken = parseAccounts(`${PASSWD}new:x:60700:60700::/:/bin/sh\n`, GROUP);
  assert.notEqual(relayUserForRoot(facts({ accounts: taken, drawnBefore: 60_700 }))?.uid, 60_700);
  const asGroup = parseAccounts(PASSWD, `${GROUP}new:x:60700:\n`);
  assert.notEqual(relayUserForRoot(facts({ accounts: asGroup, drawnBefore: 60_700 }))?.uid, 60_700);
  for (const drawnBefore of [0, 1000, 65_534]) {
    const user = relayUserForRoot(facts({ drawnBefore }));
    assert.ok(user !== null && user.uid >= FIRST_DRAWN_UID);
  }
});

test('the one uid left is found, and when there is none nothing is drawn', () => {
  assert.equal(relayUserForRoot(facts({ isInUse: (uid) => uid !== 60_999 }))?.uid, 60_999);
  assert.equal(relayUserForRoot(facts({ isInUse: () => true })), null);
});

test('a user exists in a namespace when a line of its map holds the uid', () => {
  assert.ok(isMapped(60_600, '         0          0 4294967295\n'));
  assert.ok(!isMapped(60_600, '         0       1235          1\n'));
  const rootless = '0 1000 1\n1 100000 65536\n';
  assert.deepEqual(
    [0, 1, 65_536, 65_537].map((uid) => isMapped(uid, rootless)),
    [true, true, true, false],
  );
});
