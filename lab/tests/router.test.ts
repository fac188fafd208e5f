/**
 * The relay as a router and as a process: what it answers itself, what it shows, what it may do.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { hubKind } from '../hub.ts';
import type { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answered, pingOutput } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { ENDPOINT, twoMachines } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

describe('the relay', { skip }, () => {
  const lab = new Lab();
  let cloud: Namespace;
  let router: WgRouter;
  let phone: Machine;
  let laptop: Machine;

  before(async () => {
    const built = await twoMachines(lab, (device) => WgRouter.init(device, { endpoint: ENDPOINT }));
    ({ cloud, hub: router, phone, laptop } = built);
    assert.equal(await answered(phone.device, laptop.address(4), 1), 1);
  });
  after(() => lab.close());

  test('is not root, has no capability and cannot gain one', async () => {
    const { pid } = (await router.status()).relay;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/);
    for (const ids of [field('Uid'), field('Gid')]) {
      assert.equal(new Set(ids).size, 1, `${ids}`);
      assert.ok(!['0', '65534'].includes(ids![0]!), `${ids}`);
    }
    assert.deepEqual(
      field('Groups')?.filter((group) => group === '0'),
      [],
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      assert.deepEqual(field(set), ['0000000000000000'], set);
    }
    assert.deepEqual(field('NoNewPrivs'), ['1']);
  });

  test('has neither the network file nor a key file open', async () => {
    const { pid } = (await router.status()).relay;
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    assert.ok(open.some((name) => name.startsWith('socket:')));
    assert.deepEqual(
      open.filter((name) => /network\.(yaml|keys)/.test(name)),
      [],
    );
  });

  for (const [family, nobody] of [
    [4, (address: string) => address.replace(/\d+$/, '200')],
    [6, (address: string) => address.replace(/:[0-9a-f]+$/, ':200')],
  ] as const) {
    test(`says of an inside address of IPv${family} that nobody has that it is unreachable`, async () => {
      const printed = await pingOutput(phone.device, nobody(phone.address(family)));
      assert.match(printed, new RegExp(`From ${await router.address(family)} .*unreachable`, 'i'));
    });
  }

  test('counts what it refused', async () => {
    const { drops } = (await router.status()).relay;
    assert.ok((drops.unreachable ?? 0) >= 2, JSON.stringify(drops));
  });

  test('refuses a packet whose source its sender does not own', async () => {
    const before = (await router.status()).relay.drops['source-not-allowed'] ?? 0;
    await phone.device.address(phone.device.name, '10.200.0.1/32');
    assert.equal(await answered(phone.device, laptop.address(4), 1, '-I', '10.200.0.1', '-W', '1'), 0);
    assert.equal((await router.status()).relay.drops['source-not-allowed'], before + 1);
  });

  test('shows itself to `wg show` without giving keys away', async () => {
    const name = (await cloud.run('wg', 'show', 'interfaces')).trim();
    const shown = await cloud.run('wg', 'show', name, 'dump');
    const [own, ...peers] = shown
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.deepEqual([own![0], own![2]], ['(none)', '51820']);
    assert.equal(peers.length, 2);
    for (const machine of [phone, laptop]) {
      const key = (await machine.device.run('wg', 'show', machine.device.name, 'public-key')).trim();
      const peer = peers.find(([publicKey]) => publicKey === key)!;
      const [, presharedKey, endpoint, allowedIps, handshake, received, sent] = peer;
      assert.match(endpoint!, /^198\.51\.\d+\.2:\d+$/);
      assert.deepEqual(allowedIps!.split(',').sort(), [`${machine.address(4)}/32`, `${machine.address(6)}/128`]);
      assert.ok(Math.abs(Number(handshake) - Date.now() / 1000) < 180);
      assert.ok(Number(received) > 0 && Number(sent) > 0);
      assert.equal(presharedKey, '(none)');
    }
  });
});
