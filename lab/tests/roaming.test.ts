/**
 * A machine that changes its place, and with it its outer address and port, keeps what it had open.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeHub } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { listen, slowTcp, type TcpAnswer } from '../traffic.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

describe('a machine whose outer address and port change in the middle of a transfer', { skip }, () => {
  const lab = new Lab();
  let phone: Machine;
  let laptop: Machine;
  let wifi: Place;
  let carrier: Place;
  let home: Place;

  before(async () => {
    const internet = await Internet.of(lab);
    const hub = await makeHub(await internet.publicDevice('cloud'), { endpoint: '203.0.113.2:51820' });
    wifi = await internet.place('wifi', 'keeping');
    carrier = await internet.place('carrier', 'random');
    home = await internet.place('home', 'random');
    phone = new Machine(await wifi.device('phone'));
    laptop = new Machine(await home.device('laptop'));
    const configurations = [await hub.addMachine('phone'), await hub.addMachine('laptop')] as const;
    await hub.up();
    await phone.up(configurations[0]);
    await laptop.up(configurations[1]);
    await Promise.all([listen(phone.device), listen(laptop.device)]);
    assert.equal(await answered(phone.device, laptop.address(4), 1), 1);
  });
  after(() => lab.close());

  test('a phone that leaves the Wi-Fi and comes back keeps the connection it opened', async () => {
    const transfer = await slowTcp(phone.device, laptop.address(4), 1_500_000, 250_000);
    await pause(1500);
    await carrier.take(phone.device, wifi);
    await phone.rebind();
    await pause(1500);
    await wifi.take(phone.device, carrier);
    await phone.rebind();
    check(await transfer.answer, phone);
  });

  test('a phone that leaves the Wi-Fi keeps the connection that another opened', async () => {
    const transfer = await slowTcp(laptop.device, phone.address(6), 1_500_000, 250_000);
    await pause(1500);
    await carrier.take(phone.device, wifi);
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
