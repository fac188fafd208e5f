/**
 * A machine that changes its place, and with it its outer address and port, keeps what it had open.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeHub } from '../hub.ts';
import type { Place } from '../internet.ts';
import type { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { slowTcp, type TcpAnswer } from '../traffic.ts';
import { ENDPOINT, twoMachines } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

describe('a machine whose outer address and port change in the middle of a transfer', { skip }, () => {
  const lab = new Lab();
  let phone: Machine;
  let laptop: Machine;
  let wifi: Place;
  let carrier: Place;
  let home: Place;

  before(async () => {
    const built = await twoMachines(lab, (cloud) => makeHub(cloud, { endpoint: ENDPOINT }));
    ({ carrier, home, phone, laptop } = built);
    wifi = await built.internet.place('wifi', 'keeping');
    assert.equal(await answered(phone.device, laptop.address(4), 1), 1);
  });
  after(() => lab.close());

  test('a phone that joins a Wi-Fi and leaves it keeps the connection it opened', async () => {
    const transfer = await slowTcp(phone.device, laptop.address(4), 1_500_000, 250_000);
    await pause(1500);
    await wifi.take(phone.device, carrier);
    await phone.rebind();
    await pause(1500);
    await carrier.take(phone.device, wifi);
    await phone.rebind();
    check(await transfer.answer, phone);
  });

  test('a phone that joins a Wi-Fi keeps the connection that another opened', async () => {
    const transfer = await slowTcp(laptop.device, phone.address(6), 1_500_000, 250_000);
    await pause(1500);
    await wifi.take(phone.device, carrier);
    await phone.rebind();
    check(await transfer.answer, laptop);
  });

  test('a place that dials in anew keeps the connections of its machines', async () => {
    const transfer = await slowTcp(laptop.device, phone.address(4), 1_500_000, 250_000);
    await pause(1500);
    await home.redial();
    check(await transfer.answer, laptop);
  });

  function check(answer: TcpAnswer, from: Machine): void {
    assert.equal(answer.bytes, 1_500_000);
    assert.ok([from.address(4), from.address(6)].includes(answer.seenAs), answer.seenAs);
    assert.ok(answer.longestStallMs < 10_000, `stalled for ${answer.longestStallMs} ms`);
  }
});
