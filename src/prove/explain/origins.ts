/**
 * Origins in words: where a fact comes from, as a place and a short reason.
 *
 * A fact that the planner made is there because of others; the place of the first of them is where a person looks.
 */

import type { ImportRule, Origin, PlanRule } from '../../plan/plan.ts';

/** Inferred: places belong to the description of a network, which the proof does not know. */
type Place = Extract<Origin, { kind: 'file' }>['place'];

export interface OriginWords {
  /** The first is where to look; the others belong to it too. Never empty, each once. */
  readonly places: readonly Place[];
  /** Why it follows from these places, from the fact itself inwards. Empty: it is written there. */
  readonly because: readonly { readonly rule: PlanRule | ImportRule; readonly words: string }[];
}

/** Where `origin` leads to. Work and result are bounded by the facts it names. */
export function originWords(origin: Origin): OriginWords {
  const places = new Map<string, Place>();
  const rules = new Map<PlanRule | ImportRule, string>();
  const walk = (each: Origin): void => {
    if (each.kind === 'file') places.set(placeText(each.place), each.place);
    else {
      rules.set(each.rule, ruleWords(each.rule));
      for (const reason of each.because) walk(reason);
    }
  };
  walk(origin);
  return { places: [...places.values()], because: [...rules].map(([rule, words]) => ({ rule, words })) };
}

/** `network.yaml:31:10`. */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** What the rule says, in a few words; `docs/reference/planner-rules.md` says it whole. */
export function ruleWords(rule: PlanRule | ImportRule): string {
  return RULES[rule] ?? rule.replaceAll('-', ' ');
}

/** By rule; a test holds it to the rules that there are. */
const RULES: Readonly<Record<string, string>> = {
  'address-given': 'a machine without an address gets the next free one',
  'carved-from-ula': '`carve` stands for a part of `ula`',
  'borrowed-address': 'a lent address takes the place of an inside one',
  'inside-owner': 'an inside address belongs to its machine',
  'lan-behind-via': 'a LAN is behind the machine named by `via`',
  'router-is-next-hop': 'machines send what is inside, and every LAN, to the router',
  'ula-rule': 'machines send all of `ula` to the router',
  'routes-of-machine': '`routes` says what the machine sends to the router, and accepts from there',
  'gateways-always-routed': 'the router and `via` machines are always reached through the tunnel',
  'internet-through-lan': '`internet` sends a machine’s way to the internet through this LAN',
  'no-spoofed-sources': 'what did not come through the tunnel never enters it',
  'exit-by-source': 'the router chooses the way to the internet by who sends',
  'fewest-prefixes': 'prefixes that fill a larger one are written as that one',
  'keepalive-behind-nat': 'a machine without `endpoint` counts as behind NAT and sends keepalives',
  'forward-between-machines': 'the router forwards between machines',
  'forward-for-lan': 'a `via` machine forwards for its LAN',
  'clamp-for-lan': 'a `via` machine lowers the segment size of TCP',
  'forward-for-internet': 'a `via` machine forwards to the internet for those who leave by its LAN',
  'masquerade-towards-internet': 'what leaves to the internet by a LAN gets the address of its `via` machine',
  'masquerade-towards-lan': '`masquerade` puts the address of the `via` machine in place of the sender’s',
  'seen-as': 'with `seen-as` a LAN is known under other addresses, one to one',
  'lent-address': 'a lent address is behind the tunnel, not on its LAN',
  'answers-for-lent': 'a `via` machine answers on the LAN for lent addresses',
  'lan-on-link': 'a prefix of a carried LAN is on its wire',
  'mtu-of-path': 'the MTU of a tunnel follows from `path-mtu`',
  'listen-port': 'the port of `endpoint` is the one listened on',
  'unreachable-aggregate': 'what nobody has inside ends at the router',
  'via-is-gateway': 'with `default-gateway` the `via` machine is the LAN’s default gateway',
  'gateway-route': 'with `static-route` the LAN’s default gateway is given a route to the tunnels',
  'platform-default': 'nothing is assumed about a machine without `platform`',
  'backend-default': 'a router is run by the relay',
  'wg-quick-route': 'wg-quick makes a route of every allowed IP',
  'wg-quick-address': 'an `Address` with a length brings a route',
  'wg-quick-mark': 'wg-quick keeps its own packets out of a tunnel that takes everything',
  'wg-quick-mtu': 'wg-quick takes the MTU from the route to the endpoint, less 80',
  'platform-of-hooks': 'hooks like these run on Linux',
  'platform-not-stated': 'no platform is stated',
  'platform-mtu': 'the platform’s own MTU',
  'platform-exempts-itself': 'the platform keeps its own packets out of the tunnel',
  hook: 'a hook of the configuration does it',
  'forwarding-switch': 'a forwarding switch of the system',
  'member-of-lan': 'it stands on the LAN',
  'only-interface': 'it is the only interface it can be',
  'wildcard-interface': 'the rule names interfaces by a pattern',
  'lan-of-interface': 'the LAN that this interface stands on',
  'default-route-left-out': 'a default route that is not stated is where the system’s own is',
  'tunnel-name': 'a hook names the tunnel of its own configuration',
  'later-peer-takes-it': 'a prefix belongs to the last peer that lists it',
};
