/**
 * The sentences of `expect`: `A (reaches | does not reach) B [on (tcp|udp)/PORT[-PORT] | on ping] [over (ipv4|ipv6)]`.
 */

import type { Expectation } from '../network.ts';
import { type Mistake, scalar } from './shape.ts';
import { readPorts } from './values.ts';

const GRAMMAR = 'A reaches B, A does not reach B, with "on tcp/443" or "over ipv6" behind when only that is meant';

export const sentence = scalar<Expectation>(
  'a sentence',
  { type: 'string', pattern: ' (reaches|does not reach) ' },
  readSentence,
);

export function readSentence(text: string): { readonly value: Expectation } | Mistake {
  const words = text.split(/[ \t\r\n]+/).filter((each) => each !== '');
  const [from, ...rest] = words;
  if (from === undefined) return wrong('it is empty');
  const reaches = rest[0] === 'reaches';
  const verb = reaches ? 1 : rest.slice(0, 3).join(' ') === 'does not reach' ? 3 : 0;
  if (verb === 0) return wrong(`after ${from} belongs "reaches" or "does not reach"`);
  const to = rest[verb];
  if (to === undefined) return wrong('it does not say whom');

  let on: Expectation['on'];
  let over: Expectation['over'];
  const tail = rest.slice(verb + 1);
  for (let i = 0; i < tail.length; i += 2) {
    const [preposition, object] = [tail[i], tail[i + 1]];
    if (preposition === 'on' && on === undefined && over === undefined) {
      const ports = readPorts(object ?? '');
      if ('reason' in ports) return wrong(`after "on" belong ports: ${ports.reason}`);
      on = ports.value;
    } else if (preposition === 'over' && over === undefined) {
      if (object !== 'ipv4' && object !== 'ipv6') return wrong('after "over" belongs ipv4 or ipv6');
      over = object === 'ipv4' ? 4 : 6;
    } else {
      return wrong(`"${preposition}" does not belong here`);
    }
  }
  return { value: { from, to, reaches, ...(on && { on }), ...(over && { over }) } };
}

/** Offsets of the names `from` and `to` within a sentence's text. */
export function sentenceNames(
  text: string,
): { readonly from: readonly [number, number]; readonly to: readonly [number, number] } | null {
  const parts =
    /^([ \t\r\n]*)([^ \t\r\n"']+)([ \t\r\n]+(?:reaches|does[ \t\r\n]+not[ \t\r\n]+reach)[ \t\r\n]+)([^ \t\r\n"']+)/d.exec(
      text,
    );
  const from = parts?.indices?.[2];
  const to = parts?.indices?.[4];
  return from && to ? { from, to } : null;
}

function wrong(reason: string): Mistake {
  return { code: 'bad-sentence', reason, help: [`write ${GRAMMAR}`] };
}
