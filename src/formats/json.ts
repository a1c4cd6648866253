/**
 * JSON: one document, over as many lines as it likes, or one a line. Each number and boolean in it
 * is a sample with the path to it as its name. No more of a document is held than the path to the
 * place where the reader is.
 *
 * A mistake ends its document, and what came before it counts. Where each line is a document of
 * its own, the next line that begins one is read again; else the rest of the output is nothing.
 */
import { badEntry, short } from './decimal.ts';
import { segment } from './dotted.ts';
import type { Format, FormatFinding, Line } from './format.ts';
import { type JsonToken, stringValue, tokenAt } from './json-tokens.ts';

const tokensAPause = 100;
const deepest = 100;
const longestKey = 200;

export const readJson: Format = function* (lines) {
  const documents = new DocumentReader();
  let last: TextLine = { line: 1, text: '' };
  for (const { line: number, text } of lines) {
    const line = { line: number, text };
    if (documents.isWanted(line)) yield* documents.read(line);
    yield null;
    last = line;
  }
  if (documents.isInside())
    yield badAt(last.line, last.text.length, 'the document is not complete: the output ends before it does');
};

function badAt(line: number, at: number, problem: string): FormatFinding {
  return { kind: 'bad', reason: 'bad-syntax', hint: `not JSON at line ${line}, column ${at + 1}: ${problem}` };
}

type TextLine = Pick<Line, 'line' | 'text'>;

/** An object or array that is open. `index`: of the array's item that comes next or is read. */
type Container = { readonly path: string; readonly isArray: boolean; index: number };

/** A token that is not what JSON has at its place. */
type Mistake = { readonly kind: 'mistake'; readonly at: number; readonly problem: string };

/** What may come next. `first-`: or the end of the container. */
type ExpectedToken = 'document' | 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'separator';

/**
 * Reads documents line by line. Between two tokens its state is what may come next, and the open
 * containers.
 */
class DocumentReader {
  #next: ExpectedToken = 'document';
  /** The open containers, the outermost first. */
  readonly #open: Container[] = [];
  /** The path of the value that comes next, or is read. */
  #path = '';
  /** The lines on which the document began that is read, and on which the last one ended. */
  #beganOn = 0;
  #endedOn = 0;
  /** How the complete documents were printed. */
  #shape: 'unknown' | 'one-a-line' | 'over-lines' = 'unknown';
  /** What is read after a mistake. */
  #skips: 'nothing' | 'to-next-document' | 'all' = 'nothing';

  /** Whether the output ended here would end within a document. */
  isInside(): boolean {
    return this.#open.length > 0;
  }

  /** Whether a line is read; else it is what follows a mistake. */
  isWanted({ text }: TextLine): boolean {
    if (this.#skips === 'to-next-document' && /^[ \t]*[{[]/.test(text)) this.#skips = 'nothing';
    return this.#skips === 'nothing';
  }

  *read({ line, text }: TextLine): Generator<FormatFinding | null, void, undefined> {
    let at = 0;
    for (let count = 1; ; count += 1) {
      const token = tokenAt(text, at);
      if (token === null) return;
      const found = this.#take(token, line, text);
      if (found?.kind === 'mistake') {
        yield badAt(line, found.at, found.problem);
        return this.#giveUp(line, text);
      }
      if (found !== null || count % tokensAPause === 0) yield found;
      at = token.end;
    }
  }

  #take(token: JsonToken, line: number, text: string): FormatFinding | Mistake | null {
    if (token.kind === 'bad' && token.expected !== null) return mistake(token, text, token.expected);
    const mark = token.kind === 'mark' ? token.mark : '';
    const innermost = this.#open.at(-1);
    switch (this.#next) {
      case 'document':
        return this.#begin(token, line, text);
      case 'colon':
        return mark === ':' ? this.#expect('value') : mistake(token, text, 'a colon behind the key');
      case 'first-key':
      case 'key':
        if (token.kind === 'string') return this.#enter(stringValue(text, token, longestKey));
        if (mark === '}' && this.#next === 'first-key') return this.#close(line);
        return mistake(token, text, 'a key in double quotes');
      case 'separator':
        if (mark === (innermost?.isArray ? ']' : '}')) return this.#close(line);
        if (mark === ',') return innermost?.isArray ? this.#nextItem(innermost) : this.#expect('key');
        return mistake(token, text, `a comma or ${innermost?.isArray ? ']' : '}'}`);
      case 'first-value':
        return mark === ']' ? this.#close(line) : this.#value(token, line, text);
      case 'value':
        return this.#value(token, line, text);
    }
  }

  /** A number, boolean or string as a document is alone on its line. */
  #begin(token: JsonToken, line: number, text: string): FormatFinding | Mistake | null {
    if (line === this.#endedOn) return mistake(token, text, 'the next document on a line of its own');
    const isOpening = token.kind === 'mark';
    const follower = isOpening ? null : tokenAt(text, token.end);
    if (follower !== null && token.kind !== 'bad') return mistake(follower, text, 'the end of the line');
    [this.#beganOn, this.#path] = [line, ''];
    return this.#value(token, line, text);
  }

  #value(token: JsonToken, line: number, text: string): FormatFinding | Mistake | null {
    if (token.kind === 'bad' || (token.kind === 'mark' && token.mark !== '{' && token.mark !== '['))
      return mistake(token, text, 'a value');
    if (token.kind === 'mark') return this.#openContainer(token.mark === '[', token);
    this.#valueEnded(line);
    if (token.kind === 'string') return null;
    const word = text.slice(token.at, token.end);
    if (word === 'null') return null;
    const value = word === 'true' ? 1 : word === 'false' ? 0 : Number(word);
    if (Number.isFinite(value)) return { kind: 'sample', name: this.#path, value, atS: null, series: null };
    return badEntry(this.#path || 'the document', { reason: 'not-finite', hint: `${short(word)}; print null` });
  }

  #openContainer(isArray: boolean, { at }: JsonToken): Mistake | null {
    if (this.#open.length === deepest) return { kind: 'mistake', at, problem: `more than ${deepest} levels deep` };
    const container = { path: this.#path, isArray, index: 0 };
    this.#open.push(container);
    if (!isArray) return this.#expect('first-key');
    this.#path = below(container.path, '0');
    return this.#expect('first-value');
  }

  #close(line: number): null {
    this.#open.pop();
    return this.#valueEnded(line);
  }

  #valueEnded(line: number): null {
    if (this.#open.length > 0) return this.#expect('separator');
    this.#endedOn = line;
    if (this.#shape !== 'over-lines') this.#shape = line === this.#beganOn ? 'one-a-line' : 'over-lines';
    return this.#expect('document');
  }

  #enter(key: string): null {
    this.#path = below(this.#open.at(-1)?.path ?? '', segment(key) || '_');
    return this.#expect('colon');
  }

  #nextItem(container: Container): null {
    container.index += 1;
    this.#path = below(container.path, `${container.index}`);
    return this.#expect('value');
  }

  #expect(next: ExpectedToken): null {
    this.#next = next;
    return null;
  }

  /** Leaves a document with a mistake. One outside a document costs no more than its line. */
  #giveUp(line: number, text: string): void {
    const isAlone = this.#shape === 'unknown' && line === this.#beganOn && /[}\]]$/.test(text.trimEnd());
    if (this.#open.length > 0) this.#skips = isAlone || this.#shape === 'one-a-line' ? 'to-next-document' : 'all';
    this.#open.length = 0;
    this.#next = 'document';
  }
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function mistake({ at }: JsonToken, text: string, expected: string): Mistake {
  const found = at < text.length ? `${short(text.slice(at, at + 12))} stands where` : 'the line ends where';
  return { kind: 'mistake', at, problem: `${found} ${expected} is expected` };
}
