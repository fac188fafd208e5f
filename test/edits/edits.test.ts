/**
 * Edits on random files: the edited file says what is meant, and every line that the edit does not concern is there as
 * it was. `RUNS=5000` tries more files, `SEED=` the same ones again.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { addHost, addLan, addMachine } from '../../src/description/edit/add.ts';
import { remove } from '../../src/description/edit/remove.ts';
import { rename } from '../../src/description/edit/rename.ts';
import type { EditResult } from '../../src/description/edit/request.ts';
import { setAddresses, setField, setPublicKey } from '../../src/description/edit/set.ts';
import { parseNetwork } from '../../src/description/parse.ts';
import { formatDiagnostics } from '../../src/description/print-diagnostics.ts';
import { fingerprint, type MapModel, type Model, mapOf, randomModel } from './model.ts';
import { type Random, seededRandom } from './random.ts';
import { randomFile, type WrittenFile, type WrittenLine } from './random-file.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });
const RUNS = { numRuns: Number(process.env.RUNS ?? 400) };

/** A random file of each size; fast-check prints the seed and shrinks the size. */
function forRandomFiles(check: (model: MapModel, file: WrittenFile, random: Random) => void): void {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.integer({ min: 1, max: 4 }), (seed, size) => {
      const random = seededRandom(seed);
      const model = randomModel(random, size);
      const file = randomFile(model, random);
      check(model, file, random);
    }),
    RUNS,
  );
}

function textOf(result: EditResult): string {
  if (result.text !== undefined) return result.text;
  return assert.fail(
    `refused:\n${formatDiagnostics(result.diagnostics, result.against, { colour: false })}\n${result.against}`,
  );
}

/** The edited text says what is meant, and every line outside of the touched paths is there as it was, in order. */
function assertEdited(file: WrittenFile, edited: string, meant: MapModel, touched: readonly string[]): void {
  assert.equal(fingerprint(parse(edited, { mapAsMap: true })), fingerprint(meant), edited);
  const { network, diagnostics } = parseNetwork(edited, 'edited.yaml', { allowUnsupported: true });
  assert.ok(network, formatDiagnostics(diagnostics, edited, { colour: false }));
  assert.equal(edited.startsWith('\ufeff'), file.text.startsWith('\ufeff'), 'byte order mark');
  // A blank line that has become the last one looks like a final line break.
  const last = file.lines.findLast((line) => !isTouched(line, touched));
  if (last?.text !== '') assert.equal(edited.endsWith('\n'), file.text.endsWith('\n'), 'final line break');
  const breaks = new Set(edited.match(/\r?\n/g));
  assert.ok(breaks.size <= 1, 'one kind of line break');
  const lines = edited.replace('\ufeff', '').split(/\r?\n/);
  let at = 0;
  for (const line of file.lines) {
    if (isTouched(line, touched)) continue;
    const found = lines.indexOf(line.text, at);
    assert.ok(
      found >= 0,
      `line is gone or changed: ${JSON.stringify(line)}\n--- before\n${file.text}\n--- after\n${edited}`,
    );
    at = found + 1;
  }
}

function isTouched(line: WrittenLine, touched: readonly string[]): boolean {
  const path = line.path.replace(/#$/, '');
  return touched.some((each) => isAtOrUnder(path, each) || (line.isWhole && isAtOrUnder(each, path)));
}

function isAtOrUnder(path: string, above: string): boolean {
  return above === '' || path === above || path.startsWith(`${above}/`);
}

test('random files are networks, and say what their model says', () => {
  forRandomFiles((model, file) => {
    const { network, diagnostics } = parseNetwork(file.text, 'random.yaml', { allowUnsupported: true });
    assert.ok(network, formatDiagnostics(diagnostics, file.text, { colour: false }) + file.text);
    assert.equal(fingerprint(parse(file.text, { mapAsMap: true })), fingerprint(model));
  });
});

test('adding a machine adds its lines, and removing it again gives the same bytes in block style', () => {
  forRandomFiles((model, file) => {
    const edited = textOf(
      addMachine(file.text, {
        name: 'new-one',
        platform: 'linux',
        address: ['10.66.0.99', 'fd4c:91b7:2ae0::99'],
        note: 'a: b',
      }),
    );
    const machine = new Map<string, Model>([
      ['platform', 'linux'],
      ['address', ['10.66.0.99', 'fd4c:91b7:2ae0::99']],
      ['note', 'a: b'],
    ]);
    const meant = withSection(model, 'machines', new Map([...mapOf(model, 'machines'), ['new-one', machine]]));
    assertEdited(file, edited, meant, ['machines/new-one']);
    assert.ok(addMachine(edited, { name: 'new-one' }).diagnostics?.some(({ code }) => code === 'name-taken'));

    const back = textOf(remove(edited, 'new-one'));
    const hadEntries = mapOf(model, 'machines').size > 0;
    if (hadEntries && file.lines.some(({ path, isWhole }) => path === 'machines' && !isWhole))
      assert.equal(back, file.text);
    else assert.equal(fingerprint(parse(back, { mapAsMap: true }).get('machines')), fingerprint(model.get('machines')));
  });
});

test('adding a LAN adds its lines and puts the machine that connects it there', () => {
  forRandomFiles((model, file, random) => {
    const machines = [...mapOf(model, 'machines').keys()];
    const via = machines.length > 0 ? random.pick(machines) : undefined;
    const lan = {
      name: 'new-lan',
      prefixes: ['10.99.0.0/24'],
      via,
      attach: 'static-route',
      defaultGateway: ['10.99.0.1'],
      ...(random.chance(0.5) && { defaultGatewayPlatform: 'fritzbox' }),
      ...(via && { lanAddress: ['10.99.0.5'] }),
    };
    const edited = textOf(addLan(file.text, lan));
    const described: MapModel = new Map<string, Model>([['prefixes', ['10.99.0.0/24']]]);
    if (via) described.set('via', via);
    described.set('attach', 'static-route');
    described.set(
      'default-gateway',
      lan.defaultGatewayPlatform
        ? new Map<string, Model>([
            ['address', ['10.99.0.1']],
            ['platform', 'fritzbox'],
          ])
        : ['10.99.0.1'],
    );
    const meant = withSection(model, 'lans', new Map([...mapOf(model, 'lans'), ['new-lan', described]]));
    if (via) {
      const machine: MapModel = new Map(mapOf(model, 'machines', via));
      const lans = listOf(machine.get('lan'));
      machine.set('lan', lans.length === 0 ? 'new-lan' : [...lans, 'new-lan']);
      machine.set('lan-address', [...listOf(machine.get('lan-address')), '10.99.0.5']);
      meant.set('machines', new Map([...mapOf(model, 'machines'), [via, machine]]));
    }
    assertEdited(file, edited, meant, [
      'lans/new-lan',
      ...(via ? [`machines/${via}/lan`, `machines/${via}/lan-address`] : []),
    ]);
  });
});

test('adding a host adds one line, or `hosts` and one line', () => {
  forRandomFiles((model, file, random) => {
    const lans = [...mapOf(model, 'lans').keys()];
    if (lans.length === 0) {
      assert.ok(addHost(file.text, { lan: 'lan-0', name: 'nas', addresses: ['10.0.0.50'] }).diagnostics);
      return;
    }
    const lan = random.pick(lans);
    const i = lans.indexOf(lan);
    const edited = textOf(addHost(file.text, { lan, name: 'nas', addresses: [`10.${i}.0.50`] }));
    const hosts = new Map([...mapOf(model, 'lans', lan, 'hosts'), ['nas', [`10.${i}.0.50`]]]);
    const described = withSection(mapOf(model, 'lans', lan), 'hosts', hosts);
    assertEdited(file, edited, withSection(model, 'lans', new Map([...mapOf(model, 'lans'), [lan, described]])), [
      `lans/${lan}/hosts/nas`,
    ]);
    if (lans.length > 0 && !mapOf(model, 'lans', lan).has('hosts'))
      assert.equal(textOf(remove(edited, 'nas')).includes('nas'), false);
  });
});

test('renaming changes the name wherever it is meant, and back gives the same bytes', () => {
  forRandomFiles((model, file, random) => {
    const name = random.pick(allNames(model));
    const edited = textOf(rename(file.text, name, 'other-name'));
    const { meant, touched } = renamedModel(model, name, 'other-name');
    assertEdited(file, edited, meant, touched);
    assert.equal(textOf(rename(edited, 'other-name', name)), file.text);
    const taken = allNames(model).find((each) => each !== name);
    if (taken) assert.ok(rename(file.text, name, taken).diagnostics?.some(({ code }) => code === 'name-taken'));
  });
});

test('removing takes away what refers to the name, and refuses where something hangs on it', () => {
  forRandomFiles((model, file, random) => {
    const name = random.pick(allNames(model));
    const result = remove(file.text, name);
    const hanging = name === 'cloud' || usedAlone(model, name);
    if (hanging) {
      assert.ok(
        result.diagnostics?.some(({ code }) => code === 'still-used'),
        `${name}\n${file.text}`,
      );
      return;
    }
    const { meant, touched } = removedModel(model, name);
    assertEdited(file, textOf(result), meant, touched);
    assert.ok(remove(textOf(result), name).diagnostics?.some(({ code }) => code === 'unknown-name'));
  });
});

test('setting addresses and keys changes their lines alone, and a second time nothing', () => {
  forRandomFiles((model, file, random) => {
    const key = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';
    const machines = random.some([...mapOf(model, 'machines').keys()], 0.6);
    const devices = [
      { name: 'cloud', kind: 'router' as const, addresses: ['10.66.0.1', 'fd4c:91b7:2ae0::1'] },
      ...machines.map((name, i) => ({
        name,
        kind: 'machine' as const,
        addresses: [`10.66.0.${i + 50}`, `fd4c:91b7:2ae0::${i + 50}`],
      })),
    ];
    const edited = textOf(setAddresses(file.text, devices));
    const meant = new Map(model);
    meant.set(
      'routers',
      new Map([['cloud', new Map([...mapOf(model, 'routers', 'cloud'), ['address', devices[0]!.addresses]])]]),
    );
    const changed = new Map(mapOf(model, 'machines'));
    for (const { name, addresses } of devices.slice(1))
      changed.set(name, new Map([...mapOf(model, 'machines', name), ['address', addresses]]));
    if (machines.length > 0) meant.set('machines', changed);
    assertEdited(file, edited, meant, ['routers/cloud/address', ...machines.map((name) => `machines/${name}/address`)]);
    assert.equal(textOf(setAddresses(edited, devices)), edited);
    const keyed = textOf(setPublicKey(edited, 'cloud', key));
    assert.equal(textOf(setPublicKey(keyed, 'cloud', key)), keyed);
    assert.equal(
      parseNetwork(keyed, 'keyed.yaml', { allowUnsupported: true }).network?.routers[0]?.publicKey !== undefined,
      true,
    );
  });
});

test('a field that is set and taken away again leaves the file as it was, or the words that were there', () => {
  forRandomFiles((model, file, random) => {
    const machines = [...mapOf(model, 'machines').keys()];
    if (machines.length === 0) return;
    const name = random.pick(machines);
    const subject = { kind: 'machine', name } as const;
    const set = textOf(setField(file.text, subject, 'mtu', '1420'));
    const machine = new Map([...mapOf(model, 'machines', name), ['mtu', '1420'] as const]);
    assertEdited(file, set, withSection(model, 'machines', new Map([...mapOf(model, 'machines'), [name, machine]])), [
      `machines/${name}/mtu`,
    ]);
    const back = textOf(setField(set, subject, 'mtu', null));
    assert.equal(fingerprint(parse(back, { mapAsMap: true })), fingerprint(model));
    assert.equal(textOf(setField(back, subject, 'mtu', null)), back);
  });
});

function withSection(model: MapModel, section: string, value: MapModel): MapModel {
  const changed = new Map(model);
  if (changed.has(section)) return changed.set(section, value);
  // Sections that come later stay behind it.
  const order = ['name', 'ula', 'inside', 'routers', 'machines', 'lans', 'groups', 'access', 'expect', 'dns'];
  const before = order.includes(section) ? order.slice(0, order.indexOf(section)) : [...model.keys()];
  const entries = [...changed];
  const at = entries.findLastIndex(([word]) => before.includes(word)) + 1;
  return new Map([...entries.slice(0, at), [section, value], ...entries.slice(at)]);
}

function listOf(value: Model | undefined): Model[] {
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
}

function allNames(model: MapModel): string[] {
  const hosts = [...mapOf(model, 'lans').keys()].flatMap((lan) => [...mapOf(model, 'lans', lan, 'hosts').keys()]);
  return ['routers', 'machines', 'lans', 'groups']
    .flatMap((section) => [...mapOf(model, section).keys()])
    .concat(hosts);
}

/** Whether a `via` or `internet` that stays is this name. */
function usedAlone(model: MapModel, name: string): boolean {
  const vias = [...mapOf(model, 'lans').keys()].map((lan) => mapOf(model, 'lans', lan).get('via'));
  const exits = [...mapOf(model, 'machines')]
    .filter(([machine]) => machine !== name)
    .map(([machine]) => mapOf(model, 'machines', machine).get('internet'));
  return vias.includes(name) || exits.includes(name);
}

function renamedModel(model: MapModel, from: string, to: string): { meant: MapModel; touched: string[] } {
  const touched: string[] = [];
  const renameIn = (value: Model, path: string, parent: string): Model => {
    if (value instanceof Map)
      return new Map(
        [...value].map(([word, each]) => {
          const isName = ['routers', 'machines', 'lans', 'groups', 'hosts', 'lend'].includes(parent) && word === from;
          const inner = path === '' ? word : `${path}/${word}`;
          const changed = renameIn(each, inner, path === '' || ['hosts', 'lend'].includes(word) ? word : '');
          // The key's line alone is touched, and what is written on it.
          if (isName) touched.push(`${inner}`);
          return [isName ? to : word, changed];
        }),
      );
    const word = path.split('/').at(-1)!;
    const inList = path.split('/').at(-2)!;
    if (Array.isArray(value)) return value.map((each, i) => renameIn(each, `${path}/${i}`, ''));
    if (typeof value !== 'string') return value;
    const words = path.startsWith('expect/') ? value.split(' ') : [];
    const changed =
      words.length > 0
        ? words.map((each) => (each === from ? to : each)).join(' ')
        : ['lan', 'via', 'internet', 'from', 'to'].includes(word) ||
            ['lan', 'routes'].includes(inList) ||
            path.startsWith('groups/')
          ? value === from
            ? to
            : value
          : value;
    if (changed !== value) touched.push(path);
    return changed;
  };
  return { meant: renameIn(model, '', '') as MapModel, touched };
}

function removedModel(model: MapModel, name: string): { meant: MapModel; touched: string[] } {
  const touched: string[] = [];
  const gone = new Set([name, ...mapOf(model, 'lans', name, 'hosts').keys()]);
  const meant = structuredClone(model);
  const isLan = mapOf(model, 'lans').has(name);
  const without = (list: Model[], path: string, goes: (each: Model) => boolean): Model[] => {
    for (const [i, each] of list.entries()) if (goes(each)) touched.push(`${path}/${i}`);
    if (list.some(goes)) touched.push(...(list.every(goes) ? [path] : []));
    return list.filter((each) => !goes(each));
  };
  for (const section of ['routers', 'machines', 'lans', 'groups'])
    if (mapOf(meant, section).delete(name)) touched.push(`${section}/${name}`);
  for (const lan of mapOf(meant, 'lans').keys()) {
    if (mapOf(meant, 'lans', lan, 'hosts').delete(name)) touched.push(`lans/${lan}/hosts/${name}`);
    if (mapOf(meant, 'lans', lan, 'lend').delete(name)) touched.push(`lans/${lan}/lend/${name}`);
  }
  for (const [group, members] of mapOf(meant, 'groups'))
    mapOf(meant, 'groups').set(
      group,
      without(members as Model[], `groups/${group}`, (each) => gone.has(each as string)),
    );
  for (const machine of mapOf(meant, 'machines').keys()) {
    const fields = mapOf(meant, 'machines', machine);
    const path = `machines/${machine}`;
    if (fields.has('routes'))
      fields.set(
        'routes',
        without(fields.get('routes') as Model[], `${path}/routes`, (each) => gone.has(each as string)),
      );
    if (!isLan || !listOf(fields.get('lan')).includes(name)) continue;
    const i = [...mapOf(model, 'lans').keys()].indexOf(name);
    const lans = without(listOf(fields.get('lan')), `${path}/lan`, (each) => each === name);
    const addresses = without(listOf(fields.get('lan-address')), `${path}/lan-address`, (each) =>
      (each as string).startsWith(`10.${i}.`),
    );
    if (lans.length === 0) touched.push(path);
    if (lans.length === 0) fields.delete('lan');
    else if (fields.get('lan') !== name) fields.set('lan', lans);
    if (addresses.length === 0 || lans.length === 0) fields.delete('lan-address');
    else fields.set('lan-address', addresses);
  }
  const rules = meant.get('access');
  if (Array.isArray(rules))
    meant.set(
      'access',
      without(
        rules,
        'access',
        (rule) =>
          gone.has((rule as MapModel).get('from') as string) || gone.has((rule as MapModel).get('to') as string),
      ),
    );
  const sentences = meant.get('expect');
  if (Array.isArray(sentences)) {
    const kept = without(sentences, 'expect', (each) =>
      [(each as string).split(' ')[0], (each as string).replace(' does not reach ', ' reaches ').split(' ')[2]].some(
        (word) => gone.has(word!),
      ),
    );
    if (kept.length === 0) meant.delete('expect');
    else meant.set('expect', kept);
  }
  return { meant, touched };
}
