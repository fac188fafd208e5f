/**
 * `survey.yaml`, every field of it, as values with places. What the values mean for a machine is decided elsewhere; here
 * absent stays absent, which is "not known" and never "no".
 */

import type { Address } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Fact, Lookup, Matches, PortRange, PublishedPort, Service } from '../../plan/plan.ts';
import type { RouteLine } from '../formats/ip-route-line.ts';
import type { FlowKind, Place } from '../imported.ts';
import type { Rule } from '../packet/ruleset.ts';
import type { AddressWithLength } from '../text/values.ts';

export interface Survey {
  /** The file that lies among the others; null when all of it was answered besides. */
  readonly file: string | null;
  readonly place: Place;
  readonly machines: readonly SurveyMachine[];
  readonly lans: readonly SurveyLan[];
  readonly portForwards: readonly SurveyPortForward[];
  readonly questions: readonly SurveyFlow[];
  readonly works: readonly SurveyFlow[];
  readonly notes: readonly Fact<string>[];
}

export interface SurveyMachine {
  readonly name: string;
  readonly place: Place;
  readonly config?: Fact<string>;
  readonly platform?: Fact<string>;
  readonly publicAddresses?: Fact<readonly Fact<Address>[]>;
  readonly behindNat?: Fact<boolean>;
  readonly interfaces?: Fact<readonly SurveyInterface[]>;
  readonly routes?: Fact<readonly RouteLine[]>;
  readonly forwarding?: { readonly ipv4?: Fact<boolean>; readonly ipv6?: Fact<boolean> };
  readonly rpFilter?: Fact<'off' | 'loose' | 'strict'>;
  readonly proxyArp?: Fact<readonly Fact<Address>[]>;
  readonly proxyNdp?: Fact<readonly Fact<Address>[]>;
  readonly firewall?: SurveyFirewall;
  readonly inbound?: Fact<readonly Fact<Pick<Matches, 'protocol' | 'ports' | 'sourcePorts' | 'source'>>[]>;
  readonly sourceDestCheck?: Fact<boolean>;
  readonly publishedPorts?: Fact<readonly Fact<PublishedPort>[]>;
  readonly listens?: readonly Fact<Service>[];
  readonly pathMtu?: Fact<number>;
  readonly clockIsWrong?: Fact<boolean>;
  readonly endpointNames?: readonly Fact<Lookup>[];
}

export interface SurveyInterface {
  readonly id: string;
  readonly place: Place;
  readonly addresses: readonly Fact<AddressWithLength>[];
}

export interface SurveyFirewall {
  readonly input?: SurveyChain;
  readonly forward?: SurveyChain;
  readonly output?: SurveyChain;
  readonly masquerade?: Fact<readonly Rule[]>;
  readonly mssClamp?: Fact<readonly Rule[]>;
  readonly dnat?: Fact<readonly Rule[]>;
}

export interface SurveyChain {
  readonly place: Place;
  readonly policy?: Fact<'accept' | 'drop' | 'reject'>;
  /** What is refused before anything is accepted. */
  readonly drop: readonly Rule[];
  readonly accept: readonly Rule[];
}

export interface SurveyLan {
  readonly name: string;
  readonly place: Place;
  readonly prefixes: readonly Fact<Prefix>[];
  /** A machine's name, or an address. */
  readonly defaultGateway?: Fact<string>;
  readonly members: readonly SurveyMember[];
}

export interface SurveyMember {
  readonly name: string;
  readonly place: Place;
  /** Empty: stands there, address not known. */
  readonly addresses: readonly Fact<Address>[];
}

export interface SurveyPortForward {
  readonly place: Place;
  readonly on: Fact<string>;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly to: Fact<string>;
  readonly toPort?: number;
}

export interface SurveyFlow {
  readonly place: Place;
  readonly from: Fact<string>;
  readonly to: Fact<string>;
  readonly via?: Fact<string>;
  readonly what: FlowKind;
  readonly large: boolean;
  readonly note?: string;
}

/** `tcp/443`, `udp/5000-5010`, `tcp`, or one of the words. */
export function readFlowKind(text: string, readPorts: (text: string) => PortRange | null): FlowKind | null {
  if (text === 'any' || text === 'ping' || text === 'dns' || text === 'handshake') return { kind: text };
  const match = /^(tcp|udp)(?:\/(.+))?$/.exec(text);
  if (match === null) return null;
  const protocol = match[1] as 'tcp' | 'udp';
  if (match[2] === undefined) return { kind: 'protocol', protocol };
  const ports = readPorts(match[2]);
  return ports && { kind: 'protocol', protocol, ports };
}
