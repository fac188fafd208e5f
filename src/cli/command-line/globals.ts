/**
 * Options that every verb takes.
 */

import { COLOUR_CHOICES } from '../terminal/terminal.ts';
import type { Option } from '../verb.ts';

export const FILE_VARIABLE = 'WG_ROUTER_FILE';
export const DEFAULT_FILE = 'network.yaml';

export const GLOBAL_OPTIONS: readonly Option[] = [
  {
    name: 'file',
    value: 'FILE',
    completes: 'file',
    summary: `the network file; else $${FILE_VARIABLE}, else ${DEFAULT_FILE} in this folder`,
  },
  { name: 'keys', value: 'DIR', completes: 'folder', summary: 'the key folder; else network.keys beside network.yaml' },
  {
    name: 'state',
    value: 'DIR',
    completes: 'folder',
    summary: 'the state folder; else network.state beside network.yaml',
  },
  { name: 'json', summary: 'answer with one JSON document (docs/reference/json.md)' },
  {
    name: 'color',
    value: 'WHEN',
    words: COLOUR_CHOICES,
    summary: 'auto (colours on a terminal, unless $NO_COLOR is set), always or never',
  },
  { name: 'help', summary: 'what the verb does, its options, examples' },
];
