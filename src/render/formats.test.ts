import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFor } from './formats.ts';

test('what reads wg-quick files gets one without a note', () => {
  for (const platform of ['linux', 'ios', 'android', 'windows', 'macos', 'freebsd', 'docker', 'other'] as const)
    assert.deepEqual(formatFor(platform), { format: 'wg-quick', note: null });
});

test('a platform whose own format is not built gets a wg-quick file, and a note says so', () => {
  for (const [platform, name] of [
    ['openwrt', /OpenWrt/],
    ['routeros', /RouterOS/],
    ['debian-networkd', /systemd-networkd/],
  ] as const) {
    const { format, note } = formatFor(platform);
    assert.equal(format, 'wg-quick');
    assert.match(note!, name);
  }
});
