/**
 * Every mistake that shows only when parts of the network meet.
 *
 * What one part can say for itself (spelling, unknown names, hosts outside their LAN) the file's reader has said.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { Directory } from '../directory.ts';
import { expectationMistakes } from '../expectations.ts';
import { addressMistakes } from './addresses.ts';
import { disabledCarriers } from './disabled.ts';
import { endpointMistakes } from './endpoints.ts';
import { internetMistakes } from './internet.ts';
import { lanMistakes } from './lans.ts';
import { lendingMistakes } from './lending.ts';
import { machineMistakes } from './machines.ts';
import { overlapMistakes } from './overlaps.ts';
import { popularPrefixes } from './popular-prefixes.ts';

export function mistakesOf(directory: Directory): Diagnostic[] {
  return [
    ...addressMistakes(directory),
    ...endpointMistakes(directory),
    ...machineMistakes(directory),
    ...disabledCarriers(directory),
    ...lanMistakes(directory),
    ...lendingMistakes(directory),
    ...internetMistakes(directory),
    ...overlapMistakes(directory),
    ...popularPrefixes(directory),
    ...expectationMistakes(directory),
  ];
}
