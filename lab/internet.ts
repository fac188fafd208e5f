/**
 * The outer network of a lab: an internet that routes between places, and places that hide their machines.
 *
 *                           internet
 *           203.0.113.1  ┌──────┴──────┐  198.51.1.1, 198.51.2.1, …
 *                        │             │
 *                     router       NAT box of a place        nothing from outside gets in
 *                  203.0.113.2         │ 192.168.1.1, 2001:db8:1:1::1
 *                                   machines 192.168.1.10, …
 *
 * Behind a NAT box IPv4 is translated; IPv6 addresses are true and a stateful firewall keeps out what was not asked
 * for. The internet knows no private prefix.
 */

import { type GatewayFirewall, makeGateway, type Translation } from './gateway.ts';
import { connect, type Lab, type Namespace } from './namespace.ts';
import { run } from './running.ts';

export type Outer = 'ipv4' | 'ipv6' | 'both';

export interface PlaceOptions {
  /** Families in which it is on the internet. */
  readonly outer?: Outer;
  readonly firewall?: GatewayFirewall;
  /** Largest packet to and from the internet, in bytes: 1492 behind PPPoE. */
  readonly mtu?: number;
  /**
   * Its LAN, a /24 and a /64 at most; by its number when absent. Chosen ones are not on the internet in IPv6, and may be those
   * of another place.
   */
  readonly prefixes?: readonly string[];
}

export class Internet {
  readonly #lab: Lab;
  readonly #core: Namespace;
  #places = 0;

  private constructor(lab: Lab, core: Namespace) {
    this.#lab = lab;
    this.#core = core;
  }

  static async of(lab: Lab): Promise<Internet> {
    const core = await lab.device('internet');
    await core.forward();
    // What is nowhere is said to be nowhere, at once.
    await core.run('ip', 'route', 'add', 'unreachable', 'default');
    await core.run('ip', '-6', 'route', 'add', 'unreachable', 'default');
    return new Internet(lab, core);
  }

  /** A device with public addresses: 203.0.113.2 and 2001:db8:0:1::2 for the first. */
  async publicDevice(name: string, number = 1): Promise<Namespace> {
    const device = await this.#lab.device(name);
    await connect(device, 'eth0', this.#core, name);
    const host = 4 * (number - 1);
    await this.#core.address(name, `203.0.113.${host + 1}/30`, `2001:db8:0:${number}::1/64`);
    await device.address('eth0', `203.0.113.${host + 2}/30`, `2001:db8:0:${number}::2/64`);
    await device.route('default', `203.0.113.${host + 1}`);
    await device.route('default', `2001:db8:0:${number}::1`);
    return device;
  }

  /** A place behind a NAT box. */
  async place(name: string, translation: Translation, options: PlaceOptions = {}): Promise<Place> {
    const { outer = 'both', firewall = 'established', mtu = 1500, prefixes } = options;
    const number = ++this.#places;
    const box = await this.#lab.device(name);
    await connect(box, 'wan', this.#core, name);
    for (const [device, end] of [
      [box, 'wan'],
      [this.#core, name],
    ] as const) {
      await device.run('ip', 'link', 'set', 'dev', end, 'mtu', `${mtu}`);
    }
    const own: string[] = [];
    if (outer !== 'ipv6') {
      await this.#core.address(name, `198.51.${number}.1/24`);
      await box.address('wan', `198.51.${number}.2/24`);
      await box.route('default', `198.51.${number}.1`);
      own.push(`192.168.${number}.0/24`);
    }
    if (outer !== 'ipv4') {
      await this.#core.address(name, `2001:db8:${number}::1/64`);
      await box.address('wan', `2001:db8:${number}::2/64`);
      await box.route('default', `2001:db8:${number}::1`);
      await this.#core.route(`2001:db8:${number}:1::/64`, `2001:db8:${number}::2`);
      own.push(`2001:db8:${number}:1::/64`);
    }
    // A bridge without an address of its own takes the lowest of its ports, and another with every device that comes.
    await box.run('ip', 'link', 'add', 'lan', 'address', '02:00:00:00:00:01', 'type', 'bridge');
    await box.run('ip', 'link', 'set', 'lan', 'up');
    const place = new Place(this.#lab, box, number, prefixes ?? own);
    await box.address('lan', ...place.withLengths(1));
    await makeGateway(box, { firewall, lan: 'lan', wan: 'wan', translation });
    return place;
  }
}

/** Number of the first device that is plugged in; the second has the next. */
const FIRST_HOST = 10;

/** The LAN of a place, behind its NAT box. */
export class Place {
  readonly box: Namespace;
  readonly #lab: Lab;
  /** The LAN's prefixes: one, or one of each family, IPv4 first. */
  readonly prefixes: readonly string[];
  readonly #number: number;
  readonly #hosts = new Map<Namespace, number>();
  #outerHost = 2;

  constructor(lab: Lab, box: Namespace, number: number, prefixes: readonly string[]) {
    this.#lab = lab;
    this.box = box;
    this.#number = number;
    this.prefixes = prefixes;
  }

  /** Addresses of the LAN's nth device, in each family of the LAN; the NAT box is the first, and the default gateway. */
  addresses(host: number): string[] {
    return this.withLengths(host).map((address) => address.replace(/\/.*/, ''));
  }

  /** Addresses of a device that is plugged in here. */
  addressesOf(device: Namespace): string[] {
    return this.addresses(this.#hosts.get(device)!);
  }

  /** The same as `addresses`, with the prefixes' lengths. */
  withLengths(host: number): string[] {
    return this.prefixes.map((prefix) => prefix.replace(/0\/24$/, `${host}/24`).replace('::/64', `::${host}/64`));
  }

  /** Outer IPv4 address of the place, as others on the internet see it. */
  get outerAddress(): string {
    return `198.51.${this.#number}.${this.#outerHost}`;
  }

  /** Gets a new outer IPv4 address, as at a new dial-in; what was translated to the old one is forgotten. */
  async redial(): Promise<void> {
    const before = this.outerAddress;
    this.#outerHost = this.#outerHost === 2 ? 6 : 2;
    await this.box.run('ip', 'address', 'delete', `${before}/24`, 'dev', 'wan');
    await this.box.address('wan', `${this.outerAddress}/24`);
    await this.box.route('default', `198.51.${this.#number}.1`);
  }

  /** A new device on the LAN, by an interface `eth0`. */
  async device(name: string): Promise<Namespace> {
    const device = await this.#lab.device(name);
    await connect(device, 'eth0', this.box, device.name);
    await this.#welcome(device);
    return device;
  }

  /** Moves `device` here from `from`: its interface stays, its addresses and default routes are those of this place. */
  async take(device: Namespace, from: Place): Promise<void> {
    await run(['ip', '-n', from.box.name, 'link', 'set', 'dev', device.name, 'netns', this.box.name]);
    await device.run('ip', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
    await this.box.run('ip', 'link', 'set', 'dev', device.name, 'up');
    await this.#welcome(device);
  }

  async #welcome(device: Namespace): Promise<void> {
    const host = FIRST_HOST + this.#hosts.size;
    this.#hosts.set(device, host);
    await this.box.run('ip', 'link', 'set', 'dev', device.name, 'master', 'lan');
    await device.address('eth0', ...this.withLengths(host));
    for (const gateway of this.addresses(1)) await device.route('default', gateway);
  }
}
