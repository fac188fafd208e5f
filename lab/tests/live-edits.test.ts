/**
 * Edits of the network file while the router runs disturb nobody whom they do not concern.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { hubKind } from '../hub.ts';
import { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered, PingStream } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { until } from '../running.ts';
import { ENDPOINT, type TwoMachines, twoMachines } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

/** An edit is applied within a second; the machine may have other work. */
const APPLIED_WITHIN_MS = 5_000;
/** Threefold of what a machine's timers take. */
const BACK_WITHIN_MS = 60_000;

describe('an edit while the router runs', { skip }, () => {
  const lab = new Lab();
  let built: TwoMachines<WgRouter>;
  let router: WgRouter;
  let tablet: Machine;
  let stream: PingStream;

  before(async () => {
    built = await twoMachines(lab, (cloud) => WgRouter.init(cloud, { endpoint: ENDPOINT }));
    router = built.hub;
    tablet = new Machine(await (await built.internet.place('cafe', 'random')).device('tablet'));
    assert.equal(await answered(built.phone.device, built.laptop.address(4), 1), 1);
    stream = new PingStream(built.phone.device, built.laptop.address(4), 50);
  });
  after(() => lab.close());

  async function presenceOf(machine: string): Promise<string | undefined> {
    return (await router.status()).machines.find(({ name }) => name === machine)?.presence;
  }

  async function peers(): Promise<string[]> {
    return (await router.status()).machines.filter(({ presence }) => presence !== 'not-set-up').map(({ name }) => name);
  }

  test('lets a new machine in', async (t) => {
    await router.addMachine('tablet');
    const configuration = await router.configuration('tablet');
    const ms = await until('the tablet is a peer', APPLIED_WITHIN_MS, async () => (await peers()).includes('tablet'));
    t.diagnostic(`applied after ${Math.round(ms)} ms`);
    await tablet.up(configuration);
    await tablet.handshakes();
    assert.equal(await answered(tablet.device, built.laptop.address(4)), 3);
  });

  test('with mistakes is reported with its place, and the last good one stays', async () => {
    let good = '';
    await router.edit((text) => {
      good = text;
      return `${text}\nmachnes: {}\n`;
    });
    try {
      await router.control.prints(/network\.yaml:\d+:\d+: error\[[a-z-]+\].*machnes/, APPLIED_WITHIN_MS);
      assert.equal(await answered(tablet.device, built.laptop.address(4)), 3);
    } finally {
      await router.edit(() => good);
    }
  });

  test('cuts a disabled machine off, and lets it back in as it is', async () => {
    await router.command('disable', 'tablet');
    await until('the tablet is disabled', APPLIED_WITHIN_MS, async () => (await presenceOf('tablet')) === 'disabled');
    assert.equal(await answered(tablet.device, built.laptop.address(4)), 0);
    await router.command('enable', 'tablet');
    // It learns by its own timers that its keypair has ended: 15 s after it sent and heard nothing.
    await until('the tablet is answered again', BACK_WITHIN_MS, async () => {
      return (await answered(tablet.device, built.laptop.address(4), 1)) === 1;
    });
    assert.equal(await presenceOf('tablet'), 'here');
  });

  test('shuts a removed machine out', async () => {
    await router.command('remove', 'tablet');
    await until('the tablet is no peer', APPLIED_WITHIN_MS, async () => !(await peers()).includes('tablet'));
    assert.equal(await answered(tablet.device, built.laptop.address(4)), 0);
  });

  test('loses no packet between the others', async () => {
    await pause(500);
    const { answered, lost } = await stream.end();
    assert.ok(answered > 100, `${answered} answered`);
    assert.equal(lost, 0);
  });
});
