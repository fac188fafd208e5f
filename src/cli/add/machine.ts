/**
 * `add machine`: one more machine in the network file, with its inside addresses.
 */

import { changeNetwork } from '../../control/change/edit.ts';
import { addMachine as addMachineTo } from '../../description/edit/add.ts';
import { PLATFORMS } from '../../description/network.ts';
import { formatAddress } from '../../net/address.ts';
import { aboutJson, changed, onWait, sayAbout } from '../command-line/change.ts';
import { jsonDocument } from '../command-line/json.ts';
import { sayNext } from '../terminal/notes.ts';
import type { Verb } from '../verb.ts';

/** A code is scanned where there is a camera. */
const WITH_CAMERA: ReadonlySet<string> = new Set(['ios', 'android']);

export const addMachine: Verb = {
  name: 'add machine',
  summary: 'describe a machine that runs WireGuard; it gets its inside addresses',
  about: [
    'Adds the machine to the network file, keeps everything else in it as it is, and gives it the next free inside addresses. No key is made yet: that happens when its configuration is first handed out.',
    'With --public-key the private key stays on the machine that made it, and is never seen here.',
  ],
  positionals: [{ name: 'NAME' }],
  options: [
    {
      name: 'platform',
      value: 'PLATFORM',
      words: PLATFORMS,
      summary: 'what it runs: linux, android, ios, macos, windows, openwrt, …',
    },
    { name: 'public-key', value: 'KEY', summary: 'the public key of a private key made on the machine' },
    { name: 'address', value: 'ADDRESS', isList: true, summary: 'inside addresses; the next free ones when left out' },
    { name: 'lan', value: 'LAN', isList: true, completes: 'lan', summary: 'the LANs on which it stands' },
    { name: 'lan-address', value: 'ADDRESS', isList: true, summary: 'its addresses on these LANs' },
    { name: 'endpoint', value: 'HOST:PORT', summary: 'where it can be dialled, when that never changes' },
    { name: 'note', value: 'TEXT', summary: 'anything' },
    { name: 'expires', value: 'DATE', summary: 'the last day (UTC) at which it may take part: 2027-01-31' },
    { name: 'keepalive', value: 'SECONDS', words: ['off'], summary: 'seconds between keepalives, or off' },
    {
      name: 'routes',
      value: 'NAME',
      isList: true,
      completes: 'lan',
      summary: 'what it sends through its tunnel: inside, names of LANs; everything when left out',
    },
    { name: 'mtu', value: 'BYTES', summary: 'MTU of its tunnel interface' },
    { name: 'path-mtu', value: 'BYTES', summary: 'MTU of its path to the internet; 1500 when left out' },
  ],
  examples: [
    { command: 'wg-router add machine phone --platform android', what: 'a phone that comes and goes' },
    {
      command: 'wg-router add machine pi --platform linux --lan home --lan-address 192.168.1.5',
      what: 'a machine that stands on a LAN which is described already',
    },
    {
      command: 'wg-router add machine laptop --public-key "$(wg pubkey < private.key)"',
      what: 'a machine that keeps its private key to itself',
    },
  ],
  async run(invocation) {
    const { terminal, text, list } = invocation;
    const name = invocation.positionals[0]!;
    const machine = {
      name,
      platform: text('platform'),
      publicKey: text('public-key'),
      address: list('address'),
      lan: list('lan'),
      lanAddress: list('lan-address'),
      endpoint: text('endpoint'),
      note: text('note'),
      expires: text('expires'),
      keepalive: text('keepalive'),
      routes: list('routes'),
      mtu: text('mtu'),
      pathMtu: text('path-mtu'),
    };
    const loaded = changed(
      await changeNetwork(
        invocation.paths(),
        (before, file) => addMachineTo(before, machine, file),
        onWait(invocation),
      ),
    );
    const device = loaded.plan?.devices.find((each) => each.name === name);
    const tunnel = device?.interfaces.find((each) => each.kind === 'wireguard');
    const addresses = tunnel?.addresses.map(({ value }) => formatAddress(value)) ?? [];
    if (invocation.isJson) {
      terminal.print(jsonDocument({ added: { kind: 'machine', name, addresses }, ...aboutJson(loaded) }));
      return 0;
    }
    const { paint } = terminal;
    const shown = addresses.length === 0 ? '' : `  ${addresses.join('  ')}`;
    terminal.print(`${paint('good', 'added')} machine ${paint('name', name)}${shown}\n`);
    sayAbout(loaded, invocation);
    const how = WITH_CAMERA.has(machine.platform ?? '') ? ' --qr' : ` --output ${name}.conf`;
    sayNext(terminal, [invocation.command(`config ${name}${how}`)]);
    return 0;
  },
};
