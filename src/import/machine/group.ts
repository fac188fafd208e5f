/**
 * Which file belongs to which machine: by what a survey says, by folders, by the names of files.
 *
 *   survey.yaml                      the folder of the network
 *   hub.conf  hub.iptables-save      a machine per stem …
 *   gw/wg0.conf  gw/ip-addr.json     … or per folder
 *
 * Without a survey the folder that all files share is that of the network.
 */

import type { FileKind } from '../imported.ts';
import type { Survey } from '../survey/survey.ts';

export interface GroupedFile {
  readonly path: string;
  readonly kind: FileKind;
}

/** Stems that are names of interfaces, not of machines. */
const INTERFACE_NAME = /^(wg|utun|tun)-?\d*$/;

/** The machine of every file, by path; files of a survey itself are left out. */
export function groupFiles(files: readonly GroupedFile[], survey: Survey | null): Map<string, string> {
  const surveyFile = survey?.file ?? null;
  const root = surveyFile !== null ? folderOf(surveyFile) : commonFolder(files.map(({ path }) => path));
  const byFile = new Map(
    survey?.machines.flatMap(({ name, config }) => (config ? [[config.value, name] as const] : [])),
  );
  const machineOf = new Map<string, string>();
  const inRoot: GroupedFile[] = [];
  for (const file of files) {
    if (file.kind === 'survey-yaml') continue;
    const relative = relativeTo(root, file.path);
    const stated = byFile.get(relative);
    const slash = relative.indexOf('/');
    if (stated !== undefined) machineOf.set(file.path, stated);
    else if (slash > 0) machineOf.set(file.path, relative.slice(0, slash));
    else inRoot.push(file);
  }
  const stems = inRoot.filter(isConfiguration).map(({ path }) => stemOf(path));
  const areInterfaces = stems.length > 0 && stems.every((stem) => INTERFACE_NAME.test(stem));
  // One machine's own folder was given, as /etc/wireguard with what commands printed.
  const folder = root.slice(root.lastIndexOf('/') + 1);
  const alone =
    surveyFile === null && areInterfaces && (stems.length === 1 || inRoot.length > stems.length) && folder !== ''
      ? folder
      : null;
  const names = new Set([...(survey?.machines.map(({ name }) => name) ?? []), ...stems]);
  for (const file of inRoot) {
    const base = file.path.slice(file.path.lastIndexOf('/') + 1);
    const named = namedAfter(base, names);
    machineOf.set(
      file.path,
      alone ?? named ?? (isConfiguration(file) ? stemOf(file.path) : strangerOf(file, stems, folder)),
    );
  }
  return machineOf;
}

/** The longest name that the file's name is, or begins with before a `.`, `-` or `_`. */
function namedAfter(base: string, names: ReadonlySet<string>): string | undefined {
  for (let end = base.length; end > 0; end--) {
    if ((end === base.length || '._-'.includes(base[end]!)) && names.has(base.slice(0, end))) return base.slice(0, end);
  }
  return undefined;
}

/** The machine of what a command printed, when the file is not named after one. */
function strangerOf(file: GroupedFile, stems: readonly string[], folder: string): string {
  if (file.kind === 'survey') return stemOf(file.path);
  if (stems.length === 1) return stems[0]!;
  return stems.length === 0 && folder !== '' ? folder : stemOf(file.path);
}

function isConfiguration({ kind }: GroupedFile): boolean {
  return kind === 'wg-quick';
}

export function stemOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const dot = base.indexOf('.');
  return dot > 0 ? base.slice(0, dot) : base;
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function relativeTo(root: string, path: string): string {
  return root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

function commonFolder(paths: readonly string[]): string {
  const [first, ...rest] = paths.map((path) => folderOf(path).split('/'));
  if (!first) return '';
  let length = first.length;
  for (const parts of rest) {
    let same = 0;
    while (same < length && parts[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length).join('/');
}
