/** What of a run's standard error is told: so many lines, bytes, and bytes a line; the rest is counted. */
export const stderrLimits = { lines: 200, bytes: 16 * 1024, lineBytes: 1024 } as const;

/** Cuts one run's standard error into lines and tells them as they come, up to the limits. */
export type StderrTeller = { onChunk(chunk: Uint8Array): void; end(): void };

/** `tell` gets each line without its end, and at last `… N more lines, M bytes` if there was more than is told. */
export function tellStderr(tell: (line: string) => void): StderrTeller {
  let rest: Uint8Array[] = []; // of the line that has not ended, up to its limit
  let restBytes = 0;
  let lineBytes = 0;
  let told = { lines: 0, bytes: 0 };
  let more = { lines: 0, bytes: 0 };

  function endLine() {
    const line = Buffer.concat(rest).toString('utf8').replace(/\r$/, '');
    const cutBytes = lineBytes - restBytes;
    const hasRoom = more.lines === 0 && told.lines < stderrLimits.lines && told.bytes + restBytes <= stderrLimits.bytes;
    if (hasRoom) {
      if (line.trim() !== '') tell(cutBytes > 0 ? `${line}… ${cutBytes} more bytes` : line);
      told = { lines: told.lines + 1, bytes: told.bytes + restBytes };
    } else more = { lines: more.lines + 1, bytes: more.bytes + lineBytes };
    rest = [];
    restBytes = 0;
    lineBytes = 0;
  }

  function append(part: Uint8Array) {
    lineBytes += part.length;
    const kept = part.subarray(0, stderrLimits.lineBytes - restBytes);
    if (kept.length === 0) return;
    rest.push(new Uint8Array(kept));
    restBytes += kept.length;
  }

  return {
    onChunk(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        append(chunk.subarray(from, at));
        endLine();
        from = at + 1;
      }
      append(chunk.subarray(from));
    },
    end() {
      if (lineBytes > 0) endLine();
      if (more.lines > 0) tell(`… ${more.lines} more lines, ${more.bytes} bytes`);
    },
  };
}
