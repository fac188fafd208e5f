/**
 * Verdicts by class: the tracer decides one pair of each class, when it is first asked for.
 *
 * That a pair stands for its class rests on its flows meeting nobody but whom the class knows: the two ends, the cores of
 * their sites and the routers. Where a flow of it meets somebody else, as behind a wrong allowed IP, every pair of the class
 * is decided by itself.
 */

import type { Address } from '../../net/address.ts';
import type { Subject } from '../../plan/plan.ts';
import { stationOf } from '../calling.ts';
import { type Claim, type PairResult, provePair } from '../expectations.ts';
import { type Flow, type FlowQuestion, flowOf } from '../flow.ts';
import type { Step, Trace, TranslationStep } from '../trace.ts';
import type { Station } from '../world.ts';
import type { Classes } from './classes.ts';
import type { MemberPair } from './pair-groups.ts';
import { CONSTANTS } from './sites.ts';

export class ClassVerdicts {
  readonly classes: Classes;
  readonly #claim: Claim;
  readonly #decided = new Map<string, PairResult | 'meets-others'>();

  constructor(classes: Classes, claim: Claim) {
    this.classes = classes;
    this.#claim = claim;
  }

  /** How many pairs the tracer had to decide. */
  get decided(): number {
    return this.#decided.size;
  }

  /** What becomes of the claim between the two; the families and flows are those of the pair that stands for the class. */
  of(from: Subject, to: Subject): PairResult | null {
    const { world } = this.classes.ground;
    const near = stationOf(world, from);
    const far = stationOf(world, to);
    return near === null || far === null || near === far ? null : this.between(near, from, far, to);
  }

  ofMembers([from, to]: MemberPair): PairResult {
    return this.between(from.station, from.subject, to.station, to.subject);
  }

  /** Whether each pair of the class of this one is decided by itself; known once one has been. */
  meetsOthers([from, to]: MemberPair): boolean {
    const key = this.classes.pairKey(from.station, to.station);
    return this.#decided.get(key) === 'meets-others';
  }

  between(near: Station, from: Subject, far: Station, to: Subject): PairResult {
    const key = this.classes.pairKey(near, far);
    const known = this.#decided.get(key);
    if (known !== undefined && known !== 'meets-others') return known;
    if (known === undefined) {
      const first = this.#prove(near, from, far, to);
      this.#decided.set(key, first.meetsOthers ? 'meets-others' : first.result);
      if (!first.meetsOthers) return first.result;
      this.#decided.set(`alone ${near.id} ${far.id}`, first.result);
      return first.result;
    }
    const own = `alone ${near.id} ${far.id}`;
    const decided = this.#decided.get(own);
    if (decided !== undefined) return decided as PairResult;
    const { result } = this.#prove(near, from, far, to);
    this.#decided.set(own, result);
    return result;
  }

  #prove(near: Station, from: Subject, far: Station, to: Subject) {
    const { world } = this.classes.ground;
    const company = new Company(this.classes, near, far);
    let meetsOthers = false;
    const observed = (question: FlowQuestion): Flow => {
      const flow = flowOf(world, question);
      meetsOthers ||= !company.holds(flow);
      return flow;
    };
    return { result: provePair(world, this.#claim, from, to, observed)!, meetsOthers };
  }
}

/** Whom a class knows: stations and their addresses. */
class Company {
  readonly #classes: Classes;
  readonly #stations: Set<Station>;
  readonly #points: Set<number>;

  constructor(classes: Classes, near: Station, far: Station) {
    const { ground } = classes;
    const units = [...classes.unitsOf(near), ...classes.unitsOf(far)];
    const { points, addressesOf } = ground;
    this.#classes = classes;
    this.#stations = new Set([
      ...ground.hubs,
      near,
      far,
      ...units.flatMap(({ leaf, site }) => (leaf === null ? site.core : [leaf])),
    ]);
    this.#points = new Set([
      ...units.flatMap((unit) => unit.points),
      ...ground.hubs.flatMap(({ id }) => addressesOf[id]!.map((address) => points.of(address))),
      ...CONSTANTS.map((address) => points.of(address)),
    ]);
  }

  holds({ best, worst }: Flow): boolean {
    const runs = best === worst ? [best] : [best, worst];
    return runs.every(({ packets }) => packets.every(({ trace }) => this.#holdsTrace(trace)));
  }

  #holdsTrace({ hops, error }: Trace): boolean {
    const isHeld = hops.every(
      ({ station, packet, steps }) =>
        this.#stations.has(station) &&
        this.#knows(packet.source) &&
        this.#knows(packet.destination) &&
        steps.every((step) => this.#holdsStep(station, step)),
    );
    // An error that the sender's own system told it has the hops of what it is about.
    return isHeld && (error === null || error.trace.hops === hops || this.#holdsTrace(error.trace));
  }

  #holdsStep(station: Station, step: Step): boolean {
    switch (step.kind) {
      case 'tunnel':
        return step.other === null || this.#stations.has(step.other);
      case 'neighbour':
        return step.answer === null || this.#stations.has(step.answer.station);
      case 'assumption':
        return this.#stations.has(step.station);
      case 'translation':
        return this.#knows(step.after) && (step.rule?.kind !== 'one-to-one' || this.#isOwnMapping(station, step));
      default:
        return true;
    }
  }

  /**
   * Whether a one-to-one translation is that of an address of the site to how the same is called elsewhere: that is in the
   * keys. What it makes of other addresses differs from pair to pair.
   */
  #isOwnMapping(station: Station, { before, after }: TranslationStep): boolean {
    const { siteOf, points, mentionedBy } = this.#classes.ground;
    const image = points.of(after);
    const owners = mentionedBy[points.of(before)] ?? [];
    return owners.some(
      (owner) =>
        siteOf[owner.id] === siteOf[station.id] &&
        this.#classes.unitsOf(owner).some((unit) => unit.points.includes(image)),
    );
  }

  #knows(address: Address | null): boolean {
    return address === null || this.#points.has(this.#classes.ground.points.of(address));
  }
}
