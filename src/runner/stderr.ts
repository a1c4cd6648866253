/**
 * How much of one run's stderr is passed on: lines, bytes, and bytes a line. The rest is counted.
 */
export const stderrLimits = { lines: 200, bytes: 16 * 1024, lineBytes: 1024 } as const;

/** Cuts one run's stderr into lines. `end` is called once, when the run has ended. */
export type StderrCutter = { onChunk(chunk: Uint8Array): void; end(): void };

/**
 * `onLine` gets each line without its end, and last `… N more lines, M bytes` if there were more
 * than the limits allow.
 */
export function cutStderr(onLine: (line: string) => void): StderrCutter {
  return new LineCutter(onLine);
}

class LineCutter implements StderrCutter {
  readonly #onLine: (line: string) => void;
  /** The kept beginning of the line that has not ended yet. */
  #parts: Uint8Array[] = [];
  #keptBytes = 0;
  /** All bytes of that line, those beyond its limit included. */
  #lineBytes = 0;
  #passedOn = { lines: 0, bytes: 0 };
  #counted = { lines: 0, bytes: 0 };

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  onChunk(chunk: Uint8Array): void {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.#append(chunk.subarray(from, at));
      this.#endLine();
      from = at + 1;
    }
    this.#append(chunk.subarray(from));
  }

  end(): void {
    if (this.#lineBytes > 0) this.#endLine();
    const { lines, bytes } = this.#counted;
    if (lines > 0) this.#onLine(`… ${lines} more lines, ${bytes} bytes`);
  }

  #append(part: Uint8Array): void {
    this.#lineBytes += part.length;
    const kept = part.subarray(0, stderrLimits.lineBytes - this.#keptBytes);
    if (kept.length === 0) return;
    this.#parts.push(new Uint8Array(kept)); // a copy: the chunk is overwritten after the call
    this.#keptBytes += kept.length;
  }

  #endLine(): void {
    if (this.#hasRoom()) this.#passOn();
    else this.#counted = { lines: this.#counted.lines + 1, bytes: this.#counted.bytes + this.#lineBytes };
    this.#parts = [];
    this.#keptBytes = 0;
    this.#lineBytes = 0;
  }

  /** After the first line that is only counted, all later ones are only counted too. */
  #hasRoom(): boolean {
    const { lines, bytes } = this.#passedOn;
    return this.#counted.lines === 0 && lines < stderrLimits.lines && bytes + this.#keptBytes <= stderrLimits.bytes;
  }

  #passOn(): void {
    const line = Buffer.concat(this.#parts).toString('utf8').replace(/\r$/, '');
    const cutBytes = this.#lineBytes - this.#keptBytes;
    if (line.trim() !== '') this.#onLine(cutBytes > 0 ? `${line}… ${cutBytes} more bytes` : line);
    this.#passedOn = { lines: this.#passedOn.lines + 1, bytes: this.#passedOn.bytes + this.#keptBytes };
  }
}
