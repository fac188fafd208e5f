import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillKeys, presharedKeyPlaceholder, privateKeyPlaceholder } from './fill-keys.ts';

const PRIVATE = 'SEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISEg=';
const PRESHARED = 'UVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVE=';
const TEXT = `[Interface]
PrivateKey = ${privateKeyPlaceholder('pi')}
[Peer]
PresharedKey = ${presharedKeyPlaceholder('pi')}
AllowedIPs = 10.66.0.0/24
`;

test('both keys take the place of their placeholders', () => {
  const filled = `[Interface]\nPrivateKey = ${PRIVATE}\n[Peer]\nPresharedKey = ${PRESHARED}\nAllowedIPs = 10.66.0.0/24\n`;
  assert.equal(fillKeys(TEXT, 'pi', { privateKey: PRIVATE, presharedKey: PRESHARED }), filled);
});

test('a private key that lives on the machine keeps its placeholder, and a preshared key that is not there no line', () => {
  const filled = fillKeys(TEXT, 'pi', { privateKey: null, presharedKey: null });
  assert.equal(filled, `[Interface]\nPrivateKey = <private-key-of-pi>\n[Peer]\nAllowedIPs = 10.66.0.0/24\n`);
});

test("another machine's placeholders stay, also when its name ends alike", () => {
  const other = TEXT.replaceAll('of-pi>', 'of-my-pi>');
  assert.equal(fillKeys(other, 'pi', { privateKey: PRIVATE, presharedKey: PRESHARED }), other);
});

test('what is not a key is never filled in', () => {
  for (const bad of ['', 'key', `${PRIVATE}\nPostUp = true`, `${PRIVATE.slice(0, -1)}\n`])
    assert.throws(() => fillKeys(TEXT, 'pi', { privateKey: bad, presharedKey: null }), TypeError);
});
