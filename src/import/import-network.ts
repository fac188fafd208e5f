/**
 * Files of any mix → one `Plan`, with everything that was said and everything that was not understood.
 *
 * Every file is read for itself by its format; then files are joined to machines, machines to each other by their public
 * keys, and to LANs by addresses. Nothing is decided about what works: that is for the proof.
 *
 * Keys: a private key becomes its public key while its line is read, a preshared key its hash; neither is kept.
 */

import { formatPrefix, type Prefix } from '../net/prefix.ts';
import type { Device, Fact, LanPlan, Plan } from '../plan/plan.ts';
import type {
  Diagnostic,
  End,
  FileKind,
  GivenFile,
  Imported,
  KeyFunctions,
  NotUnderstood,
  ReadFile,
} from './imported.ts';
import { assemble, observationsOf, ownersOf } from './machine/assemble.ts';
import { deviceOf } from './machine/device.ts';
import type { Draft } from './machine/draft.ts';
import { groupFiles } from './machine/group.ts';
import { type Observed, placeOfObserved } from './machine/observed.ts';
import { withPortForwards } from './machine/port-forwards.ts';
import { shownLans } from './machine/shown-lans.ts';
import type { Standing } from './machine/standing.ts';
import { type ReadFiles, readFiles } from './read-files.ts';
import { flowsOf, portForwardsOf } from './survey/flows.ts';
import { lanPlanOf, standingsOf } from './survey/lans.ts';
import type { Survey, SurveyMachine } from './survey/survey.ts';
import { type Complaints, complaints as newComplaints } from './text/complaints.ts';

/** `answers` are surveys besides the one among `files`: what they say wins, the later over the earlier. */
export function importNetwork(
  files: readonly GivenFile[],
  keys: KeyFunctions,
  answers: readonly GivenFile[] = [],
): Imported {
  const read = readFiles(files, keys, answers);
  const survey = read.survey;
  const known = read.files.filter((file): file is ReadFile & { kind: FileKind } => file.kind !== null);
  const machineOf = groupFiles(known, survey);
  const said = collector();
  for (const [path, own] of read.said) said.add(own, machineOf.get(path) ?? null);

  const { drafts, observed } = draftsOf(read, survey, machineOf, said);
  const complaints = newComplaints();
  const nameOfKey = ownersOf(drafts, complaints);
  const stated = survey ? standingsOf(survey) : new Map<string, Standing[]>();
  const shown = shownLans(drafts, observed, stated);
  const standings = new Map([...stated, ...shown.standings]);
  const built = drafts.map((draft) => {
    const own = newComplaints();
    const device = deviceOf(draft, standings.get(draft.name) ?? [], nameOfKey, own);
    said.add(own, draft.name);
    return device;
  });
  const names = new Set(drafts.map((each) => each.name));
  const surveyed = survey?.lans.map((lan) => lanPlanOf(survey, lan, (name) => names.has(name))) ?? [];
  const lans = [...surveyed, ...shown.lans];
  const endOf = endsOf(built, lans);
  const portForwards = survey ? portForwardsOf(survey, endOf, complaints) : [];
  const devices = withPortForwards(built, lans, portForwards);
  const questions = flowsOf(survey?.questions ?? [], endOf, complaints);
  const works = flowsOf(survey?.works ?? [], endOf, complaints);
  said.add(complaints, null);
  return {
    plan: planOf(devices, lans),
    questions,
    works,
    notes: survey?.notes ?? [],
    portForwards,
    observations: drafts.flatMap((draft) => observationsOf(draft, observed.get(draft.name) ?? [], nameOfKey)),
    files: read.files.map((file) => ({ ...file, machine: machineOf.get(file.path) ?? null })),
    notUnderstood: said.notUnderstood,
    diagnostics: said.diagnostics,
  };
}

interface Collector {
  readonly notUnderstood: NotUnderstood[];
  readonly diagnostics: Diagnostic[];
  add(complaints: Complaints, machine: string | null): void;
}

function collector(): Collector {
  const notUnderstood: NotUnderstood[] = [];
  const diagnostics: Diagnostic[] = [];
  return {
    notUnderstood,
    diagnostics,
    add(complaints, machine) {
      const said = complaints.said();
      for (const each of said.notUnderstood) notUnderstood.push({ ...each, machine });
      for (const each of said.diagnostics) diagnostics.push(each);
    },
  };
}

/** The machines, in the order of the survey, then of the files. */
function draftsOf(
  read: ReadFiles,
  survey: Survey | null,
  machineOf: ReadonlyMap<string, string>,
  said: Collector,
): { readonly drafts: readonly Draft[]; readonly observed: ReadonlyMap<string, readonly Observed[]> } {
  const observed = new Map<string, Observed[]>();
  const firstFile = new Map<string, string>();
  for (const [path, all] of read.observed) {
    const name = machineOf.get(path);
    if (name === undefined) continue;
    if (!firstFile.has(name)) firstFile.set(name, path);
    observed.set(name, [...(observed.get(name) ?? []), ...all]);
  }
  const stated = new Map(survey?.machines.map((machine) => [machine.name, machine]) ?? []);
  const roles = rolesIn(survey);
  const drafts: Draft[] = [];
  for (const name of new Set([...stated.keys(), ...observed.keys()])) {
    const machine = stated.get(name) ?? null;
    const own = observed.get(name) ?? [];
    if (machine && own.length === 0 && !isDevice(machine, roles)) continue;
    const first = own.map(placeOfObserved).find((place) => place !== null);
    const place = machine?.place ?? first ?? { file: firstFile.get(name) ?? name, line: 1, column: 1, endColumn: 2 };
    const complaints = newComplaints();
    drafts.push(assemble(name, place, machine, own, complaints));
    said.add(complaints, name);
  }
  return { drafts, observed };
}

/** Names in a survey that play a part, and names that stand on a LAN. */
function rolesIn(survey: Survey | null): {
  readonly parts: ReadonlySet<string>;
  readonly members: ReadonlySet<string>;
} {
  const gateways = survey?.lans.flatMap(({ defaultGateway }) => (defaultGateway ? [defaultGateway.value] : [])) ?? [];
  const boxes = survey?.portForwards.map(({ on }) => on.value) ?? [];
  const members = survey?.lans.flatMap((lan) => lan.members.map(({ name }) => name)) ?? [];
  return { parts: new Set([...gateways, ...boxes]), members: new Set(members) };
}

/** More than a name and what it runs is said of it, or it has a part to play; else it is a mere host of its LAN. */
function isDevice(machine: SurveyMachine, { parts, members }: ReturnType<typeof rolesIn>): boolean {
  const { name, place: _, platform: __, ...facts } = machine;
  return Object.values(facts).some((fact) => fact !== undefined) || parts.has(name) || !members.has(name);
}

function endsOf(devices: readonly Device[], lans: readonly LanPlan[]): (name: string) => End | null {
  const ends = new Map<string, End>();
  for (const lan of lans) ends.set(lan.name, { kind: 'lan', name: lan.name });
  for (const lan of lans) for (const host of lan.hosts) ends.set(host.name, { kind: 'host', name: host.name });
  for (const device of devices) ends.set(device.name, { kind: 'device', name: device.name });
  return (name) => ends.get(name) ?? null;
}

function planOf(devices: readonly Device[], lans: readonly LanPlan[]): Plan {
  const inside = new Map<string, Fact<Prefix>>();
  for (const device of devices) {
    for (const each of device.interfaces) {
      if (each.kind !== 'wireguard') continue;
      for (const fact of each.onLink ?? []) {
        const name = formatPrefix(fact.value);
        if (!inside.has(name)) inside.set(name, fact);
      }
    }
  }
  return { name: '', inside: [...inside.values()], devices, lans, given: [], carved: [], expectations: [] };
}
