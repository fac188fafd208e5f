/**
 * What `lab` takes. What it does is in `lab.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const lab: Verb = {
  name: 'lab',
  summary: 'build the network on this machine, and try who reaches whom',
  about: [
    'Builds a twin of the described network in network namespaces: the router, every machine with the configuration that would be handed out to it, LANs with their hosts and default gateways, the internet in between. Then everybody speaks to everybody, in both directions: ping, a large ping, TCP and UDP. What is printed is what packets did. Everything is taken down again, also after Ctrl-C or a crash.',
    'What packets did is compared with what the file expects and with what `check` proves. Exit code 1 means that a sentence of `expect` does not hold in the twin, or that the proof is wrong.',
    'Nothing is written and no key is used: the twin has a copy of the network file and keys of its own. It needs root, or an ordinary user who may have user namespaces, and wireguard-go, wireguard-tools and nftables.',
    '`docs/lab.md` says how to read the answer and what a twin cannot show.',
  ],
  positionals: [{ name: 'FILE', isOptional: true, completes: 'file' }],
  options: [
    {
      name: 'only',
      value: 'NAME',
      isList: true,
      completes: 'name',
      summary: 'these machines, hosts and LANs, and whatever carries them',
    },
    { name: 'shell', summary: 'a shell in the twin before it is taken down' },
  ],
  examples: [
    { command: 'wg-router lab', what: 'the network in network.yaml' },
    { command: 'wg-router lab --only phone,nas', what: 'a part of a large one' },
    { command: 'wg-router lab --shell', what: 'then, for one: on phone ping 192.168.1.10' },
  ],
  run: async (invocation) => (await import('../lab.ts')).run(invocation),
};
