/**
 * How long it takes to prove who reaches whom, all to all and both ways, and how that grows: networks of 100, 1,000 and
 * 10,000 machines with a tenth as many LANs, joined in every way there is. Planning is not counted; the world is.
 */

import { parseNetwork } from '../src/description/parse.ts';
import type { Plan } from '../src/plan/plan.ts';
import { planNetwork } from '../src/plan/plan-network.ts';
import { matrixOfClasses } from '../src/prove/classes/class-matrix.ts';
import { classesOf } from '../src/prove/classes/classes.ts';
import { everyoneOf } from '../src/prove/matrix/group-names.ts';
import { worldOf } from '../src/prove/world.ts';

const SIZES = (process.argv[2] ?? '100,1000,10000').split(',').map(Number);
const ROUNDS = Number(process.env.ROUNDS ?? 3);

const ATTACHES = ['default-gateway', 'static-route', 'masquerade', 'proxy', 'static-route'];
const FIREWALLS = ['exempt', 'none', 'established', 'lan-to-wan-only'];

console.log(
  '| machines | LANs | pairs | run | world, CPU ms | classes, CPU ms | matrix, CPU ms | CPU ms | wall ms | CPU µs per machine and LAN | groups | heap, MB | resident, MB |',
);
console.log(`|${'---|'.repeat(13)}`);
for (const size of SIZES) {
  const plan = planOf(size);
  const subjects = everyoneOf(plan).length;
  for (let round = 1; round <= ROUNDS; round++) {
    const { parts, cpu, wall, groups, heap } = measure(plan);
    const row = [
      size,
      size / 10,
      subjects * (subjects - 1),
      round,
      ...parts.map((part) => part.cpu.toFixed(0)),
      cpu.toFixed(0),
      wall.toFixed(0),
      ((cpu * 1000) / (size * 1.1)).toFixed(0),
      groups,
      heap.toFixed(0),
      (process.memoryUsage.rss() / 1e6).toFixed(0),
    ];
    console.log(`| ${row.join(' | ')} |`);
  }
}

function measure(plan: Plan) {
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const world = timed(() => worldOf(plan));
  const classes = timed(() => classesOf(world.value)!);
  const matrix = timed(() => matrixOfClasses(classes.value)!);
  const parts = [world, classes, matrix];
  return {
    parts,
    wall: parts.reduce((sum, { wall }) => sum + wall, 0),
    cpu: parts.reduce((sum, { cpu }) => sum + cpu, 0),
    groups: matrix.value.sources.length,
    heap: (process.memoryUsage().heapUsed - heapBefore) / 1e6,
  };
}

/** Milliseconds; CPU time is that of all threads, the garbage collector's too. */
function timed<T>(what: () => T) {
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const value = what();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { value, wall, cpu: (user + system) / 1000 };
}

/** A tenth of the machines carry a LAN each, another tenth stand on one, some limit their routes, the others roam. */
function planOf(size: number): Plan {
  const { network, diagnostics } = parseNetwork(networkText(size), 'bench.yaml');
  const planned = network && planNetwork(network);
  if (!planned?.plan)
    throw new Error([...diagnostics, ...(planned?.diagnostics ?? [])].map(({ message }) => message).join('\n'));
  return planned.plan;
}

function networkText(size: number): string {
  const lans = size / 10;
  const machines: string[] = [];
  const lanTexts: string[] = [];
  for (let i = 0; i < size; i++) {
    const prefix4 = (n: number) => `10.${100 + (n >> 8)}.${n & 255}`;
    const prefix6 = (n: number) => `fd00:80:${n.toString(16)}:1:`;
    if (i < lans) {
      const attach = ATTACHES[i % 5];
      const host = attach === 'default-gateway' ? 1 : 5;
      machines.push(
        `  gw${i}: {platform: linux, lan: lan${i}, lan-address: ["${prefix4(i)}.${host}", "${prefix6(i)}:${host}"]}`,
      );
      lanTexts.push(
        `  lan${i}:`,
        `    prefixes: ["${prefix4(i)}.0/24", "${prefix6(i)}:/64"]`,
        `    via: gw${i}`,
        `    attach: ${attach}`,
        ...(attach === 'default-gateway'
          ? []
          : [`    default-gateway: {address: ["${prefix4(i)}.1", "${prefix6(i)}:1"], platform: linux}`]),
        ...(attach === 'static-route' ? [`    gateway-firewall: ${FIREWALLS[(i >> 2) % 4]}`] : []),
        ...(attach === 'proxy' ? [`    lend: {m${lans * 2 + i}: ["${prefix4(i)}.200", "${prefix6(i)}:c8"]}`] : []),
        '    hosts:',
        `      nas${i}: {address: ["${prefix4(i)}.10", "${prefix6(i)}:10"]}`,
        `      printer${i}: {address: ["${prefix4(i)}.11"]}`,
      );
    } else if (i < lans * 2) {
      const n = i - lans;
      machines.push(
        `  m${i}: {platform: ${i % 2 ? 'linux' : 'windows'}, lan: lan${n}, lan-address: ["${prefix4(n)}.30", "${prefix6(n)}:30"]}`,
      );
    } else if (i % 50 === 7) {
      machines.push(`  m${i}: {platform: linux, routes: [inside, lan${i % lans}]}`);
    } else {
      machines.push(`  m${i}: {platform: ${['linux', 'android', 'windows'][i % 3]}}`);
    }
  }
  return [
    'name: bench',
    'inside: [10.64.0.0/16, "fd00:66::/64"]',
    'routers:',
    '  cloud: {endpoint: "vpn.example.net:51820"}',
    'machines:',
    ...machines,
    'lans:',
    ...lanTexts,
    '',
  ].join('\n');
}
