/** The limit that is named; null: not known. One for the process, as the limit itself is. */
let known: number | null = null;

/** Notes the limit of this process: it can't be read any more when it is reached. */
export function noteDescriptorLimit(limit: number | null): void {
  known = limit ?? known;
}

/** What a person does so that this process may open more files. */
export const moreDescriptors =
  'raise LimitNOFILE= of the service, or ulimit -n in the shell that starts the agent, and restart it';

/**
 * Says what it means that the system gave no descriptor, and what to do, from the name of the
 * error. Null: it is another error. A refused descriptor says nothing about a file's rights.
 */
export function noDescriptorsLeft(code: string | null): string | null {
  if (code === 'ENFILE')
    return 'no file descriptors are left on this host (ENFILE); raise fs.file-max, or end what has most of them open';
  if (code !== 'EMFILE') return null;
  const limit = known === null ? '' : `: the limit is ${known} (ulimit -n)`;
  return `no file descriptors are left (EMFILE)${limit}; ${moreDescriptors}`;
}
