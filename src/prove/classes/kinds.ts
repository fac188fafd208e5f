/**
 * Kinds: units that are alike, and alike to everybody else.
 *
 * Units of one key form a kind when their tables treat the addresses of all other sites alike, and when the tables of all
 * kinds treat theirs alike. Where a table of one of them differs at a few addresses, it is still of the kind, and apart
 * from the units that have these addresses: a machine that lacks a route, a LAN and who borrows from it.
 *
 * A kind is compared by a model of its tables, not member by member: it is the first member's, but for that member's own
 * addresses, where it is the second's. So the work grows with the entries of tables, and not with pairs.
 */

import { addressKey } from '../world/address-key.ts';
import { Codes } from './codes.ts';
import type { Ground, Site } from './sites.ts';
import type { StepFunction } from './step-function.ts';
import type { Unit, Units } from './units.ts';

export interface Kinds {
  /** By id of the unit. */
  readonly kindOf: readonly number[];
  /** The key of the unit with what it shares with many others; by id. */
  readonly keyOf: readonly number[];
  /** Units that the unit is apart from, by its id: their flows are not those of their kinds. Both ways. */
  readonly apart: readonly (ReadonlySet<Unit> | null)[];
}

/** An address that as many units have is a name of its own; with fewer, they are apart from each other. */
const MANY = 8;
/** A kind gets another model rather than a member that is apart from more units. */
const APART_AT_MOST = 256;
/** Members that differ from a model anywhere are given one of their own, as long as there are no more than these. */
const EXACT_MODELS = 4;
/** Where tables differ more than this, they have no structure that would be worth it. */
const MODELS_OF_KEY_AT_MOST = 64;
const MODELS_AT_MOST = 1_000;

interface Model {
  readonly id: number;
  readonly first: Unit;
  /** Until there is a second member. */
  isOfOne: boolean;
  views: readonly StepFunction[];
}

/** The kinds of `units`; null where they have too little in common. */
export function kindsOf(ground: Ground, { units, coreOf, unitOf }: Units): Kinds | null {
  const unitsAt = holders(ground, unitOf);
  const apart: (Set<Unit> | null)[] = units.map(() => null);
  const part = (a: Unit, b: Unit) => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = apart[one.id];
      if (known) known.add(other);
      else apart[one.id] = new Set([other]);
    }
  };
  const tags = namesOfMany(ground, units, unitOf, unitsAt, part);
  const codes = new Codes();
  const keyOf: number[] = [];
  for (const unit of units) {
    const core = unit.leaf === null ? '' : `${keyOf[coreOf.get(unit.site)!.id]}`;
    keyOf.push(codes.of([core, unit.key, ...(tags[unit.id] ?? [])].join('\n\n')));
  }
  const models = modelsOf(ground, units, keyOf, unitsAt, part);
  if (models === null) return null;
  const pointKinds = seenAlike(ground, models.list);
  const kindOf = units.map((unit) =>
    codes.of(`${models.of[unit.id]!.id}: ${unit.points.map((point) => pointKinds[point])}`),
  );
  return { kindOf, keyOf, apart };
}

/** The units whose addresses a point is among. */
function holders({ mentionedBy }: Ground, unitOf: Units['unitOf']): (readonly Unit[])[] {
  return mentionedBy.map((stations) => {
    const found = new Set<Unit>();
    for (const { id } of stations) {
      const unit = unitOf[id];
      if (unit) found.add(unit);
    }
    return [...found];
  });
}

/** Names for what many units have in common, by unit; those who share something with a few are parted. */
function namesOfMany(
  ground: Ground,
  units: readonly Unit[],
  unitOf: Units['unitOf'],
  unitsAt: readonly (readonly Unit[])[],
  part: (a: Unit, b: Unit) => void,
): (string[] | undefined)[] {
  const tags: (string[] | undefined)[] = [];
  const tag = (unit: Unit, text: string) => {
    const known = tags[unit.id];
    if (known) known.push(text);
    else tags[unit.id] = [text];
  };
  unitsAt.forEach((holding, point) => {
    if (holding.length < 2) return;
    if (holding.length > MANY) {
      for (const unit of holding)
        tag(unit, `address ${unit.points.indexOf(point)} is ${addressKey(ground.points.address(point))}`);
      return;
    }
    for (const [i, a] of holding.entries()) for (const b of holding.slice(i + 1)) part(a, b);
  });
  const known = new Map<number, Unit[]>();
  for (const unit of units) {
    for (const { id } of unit.strangers) known.set(id, [...(known.get(id) ?? []), unit]);
  }
  for (const [id, knowing] of known) {
    const stranger = unitOf[id]!;
    if (knowing.length > MANY) tag(stranger, `station ${id}`);
    for (const unit of knowing) {
      if (knowing.length > MANY) tag(unit, `knows station ${id}`);
      else part(unit, stranger);
    }
  }
  return tags;
}

function modelsOf(
  ground: Ground,
  units: readonly Unit[],
  keyOf: readonly number[],
  unitsAt: readonly (readonly Unit[])[],
  part: (a: Unit, b: Unit) => void,
): { readonly of: readonly Model[]; readonly list: readonly Model[] } | null {
  const byKey = new Map<number, Model[]>();
  const of: Model[] = [];
  const list: Model[] = [];
  for (const unit of units) {
    const key = keyOf[unit.id]!;
    const models = byKey.get(key) ?? [];
    byKey.set(key, models);
    const { model, differing } = nearest(ground, unit, models, unitsAt);
    if (model === null) {
      if (models.length >= MODELS_OF_KEY_AT_MOST || list.length >= MODELS_AT_MOST) return null;
      const own = { id: list.length, first: unit, isOfOne: true, views: unit.views };
      models.push(own);
      list.push(own);
      of.push(own);
      continue;
    }
    of.push(model);
    if (model.isOfOne) {
      const own = pointsOf(ground, model.first.site);
      model.views = model.views.map((view, i) => (view === unit.views[i] ? view : view.patched(unit.views[i]!, own)));
      model.isOfOne = false;
      // Where it shares addresses with others it may differ from what it was the model of.
      const others = differingUnits(ground, model.first, model, unitsAt, APART_AT_MOST);
      if (others === null) return null;
      for (const each of others) part(model.first, each);
    }
    for (const each of differing) part(unit, each);
  }
  return { of, list };
}

/** Of everybody in a site, sorted. */
function pointsOf({ addressesOf, points }: Ground, { core, leaves }: Site): number[] {
  const found = new Set<number>();
  for (const { id } of [...core, ...leaves]) for (const address of addressesOf[id]!) found.add(points.of(address));
  return [...found].sort((a, b) => a - b);
}

/** The model from which a unit differs least, with the units of other sites at whose addresses it does. */
function nearest(
  ground: Ground,
  unit: Unit,
  models: readonly Model[],
  unitsAt: readonly (readonly Unit[])[],
): { readonly model: Model | null; readonly differing: ReadonlySet<Unit> } {
  let best: { model: Model; differing: ReadonlySet<Unit> } | null = null;
  for (const model of models) {
    const most = best === null ? APART_AT_MOST : best.differing.size - 1;
    const differing = differingUnits(ground, unit, model, unitsAt, most);
    if (differing === null) continue;
    best = { model, differing };
    if (differing.size === 0) return best;
  }
  return best === null || models.length < EXACT_MODELS ? { model: null, differing: new Set() } : best;
}

/** Null where they are more than `most`. */
function differingUnits(
  { points }: Ground,
  unit: Unit,
  model: Model,
  unitsAt: readonly (readonly Unit[])[],
  most: number,
): Set<Unit> | null {
  const found = new Set<Unit>();
  for (const [i, view] of unit.views.entries()) {
    view.differences(model.views[i]!, points.count, (first, end) => {
      for (let point = first; point < end && found.size <= most; point++) {
        for (const other of unitsAt[point]!) {
          // What it makes of its own site is in its key; of the model's only member, in the model as soon as there are two.
          const isOfModel = model.isOfOne && other.site === model.first.site;
          if (other.site !== unit.site && !isOfModel) found.add(other);
        }
      }
    });
    if (found.size > most) return null;
  }
  return found;
}

/** Numbers of points: two have the same when every model's tables treat them alike. */
function seenAlike({ points }: Ground, models: readonly Model[]): Int32Array {
  const distinct: StepFunction[] = [];
  const known = new Set<string>();
  for (const view of new Set(models.flatMap(({ views }) => views))) {
    const text = `${view.starts}/${view.values}`;
    if (!known.has(text)) distinct.push(view);
    known.add(text);
  }
  const kinds = new Int32Array(points.count);
  for (const { starts, values } of distinct) {
    const refined = new Map<number, number>();
    for (let i = 0; i < starts.length; i++) {
      const end = Math.min(starts[i + 1] ?? points.count, points.count);
      for (let point = starts[i]!; point < end; point++) {
        const key = kinds[point]! * CODES_AT_MOST + values[i]! + 1;
        let kind = refined.get(key);
        if (kind === undefined) {
          kind = refined.size;
          refined.set(key, kind);
        }
        kinds[point] = kind;
      }
    }
  }
  return kinds;
}

/** More than there are points and values, and little enough for exact products. */
const CODES_AT_MOST = 2 ** 26;
