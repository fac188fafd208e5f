/**
 * Beside Docker: it drops whatever it did not start itself being forwarded, and has a chain for rules that go before its
 * own, DOCKER-USER. Where that chain is, what the carrier forwards is accepted there.
 *
 * A chain DOCKER-USER is the sign, and it is looked for on up; no other firewall's decision is overruled. Towards the
 * internet that is by the interfaces of the default routes of that moment.
 */

import type { Device, Forwarding, LanInterface } from '../plan/plan.ts';
import { CHAIN, GONE } from './iptables-chain.ts';
import { addressesOn, defaultInterfaces, findInterface } from './linux-interfaces.ts';

/** PostUp and PreDown lines; none for a device that forwards nothing. */
export function dockerHooks(device: Device): { readonly up: string[]; readonly down: string[] } {
  if (device.forwarding.length === 0) return { up: [], down: [] };
  const lans = device.interfaces.filter((each): each is LanInterface => each.kind === 'lan');
  const nameOf = (id: string) => {
    const i = lans.findIndex((lan) => lan.id === id);
    return i < 0 ? '%i' : `$lan${i + 1}`;
  };
  const used = lans.filter((lan) => device.forwarding.some(({ from, to }) => from === lan.id || to === lan.id));
  const find = used.map((lan) => {
    const name = nameOf(lan.id).slice(1);
    // No interface is called `:`, so that rules for a LAN that is not there match nothing.
    return `${name}=$(${findInterface(addressesOn(lan)[0]!)}); ${name}=$` + `{${name}:-:}`;
  });
  const commands = ([4, 6] as const).flatMap((family) => {
    const own = device.forwarding.filter((each) => each.family === family);
    return own.length === 0 ? [] : [{ command: family === 4 ? 'iptables' : 'ip6tables', own }];
  });
  const outer = new Set(device.interfaces.flatMap((each) => (each.kind === 'outer' ? [each.id] : [])));
  const accept = (command: string, { from, to, family }: Forwarding) => {
    const add = `${command} -w -A wgr-pass-%i`;
    const beyond = `for d in $(${defaultInterfaces(family)}); do ${add}`;
    if (outer.has(to)) return `${beyond} -i "${nameOf(from)}" -o "$d" -j ACCEPT; done`;
    if (outer.has(from))
      return `${beyond} -i "$d" -o "${nameOf(to)}" -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; done`;
    return `${add} -i "${nameOf(from)}" -o "${nameOf(to)}" -j ACCEPT`;
  };
  const passed = commands.map(({ command, own }) => {
    const rules = own.map((each) => accept(command, each)).join('; ');
    return `! ${command} -w -n -L DOCKER-USER >/dev/null 2>&1 || { chain ${command} filter DOCKER-USER wgr-pass-%i; ${rules}; }`;
  });
  const gone = commands.map(({ command }) => `gone ${command} filter DOCKER-USER wgr-pass-%i`);
  return {
    up: [`PostUp = ${[...find, CHAIN, ...passed].join('; ')}`],
    down: [`PreDown = set +e; ${[GONE, ...gone].join('; ')}; true`],
  };
}
