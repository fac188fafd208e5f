import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLATFORMS } from '../description/network.ts';
import { FORMATS, formatFor } from './formats.ts';

test('every platform gets a format that is built, and a note names the one it lacks', () => {
  for (const platform of PLATFORMS) {
    const { format, note } = formatFor(platform);
    assert.ok(FORMATS.includes(format), platform);
    if (note !== null) assert.match(note, /^the format of \S/, platform);
    assert.doesNotMatch(note ?? '', /undefined/, platform);
  }
});

test('what reads wg-quick files gets one without a note', () => {
  for (const platform of ['linux', 'ios', 'android', 'windows', 'macos', 'freebsd', 'docker', 'other'] as const)
    assert.deepEqual(formatFor(platform), { format: 'wg-quick', note: null });
  assert.match(formatFor('openwrt').note!, /OpenWrt/);
});
