/**
 * LANs of a survey, joined with its machines: who stands where, and who is the default gateway.
 */

import { type Address, parseAddress } from '../../net/address.ts';
import type { Fact, LanPlan } from '../../plan/plan.ts';
import { isSame, type Standing } from '../machine/standing.ts';
import { at } from '../text/part.ts';
import type { Survey, SurveyLan } from './survey.ts';

/** The standings of each machine by its name. */
export function standingsOf(survey: Survey): Map<string, Standing[]> {
  const standings = new Map<string, Standing[]>();
  for (const lan of survey.lans) {
    const gateways = gatewayAddresses(lan);
    const name = gatewayName(survey, lan);
    const members =
      lan.members.some((each) => each.name === name) || !name ? lan.members : [...lan.members, bare(lan, name)];
    for (const { name: member, place, addresses } of members) {
      const standing: Standing = {
        lan: lan.name,
        prefixes: lan.prefixes,
        addresses,
        isGateway: member === name || addresses.some((own) => gateways.some((each) => isSame(each.value, own.value))),
        gateways,
        origin: at(place),
      };
      const list = standings.get(member);
      if (list) list.push(standing);
      else standings.set(member, [standing]);
    }
  }
  return standings;
}

/** The LAN as the plan has it; members that are no devices are its hosts. */
export function lanPlanOf(survey: Survey, lan: SurveyLan, isDevice: (name: string) => boolean): LanPlan {
  const name = gatewayName(survey, lan);
  const origin = lan.defaultGateway?.origin;
  return {
    name: lan.name,
    place: lan.place,
    prefixes: lan.prefixes,
    seenAs: [],
    via: null,
    attach: null,
    defaultGateway: gatewayAddresses(lan),
    ...(name !== null && origin && { defaultGatewayName: { value: name, origin } }),
    defaultGatewayPlatform: null,
    gatewayFirewall: null,
    advertise: [],
    gatewayRoutes: [],
    lent: [],
    hosts: lan.members
      .filter((member) => !isDevice(member.name))
      .map((member) => ({ name: member.name, addresses: member.addresses })),
  };
}

function bare(lan: SurveyLan, name: string): SurveyLan['members'][number] {
  const origin = lan.defaultGateway!.origin;
  return { name, place: origin.kind === 'file' ? origin.place : lan.place, addresses: [] };
}

/** Its name where a survey names it, or names the member that has its address. */
function gatewayName(survey: Survey, lan: SurveyLan): string | null {
  const said = lan.defaultGateway?.value;
  if (said === undefined) return null;
  const address = parseAddress(said);
  if (address === null) return said;
  const member = lan.members.find(({ addresses }) => addresses.some(({ value }) => isSame(value, address)));
  return member && survey.machines.some(({ name }) => name === member.name) ? member.name : null;
}

/** Its addresses on this LAN, as far as they are known. */
function gatewayAddresses(lan: SurveyLan): readonly Fact<Address>[] {
  const said = lan.defaultGateway;
  if (!said) return [];
  const address = parseAddress(said.value);
  if (address) return [{ value: address, origin: said.origin }];
  return lan.members.find(({ name }) => name === said.value)?.addresses ?? [];
}
