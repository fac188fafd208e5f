import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { MachineError } from '../machine-error.ts';
import { Examiner, ExaminerBusy } from './examiner.ts';
import { readGivenFiles } from './given-files.ts';

const given = readGivenFiles([join(import.meta.dirname, '../../../test/causes/ip-forward-off')]);

describe('an examiner', () => {
  test('answers one after the other, and refuses who comes when many wait', async () => {
    const examiner = new Examiner();
    const asked = Array.from({ length: 6 }, () => examiner.examine(given));
    const outcomes = await Promise.allSettled(asked);
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    assert.equal(refused.length, 2);
    assert.ok(refused.every((reason) => reason instanceof ExaminerBusy));
    assert.equal((await examiner.examine(given)).findings[0]!.cause, 'ip-forward-off');
  });

  test('gives up what takes too long', async () => {
    const hasty = new Examiner({ memoryMb: 512, timeMs: 1 });
    await assert.rejects(
      hasty.examine(given),
      (error) => error instanceof MachineError && error.code === 'examination-ended',
    );
  });

  test('says nothing of what an examination threw: it may quote a key', async () => {
    const key = 'aGVsbG8gd29ybGQgdGhpcyBpcyBhIHNlY3JldCBrZXk=';
    // Nobody can send this: the thread throws over a file that has no text.
    const broken = { files: [{ path: key, text: null as unknown as string }], passedOver: [] };
    await assert.rejects(new Examiner().examine(broken), (error) => {
      assert.ok(error instanceof MachineError);
      assert.equal(error.code, 'examination-failed');
      assert.doesNotMatch(`${error.message} ${error.stack} ${error.help.join()} ${String(error.cause)}`, /aGVsbG8/);
      return true;
    });
  });
});
