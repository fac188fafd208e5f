import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Family } from '../net/address.ts';
import { type EndpointName, formatEndpoint, parseEndpointName } from '../net/endpoint.ts';
import { ASK_AGAIN_MS, EndpointNames } from './endpoint-names.ts';

/** Names over a resolver whose answers the test gives. */
class Example {
  readonly asked: string[] = [];
  readonly found: string[] = [];
  readonly failedAttempts = new Map<string, number>();
  families: Family[] = [4, 6];
  answers = new Map<string, string[]>();
  readonly names = new EndpointNames({
    resolve: (host) => {
      this.asked.push(host);
      const answer = this.answers.get(host);
      return answer === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(answer);
    },
    isUsable: (family) => this.families.includes(family),
    found: (publicKey, endpoint) => this.found.push(`${publicKey} ${formatEndpoint(endpoint)}`),
    failedAttempts: (publicKey) => this.failedAttempts.get(publicKey) ?? 0,
  });
}

const name = (text: string) => parseEndpointName(text) as EndpointName;

test('an address is found at once, and no resolver is asked', () => {
  const example = new Example();
  example.names.watch('a', name('203.0.113.5:7'), 0);
  example.names.watch('b', name('[2001:db8::5]:8'), 0);
  assert.deepEqual(example.found, ['a 203.0.113.5:7', 'b [2001:db8::5]:8']);
  assert.deepEqual([example.asked, example.names.size], [[], 0]);
});

test('an address of a family that there is not is not found', () => {
  const example = new Example();
  example.families = [4];
  example.names.watch('b', name('[2001:db8::5]:8'), 0);
  assert.deepEqual(example.found, []);
});

test('a name is found at the first address that can be used', async () => {
  const example = new Example();
  example.answers.set('home.example.net', ['2001:db8::5', '203.0.113.5']);
  example.names.watch('a', name('home.example.net:51820'), 0);
  await turn();
  example.families = [4];
  example.names.watch('b', name('home.example.net:51820'), 0);
  await turn();
  assert.deepEqual(example.found, ['a [2001:db8::5]:51820', 'b 203.0.113.5:51820']);
});

test('a name that cannot be resolved is asked for again, not more often than every 15 seconds', async () => {
  const example = new Example();
  example.names.watch('a', name('home.example.net:51820'), 0);
  for (let now = 1_000; now <= 60_000; now += 1_000) {
    await turn();
    example.names.check(now);
  }
  assert.equal(example.asked.length, 1 + 60_000 / ASK_AGAIN_MS);
  await turn();
  example.answers.set('home.example.net', ['203.0.113.5']);
  example.names.check(75_000);
  await turn();
  assert.deepEqual(example.found, ['a 203.0.113.5:51820']);
});

test('a name that was found is asked for again only while handshakes go unanswered', async () => {
  const example = new Example();
  example.answers.set('home.example.net', ['203.0.113.5']);
  example.names.watch('a', name('home.example.net:51820'), 0);
  await turn();
  for (let now = 1_000; now <= 100_000; now += 1_000) example.names.check(now);
  assert.equal(example.asked.length, 1);
  example.failedAttempts.set('a', 1);
  example.names.check(101_000);
  assert.equal(example.asked.length, 1, 'one lost initiation is nothing');
  example.failedAttempts.set('a', 2);
  example.answers.set('home.example.net', ['203.0.113.99']);
  example.names.check(102_000);
  await turn();
  assert.deepEqual(example.found.at(-1), 'a 203.0.113.99:51820');
});

test('an answer that comes after the peer has come from elsewhere, or is gone, is nothing', async () => {
  const example = new Example();
  example.answers.set('home.example.net', ['203.0.113.5']);
  example.names.watch('a', name('home.example.net:51820'), 0);
  await turn();
  example.failedAttempts.set('a', 2);
  example.names.check(20_000);
  example.failedAttempts.set('a', 0);
  await turn();
  assert.equal(example.found.length, 1);
  example.names.watch('b', name('home.example.net:51820'), 0);
  example.names.forget('b');
  await turn();
  assert.equal(example.found.length, 1);
});

test('many names are asked for a few at a time, and all in the end', async () => {
  const example = new Example();
  for (let i = 0; i < 20; i++) example.answers.set(`m${i}.example.net`, [`203.0.113.${i}`]);
  for (let i = 0; i < 20; i++) example.names.watch(`m${i}`, name(`m${i}.example.net:1`), 0);
  assert.equal(example.asked.length, 3);
  for (let now = 1_000; now < 10_000; now += 1_000) {
    await turn();
    example.names.check(now);
  }
  assert.equal(example.found.length, 20);
  assert.equal(example.asked.length, 20);
});

test('a name that changes is asked for at once, and its old answer does not count', async () => {
  const example = new Example();
  example.answers.set('old.example.net', ['203.0.113.1']);
  example.answers.set('new.example.net', ['203.0.113.2']);
  example.names.watch('a', name('old.example.net:1'), 0);
  example.names.watch('a', name('new.example.net:2'), 1);
  await turn();
  assert.deepEqual(example.found, ['a 203.0.113.2:2']);
});

test('the system resolves localhost without an own resolver', async () => {
  const found: string[] = [];
  const names = new EndpointNames({
    isUsable: (family) => family === 4,
    found: (_, endpoint) => found.push(endpoint.address),
    failedAttempts: () => 0,
  });
  names.watch('a', name('localhost:1'), 0);
  for (let tries = 0; tries < 500 && found.length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(found, ['127.0.0.1']);
});
