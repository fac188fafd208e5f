/**
 * What `init` takes. What it does is in `init.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const init: Verb = {
  name: 'init',
  summary: 'write a first network.yaml, with a key for the router',
  about: [
    'Draws an IPv4 prefix from 10.0.0.0/8 that is none of the common ones and an IPv6 ULA prefix (RFC 4193), makes the private key of the router in the key folder, and writes the network file with comments that say what to write next. An existing file is never overwritten; when it was written by hand and its router has no public key yet, `init` makes that key and adds the line.',
    'The endpoint is what all machines dial: a name or a fixed public address of this machine. Without --endpoint it is the address of this machine that looks most public, to be corrected by you.',
  ],
  positionals: [],
  options: [
    {
      name: 'endpoint',
      value: 'HOST[:PORT]',
      summary: 'the name or address that machines dial; port 51820 when it is left out',
    },
    { name: 'name', value: 'NAME', summary: 'the name of the network; home when it is left out' },
  ],
  examples: [
    { command: 'wg-router init --endpoint vpn.example.net', what: 'machines dial vpn.example.net, UDP port 51820' },
    {
      command: 'wg-router init --endpoint 203.0.113.5:443 --name office --file office.yaml',
      what: 'another file, another port',
    },
  ],
  run: async (invocation) => (await import('../init.ts')).run(invocation),
};
