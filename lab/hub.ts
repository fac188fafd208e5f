/**
 * What stands in the middle of a lab: a network that hands out configurations and runs its router.
 *
 * Two of them: `wg-router` itself, used by its commands as a person would, and Debian's wireguard-go with kernel
 * forwarding. Scenarios that pass with the second prove that the lab is right; `LAB_HUB=wireguard-go` chooses it.
 */

import type { Namespace } from './namespace.ts';
import { ReferenceHub } from './reference-hub.ts';
import { WgRouter } from './wg-router.ts';

export interface Hub {
  /** The router's own inside address. */
  address(family: 4 | 6): Promise<string>;
  /** Describes a machine. */
  addMachine(name: string, options?: MachineOptions): Promise<void>;
  /** Describes a LAN whose hosts do not run WireGuard; its machine is described already. */
  addLan(name: string, lan: LanOptions): Promise<void>;
  /** What is handed out for a machine, once all is described: a wg-quick file. */
  configuration(machine: string): Promise<string>;
  /** Does on `gateway`, the LAN's default gateway, what the network asks for there, and nothing else. */
  configureGateway(lan: string, gateway: Namespace): Promise<void>;
  /** Runs the router; comes back when it listens. */
  up(): Promise<void>;
}

export interface HubOptions {
  /** What machines dial. */
  readonly endpoint: string;
  /** Largest packet between router and machines, in bytes. */
  readonly mtu?: number;
}

export interface MachineOptions {
  /** Of its tunnel interface, in bytes. */
  readonly mtu?: number;
}

export interface LanOptions {
  readonly prefixes: readonly string[];
  readonly via: string;
  readonly lanAddresses: readonly string[];
  readonly attach: 'default-gateway' | 'static-route';
  readonly defaultGateway: readonly string[];
}

export const hubKind = process.env.LAB_HUB === 'wireguard-go' ? 'wireguard-go' : 'wg-router';

export function makeHub(device: Namespace, options: HubOptions): Promise<Hub> {
  return hubKind === 'wireguard-go' ? ReferenceHub.init(device, options) : WgRouter.init(device, options);
}
