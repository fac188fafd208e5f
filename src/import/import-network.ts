/**
 * Files of any mix → one `Plan`, with everything that was said and everything that was not understood.
 *
 * Every file is read for itself by its format; then files are joined to machines, machines to each other by their public
 * keys, and to LANs by addresses. Nothing is decided about what works: that is for the proof.
 *
 * Keys: a private key becomes its public key while its line is read, a preshared key its hash; neither is kept.
 */

import { formatKey } from '../net/key.ts';
import type { Prefix } from '../net/prefix.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Device, Fact, LanPlan, Plan } from '../plan/plan.ts';
import { recognise } from './formats/recognise.ts';
import { readWgQuick, type WgConfiguration } from './formats/wg-quick.ts';
import type {
  Diagnostic,
  End,
  FileKind,
  GivenFile,
  Imported,
  KeyFunctions,
  NotUnderstood,
  Place,
  ReadFile,
} from './imported.ts';
import { deviceOf } from './machine/device.ts';
import { type Draft, emptyDraft } from './machine/draft.ts';
import { addSurvey } from './machine/from-survey.ts';
import { groupFiles, stemOf } from './machine/group.ts';
import type { Standing } from './machine/standing.ts';
import { tunnelName } from './machine/tunnel-name.ts';
import { flowsOf, portForwardsOf } from './survey/flows.ts';
import { lanPlanOf, standingsOf } from './survey/lans.ts';
import { readSurvey } from './survey/read-survey.ts';
import type { Survey, SurveyMachine } from './survey/survey.ts';
import { type Complaints, complaints as newComplaints } from './text/complaints.ts';
import { quote } from './text/quote.ts';

/** Characters of one file that are read; a router with 10,000 peers has 2 million. */
const FILE_CHARACTERS_AT_MOST = 8 * 1024 * 1024;

/** Characters of all files. */
const CHARACTERS_AT_MOST = 64 * 1024 * 1024;

const FILES_AT_MOST = 50_000;

export function importNetwork(files: readonly GivenFile[], keys: KeyFunctions): Imported {
  const read = readFiles(files, keys);
  const survey = read.surveys[0] ?? null;
  const known = read.files.filter((file): file is ReadFile & { kind: FileKind } => file.kind !== null);
  const machineOf = groupFiles(known, survey);
  const drafts = draftsOf(read, survey, machineOf);
  const complaints = newComplaints();
  const owners = new Map<string, string>();
  for (const draft of drafts) {
    for (const { configuration } of draft.tunnels) {
      if (!configuration.publicKey) continue;
      const key = formatKey(configuration.publicKey.value);
      if (!owners.has(key)) owners.set(key, draft.name);
    }
  }
  const nameOfKey = (key: Uint8Array) => owners.get(formatKey(key)) ?? '';
  const standings = survey ? standingsOf(survey) : new Map<string, Standing[]>();
  const unread: NotUnderstood[] = [];
  const diagnostics: Diagnostic[] = [];
  const collect = (said: ReturnType<Complaints['said']>, machine: string | null) => {
    unread.push(...said.notUnderstood.map((each) => ({ ...each, machine })));
    diagnostics.push(...said.diagnostics);
  };
  for (const [path, said] of read.said) collect(said.said(), machineOf.get(path) ?? null);
  const devices = drafts.map((draft) => {
    const own = newComplaints();
    const device = deviceOf(draft, standings.get(draft.name) ?? [], nameOfKey, own);
    collect(own.said(), draft.name);
    return device;
  });
  const names = new Set(drafts.map((each) => each.name));
  const lans = survey?.lans.map((lan) => lanPlanOf(survey, lan, (name) => names.has(name))) ?? [];
  const endOf = endsOf(devices, lans);
  const questions = flowsOf(survey?.questions ?? [], endOf, complaints);
  const works = flowsOf(survey?.works ?? [], endOf, complaints);
  const portForwards = survey ? portForwardsOf(survey, endOf, complaints) : [];
  collect(complaints.said(), null);
  return {
    plan: planOf(devices, lans),
    questions,
    works,
    notes: survey?.notes ?? [],
    portForwards,
    observations: [],
    files: read.files.map((file) => ({ ...file, machine: machineOf.get(file.path) ?? null })),
    notUnderstood: unread,
    diagnostics,
  };
}

interface ReadFiles {
  readonly files: ReadFile[];
  readonly configurations: Map<string, WgConfiguration>;
  readonly surveys: Survey[];
  readonly said: Map<string, Complaints>;
}

function readFiles(files: readonly GivenFile[], keys: KeyFunctions): ReadFiles {
  const read: ReadFiles = { files: [], configurations: new Map(), surveys: [], said: new Map() };
  let characters = 0;
  for (const [i, file] of files.entries()) {
    const complaints = newComplaints();
    read.said.set(file.path, complaints);
    characters += file.text.length;
    const whole: Place = { file: file.path, line: 1, column: 1, endColumn: 2 };
    if (file.text.length > FILE_CHARACTERS_AT_MOST || characters > CHARACTERS_AT_MOST || i >= FILES_AT_MOST) {
      const size = `${file.text.length} characters, after ${characters - file.text.length} in ${i} other files`;
      complaints.mistake('file-too-large', whole, `Cannot read this file: it has ${size}`);
      read.files.push({ path: file.path, kind: null, machine: null });
      continue;
    }
    const kind = recognise(file);
    read.files.push({ path: file.path, kind, machine: null });
    if (kind === null) {
      complaints.warning('file-not-recognised', whole, 'Cannot tell what this file is, so nothing of it was read');
      continue;
    }
    readFile(read, file, kind, keys, complaints);
  }
  return read;
}

function readFile(read: ReadFiles, file: GivenFile, kind: FileKind, keys: KeyFunctions, complaints: Complaints): void {
  const part = { file: file.path, text: file.text, firstLine: 1 };
  switch (kind) {
    case 'wg-quick':
    case 'wg-showconf':
      read.configurations.set(file.path, readWgQuick(part, keys, complaints));
      return;
    case 'survey-yaml': {
      const survey = readSurvey(file.path, file.text, complaints);
      if (survey && read.surveys.length > 0) {
        complaints.mistake(
          'machine-twice',
          survey.place,
          'Cannot use a second survey: one file holds all of a network',
          {
            notes: [{ place: read.surveys[0]!.place, message: 'the first is this' }],
          },
        );
      } else if (survey) read.surveys.push(survey);
      return;
    }
  }
}

const CHANGED_BY_HOOKS = ['forward-filter', 'input-filter', 'translations', 'routes'] as const;

/** The machines, in the order of the survey, then of the files. */
function draftsOf(read: ReadFiles, survey: Survey | null, machineOf: ReadonlyMap<string, string>): Draft[] {
  const drafts = new Map<string, Draft>();
  const needed = new Set([
    ...machineOf.values(),
    ...(survey?.lans.flatMap(({ defaultGateway }) => (defaultGateway ? [defaultGateway.value] : [])) ?? []),
    ...(survey?.portForwards.map(({ on }) => on.value) ?? []),
  ]);
  const members = new Set(survey?.lans.flatMap((lan) => lan.members.map(({ name }) => name)) ?? []);
  for (const machine of survey?.machines ?? []) {
    if (!needed.has(machine.name) && members.has(machine.name) && !saysAnything(machine)) continue;
    const draft = emptyDraft(machine.name, machine.place, machine);
    addSurvey(draft, machine);
    drafts.set(machine.name, draft);
  }
  for (const [path, configuration] of read.configurations) {
    const name = machineOf.get(path)!;
    const draft = drafts.get(name) ?? emptyDraft(name, configuration.place, null);
    drafts.set(name, draft);
    const stem = stemOf(path);
    const id = tunnelName(draft, configuration, stem === name ? null : stem);
    draft.interfaces.delete(id);
    draft.tunnels.push({ id, configuration, isWgQuick: true, addresses: [] });
    for (const { when, place, text } of configuration.hooks) {
      if (!when.endsWith('up')) continue;
      read.said.get(path)?.notUnderstood(place, `cannot follow the hook ${quote(text)}`, CHANGED_BY_HOOKS);
    }
  }
  return [...drafts.values()];
}

/** More than its name and what it runs: then it is a device, and no mere host of its LAN. */
function saysAnything(machine: SurveyMachine): boolean {
  const { name: _, place: __, platform: ___, ...facts } = machine;
  return Object.values(facts).some((fact) => fact !== undefined);
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
