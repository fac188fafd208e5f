/**
 * One machine of `survey.yaml`.
 */

import { hostPrefix } from '../../net/prefix.ts';
import type { Fact, Lookup, PublishedPort, Service } from '../../plan/plan.ts';
import { type RouteLine, readRouteWords } from '../formats/ip-route-line.ts';
import type { Rule, Verdict } from '../packet/ruleset.ts';
import type { Complaints } from '../text/complaints.ts';
import { at, factAt } from '../text/part.ts';
import { quote } from '../text/quote.ts';
import { readNumber, readPrefix } from '../text/values.ts';
import {
  address,
  addressWithLength,
  entriesOf,
  flag,
  itemsOf,
  listOf,
  numberUpTo,
  oneOf,
  readWords,
  text,
  wrongKind,
} from './fields.ts';
import { type RuleWords, readRuleWords } from './rule-words.ts';
import type { SurveyChain, SurveyFirewall, SurveyMachine } from './survey.ts';
import type { Entry, Value } from './yaml.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] };

export function readMachine({ key, keyPlace, value }: Entry, complaints: Complaints): SurveyMachine {
  const machine: Draft<SurveyMachine> = { name: key, place: keyPlace };
  const read = {
    config: (each: Value) => (machine.config = text(each, complaints)),
    platform: (each: Value) => (machine.platform = text(each, complaints)),
    public: (each: Value) => (machine.publicAddresses = factAt(listOf(each, address, complaints), each.place)),
    'behind-nat': (each: Value) => (machine.behindNat = flag(each, complaints)),
    interfaces: (each: Value) => {
      const list = entriesOf(each, 'interfaces', complaints).map((entry) => ({
        id: entry.key,
        place: entry.keyPlace,
        addresses: listOf(entry.value, addressWithLength, complaints),
      }));
      machine.interfaces = factAt(list, each.place);
    },
    routes: (each: Value) => (machine.routes = factAt(listOf(each, route, complaints), each.place)),
    forwarding: (each: Value) => (machine.forwarding = readForwarding(each, complaints)),
    'rp-filter': (each: Value) => (machine.rpFilter = oneOf(['off', 'loose', 'strict'])(each, complaints)),
    'proxy-arp': (each: Value) => (machine.proxyArp = factAt(listOf(each, address, complaints), each.place)),
    'proxy-ndp': (each: Value) => (machine.proxyNdp = factAt(listOf(each, address, complaints), each.place)),
    firewall: (each: Value) => (machine.firewall = readFirewall(each, complaints)),
    'provider-firewall': (each: Value) => {
      const inbound = (list: Value) => (machine.inbound = factAt(listOf(list, inboundRule, complaints), list.place));
      readWords(each, 'provider-firewall', { inbound }, complaints);
    },
    'source-dest-check': (each: Value) => (machine.sourceDestCheck = flag(each, complaints)),
    'published-ports': (each: Value) => {
      machine.publishedPorts = factAt(listOf(each, publishedPort, complaints), each.place);
    },
    listens: (each: Value) => {
      machine.listens = entriesOf(each, 'listens', complaints).map((entry) => readService(entry, complaints));
    },
    'path-mtu': (each: Value) => (machine.pathMtu = numberUpTo(65535)(each, complaints)),
    clock: (each: Value) => {
      const said = oneOf(['wrong', 'right'])(each, complaints);
      if (said) machine.clockIsWrong = factAt(said.value === 'wrong', each.place);
    },
    'endpoint-names': (each: Value) => {
      machine.endpointNames = entriesOf(each, 'endpoint-names', complaints).map((entry) =>
        readLookup(entry, complaints),
      );
    },
  };
  readWords(value, `machine "${key}"`, read, complaints);
  return machine;
}

function route(value: Value, complaints: Complaints): RouteLine | undefined {
  const said = value.kind === 'scalar' ? readRouteWords(value.text.trim().split(/\s+/), value.place) : null;
  if (said === 'other') return undefined;
  return said ?? wrongKind(value, 'a route as `ip route` prints it stands here', complaints);
}

function readForwarding(value: Value, complaints: Complaints): SurveyMachine['forwarding'] {
  if (value.kind === 'scalar') {
    const both = flag(value, complaints);
    return both && { ipv4: both, ipv6: both };
  }
  const forwarding: Draft<NonNullable<SurveyMachine['forwarding']>> = {};
  const read = {
    ipv4: (each: Value) => (forwarding.ipv4 = flag(each, complaints)),
    ipv6: (each: Value) => (forwarding.ipv6 = flag(each, complaints)),
  };
  readWords(value, 'forwarding', read, complaints);
  return forwarding;
}

function readFirewall(value: Value, complaints: Complaints): SurveyFirewall {
  const firewall: Draft<SurveyFirewall> = {};
  const rules = (each: Value, verdict: (words: RuleWords) => Verdict | null) =>
    factAt(
      itemsOf(each).flatMap((item) => ruleOf(item, verdict, complaints) ?? []),
      each.place,
    );
  const read = {
    input: (each: Value) => (firewall.input = readChain(each, 'input', complaints)),
    forward: (each: Value) => (firewall.forward = readChain(each, 'forward', complaints)),
    output: (each: Value) => (firewall.output = readChain(each, 'output', complaints)),
    masquerade: (each: Value) => (firewall.masquerade = rules(each, () => ({ kind: 'masquerade' }))),
    'mss-clamp': (each: Value) => (firewall.mssClamp = rules(each, () => ({ kind: 'clamp' }))),
    dnat: (each: Value) => {
      firewall.dnat = rules(each, ({ to }) => (to ? { kind: 'destination', ...to } : null));
    },
  };
  readWords(value, 'firewall', read, complaints);
  return firewall;
}

function readChain(value: Value, name: string, complaints: Complaints): SurveyChain {
  const chain: Draft<SurveyChain> & { drop: Rule[]; accept: Rule[] } = { place: value.place, drop: [], accept: [] };
  const rules = (list: Value, kind: 'accept' | 'drop') =>
    itemsOf(list).flatMap((item) => ruleOf(item, () => ({ kind }), complaints) ?? []);
  const read = {
    policy: (each: Value) => (chain.policy = oneOf(['accept', 'drop', 'reject'])(each, complaints)),
    accept: (each: Value) => chain.accept.push(...rules(each, 'accept')),
    drop: (each: Value) => chain.drop.push(...rules(each, 'drop')),
  };
  readWords(value, `firewall ${name}`, read, complaints);
  return chain;
}

function ruleOf(
  value: Value,
  verdictOf: (words: RuleWords) => Verdict | null,
  complaints: Complaints,
): Rule | undefined {
  const words = value.kind === 'scalar' ? readRuleWords(value.text) : null;
  const verdict = words && verdictOf(words);
  if (words && verdict) return { tests: words.tests, verdict, origin: at(value.place) };
  wrongKind(value, 'a rule such as `iif wg0 oif eth0` or `udp dport 51820` stands here', complaints);
  return undefined;
}

/** What clouds let in is told in the words of rules, and only some of them. */
function inboundRule(
  value: Value,
  complaints: Complaints,
): NonNullable<SurveyMachine['inbound']>['value'][number] | undefined {
  const words = value.kind === 'scalar' ? readRuleWords(value.text) : null;
  const said: Draft<NonNullable<SurveyMachine['inbound']>['value'][number]['value']> = {};
  for (const test of words?.tests ?? [null]) {
    if (test === null || test.not || !('of' in test) || test.of.length !== 1) {
      return wrongKind(value, 'what is let in stands here, such as `udp 51820`', complaints);
    }
    if (test.field === 'protocol') said.protocol = test.of[0];
    else if (test.field === 'ports') said.ports = test.of[0];
    else if (test.field === 'sourcePorts') said.sourcePorts = test.of[0];
    else if (test.field === 'source') said.source = test.of[0];
    else if (test.field !== 'family') return wrongKind(value, 'clouds do not look at this', complaints);
  }
  return factAt(said, value.place);
}

/** `51820:51820/udp`, also with the address before it that it is published at. */
function publishedPort(value: Value, complaints: Complaints): Fact<PublishedPort> | undefined {
  const match = value.kind === 'scalar' ? /^(?:[^/]*:)?([0-9]+):([0-9]+)(?:\/(tcp|udp))?$/.exec(value.text) : null;
  const outer = match && readNumber(match[1]!, 65535);
  const inner = match && readNumber(match[2]!, 65535);
  if (outer === null || inner === null)
    return wrongKind(value, 'a port mapping such as `51820:51820/udp` stands here', complaints);
  return factAt({ protocol: match?.[3] === 'udp' ? 'udp' : 'tcp', outer, inner }, value.place);
}

function readService({ key, keyPlace, value }: Entry, complaints: Complaints): Fact<Service> {
  const read = itemsOf(value).flatMap((item) => {
    const said = item.kind === 'scalar' ? readPrefix(item.text) : null;
    if (said === null) wrongKind(item, 'an address, or a prefix that is answered, stands here', complaints);
    return said ? [said] : [];
  });
  const isAddress = (each: (typeof read)[number]) => hostPrefix(each).length === each.length;
  return factAt(
    {
      name: key,
      addresses: read.filter(isAddress).map(({ family, bits }) => ({ family, bits })),
      answers: read.filter((each) => !isAddress(each)),
    },
    keyPlace,
  );
}

function readLookup({ key, keyPlace, value }: Entry, complaints: Complaints): Fact<Lookup> {
  const lookup: Draft<Lookup> = { name: key };
  const read = {
    'resolved-at-start': (each: Value) => (lookup.atStart = address(each, complaints)?.value),
    now: (each: Value) => (lookup.now = address(each, complaints)?.value),
  };
  readWords(value, `endpoint name ${quote(key)}`, read, complaints);
  return factAt(lookup, keyPlace);
}
