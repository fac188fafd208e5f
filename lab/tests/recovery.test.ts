/**
 * What happens when something ends without a word: a machine, the relay, control.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { hubKind } from '../hub.ts';
import type { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered, PingStream } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { until } from '../running.ts';
import { tcp } from '../traffic.ts';
import { ENDPOINT, twoMachines } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

/** REKEY_TIMEOUT and its jitter: after it an unanswered handshake is begun again. */
const REKEY_TIMEOUT_MS = 5_400;

describe('after something ended without a word', { skip }, () => {
  const lab = new Lab();
  let router: WgRouter;
  let phone: Machine;
  let laptop: Machine;

  before(async () => {
    const built = await twoMachines(lab, (cloud) => WgRouter.init(cloud, { endpoint: ENDPOINT }));
    ({ hub: router, phone, laptop } = built);
    assert.equal(await answered(phone.device, laptop.address(4), 1), 1);
  });
  after(() => lab.close());

  test('a machine that was cut off is reached again as soon as it is back', async (t) => {
    await laptop.crash();
    assert.equal(await answered(phone.device, laptop.address(4), 1), 0);
    await laptop.start();
    const ms = await until('the laptop answers', REKEY_TIMEOUT_MS, async () => {
      return (await answered(phone.device, laptop.address(4), 1, '-W', '1')) === 1;
    });
    t.diagnostic(`back after ${Math.round(ms)} ms`);
  });

  test('machines that send nothing but keepalives are back within seconds of a relay that was killed', async (t) => {
    const before = (await router.status()).relay;
    const file = `${router.folder}/network.state/relay/endpoints`;
    await until('the relay has written down where they are now', 40_000, async () => {
      const { machines } = await router.status();
      const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
      return machines.every(({ endpoint }) => endpoint !== null && written.includes(` ${endpoint} `));
    });
    const handshakes = await Promise.all([phone, laptop].map((machine) => machine.lastHandshake()));
    // Handshakes are told in seconds.
    await until('a second has passed', 2_000, () => Date.now() / 1000 > Math.max(...handshakes) + 1);
    process.kill(before.pid, 'SIGKILL');
    const ms = await until('both have a new handshake', 10_000, async () => {
      const now = await Promise.all([phone, laptop].map((machine) => machine.lastHandshake()));
      return now.every((time, i) => time > handshakes[i]!);
    });
    t.diagnostic(`both back ${Math.round(ms)} ms after the kill`);
    assert.notEqual((await router.status()).relay.pid, before.pid);
    assert.equal(await answered(phone.device, laptop.address(4)), 3);
  });

  test('traffic passes while control is dead, and a new control adopts the relay', async () => {
    const { pid } = (await router.status()).relay;
    const stream = new PingStream(phone.device, laptop.address(4), 50);
    await until('the stream runs', 5_000, () => stream.answers > 20);
    await router.control.end('SIGKILL');
    const there = stream.answers;
    await until('the stream goes on without control', 5_000, () => stream.answers > there + 40);
    assert.equal((await tcp(laptop.device, phone.address(4), 200_000)).bytes, 200_000);
    await router.up();
    assert.equal((await router.status()).relay.pid, pid);
    const { lost } = await stream.end();
    assert.equal(lost, 0);
  });

  test('SIGTERM ends control and relay', async () => {
    const { pid } = (await router.status()).relay;
    await router.control.end('SIGTERM');
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
});
