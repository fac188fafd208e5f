/**
 * Who can be reached unasked: a machine behind a NAT box that forgets silent flows is, as long as it sends keepalives; one
 * that sends none is, once it has spoken; one that can be dialled needs none.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { hubKind } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answered } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { ENDPOINT } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

/** After this long without a packet the NAT boxes here forget a UDP flow; common ones take 30 s. */
const FORGETS_S = 2;

describe('a machine behind a NAT box that forgets', { skip }, () => {
  const lab = new Lab();
  let phone: Machine;
  let mute: Machine;
  let server: Machine;

  before(async () => {
    const internet = await Internet.of(lab);
    const cloud = await WgRouter.init(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    const device = await internet.publicDevice('server', 2);
    const places = [await internet.place('carrier', 'random'), await internet.place('home', 'keeping')];
    for (const place of places) await forgetful(place);
    [phone, mute, server] = [
      new Machine(await places[0]!.device('phone')),
      new Machine(await places[1]!.device('mute')),
      new Machine(device),
    ];
    await cloud.describe(`machines:
  phone: {platform: linux, keepalive: 1}
  mute: {platform: linux, keepalive: off}
  server: {platform: linux, endpoint: "203.0.113.6:51820"}
`);
    const machines = [phone, mute, server];
    const configurations = await Promise.all(machines.map(({ device: { name } }) => cloud.configuration(name)));
    assert.deepEqual(
      configurations.map((text) => /^PersistentKeepalive = (.*)$/m.exec(text)?.[1]),
      ['1', undefined, undefined],
    );
    await cloud.up();
    for (const [i, machine] of machines.entries()) await machine.up(configurations[i]!);
    // Without keepalives nothing is said before there is something to say.
    for (const machine of machines) assert.equal(await answered(machine.device, await cloud.address(4), 1), 1);
  });
  after(() => lab.close());

  async function forgetful({ box }: Place): Promise<void> {
    await box.parameters({
      'netfilter.nf_conntrack_udp_timeout': FORGETS_S,
      'netfilter.nf_conntrack_udp_timeout_stream': FORGETS_S,
    });
  }

  const reaches = (from: Namespace, to: Machine) => answered(from, to.address(4), 2, '-W', '1');

  test('is reached after it was silent, where it sends keepalives; and only after it spoke, where not', async () => {
    await pause(3 * FORGETS_S * 1000);
    assert.equal(await reaches(server.device, phone), 2);
    assert.equal(await reaches(phone.device, server), 2);
    assert.equal(await reaches(server.device, mute), 0);
    assert.equal(await answered(mute.device, server.address(4), 1), 1);
    assert.equal(await reaches(server.device, mute), 2);
  });

  test('is dialled by the router where it has an endpoint, and needs no keepalive', async () => {
    await pause(3 * FORGETS_S * 1000);
    assert.equal(await reaches(phone.device, server), 2);
  });
});
