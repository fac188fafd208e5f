import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { networkJsonSchema } from './json-schema.ts';

const root = new URL('../../', import.meta.url);
const written = JSON.parse(readFileSync(new URL('docs/network-file.schema.json', root), 'utf8'));

test('docs/network-file.schema.json is current: node scripts/write-network-schema.ts', () => {
  assert.deepEqual(written, JSON.parse(JSON.stringify(networkJsonSchema())));
});

// A reader of JSON Schema that somebody else wrote.
const schema = z.fromJSONSchema(written);

test('every example fits the schema', () => {
  for (const file of readdirSync(new URL('examples/', root)))
    assert.equal(
      schema.safeParse(parse(readFileSync(new URL(`examples/${file}`, root), 'utf8'))).error,
      undefined,
      file,
    );
});

test('what an editor should mark does not fit', () => {
  const good = { name: 'home', inside: ['10.66.0.0/24'], routers: { cloud: { endpoint: 'vpn.example.net:51820' } } };
  assert.ok(schema.safeParse(good).success);
  assert.ok(schema.safeParse({ ...good, machines: { phone: null }, lans: null }).success);
  const bad: unknown[] = [
    { ...good, mashines: {} },
    { ...good, name: 'Home' },
    { ...good, inside: [] },
    { ...good, inside: ['10.66.0.0'] },
    { ...good, routers: { cloud: {} } },
    { ...good, machines: { phone: { platform: 'iphone' } } },
    { ...good, machines: { phone: { keepalive: 0 } } },
    { ...good, machines: { phone: { mtu: 100 } } },
    { ...good, machines: { phone: { 'public-key': 'short' } } },
    { ...good, lans: { home: { prefixes: ['192.168.1.0/24'], attach: 'bridge' } } },
    { ...good, expect: ['phone reach nas'] },
  ];
  for (const each of bad) assert.equal(schema.safeParse(each).success, false, JSON.stringify(each));
});
