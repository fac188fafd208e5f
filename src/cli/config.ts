/**
 * `config`: hands a machine its configuration, as text, QR code, picture or file; or everything for everybody.
 */

import { join, resolve } from 'node:path';
import {
  type Configuration,
  machineNames,
  prepareConfigurations,
  previewConfiguration,
  rememberConfigurations,
} from '../control/hand-out/configuration.ts';
import { configurationFileName, handOutFiles, README } from '../control/hand-out/everything.ts';
import { loadPlan } from '../control/load-plan.ts';
import type { NetworkPaths } from '../control/paths.ts';
import { ensureOwnFolder } from '../control/state-folder.ts';
import { nearestWord } from '../description/schema/nearest-word.ts';
import { quoted } from '../description/visible.ts';
import type { Plan } from '../plan/plan.ts';
import { FORMATS } from '../render/formats.ts';
import { type QrModules, qrModules, qrPng, qrSvg, qrTerminal } from '../render/qr.ts';
import type { Refusal } from '../render/refusal.ts';
import { tunnelFileName } from '../render/tunnel-name.ts';
import { listed } from './command-line/change.ts';
import { jsonDocument } from './command-line/json.ts';
import { Mistaken, Refused } from './command-line/outcome.ts';
import { refuseOthersFolder, refuseOwnPaths, writtenFile } from './destinations.ts';
import { sayNext, sayNotes } from './terminal/notes.ts';
import { showPrivately } from './terminal/private-screen.ts';
import { wrapped } from './terminal/width.ts';
import type { ExitCode, Invocation } from './verb.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { all, machine } = checkUsage(invocation);
  const paths = invocation.paths();
  if (all !== undefined) return await everything(invocation, paths, all);
  if (invocation.isJson && !handsOut(invocation)) return await preview(invocation, paths, machine);
  return await oneMachine(invocation, paths, machine);
}

function checkUsage(invocation: Invocation): { readonly all: string | undefined; readonly machine: string } {
  const { text, flag, positionals } = invocation;
  const all = text('all');
  const conflict = (a: string, b: string) =>
    new Refused('options-conflict', `Cannot use ${a} with ${b}`, ['run: wg-router config --help']);
  const machine = positionals[0];
  if (all !== undefined) {
    if (machine !== undefined) throw conflict('--all', `the machine ${quoted(machine)}`);
    for (const option of ['svg', 'png', 'output'])
      if (text(option) !== undefined) throw conflict('--all', `--${option}`);
    if (flag('qr')) throw conflict('--all', '--qr');
  } else if (machine === undefined) {
    throw new Refused('argument-missing', 'Cannot write a configuration: it is not said for which machine', [
      'usage: wg-router config MACHINE, or wg-router config --all DIR',
      'the machines: wg-router check',
    ]);
  }
  if (flag('qr') && invocation.isJson) throw conflict('--qr', '--json');
  const output = text('output');
  checkStandardOutput(invocation);
  if (flag('qr') && output !== undefined && output !== '-')
    throw conflict('--qr', '--output FILE: --svg and --png write pictures');
  const format = text('format');
  if (format !== undefined && !FORMATS.some((each) => each === format)) {
    throw new Refused('format-unknown', `Cannot write format ${quoted(format)}: it is not built`, [
      `formats: ${FORMATS.join(', ')}`,
    ]);
  }
  return { all, machine: machine ?? '' };
}

/** One thing at most goes there, and no picture onto a terminal or into a JSON document. */
function checkStandardOutput({ text, isJson, terminal }: Invocation): void {
  const there = ['svg', 'png', 'output'].filter((option) => text(option) === '-');
  if (there.length > 1) {
    throw new Refused('options-conflict', `Cannot write --${there[0]} and --${there[1]} both to standard output`);
  }
  const isPicture = there.length === 1 && there[0] !== 'output';
  if (!isPicture || (!isJson && !terminal.isInteractive)) return;
  throw new Refused(
    'options-conflict',
    `Cannot write a picture ${isJson ? 'into a JSON document' : 'onto a terminal'}`,
    [`name a file: --${there[0]} FILE`],
  );
}

/** Whether a configuration with its keys leaves this command. */
function handsOut({ text }: Invocation): boolean {
  return ['output', 'svg', 'png'].some((option) => text(option) !== undefined);
}

async function preview(invocation: Invocation, paths: NetworkPaths, machine: string): Promise<ExitCode> {
  const loaded = await loadPlan(paths, { write: false });
  if (loaded.plan === null) throw new Mistaken(loaded.diagnostics, loaded.text);
  const found = previewConfiguration(loaded.plan, machine);
  if ('refusals' in found) throw refused(found.refusals, loaded.plan, machine);
  invocation.terminal.print(
    jsonDocument({
      machine,
      format: 'wg-quick',
      fileName: tunnelFileName(loaded.plan),
      configuration: found.text,
      hasKeys: false,
      notes: loaded.notes,
    }),
  );
  return 0;
}

async function oneMachine(invocation: Invocation, paths: NetworkPaths, machine: string): Promise<ExitCode> {
  const { text, flag, terminal } = invocation;
  refuseOwnPaths(paths, [text('svg'), text('png'), text('output')]);
  const { configuration, plan, notes } = await prepared(paths, machine);
  const remember = () => rememberConfigurations(paths, plan, [machine]);
  const pictures = [text('svg'), text('png')].some((each) => each !== undefined);
  const modules = flag('qr') || pictures ? modulesOf(configuration) : null;

  const picture = (option: 'svg' | 'png') => (option === 'svg' ? qrSvg(modules!) : qrPng(modules!));
  const written = [
    ...writtenFile(text('svg'), () => picture('svg')),
    ...writtenFile(text('png'), () => picture('png')),
    ...writtenFile(text('output'), () => configuration.text),
  ];
  const pictureOut = (['svg', 'png'] as const).find((option) => text(option) === '-');
  const isPlain =
    text('output') === '-' || (written.length === 0 && pictureOut === undefined && !terminal.isInteractive);
  // Before it is seen: who has seen it may use it.
  await remember();
  if (invocation.isJson) {
    terminal.print(
      jsonDocument({
        ...documentOf(configuration, plan, isPlain),
        written,
        notes: [...notes, ...notesOf(configuration, paths)],
      }),
    );
    return 0;
  }
  if (pictureOut !== undefined) terminal.print(picture(pictureOut));
  else if (isPlain) terminal.print(flag('qr') ? qrTerminal(modules!, { colour: terminal.colour }) : configuration.text);
  else if (flag('qr')) await showCode(configuration, modules!);
  else if (written.length === 0) await showText(configuration);
  for (const path of written) terminal.print(`${terminal.paint('good', 'wrote')} ${path}\n`);
  sayNotes(terminal, [...notes, ...notesOf(configuration, paths)]);
  if (!isPlain && pictureOut === undefined) sayNext(terminal, [invocation.command('status')]);
  return 0;
}

async function everything(invocation: Invocation, paths: NetworkPaths, folder: string): Promise<ExitCode> {
  const { terminal } = invocation;
  refuseOwnPaths(paths, [folder]);
  const present = refuseOthersFolder(folder);
  const result = await prepareConfigurations(paths, 'all');
  if ('mistaken' in result) throw new Mistaken(result.mistaken.diagnostics, result.mistaken.text);
  if ('refusals' in result) throw refused(result.refusals, null, '');
  const { configurations, plan } = result;
  if (configurations.length === 0) {
    throw new Refused('no-machines', 'Cannot write configurations: no machine is described', [
      `run: ${invocation.command('add machine phone --platform android')}`,
    ]);
  }
  ensureOwnFolder(resolve(folder));
  const files = handOutFiles(plan, configurations);
  const written = files.flatMap(({ name, content }) => writtenFile(join(folder, name), () => content));
  await rememberConfigurations(paths, plan, machineNames(plan));
  const names = new Set(files.map(({ name }) => name));
  const left = present.filter((name) => name.endsWith('.conf') && !names.has(name));
  const notes = [
    ...result.notes,
    ...configurations.flatMap((each) => notesOf(each, paths)),
    ...(left.length > 0 ? [`left from before, and of no use any more: ${listed(left)}`] : []),
  ];
  if (invocation.isJson) {
    terminal.print(
      jsonDocument({ machines: configurations.map(({ machine }) => machine), folder: resolve(folder), written, notes }),
    );
    return 0;
  }
  terminal.print(`${terminal.paint('good', 'wrote')} ${written.length} files to ${folder}\n`);
  sayNotes(terminal, [...notes, 'the folder holds private keys: delete it when they have arrived']);
  terminal.say(`${terminal.paintAside('help', 'next:')} read ${join(folder, README)}\n`);
  return 0;
}

async function prepared(paths: NetworkPaths, machine: string) {
  const result = await prepareConfigurations(paths, [machine]);
  if ('mistaken' in result) throw new Mistaken(result.mistaken.diagnostics, result.mistaken.text);
  if ('refusals' in result) throw refused(result.refusals, (await loadPlan(paths, { write: false })).plan, machine);
  const { configurations, plan, notes } = result;
  return { configuration: configurations[0]!, plan, notes };
}

function refused(refusals: readonly Refusal[], plan: Plan | null, machine: string): Refused {
  const { code, message, help } = refusals[0]!;
  const near = code === 'device-unknown' && plan !== null ? nearestWord(machine, machineNames(plan)) : null;
  return new Refused(code, message, [
    ...(near === null ? [] : [`did you mean: ${near}`]),
    ...(code === 'device-unknown' ? ['the machines: wg-router check'] : help),
    ...refusals.slice(1).map((each) => each.message),
  ]);
}

function modulesOf({ machine, shortText, hasPlaceholder }: Configuration): QrModules {
  if (hasPlaceholder) {
    throw new Refused(
      'key-on-device',
      `Cannot make a QR code for "${machine}": its private key is on the machine, and a code cannot be completed there`,
      [
        `write a file, and complete it there: wg-router config ${machine} --output ${configurationFileName(machine)}`,
        `or take its \`public-key\` out of the network file, and let a key be made here`,
      ],
    );
  }
  const result = qrModules(shortText, machine);
  if ('modules' in result) return result.modules;
  throw new Refused(result.refusal.code, result.refusal.message, result.refusal.help);
}

function documentOf({ machine, text, hasPlaceholder }: Configuration, plan: Plan, isPlain: boolean) {
  return {
    machine,
    format: 'wg-quick',
    fileName: tunnelFileName(plan),
    ...(isPlain ? { configuration: text, hasKeys: !hasPlaceholder } : {}),
  };
}

function notesOf(configuration: Configuration, paths: NetworkPaths): string[] {
  const { machine, isNewKey, isNewPresharedKey, hasPlaceholder, notes } = configuration;
  return [
    ...notes,
    ...(isNewKey ? [`a private key was made for ${machine}, and is kept in ${paths.keys}`] : []),
    ...(hasPlaceholder
      ? [`the private key of ${machine} is on the machine: put it in the place of the placeholder there`]
      : []),
    ...(isNewPresharedKey && !isNewKey
      ? [`a preshared key was made for ${machine}: it is reached with this configuration only`]
      : []),
  ];
}

async function showCode({ machine, platform }: Configuration, modules: QrModules): Promise<void> {
  const width = modules.length;
  const height = Math.ceil(modules.length / 2);
  const code = qrTerminal(modules, { colour: true }).trimEnd().split('\n');
  const wasShown = await showPrivately((columns, rows) => {
    if (columns >= width && rows >= height) return { lines: code, isShown: true };
    return {
      isShown: false,
      lines: [
        `The QR code of ${machine} needs ${width} columns and ${height + 1} rows; this terminal has ${columns} and ${rows + 1}.`,
        '',
        'Make the window larger or its letters smaller: the code appears as soon as it fits.',
        `Or write a picture: wg-router config ${machine} --png ${machine}.png`,
      ].flatMap((line) => wrapped(line, columns)),
    };
  });
  if (wasShown) return;
  throw new Refused(
    'terminal-too-small',
    `Cannot show the QR code of ${machine}: it needs ${width} columns and ${height + 1} rows`,
    [
      'make the window larger, or its letters smaller',
      `or write a picture: --png ${machine}.png or --svg ${machine}.svg`,
      ...(platform === 'ios' || platform === 'android' ? [] : [`or a file: --output ${machine}.conf`]),
    ],
  );
}

async function showText({ text }: Configuration): Promise<void> {
  const lines = text.trimEnd().split('\n');
  await showPrivately((columns) => ({ lines: lines.flatMap((line) => wrapped(line, columns)), isShown: true }));
}
