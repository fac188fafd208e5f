/**
 * What the WireGuard apps refuse: one word they do not know, and the whole file is rejected. Their parsers are Swift,
 * Java and Go; these are their rules, read there (wireguard-apple TunnelConfiguration+WgQuickConfig, wireguard-android
 * Config, wireguard-windows conf/parser).
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseNetwork } from '../../src/description/parse.ts';
import { parseAddress } from '../../src/net/address.ts';
import { parseEndpointName } from '../../src/net/endpoint.ts';
import { parseKey } from '../../src/net/key.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { fillKeys } from '../../src/render/fill-keys.ts';
import { tunnelName } from '../../src/render/tunnel-name.ts';
import { renderWgQuick } from '../../src/render/wg-quick.ts';

const KEY = 'SEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISEg=';
const APPS = new Set(['ios', 'android', 'macos', 'windows', 'other']);

const isNumber = (least: number, most: number) => (value: string) =>
  /^(0|[1-9][0-9]*)$/.test(value) && Number(value) >= least && Number(value) <= most;
const isList = (isItem: (item: string) => boolean) => (value: string) => value.split(', ').every(isItem);
const isKey = (value: string) => parseKey(value) !== null;

const WORDS: Record<string, Record<string, (value: string) => boolean>> = {
  '[Interface]': {
    PrivateKey: isKey,
    Address: isList((item) => parseAddress(item.replace(/\/(32|128)$/, '')) !== null && item.includes('/')),
    ListenPort: isNumber(1, 65535),
    // Windows wants 576 at least.
    MTU: isNumber(576, 65535),
  },
  '[Peer]': {
    PublicKey: isKey,
    PresharedKey: isKey,
    Endpoint: (value) => typeof parseEndpointName(value) !== 'string',
    AllowedIPs: isList((item) => typeof parsePrefix(item) !== 'string'),
    PersistentKeepalive: isNumber(1, 65535),
  },
};

test('configurations for apps hold what every app reads, each word once, and nothing else', () => {
  let files = 0;
  for (const entry of readdirSync(import.meta.dirname, { withFileTypes: true }).filter((each) => each.isDirectory())) {
    const text = readFileSync(join(import.meta.dirname, entry.name, 'network.yaml'), 'utf8');
    const plan = planNetwork(parseNetwork(text, 'network.yaml').network!).plan!;
    assert.match(tunnelName(plan), /^[a-zA-Z0-9_=+.-]{1,15}$/);
    for (const device of plan.devices.filter((each) => each.kind === 'machine' && APPS.has(each.platform.value))) {
      for (const comments of [true, false]) {
        const rendered = renderWgQuick(plan, device.name, { comments });
        assert.ok('text' in rendered);
        checkFile(
          fillKeys(rendered.text, device.name, { privateKey: KEY, presharedKey: KEY }),
          `${entry.name} ${device.name}`,
        );
        assert.equal(rendered.text.includes('#'), comments);
        files++;
      }
    }
  }
  assert.ok(files > 10);
});

function checkFile(text: string, name: string): void {
  let section = '';
  let seen = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      assert.ok(line in WORDS, `${name}: ${line}`);
      section = line;
      seen = new Set();
      continue;
    }
    const [, word, value] = line.match(/^([A-Za-z]+) = (\S.*)$/) ?? [];
    assert.ok(word && WORDS[section]?.[word]?.(value!), `${name}: ${line}`);
    assert.ok(!seen.has(word), `${name}: ${word} twice`);
    seen.add(word);
  }
}
