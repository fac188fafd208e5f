/**
 * A LAN that joins by a static route on its default gateway, with each firewall such gateways have.
 *
 *                           ┌── box ── internet ── router ── phone
 *   host ── its gateway ── LAN
 *                           └── pi, which carries the LAN
 *
 * The gateway sees what the host sends and never what it gets: pi delivers that itself. Every cell of the table has a gateway
 * and a host of its own, so that no state and no redirect is left from another.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type GatewayFirewall, makeGateway } from '../gateway.ts';
import { type Hub, hubKind, type LanOptions, makeHub } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { conversationFrom, converse, type Known, plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answeredInTurn } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { tcpFate } from '../traffic.ts';
import { ENDPOINT, joinAll } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

const FIREWALLS: readonly GatewayFirewall[] = ['none', 'drop-invalid', 'established', 'lan-to-wan-only'];

/** What three echo requests in a row and one connection come to. */
const OK = 'ok, ok, ok';
const LOST = 'lost, lost, lost';

describe('a LAN behind a default gateway with a static route', { skip, concurrency: true }, () => {
  const lab = new Lab();
  let hub: Hub;
  let home: Place;
  let phone: Machine;
  let pi: Machine;
  let number = 0;

  before(async () => {
    const internet = await Internet.of(lab);
    hub = await makeHub(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    home = await internet.place('home', 'keeping');
    phone = new Machine(await (await internet.place('carrier', 'random')).device('phone'));
    pi = new Machine(await home.device('pi'));
    const house: LanOptions = {
      prefixes: home.prefixes,
      via: 'pi',
      lanAddresses: home.addressesOf(pi.device),
      attach: 'static-route',
      defaultGateway: home.addresses(1),
    };
    await joinAll(hub, [phone, pi], {}, { house });
  });
  after(() => lab.close());

  /** A default gateway that nobody has used yet, without any route to the tunnels. */
  async function freshGateway(firewall: GatewayFirewall): Promise<Namespace> {
    const gateway = await home.device(`gateway-${++number}`);
    for (const family of ['-4', '-6']) await gateway.run('ip', family, 'route', 'flush', 'default');
    await makeGateway(gateway, { firewall, lan: 'eth0', wan: 'wan' });
    return gateway;
  }

  async function hostBehind(gateway: Namespace, redirects: boolean): Promise<Known> {
    const host = await plugHost(home, `host-${++number}`, { redirects });
    for (const address of home.addressesOf(gateway)) await host.device.route('default', address);
    return host;
  }

  /** A host behind a fresh gateway that has the route to the tunnels, and nothing else of the instructions. */
  async function cell(firewall: GatewayFirewall, redirects: boolean): Promise<[device: Namespace, address: string]> {
    const gateway = await freshGateway(firewall);
    await gateway.route(`${phone.address(4)}/32`, home.addressesOf(pi.device)[0]!);
    const { device, addresses } = await hostBehind(gateway, redirects);
    return [device, addresses[0]!];
  }

  /** The rows of one column: in from the phone and out to it, by ping and by TCP. */
  async function column(firewall: GatewayFirewall, redirects: boolean): Promise<Record<string, string>> {
    const rows: Readonly<Record<string, (host: Namespace, address: string) => Promise<string>>> = {
      'ping in': (_, address) => pings(phone.device, address),
      'TCP in': (_, address) => tcpFate(phone.device, address),
      'ping out': (host) => pings(host, phone.address(4)),
      'TCP out': (host) => tcpFate(host, phone.address(4)),
    };
    const cells = Object.entries(rows).map(async ([row, flow]) => [
      row,
      await flow(...(await cell(firewall, redirects))),
    ]);
    return Object.fromEntries(await Promise.all(cells));
  }

  test('without a firewall works', async () => {
    assert.deepEqual(await column('none', false), { 'ping in': OK, 'TCP in': 'ok', 'ping out': OK, 'TCP out': 'ok' });
  });

  test('works where the firewall lets pass what comes from the LAN, seen or not', async () => {
    const works = { 'ping in': OK, 'TCP in': 'ok', 'ping out': OK, 'TCP out': 'ok' };
    assert.deepEqual(await column('established', false), works);
  });

  test('answers ping and stalls over TCP where the firewall drops what it has no state of', async () => {
    assert.deepEqual(await column('drop-invalid', false), {
      'ping in': LOST,
      'TCP in': 'lost',
      'ping out': OK,
      'TCP out': 'connects, then stalls',
    });
  });

  test('is helped there by redirects, except a host that only answers TCP', async () => {
    assert.deepEqual(await column('drop-invalid', true), {
      'ping in': 'lost, ok, ok',
      'TCP in': 'lost',
      'ping out': OK,
      'TCP out': 'ok',
    });
  });

  test('works after one ping, where a host follows redirects', async () => {
    const [, address] = await cell('drop-invalid', true);
    assert.equal(await pings(phone.device, address), 'lost, ok, ok');
    assert.equal(await tcpFate(phone.device, address), 'ok');
  });

  test('is cut off where the firewall knows only the way to the internet', async () => {
    assert.deepEqual(await column('lan-to-wan-only', false), {
      'ping in': LOST,
      'TCP in': 'lost',
      'ping out': LOST,
      'TCP out': 'lost',
    });
  });

  describe('that was told all of the instructions', {
    skip: hubKind !== 'wg-router' && 'only for wg-router',
    concurrency: true,
  }, () => {
    const gateways = new Map<GatewayFirewall, Namespace>();

    before(async () => {
      for (const firewall of FIREWALLS) {
        const gateway = await freshGateway(firewall);
        await hub.configureGateway('house', gateway);
        gateways.set(firewall, gateway);
      }
    });

    for (const firewall of FIREWALLS) {
      test(`works in both families: ${firewall}`, async () => {
        const host = await hostBehind(gateways.get(firewall)!, false);
        for (const [i, family] of ([4, 6] as const).entries()) {
          const [own, remote] = [host.addresses[i]!, phone.address(family)];
          assert.deepEqual(await converse(phone.device, own), conversationFrom(remote));
          assert.deepEqual(await converse(host.device, remote), conversationFrom(own));
        }
      });
    }
  });
});

async function pings(from: Namespace, address: string): Promise<string> {
  return (await answeredInTurn(from, address)).map((answered) => (answered ? 'ok' : 'lost')).join(', ');
}
