/**
 * The frame of every edit: read the file, work out the splices, and hand out the edited text only when it is a network
 * again.
 *
 * A file with mistakes is not edited, because what it means is not known. What is described but not supported yet may
 * be there and stay; an edit does not add to it.
 */

import { isMap, type ParsedNode } from 'yaml';
import type { Diagnostic } from '../diagnostic.ts';
import type { Network } from '../network.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { readNetwork } from '../parse.ts';
import { nearestWord } from '../schema/nearest-word.ts';
import { placeBetween, type SourceText, sourceText } from '../source-text.ts';
import { quoted } from '../visible.ts';
import { applySplices, type Layout, layoutOf, type Splice } from './layout.ts';
import type { EditResult } from './request.ts';

/** What an edit may look at. */
export interface EditContext {
  readonly layout: Layout;
  readonly network: Network;
}

/** Splices, or why there are none. */
export type EditPlan = readonly Splice[] | { readonly mistakes: readonly Diagnostic[] };

export const DEFAULT_FILE = 'network.yaml';

export function attempt(text: string, file: string, plan: (context: EditContext) => EditPlan): EditResult {
  const source = sourceText(file, text);
  const before = readNetwork(source, { allowUnsupported: true });
  if (before.network === null || !isMap<ParsedNode, ParsedNode | null>(before.root))
    return { diagnostics: before.diagnostics, against: text };
  const splices = plan({ layout: layoutOf(source, before.root), network: before.network });
  if ('mistakes' in splices) return { diagnostics: splices.mistakes, against: text };
  if (splices.length === 0) return { text };

  const edited = applySplices(text, splices);
  const after = readNetwork(sourceText(file, edited), { allowUnsupported: true });
  if (after.network === null) return { diagnostics: after.diagnostics, against: edited };
  const added = newlyUnsupported(before.network, after.network);
  return added.length > 0 ? { diagnostics: added, against: edited } : { text: edited };
}

/** What `after` asks for and is not supported yet, where it asks for more of it than `before`. */
function newlyUnsupported(before: Network, after: Network): Diagnostic[] {
  const known = Map.groupBy(notSupportedYet(before), (each) => each.message);
  const found = Map.groupBy(notSupportedYet(after), (each) => each.message);
  return [...found].flatMap(([message, places]) => (places.length > (known.get(message)?.length ?? 0) ? places : []));
}

/** "Cannot <verb> <name>: nothing has this name", at the file's first line, because there is no better place. */
export function unknownName(
  source: SourceText,
  verb: string,
  what: string,
  name: string,
  known: Iterable<string>,
): EditPlan {
  const nearest = nearestWord(name, known);
  const start = source.lineStarts[0]!;
  return {
    mistakes: [
      {
        code: 'unknown-name',
        severity: 'error',
        place: placeBetween(source, start, start + 1),
        message: `Cannot ${verb} ${quoted(name)}: the file has no ${what} of this name`,
        notes: [],
        help: nearest ? [`write ${nearest}`] : [],
      },
    ],
  };
}
