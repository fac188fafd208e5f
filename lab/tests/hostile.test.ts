/**
 * A stranger on the internet throws what it likes at the router while machines talk through it.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { hubKind } from '../hub.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answered, type PingLosses, PingStream } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { until } from '../running.ts';
import { tcp } from '../traffic.ts';
import { ENDPOINT, type TwoMachines, twoMachines } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

/**
 * What the relay's memory may grow by under any of this, in KiB. On a busy machine 80 MiB were seen: arenas that are touched
 * for the first time, and garbage that waits for its collection.
 */
const GROWTH_AT_MOST_KIB = 160 * 1024;

describe('a stranger', { skip }, () => {
  const lab = new Lab();
  let built: TwoMachines<WgRouter>;
  let stranger: Namespace;
  let publicKey: string;
  let pid: number;

  before(async () => {
    built = await twoMachines(lab, (cloud) => WgRouter.init(cloud, { endpoint: ENDPOINT }));
    stranger = await built.internet.publicDevice('stranger', 2);
    const { phone, laptop } = built;
    assert.equal(await answered(phone.device, laptop.address(4), 1), 1);
    publicKey = (await phone.device.run('wg', 'show', 'phone', 'peers')).trim();
    pid = (await built.hub.status()).relay.pid;
  });
  after(() => lab.close());

  /** What a stream between the machines lost while `kind` was thrown, and the drops it was counted as. */
  async function during(kind: string, perSecond: number, seconds: number, more: () => Promise<void> = async () => {}) {
    const before = { drops: (await built.hub.status()).relay.drops, memory: memoryKib(pid) };
    const stream = new PingStream(built.phone.device, built.laptop.address(4), 50);
    await until('the stream runs', 5_000, () => stream.answers > 5);
    const flood = stranger.program('flood', '203.0.113.2', '51820', publicKey, kind, `${perSecond}`, `${seconds}`);
    await more();
    assert.match(await flood.ends(), /sent \d+/);
    const losses = await stream.end();
    const { drops, pid: pidAfter } = (await built.hub.status()).relay;
    assert.equal(pidAfter, pid, 'the relay is another process');
    const growth = memoryKib(pid) - before.memory;
    assert.ok(growth < GROWTH_AT_MOST_KIB, `memory grew by ${growth} KiB`);
    const counted = Object.fromEntries(
      Object.entries(drops)
        .map(([reason, count]) => [reason, count - (before.drops[reason] ?? 0)] as const)
        .filter(([, count]) => count > 0),
    );
    return { losses, counted };
  }

  test('with rubbish disturbs nobody, and all of it is counted', async (t) => {
    const { losses, counted } = await during('rubbish', 2_000, 4);
    t.diagnostic(`${describeLosses(losses)}; ${JSON.stringify(counted)}`);
    assert.ok(losses.lost <= 2, describeLosses(losses));
    for (const reason of ['malformed', 'mac1-wrong', 'index-unknown']) assert.ok((counted[reason] ?? 0) > 100, reason);
    const sum = Object.values(counted).reduce((a, b) => a + b, 0);
    assert.ok(sum > 7_500 && sum <= 8_000, `${sum} of 8000 counted`);
  });

  test('who asks every port finds nothing that answers', async (t) => {
    const { losses } = await during('scan', 10_000, 6);
    t.diagnostic(describeLosses(losses));
    assert.ok(losses.lost <= 5, describeLosses(losses));
  });

  test('with a flood of initiations keeps neither traffic nor new handshakes away', async (t) => {
    const { phone, laptop } = built;
    const { losses, counted } = await during('initiations', 8_000, 14, async () => {
      assert.equal((await tcp(laptop.device, phone.address(4), 300_000)).bytes, 300_000);
      const before = await laptop.lastHandshake();
      await laptop.down();
      await laptop.start();
      // Under load a handshake may first be answered with a cookie, and is begun again after 5 s.
      const ms = await until('the laptop has a new handshake', 12_000, async () => {
        return (await laptop.lastHandshake()) > before;
      });
      t.diagnostic(`handshake after ${Math.round(ms)} ms under the flood`);
    });
    t.diagnostic(`${describeLosses(losses)}; ${JSON.stringify(counted)}`);
    // What was on its way while the laptop had no tunnel is lost; the handshake then takes up to two tries.
    assert.ok(losses.longestGapMs < 12_000, describeLosses(losses));
    const refused = ['cookie-required', 'handshake-invalid', 'handshake-queue-full', 'rate-limited'];
    const sum = refused.reduce((all, reason) => all + (counted[reason] ?? 0), 0);
    assert.ok(sum > 50_000, JSON.stringify(counted));
    assert.ok((counted['cookie-required'] ?? 0) > 10_000, JSON.stringify(counted));
  });

  test('is forgotten as soon as it is quiet', async () => {
    assert.equal(await answered(built.phone.device, built.laptop.address(6), 10), 10);
  });
});

function memoryKib(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

function describeLosses({ answered, lost, longestGapMs }: PingLosses): string {
  return `${answered} answered, ${lost} lost, longest gap ${longestGapMs} ms`;
}
