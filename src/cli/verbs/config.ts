/**
 * What `config` takes. What it does is in `config.ts`, read when it is run.
 */

import { FORMATS } from '../../render/formats.ts';
import type { Verb } from '../verb.ts';

export const config: Verb = {
  name: 'config',
  summary: 'hand a machine its configuration: text, QR code, picture, file',
  about: [
    'The first time, the keys of the machine are made: its private key, unless `public-key` says that the machine has its own, and a preshared key. They are kept in the key folder, and what was handed out is remembered, so that `check` can say who must fetch a new configuration.',
    'On a terminal the configuration or code is shown on a screen of its own until Enter or q, so that no key stays in the scrollback. Into a pipe or a file it goes plainly; files get mode 0600. With --json alone nothing is handed out: the configuration is shown with placeholders for its keys. `--json --output -` holds the keys.',
    '--all writes a folder (mode 0700) with the configuration of every machine, the routes that default gateways of LANs need, and a README.md that says what to do where, in order.',
  ],
  positionals: [{ name: 'MACHINE', isOptional: true, completes: 'machine' }],
  options: [
    {
      name: 'format',
      value: 'FORMAT',
      words: FORMATS,
      summary: `${FORMATS.join(', ')}; the platform's own when left out`,
    },
    { name: 'qr', summary: 'as a QR code on the terminal' },
    { name: 'svg', value: 'FILE', completes: 'file', summary: 'the QR code as an SVG picture; - for a pipe' },
    { name: 'png', value: 'FILE', completes: 'file', summary: 'the QR code as a PNG picture; - for a pipe' },
    { name: 'output', value: 'FILE', completes: 'file', summary: 'into a file of mode 0600, or - for standard output' },
    { name: 'all', value: 'DIR', completes: 'folder', summary: 'everything for everybody, into a folder' },
  ],
  examples: [
    { command: 'wg-router config phone --qr', what: "scan it with the phone's WireGuard app" },
    { command: 'wg-router config laptop --output laptop.conf', what: 'a file for wg-quick' },
    {
      command:
        'wg-router config pi --output - |\n    ssh pi "sudo sh -c \'umask 077; cat > /etc/wireguard/wg-home.conf\'"',
      what: 'straight to the machine',
    },
    { command: 'wg-router config --all out', what: 'then read out/README.md' },
  ],
  run: async (invocation) => (await import('../config.ts')).run(invocation),
};
