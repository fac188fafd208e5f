/**
 * YAML 1.2 with the core schema, as far as a network file may use it: text in, nodes with offsets out.
 *
 * Refused with their places: anchors, aliases, tags, directives, a second document, characters that no editor shows,
 * and nesting deeper than any network file needs. What the words mean is not known here.
 *
 * The lexer, parser and composer of the `yaml` package are driven one token at a time, because the mistakes above are
 * seen best as tokens, and because depth must be bounded before the composer recurses.
 */

import { Composer, CST, type Document, Lexer, type ParsedNode, Parser, type YAMLParseError } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import { placeBetween, type SourceText } from './source-text.ts';
import { quoted, visible } from './visible.ts';

/** Characters of text (UTF-16 code units) that are read at most: some 500,000 machines. */
export const MAX_TEXT_LENGTH = 64 * 1024 * 1024;

/** Collections within collections; a network file needs six. */
export const MAX_DEPTH = 32;

export interface YamlText {
  /** The document's contents; null when it is empty or could not be read. */
  readonly root: ParsedNode | null;
  /** Whether `root` is the whole document: false after a mistake that makes what follows unreliable. */
  readonly whole: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export function readYaml(source: SourceText): YamlText {
  const { text } = source;
  if (text.length > MAX_TEXT_LENGTH) {
    const size = `it has ${text.length} characters, ${MAX_TEXT_LENGTH} are read at most`;
    return failed(mistake(source, 0, 1, 'file-too-large', `Cannot read the file: ${size}`));
  }
  const controls = controlCharacters(source);
  if (controls.length > 0) return { root: null, whole: false, diagnostics: controls };

  const refused: Diagnostic[] = [];
  const composer = new Composer<ParsedNode>({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const documents: Document.Parsed<ParsedNode>[] = [];
  for (const document of composer.compose(boundedTokens(source, refused), true, text.length)) documents.push(document);

  const [document, second] = documents;
  const errors = documents.flatMap((each) => each.errors);
  if (refused.some((each) => each.code === 'nesting-too-deep'))
    return { root: null, whole: false, diagnostics: refused };
  const broken = errors.filter((error) => !isExplained(error)).map((error) => syntaxMistake(source, error));
  if (second !== undefined && !refused.some((each) => each.message.includes('second document'))) {
    const start = second.contents?.range[0] ?? second.range[0];
    refused.push(
      mistake(source, start, start + 1, 'yaml-feature', 'Cannot read a second document: a file describes one network'),
    );
  }
  return { root: document?.contents ?? null, whole: broken.length === 0, diagnostics: [...refused, ...broken] };
}

/** The parser's tokens, with what is refused reported as it passes; ends early when nesting is too deep. */
function* boundedTokens(source: SourceText, refused: Diagnostic[]): Generator<CST.Token> {
  const parser = new Parser();
  let offset = 0;
  let scalarFollows = false;
  let documentStarts = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    const type = scalarFollows ? 'scalar' : CST.tokenType(lexeme);
    scalarFollows = lexeme === CST.SCALAR;
    const isSource = lexeme !== CST.DOCUMENT && lexeme !== CST.FLOW_END && lexeme !== CST.SCALAR;
    if (type === 'doc-start') documentStarts++;
    const reason = type === null ? undefined : refusalOf(type, lexeme, documentStarts);
    if (reason !== undefined)
      refused.push(mistake(source, offset, offset + lexeme.trimEnd().length, 'yaml-feature', reason));
    yield* parser.next(lexeme);
    // The stack holds the document, one token for each open collection, and the value that is being read.
    if (parser.stack.length > MAX_DEPTH + 2) {
      const message = `Cannot read this: collections lie within collections more than ${MAX_DEPTH} deep`;
      refused.push(mistake(source, offset, offset + 1, 'nesting-too-deep', message));
      return;
    }
    if (isSource) offset += lexeme.length;
  }
  yield* parser.end();
}

function refusalOf(type: CST.TokenType, lexeme: string, documentStarts: number): string | undefined {
  const what = quoted(lexeme.trimEnd());
  switch (type) {
    case 'anchor':
      return `Cannot use anchor ${what}: a network file says everything where it belongs`;
    case 'alias':
      return `Cannot use alias ${what}: a network file says everything where it belongs`;
    case 'tag':
      return `Cannot use tag ${what}: the file's words decide what a value is`;
    case 'directive-line':
      return `Cannot use directive ${what}: the file is read as YAML 1.2 with its core schema`;
    case 'doc-start':
      return documentStarts > 1 ? 'Cannot read a second document: a file describes one network' : undefined;
    default:
      return undefined;
  }
}

/** Errors of the composer that only repeat what was refused as a token. */
function isExplained(error: YAMLParseError): boolean {
  return [
    'MULTIPLE_DOCS',
    'BAD_ALIAS',
    'ALIAS_PROPS',
    'TAG_RESOLVE_FAILED',
    'BAD_DIRECTIVE',
    'MULTIPLE_ANCHORS',
    'MULTIPLE_TAGS',
    'BAD_COLLECTION_TYPE',
    'BAD_PROP_ORDER',
  ].includes(error.code);
}

function syntaxMistake(source: SourceText, error: YAMLParseError): Diagnostic {
  const [start, end] = error.pos;
  return mistake(source, start, end, 'yaml-syntax', `Cannot read this as YAML: ${visible(lowerFirst(error.message))}`);
}

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\r(?!\n)/g;

/** Mistakes for characters outside YAML's printable set (YAML 1.2.2 section 5.1), and carriage returns on their own. */
function controlCharacters(source: SourceText): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { index, 0: character } of source.text.matchAll(CONTROLS)) {
    const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    found.push(
      mistake(source, index, index + 1, 'control-character', `Cannot read character ${code}: it is invisible`, [
        'delete it',
      ]),
    );
    if (found.length === 100) break;
  }
  return found;
}

function mistake(
  source: SourceText,
  start: number,
  end: number,
  code: string,
  message: string,
  help: string[] = [],
): Diagnostic {
  return { code, severity: 'error', place: placeBetween(source, start, end), message, notes: [], help };
}

function failed(diagnostic: Diagnostic): YamlText {
  return { root: null, whole: false, diagnostics: [diagnostic] };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
