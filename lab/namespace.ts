/**
 * One device of a lab: a named network namespace with a /run of its own, and the commands run in it.
 *
 * Devices share the rest of the file system; `/run/lab` is the same folder in all of them. Addresses are given without
 * duplicate address detection, so that they work at once.
 */

import { outcome, type Printed, Running, run } from './running.ts';

/** The devices of one lab, so that `close` can remove them before the next one is built. */
export class Lab {
  readonly #devices: Namespace[] = [];

  async device(name: string): Promise<Namespace> {
    await run(['ip', 'netns', 'add', name]);
    const own = ['unshare', '--mount', 'sh', '-c', OWN_RUN, 'own-run', name];
    const holder = new Running(['nsenter', `--net=/run/netns/${name}`, ...own]);
    await holder.prints(/ready/);
    const device = new Namespace(name, holder.pid);
    this.#devices.push(device);
    await device.run('ip', 'link', 'set', 'lo', 'up');
    // While a link-local address is being detected, no neighbour can be asked for, and first packets are lost.
    await device.parameters({ 'ipv6.conf.default.accept_dad': 0, 'ipv6.conf.default.dad_transmits': 0 });
    return device;
  }

  /** Kills every process in the devices, and removes them. */
  async close(): Promise<void> {
    for (const { name } of this.#devices) {
      for (const pid of (await run(['ip', 'netns', 'pids', name])).trim().split('\n')) {
        if (pid !== '') await outcome(['kill', '-KILL', pid]);
      }
      await run(['ip', 'netns', 'delete', name]);
    }
  }
}

/**
 * Gives device $1 a /sys that shows its interfaces, and a folder of the lab's as /run, with /run/lab in it; then holds
 * these mounts. (Binding them to a file instead fails now and then on Linux 6.18: `unshare --mount=FILE`, EINVAL.)
 */
const OWN_RUN = `
own=/run/lab/run-of-$1
mount -t sysfs sysfs /sys && mkdir -p "$own/lab" && mount --bind /run/lab "$own/lab" && mount --rbind "$own" /run || exit
echo ready
exec sleep infinity
`;

export class Namespace {
  readonly name: string;

  /** Process that holds its mounts. */
  readonly #holder: number;

  constructor(name: string, holder: number) {
    this.name = name;
    this.#holder = holder;
  }

  /** What to run anywhere in the lab, so that `command` runs here. */
  commandLine(...command: string[]): string[] {
    return ['nsenter', `--target=${this.#holder}`, '--net', '--mount', '--root', '--', ...command];
  }

  /** Standard output of a command run here; throws when it fails. */
  run(...command: string[]): Promise<string> {
    return run(this.commandLine(...command));
  }

  /** Like `run`, with `input` on standard input. */
  runWith(input: string, ...command: string[]): Promise<string> {
    return run(this.commandLine(...command), input);
  }

  /** The outcome of a command that may fail. */
  try(...command: string[]): Promise<Printed> {
    return outcome(this.commandLine(...command));
  }

  /** Leaves a command running until it is ended or the lab is closed. */
  start(command: readonly string[], env?: NodeJS.ProcessEnv): Running {
    return new Running(this.commandLine(...command), env);
  }

  /** Runs one of `lab/programs` with our own Node. */
  program(name: string, ...args: string[]): Running {
    return this.start([process.execPath, `${import.meta.dirname}/programs/${name}.ts`, ...args]);
  }

  /** Sets kernel parameters, `net.` left out. */
  async parameters(values: Readonly<Record<string, number>>): Promise<void> {
    await this.run('sysctl', '-q', '-w', ...Object.entries(values).map(([name, value]) => `net.${name}=${value}`));
  }

  /** Makes it a router of its kernel's: packets between its interfaces are forwarded. */
  forward(): Promise<void> {
    return this.parameters({ 'ipv4.ip_forward': 1, 'ipv6.conf.all.forwarding': 1 });
  }

  /** Gives `device` the address, as `address/length`. */
  async address(device: string, ...addresses: string[]): Promise<void> {
    for (const address of addresses) {
      const detection = address.includes(':') ? ['nodad'] : [];
      await run(['ip', '-n', this.name, 'address', 'add', address, 'dev', device, ...detection]);
    }
  }

  /** Commands of ip(8), its name left out, in order; throws at the first that fails. */
  async ip(commands: readonly string[]): Promise<void> {
    if (commands.length > 0) await run(['ip', '-n', this.name, '-batch', '-'], commands.join('\n'));
  }

  /** Adds a route; `default` without a family in it takes that of the gateway. */
  async route(prefix: string, gateway: string): Promise<void> {
    const family = gateway.includes(':') ? '-6' : '-4';
    await run(['ip', '-n', this.name, family, 'route', 'replace', prefix, 'via', gateway]);
  }
}

/** A cable between two devices, both ends up; each names its own end. */
export async function connect(a: Namespace, endOfA: string, b: Namespace, endOfB: string): Promise<void> {
  await run(['ip', '-n', a.name, 'link', 'add', endOfA, 'type', 'veth', 'peer', 'name', endOfB, 'netns', b.name]);
  await run(['ip', '-n', a.name, 'link', 'set', 'dev', endOfA, 'up']);
  await run(['ip', '-n', b.name, 'link', 'set', 'dev', endOfB, 'up']);
}
