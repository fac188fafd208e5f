/**
 * What `explain` takes. What it does is in `explain.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const explain: Verb = {
  name: 'explain',
  summary: 'why one reaches another, or not: hop by hop, with the cure',
  about: [
    'Proves from the plan alone, without sending a packet, whether FROM opens connections to TO and has its replies, and shows the way out and back, hop by hop. Where it ends, it says why, which line of the network file is behind it, and what to do. Exit code 0 means that it works, 1 that it fails, works only in part, or is not proven because a fact is missing.',
    'FROM and TO are routers, machines, hosts, LANs, groups, `inside` or `everyone`; of several, the first pair that does not work is shown. Both may be addresses, TO of anybody. docs/proof.md says how to read the answer.',
  ],
  positionals: [
    { name: 'FROM', completes: 'name' },
    { name: 'TO', completes: 'name' },
  ],
  options: [
    {
      name: 'port',
      value: 'PORT',
      summary: 'tcp/443, udp/53 or ping; else ping, and TCP and UDP to every port',
    },
    {
      name: 'over',
      value: 'FAMILY',
      words: ['ipv4', 'ipv6'],
      summary: 'ipv4 or ipv6; else every family that both have',
    },
  ],
  examples: [
    { command: 'wg-router explain phone nas', what: 'the way there and back' },
    { command: 'wg-router explain nas phone --port tcp/22', what: 'may the NAS log in on the phone?' },
    { command: 'wg-router explain everyone home', what: 'the first who does not reach the LAN' },
    { command: 'wg-router explain laptop 192.168.1.77 --over ipv4', what: 'an address that nobody named' },
  ],
  run: async (invocation) => (await import('../explain.ts')).run(invocation),
};
