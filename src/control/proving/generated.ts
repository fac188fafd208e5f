/**
 * What would be generated where by one plan and not by another: configurations of machines, and what default gateways of
 * LANs need. Pure, and run in the worker: it writes every configuration twice.
 */

import type { Device, LanPlan, Plan } from '../../plan/plan.ts';
import { formatFor } from '../../render/formats.ts';
import { renderGateway } from '../../render/gateway/gateway.ts';
import { internetNotes } from '../../render/internet-notes.ts';
import { tunnelFileName } from '../../render/tunnel-name.ts';
import { renderWgQuick } from '../../render/wg-quick.ts';
import type { GeneratedShape } from '../http/shape/preview.ts';

/** Characters of all configurations in one answer. */
const CHARACTERS_AT_MOST = 4 * 1024 * 1024;

type Generated = Omit<GeneratedShape, 'hash'>;

/** What `now` generates otherwise than `before`; null stands for a file that cannot be planned: all of it is new then. */
export function generatedBy(before: Plan | null, now: Plan): Generated {
  const old = new Map((before === null ? [] : machinesOf(before)).map((device) => [device.name, device]));
  const differing = machinesOf(now)
    .map((device) => machineView(device, now, old.has(device.name) ? before : null))
    .filter(({ isNew, text, textBefore }) => isNew || text !== textBefore)
    .toSorted((a, b) => Number(b.isNew) - Number(a.isNew) || Number(a.isCommentOnly) - Number(b.isCommentOnly));
  const shown = fitting(differing);
  const names = new Set(machinesOf(now).map(({ name }) => name));
  const lans = new Set(now.lans.map(({ name }) => name));
  return {
    machines: shown,
    moreMachines: differing.slice(shown.length).map(({ machine }) => machine),
    removedMachines: [...old.keys()].filter((name) => !names.has(name)),
    lans: now.lans.flatMap((lan) => lanView(lan, now, before)),
    removedLans: (before?.lans ?? []).filter(({ name }) => !lans.has(name)).map(({ name }) => name),
  };
}

type MachineView = Generated['machines'][number];

function machinesOf({ devices }: Plan): readonly Device[] {
  return devices.filter(({ kind }) => kind === 'machine');
}

function machineView(device: Device, now: Plan, before: Plan | null): MachineView {
  const { name } = device;
  const rendered = renderWgQuick(now, name);
  const text = 'text' in rendered ? rendered.text : null;
  const textBefore = before && textOf(before, name, true);
  const { format, note } = formatFor(device.platform.value);
  return {
    machine: name,
    format,
    fileName: tunnelFileName(now),
    isNew: before === null,
    isCommentOnly: before !== null && textOf(now, name, false) === textOf(before, name, false),
    text,
    textBefore,
    notes:
      'refusals' in rendered
        ? rendered.refusals.map(({ message }) => message)
        : [...(note === null ? [] : [note]), ...internetNotes(device)],
  };
}

/** Null where the format cannot say it. */
function textOf(plan: Plan, machine: string, comments: boolean): string | null {
  const rendered = renderWgQuick(plan, machine, { comments });
  return 'text' in rendered ? rendered.text : null;
}

/** As many of the first as an answer holds. */
function fitting(views: readonly MachineView[]): MachineView[] {
  let characters = 0;
  return views.filter(({ text, textBefore }) => {
    characters += (text?.length ?? 0) + (textBefore?.length ?? 0);
    return characters <= CHARACTERS_AT_MOST;
  });
}

/** Nothing for a LAN whose default gateway needs what it needed before. */
function lanView(lan: LanPlan, now: Plan, before: Plan | null): Generated['lans'] {
  const old = before?.lans.find(({ name }) => name === lan.name);
  const { files, notes } = instructionsOf(lan, now);
  const isNew = old === undefined;
  const isSame = !isNew && JSON.stringify(instructionsOf(old, before!)) === JSON.stringify({ files, notes });
  return isSame ? [] : [{ lan: lan.name, isNew, files, notes }];
}

/** What a LAN's default gateway needs, and the ways around it. */
export function instructionsOf(lan: LanPlan, plan: Plan) {
  const { files, refusals } = renderGateway(plan, lan);
  return {
    files: files.map(({ name, about, text }) => ({ name, about, text })),
    notes: refusals.map(({ message }) => message),
  };
}
