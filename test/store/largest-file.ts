import { execFileSync } from 'node:child_process';

/** Limits how large a file this process may write, as a full disk would, while `work` runs. */
export function withLargestFile<Value>(bytes: number, work: () => Value): Value {
  const restore = limitLargestFile(bytes);
  try {
    return work();
  } finally {
    restore();
  }
}

/** Limits it until the function that it returns is called. */
export function limitLargestFile(bytes: number): () => void {
  const limit = (value: string) => void execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${value}:`]);
  limit(String(bytes));
  return () => limit('unlimited');
}
