/**
 * What `enable` takes. What it does is in `acceptance.ts`, read when it is run.
 */

import type { Verb } from '../../verb.ts';

export const enable: Verb = {
  name: 'enable',
  summary: 'accept a machine again that was disabled',
  about: ['Takes `disabled` out of the file. The machine is back with the configuration that it has.'],
  positionals: [{ name: 'MACHINE', completes: 'machine' }],
  options: [],
  examples: [{ command: 'wg-router enable phone', what: 'it was under the sofa' }],
  run: async (invocation) => (await import('../../acceptance/acceptance.ts')).runEnable(invocation),
};
