/**
 * What `add machine` takes. What it does is in `add/machine.ts`, read when it is run.
 */

import { PLATFORMS } from '../../../description/network.ts';
import type { Verb } from '../../verb.ts';

export const addMachine: Verb = {
  name: 'add machine',
  summary: 'describe a machine that runs WireGuard',
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
    { name: 'internet', value: 'LAN', completes: 'lan', summary: 'the LAN through which it reaches the internet' },
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
  run: async (invocation) => (await import('../../add/machine.ts')).run(invocation),
};
