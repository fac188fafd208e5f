/**
 * An inquiry: whether one reaches another, asked protocol by protocol and family by family, with one flow of each family to
 * show. What an expectation asserts, `explain` asks here.
 */

import type { Address, Family } from '../../net/address.ts';
import type { PlannedExpectation } from '../../plan/plan.ts';
import { addressesOf, commonFamilies } from '../calling.ts';
import { questions } from '../expectations.ts';
import { type Flow, type FlowQuestion, flowOf, type Protocol, type Verdict } from '../flow.ts';
import type { Station, World } from '../world.ts';

export interface Inquiry {
  readonly from: Station;
  /** Null: whoever has the address. */
  readonly to: Station | null;
  /** As of the sentence "A reaches B": it works when it works in one family. Null: no family in common. */
  readonly verdict: Verdict | null;
  readonly families: readonly FamilyInquiry[];
}

export interface FamilyInquiry {
  readonly family: Family;
  readonly verdict: Verdict;
  /** Every protocol that was asked about, each once. */
  readonly protocols: readonly { readonly protocol: Protocol; readonly verdict: Verdict }[];
  /** The flow to show: the worst one, and the first of these. */
  readonly flow: Flow;
}

/** By what to be reached; `on` null is everything, `over` null is every family that both have. */
export type Means = Pick<PlannedExpectation, 'on' | 'over'>;

/** Whether `from` reaches all addresses of `to`. */
export function inquire(world: World, from: Station, to: Station, means: Means): Inquiry {
  const families = commonFamilies(world, from, to).filter((family) => means.over === null || means.over === family);
  return inquiry(
    from,
    to,
    families.map((family) => familyInquiry(world, from, to, addressesOf(world, to, from, family), means.on)),
  );
}

/** Whether `from` reaches whoever has `address`. */
export function inquireAddress(world: World, from: Station, address: Address, means: Means): Inquiry {
  const isAsked = means.over === null || means.over === address.family;
  return inquiry(from, null, isAsked ? [familyInquiry(world, from, null, [address], means.on)] : []);
}

function inquiry(from: Station, to: Station | null, families: readonly FamilyInquiry[]): Inquiry {
  const verdicts = families.map(({ verdict }) => verdict);
  return { from, to, verdict: BEST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? null, families };
}

function familyInquiry(
  world: World,
  from: Station,
  to: Station | null,
  addresses: readonly Address[],
  on: Means['on'],
): FamilyInquiry {
  const flows = addresses.flatMap((destination) =>
    questions(world, on, from, to, destination).map((question: FlowQuestion) => flowOf(world, question)),
  );
  const byProtocol = Map.groupBy(flows, ({ question }) => question.protocol);
  return {
    family: addresses[0]!.family,
    verdict: together(flows),
    protocols: [...byProtocol].map(([protocol, each]) => ({ protocol, verdict: together(each) })),
    flow: flows.reduce((shown, each) => (RANK[each.verdict] > RANK[shown.verdict] ? each : shown)),
  };
}

/** What works in some of several ways is reached partly. */
function together(flows: readonly Flow[]): Verdict {
  const [best, worst] = [flows.map(({ best }) => best.outcome), flows.map(({ worst }) => worst.outcome)].map(
    (outcomes) => (outcomes.every((outcome) => outcome === outcomes[0]) ? outcomes[0]! : ('partly' as const)),
  );
  return best === worst ? best! : 'not-proven';
}

const RANK: Readonly<Record<Verdict, number>> = { works: 0, 'not-proven': 1, partly: 2, fails: 3 };
const BEST_FIRST: readonly Verdict[] = ['works', 'not-proven', 'partly', 'fails'];
