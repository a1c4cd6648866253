import { libc } from '../libc.ts';

/**
 * Ends this process with a status. Node would wait for its threads: for a look-up of a name until
 * the name server answers, for a call to a dead mount until that answers. The kernel does not.
 */
export function endProcess(status: number): never {
  process.once('exit', () => {
    if (process.getActiveResourcesInfo().some(holdsThread)) libc()?.endNow(status);
  });
  process.exit(status);
}

const holdsThread = (resource: string) => resource === 'GetAddrInfoReqWrap' || resource.startsWith('FSReq');
