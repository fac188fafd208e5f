/**
 * What to look at when no datagram arrives, on this very machine: only firewalls that are here are named, with the
 * command that opens the port.
 */

import { existsSync } from 'node:fs';
import { wireguardInterfaces } from '../launch/port-owner.ts';

/** Lines for a person, most likely cause first. `endpoint` is what machines dial. */
export function silenceChecks(port: number, endpoint: string): string[] {
  const found = {
    ufw: existsSync('/usr/sbin/ufw'),
    firewalld: existsSync('/usr/bin/firewall-cmd'),
    interfaces: wireguardInterfaces(),
  };
  return silenceChecksFor(port, endpoint, found);
}

export function silenceChecksFor(
  port: number,
  endpoint: string,
  found: { readonly ufw: boolean; readonly firewalld: boolean; readonly interfaces: readonly string[] },
): string[] {
  const checks = [
    `the cloud provider's firewall (security group): let UDP port ${port} in, from everywhere`,
    ...(found.ufw ? [`ufw on this machine: sudo ufw allow ${port}/udp`] : []),
    ...(found.firewalld
      ? [
          `firewalld on this machine: sudo firewall-cmd --permanent --add-port=${port}/udp && sudo firewall-cmd --reload`,
        ]
      : []),
    ...(found.ufw || found.firewalld ? [] : [`a firewall on this machine: sudo nft list ruleset | grep -w ${port}`]),
    `the endpoint: machines dial ${endpoint}; does that lead to this machine?`,
  ];
  if (found.interfaces.length > 0) {
    checks.push(
      `${found.interfaces.join(' and ')} on this machine: a machine with its old configuration dials that one`,
    );
  }
  return [...checks, 'the machine itself: is the tunnel switched on?'];
}
