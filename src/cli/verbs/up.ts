/**
 * What `up` takes. What it does is in `up.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const up: Verb = {
  name: 'up',
  summary: 'run the router; edits of the file are followed',
  about: [
    'Starts the relay, or adopts the one that is running already, and then follows the network file and the key folder: a good edit is applied within a second without disturbing machines that it does not touch, an edit with mistakes is reported and changes nothing.',
    'The API is served on http://localhost:8787 (and the page, where the program was built with it), for this machine alone: from elsewhere `ssh -L 8787:localhost:8787` leads there. The first start of a program with its page prints a link that signs in once; `wg-router page link` prints another. A port that is taken is told, and the router runs on.',
    'Ctrl-C, SIGTERM and `wg-router down` end the router. When the terminal closes (SIGHUP) or this process dies, the relay goes on forwarding and the next `up` adopts it.',
  ],
  positionals: [{ name: 'FILE', isOptional: true, completes: 'file' }],
  options: [
    { name: 'replace', summary: 'take over from an `up` that runs this network; the relay goes on meanwhile' },
    { name: 'init', summary: 'make a first network file when there is none' },
    { name: 'endpoint', value: 'HOST:PORT', summary: 'with --init: what machines dial' },
    {
      name: 'page-listen',
      value: 'ADDRESS:PORT',
      summary: 'where the page and the API are served; else localhost:8787, for this machine alone',
    },
    { name: 'page-origin', value: 'URL', summary: 'what browsers open the page by, where that is not this machine' },
    {
      name: 'page-certificate',
      value: 'FILE',
      completes: 'file',
      summary: 'the certificate of the page, with its chain, PEM',
    },
    { name: 'page-certificate-key', value: 'FILE', completes: 'file', summary: 'its private key, PEM' },
    { name: 'page-plain', summary: 'serve the page without TLS though not on this machine alone' },
    { name: 'no-page', summary: 'serve neither the page nor the API' },
  ],
  examples: [
    { command: 'wg-router up', what: 'runs the network in network.yaml' },
    {
      command: 'wg-router up --page-origin https://wg.example.net',
      what: 'the page behind a reverse proxy on this machine, which speaks TLS',
    },
    { command: 'wg-router up --replace', what: 'after an upgrade: a new control adopts the relay that runs' },
  ],
  run: async (invocation) => (await import('../up.ts')).run(invocation),
};
