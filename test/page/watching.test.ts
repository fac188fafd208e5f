/**
 * Watching: events as they happen, metrics, history; and the page's own files.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { metricsText } from '../../src/control/http/metrics.ts';
import { type EventShape, event } from '../../src/control/http/shape/observation.ts';
import { statusOf } from '../history/relay-status.ts';
import { asked, type Credentials, ServedPage } from './served-page.ts';

/** Events as a browser reads them. */
class Watcher {
  readonly events: EventShape[] = [];
  isOver = false;
  #text = '';

  static async begin(t: TestContext, served: ServedPage, who: Credentials): Promise<Watcher> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { host: `localhost:${served.port}`, ...who };
      const sent = request(
        { host: '127.0.0.1', port: served.port, path: '/api/v1/events', headers, agent: false },
        resolve,
      );
      sent.on('error', reject);
      sent.end();
    });
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers['content-type']), /^text\/event-stream/);
    const watcher = new Watcher();
    response.setEncoding('utf8').on('data', (text: string) => watcher.#take(text));
    response.on('close', () => {
      watcher.isOver = true;
    });
    response.on('error', () => {});
    t.after(() => response.destroy());
    return watcher;
  }

  async until(isThere: (event: EventShape) => boolean): Promise<EventShape> {
    for (let i = 0; i < 500; i++) {
      const found = this.events.find(isThere);
      if (found !== undefined) return found;
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error(`no such event in ${JSON.stringify(this.events)}`);
  }

  #take(text: string): void {
    this.#text += text;
    const parts = this.#text.split('\n\n');
    this.#text = parts.pop()!;
    for (const part of parts) {
      if (part.startsWith(':')) continue;
      const match = /^event: (\w+)\ndata: (.*)$/.exec(part);
      assert.ok(match !== null, part);
      const parsed = event.parse(JSON.parse(match[2]!));
      assert.equal(parsed.type, match[1]);
      this.events.push(parsed);
    }
  }
}

describe('events', () => {
  test('begin with everything, go on with what differs, and say how fast', async (t) => {
    const served = await ServedPage.begin(t);
    await served.load();
    served.look([{ receivedBytes: 1_000 }, { name: 'pi', publicKey: 'q'.repeat(43) }]);
    const watcher = await Watcher.begin(t, served, await served.token('read'));
    const whole = await watcher.until(({ type }) => type === 'status');
    assert.ok(whole.type === 'status' && whole.isWhole && whole.machines.length === 2);
    served.now += 2_000;
    served.look([{ receivedBytes: 5_000 }, { name: 'pi', publicKey: 'q'.repeat(43) }]);
    const next = await watcher.until((each) => each.type === 'status' && !each.isWhole);
    assert.ok(next.type === 'status');
    assert.deepEqual(
      next.machines.map(({ name, receivedPerSecond }) => [name, receivedPerSecond]),
      [['phone', 2_000]],
    );
  });

  test('tell edits and their mistakes, arrivals and the relay', async (t) => {
    const served = await ServedPage.begin(t);
    const watcher = await Watcher.begin(t, served, await served.token('read'));
    await served.load();
    await watcher.until((each) => each.type === 'network' && each.isGood);
    served.page.heard({ type: 'arrived', news: { arrivals: [{ name: 'phone', endpoint: '192.0.2.1:5' }], more: 0 } });
    await watcher.until((each) => each.type === 'arrived' && each.machine === 'phone');
    served.page.heard({ type: 'relay-lost', why: 'it ended', said: [], againInMs: 1 });
    await watcher.until((each) => each.type === 'relay' && each.state === 'lost');
    served.page.heard({ type: 'absent' });
    await watcher.until((each) => each.type === 'network' && each.hash === null);
    served.page.heard({ type: 'trouble', error: new Error('the disk is full') });
    await watcher.until((each) => each.type === 'trouble');
  });

  test('are for a bounded number of watchers', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read');
    const watchers = await Promise.all(Array.from({ length: 64 }, () => Watcher.begin(t, served, who)));
    assert.equal((await served.ask('GET', '/events', who)).status, 503);
    assert.ok(watchers.every(({ isOver }) => !isOver));
  });
});

describe('metrics', () => {
  test('are in the format that Prometheus reads', async (t) => {
    const served = await ServedPage.begin(t);
    await served.load();
    served.look([{ receivedBytes: 7, drops: { replayed: 2 }, lastHandshakeAt: served.now }], {
      drops: { 'mac1-wrong': 3 },
    });
    const reply = await served.ask('GET', '/metrics', await served.token('read'));
    assert.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const samples = strictly(reply.text);
    assert.equal(samples.get('wg_router_machine_received_bytes_total{machine="phone"}'), 7);
    assert.equal(samples.get('wg_router_dropped_packets_total{reason="mac1-wrong"}'), 3);
    assert.equal(samples.get('wg_router_machine_here{machine="phone"}'), 1);
    assert.equal(samples.get('wg_router_network_good{}'), 1);
  });

  test('quote what is in a label', () => {
    const status = statusOf([{ name: 'a"b\\c\nd' }]);
    const text = metricsText({ version: '1', status, isGood: null, staleMachines: 0 }, 0);
    assert.ok([...strictly(text).keys()].includes('wg_router_machine_here{machine="a\\"b\\\\c\\nd"}'));
  });

  test('have all that a relay can say, and satisfy promtool where there is one', () => {
    const peer = { lastHandshakeAt: 1, lastReceivedAt: 1, drops: { replayed: 1 } };
    const status = statusOf([peer], { drops: { tag: 1 } });
    const text = metricsText({ version: '1', status, isGood: true, staleMachines: 1 }, 0);
    assert.ok([...strictly(text).keys()].length >= 14);
    // Of Debian's package prometheus, which brings a daemon: too much to be asked for.
    const {
      error,
      status: code,
      stdout,
      stderr,
    } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    if (error === undefined) assert.equal(code, 0, `${stdout}${stderr}`);
  });
});

/** A reader of the text format that forgives nothing: https://prometheus.io/docs/instrumenting/exposition_formats/ */
function strictly(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n'));
  const samples = new Map<string, number>();
  const done = new Set<string>();
  let current = '';
  let type = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ([a-zA-Z_:][\w:]*) (\S.*)$/.exec(line);
    const typed = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge)$/.exec(line);
    const sample =
      /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\}))?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(
        line,
      );
    if (help !== null) {
      assert.ok(!done.has(help[1]!), `${help[1]} is there twice`);
      current = help[1]!;
      type = '';
      done.add(current);
    } else if (typed !== null) {
      assert.equal(typed[1], current);
      assert.equal(type, '');
      type = typed[2]!;
      assert.equal(current.endsWith('_total'), type === 'counter', current);
    } else {
      assert.ok(sample !== null, line);
      assert.ok(sample[1] === current && type !== '', line);
      const key = `${sample[1]}{${sample[2] ?? ''}}`;
      assert.ok(!samples.has(key), `${key} is there twice`);
      samples.set(key, Number(sample[3]));
    }
  }
  return samples;
}

describe('history', () => {
  test('of a machine with a new key goes on under its name', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read');
    await served.load();
    const startedAt = served.now - 60_000;
    for (const [i, key] of ['A', 'A', 'B', 'B'].entries()) {
      served.now += 10_000;
      served.look([{ publicKey: key.repeat(43), receivedBytes: (i % 2) * 500 }], { startedAt });
    }
    const { machines } = (await served.ask('GET', '/history/recent', who)).json;
    assert.equal(machines.length, 1);
    assert.equal(
      machines[0].bytes.reduce((sum: number, each: number) => sum + each, 0),
      1_000,
    );
  });

  test('is answered as it was observed', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read');
    await served.load();
    // The hour turns between two looks: each step of time holds a part.
    const turn = Math.ceil(served.now / 3_600_000) * 3_600_000;
    const looks = [-10_000, 0, 10_000].map((after) => turn + after);
    const begin = looks[0]!;
    for (const [i, now] of looks.entries()) {
      served.now = now;
      served.look(
        [
          {
            receivedBytes: i * 600,
            sentBytes: i * 60,
            drops: { replayed: i },
            endpoint: '192.0.2.1:5',
            lastHandshakeAt: begin,
          },
        ],
        { startedAt: begin - 1_000 },
      );
    }
    const of = async (path: string) => (await served.ask('GET', path, who)).json;
    for (const step of [10, 60, 3600]) {
      const { points } = await of(`/history/traffic?machine=phone&step=${step}`);
      const sum = (word: string) =>
        points.reduce((total: number, each: Record<string, number>) => total + each[word]!, 0);
      assert.deepEqual([sum('received'), sum('sent')], [1_200, 120], `${step}`);
    }
    const { points } = await of('/history/drops?machine=phone&step=3600');
    const said = points.map(({ reason, words }: Record<string, unknown>) => `${reason}: ${words}`);
    assert.deepEqual([...new Set(said)], ['replayed: seen before, or far too late']);
    assert.equal(
      points.reduce((total: number, { packets }: { packets: number }) => total + packets, 0),
      2,
    );
    const recent = await of('/history/recent');
    const minute = Math.floor(served.now / 60_000) * 60_000;
    assert.deepEqual([recent.step, Date.parse(recent.to)], [60, minute + 60_000]);
    // 660 bytes before the hour turned, 660 after.
    const hour = [...new Array<number>(58).fill(0), 660, 660];
    assert.deepEqual(recent.machines, [{ name: 'phone', bytes: hour }]);
    assert.equal(recent.router.length, 60);
    const { stays } = await of('/history/stays?machine=phone');
    assert.deepEqual([stays.length, stays[0].endpoint, stays[0].handshakes], [1, '192.0.2.1:5', 1]);
    assert.equal((await served.ask('GET', '/history/traffic?machine=nobody', who)).status, 404);
    assert.equal((await served.ask('GET', '/history/traffic?from=2020-01-01T00:00:00Z&step=10', who)).status, 422);
  });
});

describe('the page’s files', () => {
  function folder(t: TestContext): string {
    const around = mkdtempSync(join(tmpdir(), 'wgr-web-'));
    t.after(() => rmSync(around, { recursive: true }));
    const path = join(around, 'dist');
    mkdirSync(join(path, 'assets'), { recursive: true });
    writeFileSync(join(path, 'index.html'), `<!doctype html>${'<p>hello</p>'.repeat(100)}`);
    writeFileSync(join(path, 'assets/main-BxK3hD2a.js'), 'export const a = 1;\n'.repeat(100));
    writeFileSync(join(path, 'secret.key'), 'no type, no answer');
    writeFileSync(join(path, '../outside.txt'), 'outside');
    return path;
  }

  test('are answered to everybody: views by the page, hashed names for ever, others looked at anew', async (t) => {
    const served = await ServedPage.begin(t, { folder: folder(t) });
    const file = (path: string, headers = {}) => asked(served.port, 'GET', path, { host: 'localhost', ...headers });
    for (const path of ['/', '/machines', '/machines/phone', '/sign-in']) {
      const reply = await file(path);
      assert.deepEqual([reply.status, reply.headers['content-type']], [200, 'text/html; charset=utf-8'], path);
      assert.equal(reply.headers['cache-control'], 'no-cache');
    }
    const script = await file('/assets/main-BxK3hD2a.js');
    assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal((await file('/', { 'if-none-match': (await file('/')).headers.etag })).status, 304);
    assert.equal((await asked(served.port, 'POST', '/', { host: 'localhost' })).status, 405);
  });

  test('are what the first link leads to: without a page there is none', async (t) => {
    for (const isBuilt of [true, false]) {
      const served = await ServedPage.begin(t, isBuilt ? { folder: folder(t) } : {});
      served.page.close();
      const again = served.again();
      t.after(() => again.close());
      const begun = await again.begin({ withLink: true });
      assert.equal(begun.isBuilt, isBuilt);
      if (isBuilt) assert.match(begun.firstLink!, /^http:\/\/localhost:\d+\/sign-in#[\w-]{43}$/);
      else assert.equal(begun.firstLink, null);
      const link = begun.firstLink?.split('#')[1];
      served.port = begun.port;
      if (isBuilt) assert.equal((await served.ask('POST', '/sign-in/link', {}, { body: { link } })).status, 200);
    }
  });

  test('are compressed for who takes that', async (t) => {
    const served = await ServedPage.begin(t, { folder: folder(t) });
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const headers = { host: 'localhost', 'accept-encoding': 'gzip, br' };
      const sent = request(
        { host: '127.0.0.1', port: served.port, path: '/', headers, agent: false },
        async (response) => {
          assert.equal(response.headers['content-encoding'], 'br');
          resolve(Buffer.concat(await response.toArray()));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
    assert.match(brotliDecompressSync(bytes).toString(), /^<!doctype html><p>hello/);
  });

  test('are those of the folder and no others', async (t) => {
    const served = await ServedPage.begin(t, { folder: folder(t) });
    for (const path of [
      '/secret.key',
      '/../outside.txt',
      '/%2e%2e/outside.txt',
      '/..%2foutside.txt',
      '/assets/..%2f..%2foutside.txt',
      '/nothing.js',
      '/assets/%00.js',
      '/index.html/x.js',
    ]) {
      const reply = await asked(served.port, 'GET', path, { host: 'localhost' });
      assert.ok(reply.status === 404 || reply.status === 400, `${path}: ${reply.status}`);
      assert.ok(!/outside|no type/.test(reply.text));
    }
  });
});
