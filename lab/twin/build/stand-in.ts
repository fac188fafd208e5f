/**
 * A router that speaks: for a while, wireguard-go and the router's own kernel stand in the relay's place, with its key, its
 * port, and the peers and routes of its plan.
 *
 * The relay answers and forwards, and never begins to speak, so it cannot be asked whether the router reaches somebody.
 * What is on the way from there, and back, is the same for both.
 */

import { writeFile } from 'node:fs/promises';
import { formatAddress } from '../../../src/net/address.ts';
import { formatPrefix, hostPrefix } from '../../../src/net/prefix.ts';
import { type Device, tunnelOf } from '../../../src/plan/plan.ts';
import type { Namespace } from '../../namespace.ts';
import { until } from '../../running.ts';

/** Names no machine can have. */
const INTERFACE = 'stand_in';
const FILE = `/run/lab/${INTERFACE}.conf`;

/** What the relay knew when it ended. */
export interface Known {
  readonly privateKey: string;
  /** By machine; one that never spoke has no endpoint. */
  readonly machines: ReadonlyMap<
    string,
    { readonly publicKey: string; readonly presharedKey: string; readonly endpoint: string | null }
  >;
}

/** Speaks in place of the relay of `router`, which has ended, until `leave`. */
export async function standIn(router: Device, device: Namespace, known: Known): Promise<{ leave(): Promise<void> }> {
  const tunnel = tunnelOf(router);
  const peers = tunnel.peers.flatMap(({ name, allowedIps }) => {
    const machine = known.machines.get(name);
    if (machine === undefined) return [];
    return [
      '[Peer]',
      `PublicKey = ${machine.publicKey}`,
      `PresharedKey = ${machine.presharedKey}`,
      `AllowedIPs = ${allowedIps.map(({ value }) => formatPrefix(value)).join(', ')}`,
      ...(machine.endpoint === null ? [] : [`Endpoint = ${machine.endpoint}`]),
    ];
  });
  const own = ['[Interface]', `PrivateKey = ${known.privateKey}`, `ListenPort = ${tunnel.listenPort!.value}`];
  await writeFile(FILE, `${[...own, ...peers].join('\n')}\n`, { mode: 0o600 });
  const program = device.start(['wireguard-go', '--foreground', INTERFACE]);
  await until(`wireguard-go is there, which says:\n${program.printed}`, 30_000, async () => {
    return (await device.try('wg', 'show', INTERFACE)).code === 0;
  });
  await device.run('wg', 'setconf', INTERFACE, FILE);
  await device.ip([
    ...tunnel.addresses.map(
      ({ value }) =>
        `address add ${formatPrefix(hostPrefix(value))} dev ${INTERFACE}${value.family === 6 ? ' nodad' : ''}`,
    ),
    `link set ${INTERFACE} mtu ${tunnel.mtu.value} up`,
    ...tunnel.peers.flatMap(({ allowedIps }) =>
      allowedIps.map(({ value }) => {
        const source = tunnel.addresses.find(({ value: address }) => address.family === value.family)?.value;
        return `route replace ${formatPrefix(value)} dev ${INTERFACE}${source ? ` src ${formatAddress(source)}` : ''}`;
      }),
    ),
  ]);
  return {
    async leave() {
      await program.end('SIGTERM');
    },
  };
}
