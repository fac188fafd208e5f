import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MachineError } from './machine-error.ts';
import { isCode, systemError } from './system-error.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('what the system says becomes a sentence, with a stable code and its cause', () => {
  const cause = thrownBy(() => readFileSync('/nowhere/at/all'));
  const error = systemError('read notes', cause, ['look elsewhere']) as MachineError;
  assert.ok(error instanceof MachineError);
  assert.equal(error.message, 'Cannot read notes: no such file or directory');
  assert.equal(error.code, 'file-missing');
  assert.deepEqual(error.help, ['look elsewhere']);
  assert.equal(error.cause, cause);
});

test('an error that is no system’s passes as it is: it knows better, or is a defect', () => {
  const own = new MachineError('key-file-damaged', 'Cannot use it');
  assert.equal(systemError('read', own), own);
  const defect = new TypeError('x is not a function');
  assert.equal(systemError('read', defect), defect);
});

test('codes are those of the system alone', () => {
  const cause = thrownBy(() => readFileSync('/nowhere/at/all'));
  assert.ok(isCode(cause, 'EACCES', 'ENOENT'));
  assert.ok(!isCode(cause, 'EACCES'));
  assert.ok(!isCode(new MachineError('ENOENT', 'x'), 'ENOENT'));
  assert.ok(!isCode({ code: 'ENOENT' }, 'ENOENT'));
});
