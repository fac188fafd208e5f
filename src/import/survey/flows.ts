/**
 * Questions, what works, and port forwards of a survey, with their names resolved.
 */

import { parseAddress } from '../../net/address.ts';
import type { Fact } from '../../plan/plan.ts';
import type { End, Flow, PortForward } from '../imported.ts';
import type { Complaints } from '../text/complaints.ts';
import { at } from '../text/part.ts';
import { quote } from '../text/quote.ts';
import { readPrefix } from '../text/values.ts';
import type { Survey, SurveyFlow } from './survey.ts';

/** What a name in a survey stands for; null when nothing has it. */
export type EndOfName = (name: string) => End | null;

export function flowsOf(flows: readonly SurveyFlow[], endOf: EndOfName, complaints: Complaints): Flow[] {
  return flows.flatMap(({ place, from, to, via, what, large, note }) => {
    const ends = [resolve(from, endOf, complaints), resolve(to, endOf, complaints)] as const;
    const through = via && resolve(via, endOf, complaints);
    if (ends[0] === null || ends[1] === null) return [];
    const isNamed = through?.kind === 'device' || through?.kind === 'host';
    return [
      {
        from: ends[0],
        to: ends[1],
        ...(isNamed && { via: through.name }),
        what,
        large,
        ...(note !== undefined && { note }),
        origin: at(place),
      },
    ];
  });
}

export function portForwardsOf(survey: Survey, endOf: EndOfName, complaints: Complaints): PortForward[] {
  return survey.portForwards.flatMap(({ place, on, protocol, port, to, toPort }) => {
    const end = resolve(to, endOf, complaints);
    const box = resolve(on, endOf, complaints);
    if (end === null || box?.kind !== 'device') return [];
    return [{ on: box.name, protocol, port, to: end, toPort: toPort ?? port, origin: at(place) }];
  });
}

function resolve({ value, origin }: Fact<string>, endOf: EndOfName, complaints: Complaints): End | null {
  const end = endOf(value) ?? literal(value);
  if (end === null && origin.kind === 'file') {
    complaints.mistake(
      'name-unknown',
      origin.place,
      `Cannot find ${quote(value)}: no machine, LAN or member is called so`,
    );
  }
  return end;
}

function literal(text: string): End | null {
  if (text === 'internet') return { kind: 'internet' };
  const address = parseAddress(text);
  if (address) return { kind: 'address', address };
  const prefix = text.includes('/') ? readPrefix(text) : null;
  return prefix && { kind: 'prefix', prefix };
}
