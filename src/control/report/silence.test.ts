import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silenceChecksFor } from './silence.ts';

const NONE = { ufw: false, firewalld: false, interfaces: [] };

test('only firewalls that are here are named, each with the command that opens the port', () => {
  const without = silenceChecksFor(51820, 'vpn.example.net:51820', NONE).join('\n');
  assert.match(without, /cloud provider/);
  assert.match(without, /nft list ruleset/);
  assert.match(without, /vpn\.example\.net:51820/);
  assert.doesNotMatch(without, /ufw|firewall-cmd|wg0/);
  const all = silenceChecksFor(51820, 'e:1', { ufw: true, firewalld: true, interfaces: ['wg0', 'wg1'] }).join('\n');
  assert.match(all, /ufw allow 51820\/udp/);
  assert.match(all, /--add-port=51820\/udp/);
  assert.match(all, /wg0 and wg1/);
  assert.doesNotMatch(all, /nft/);
});
