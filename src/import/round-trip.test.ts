/**
 * What is planned, written as a wg-quick file and imported again is what was planned: every network of `test/networks`.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { keyFunctions } from '../../test/cases/cases.ts';
import { shortProxies, shortRoutes, shortTranslations } from '../../test/cases/short-lines.ts';
import { parseNetwork } from '../description/parse.ts';
import { formatAddress } from '../net/address.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { formatKey } from '../net/key.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Device, Plan, TunnelInterface } from '../plan/plan.ts';
import { planNetwork } from '../plan/plan-network.ts';
import { renderWgQuick } from '../render/wg-quick.ts';
import { importNetwork } from './import-network.ts';

const folder = join(import.meta.dirname, '../../test/networks');
const networks = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());

describe('planned, written, imported', () => {
  let files = 0;
  for (const { name } of networks) {
    test(`network ${name}`, () => {
      const { network } = parseNetwork(readFileSync(join(folder, name, 'network.yaml'), 'utf8'), 'network.yaml');
      const { plan } = planNetwork(network!);
      for (const device of plan?.devices ?? []) {
        const written = renderWgQuick(plan!, device.name);
        if (!('text' in written)) continue;
        files++;
        const again = readAgain(device, written.text);
        assert.deepEqual(tunnelFacts(again), tunnelFacts(device), device.name);
        // On platforms without hooks a comment says the rest.
        if (!written.text.includes('PostUp')) continue;
        assert.deepEqual(hookFacts(again), hookFacts(device), device.name);
        for (const each of device.forwarding.map(textOf).filter((line) => !/\bouter\b/.test(line)))
          assert.ok(again.forwarding.map(textOf).includes(each), each);
      }
    });
  }

  test('these were many files', () => assert.ok(files > 40, `${files}`));
});

/** The device as its file tells it, with its LAN interfaces in a survey: what they are called no file knows. */
function readAgain(device: Device, text: string): Device {
  const wires = device.interfaces.flatMap((each) =>
    each.kind === 'lan'
      ? [
          `${each.id}: [${each.addresses.map(({ value }) => `"${formatAddress(value.address)}/${value.length}"`).join(', ')}]`,
        ]
      : [],
  );
  const survey = `machines:\n  ${device.name}:\n    interfaces: {${wires.join(', ')}}\n    platform: ${device.platform.value}\n`;
  let n = 0;
  const key = () => Buffer.alloc(32, ++n * 8).toString('base64');
  const filled = text.replace(/^(PrivateKey|PresharedKey) = .*$/gm, (_, word) => `${word} = ${key()}`);
  const imported = importNetwork(
    [
      { path: `${device.name}.conf`, text: filled },
      { path: 'survey.yaml', text: survey },
    ],
    keyFunctions,
  );
  assert.deepEqual([...imported.notUnderstood, ...imported.diagnostics], []);
  return imported.plan.devices[0]!;
}

function tunnelFacts(device: Device): unknown {
  const tunnel = device.interfaces.find((each): each is TunnelInterface => each.kind === 'wireguard')!;
  const [peer] = tunnel.peers;
  return {
    addresses: tunnel.addresses.map(({ value }) => formatAddress(value)),
    listenPort: tunnel.listenPort?.value,
    mtu: tunnel.mtu.value,
    peer: peer && {
      key: formatKey(peer.publicKey!.value),
      allowedIps: peer.allowedIps.map(({ value }) => formatPrefix(value)).toSorted(),
      endpoint: peer.endpoint && formatEndpoint(peer.endpoint.value),
      keepalive: peer.keepalive?.value,
    },
  };
}

/** With the tunnel under one name. What a default gateway does towards the internet, it did before. */
function hookFacts(device: Device): unknown {
  const tunnel = device.interfaces.find((each) => each.kind === 'wireguard')!;
  const named = (line: string) => line.replaceAll(new RegExp(`\\b${tunnel.id}\\b`, 'g'), 'TUNNEL');
  return {
    routes: shortRoutes(device)
      .map((line) => named(line).replace(/ metric [0-9]+$/, ''))
      .filter(
        (line) =>
          !line.startsWith('0.0.0.0/0 via') && !line.startsWith('::/0 via') && !/^(0\.0\.0\.0|::)\/0 lan-/.test(line),
      )
      .toSorted(),
    translations: shortTranslations(device)
      .map(named)
      .filter((line) => !line.endsWith(' oif outer'))
      .toSorted(),
    clamps: [...new Set(device.mssClamps.map(({ family, interface: id }) => named(`${family} ${id}`)))].toSorted(),
    proxies: shortProxies(device).map(named).toSorted(),
  };
}

function textOf({ family, from, to }: Plan['devices'][number]['forwarding'][number]): string {
  const named = (id: string) => (id === 'wg0' ? 'tunnel' : id);
  return `ipv${family} ${named(from)} ${named(to)}`;
}
