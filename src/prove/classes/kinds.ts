/**
 * Kinds: units that are alike, and alike to everybody else.
 *
 * Units of one key form a kind when their tables treat the addresses of all other sites alike, and when the tables of all
 * kinds treat theirs alike. Where a table of one of them differs at a few addresses, it is still of the kind, and apart
 * from the units that have these addresses: a machine that lacks a route, a LAN and who borrows from it.
 *
 * A kind is compared by a model of its tables, not member by member: what two of three members say of every address. So the
 * work grows with the entries of tables, and not with pairs.
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
/** A unit that differs from a model at the addresses of more units is of another kind. */
const APART_AT_MOST = 64;
/** Where tables differ more than this, they have no structure that would be worth it. */
const MODELS_OF_KEY_AT_MOST = 64;
const MODELS_AT_MOST = 1_000;

interface Model {
  readonly id: number;
  readonly members: Unit[];
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
    for (const { id } of unit.strangers) {
      const knowing = known.get(id);
      if (knowing === undefined) known.set(id, [unit]);
      else knowing.push(unit);
    }
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
  const list: Model[] = [];
  const begun = (unit: Unit): Model => {
    const model = { id: list.length, members: [unit], views: unit.views };
    list.push(model);
    return model;
  };
  for (const unit of units) {
    const key = keyOf[unit.id]!;
    const models = byKey.get(key) ?? [];
    byKey.set(key, models);
    const model = nearest(ground, unit, models, unitsAt);
    if (model !== null) {
      model.members.push(unit);
      continue;
    }
    if (models.length >= MODELS_OF_KEY_AT_MOST || list.length >= MODELS_AT_MOST) return null;
    models.push(begun(unit));
  }
  const of: Model[] = [];
  for (const model of [...list]) {
    model.views = usualViews(ground, model.members);
    for (const unit of model.members) {
      const differing = differingUnits(ground, unit, model.views, unitsAt, APART_AT_MOST, null);
      of[unit.id] = differing === null ? begun(unit) : model;
      for (const each of differing ?? []) part(unit, each);
    }
    if (list.length > MODELS_AT_MOST) return null;
  }
  return { of, list };
}

/** What most members see: of three of them what two say, of two what each says of the other. */
function usualViews(ground: Ground, members: readonly Unit[]): readonly StepFunction[] {
  const [first] = members as [Unit];
  const second = members[members.length >> 1]!;
  const last = members.at(-1)!;
  if (members.length === 1) return first.views;
  if (members.length === 2) {
    const own = pointsOf(ground, first.site);
    return first.views.map((view, i) => (view === last.views[i] ? view : view.patched(last.views[i]!, own)));
  }
  return first.views.map((view, i) => view.median(second.views[i]!, last.views[i]!, ground.points.count));
}

/** Of everybody in a site, sorted. */
function pointsOf({ addressesOf, points }: Ground, { core, leaves }: Site): number[] {
  const found = new Set<number>();
  for (const { id } of [...core, ...leaves]) for (const address of addressesOf[id]!) found.add(points.of(address));
  return [...found].sort((a, b) => a - b);
}

/** The model to which a unit is nearest, or null when it is near to none. */
function nearest(
  ground: Ground,
  unit: Unit,
  models: readonly Model[],
  unitsAt: readonly (readonly Unit[])[],
): Model | null {
  let best: Model | null = null;
  let least = APART_AT_MOST + 1;
  for (const model of models) {
    const [first] = model.members;
    const differing = differingUnits(ground, unit, model.views, unitsAt, least - 1, first!.site);
    if (differing === null) continue;
    best = model;
    least = differing.size;
    if (least === 0) break;
  }
  return best;
}

/** The units of other sites at whose addresses a unit differs from a model; null where they are more than `most`. */
function differingUnits(
  { points }: Ground,
  unit: Unit,
  views: readonly StepFunction[],
  unitsAt: readonly (readonly Unit[])[],
  most: number,
  except: Site | null,
): Set<Unit> | null {
  const found = new Set<Unit>();
  for (const [i, view] of unit.views.entries()) {
    view.differences(views[i]!, points.count, (first, end) => {
      for (let point = first; point < end && found.size <= most; point++) {
        // What it makes of its own site is in its key.
        for (const other of unitsAt[point]!) if (other.site !== unit.site && other.site !== except) found.add(other);
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
