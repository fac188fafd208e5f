/**
 * Which format a file has: by what is in it, and by its name where two formats look alike.
 */

import type { FileKind, GivenFile } from '../imported.ts';

/** Characters looked at. */
const SAMPLE = 65_536;

/** Null when it is none that is read here. */
export function recognise({ path, text }: GivenFile): FileKind | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/^(.*\.)?survey\.ya?ml$/.test(name)) return 'survey-yaml';
  const sample = text.slice(0, SAMPLE);
  if (sample.includes('\0')) return null;
  if (/^\s*\[(interface|peer)\]/im.test(sample)) return recogniseConfiguration(name, sample);
  return null;
}

/** What only wg-quick knows, or a name that its files have. */
function recogniseConfiguration(name: string, sample: string): FileKind {
  const isWgQuick = /^\s*(address|dns|mtu|table|saveconfig|(pre|post)(up|down))\s*=/im.test(sample);
  return isWgQuick || name.endsWith('.conf') ? 'wg-quick' : 'wg-showconf';
}
