/**
 * What `add host` takes. What it does is in `add/host.ts`, read when it is run.
 */

import { PLATFORMS } from '../../../description/network.ts';
import type { Verb } from '../../verb.ts';

export const addHost: Verb = {
  name: 'add host',
  summary: 'name a host of a LAN',
  about: [
    'Hosts need not be named to be reached. A name gives a host a place in messages, in access rules and in expectations.',
  ],
  positionals: [{ name: 'NAME' }, { name: 'ADDRESS', isList: true }],
  options: [
    { name: 'lan', value: 'LAN', completes: 'lan', summary: 'the LAN it stands on; needed' },
    { name: 'platform', value: 'PLATFORM', words: PLATFORMS, summary: 'what it runs' },
  ],
  examples: [{ command: 'wg-router add host nas --lan home 192.168.1.10', what: 'the NAS of LAN home' }],
  run: async (invocation) => (await import('../../add/host.ts')).run(invocation),
};
