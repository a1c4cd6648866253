import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { ask, findProgram, freePorts, type Server, startServer } from './server.ts';

/** vmagent, or null: it is not on this machine. */
export const vmagentProgram = findProgram('vmagent');

/**
 * A directory for a vmagent, and its address; `start` it now or later, and again. All that is
 * written to it goes to each of `targets`.
 */
export async function makeVmagent(
  targets: readonly string[],
): Promise<{ readonly url: string; start(): Promise<Server> }> {
  const dir = tempDir();
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    start() {
      const args = [
        `-httpListenAddr=127.0.0.1:${port}`,
        `-remoteWrite.tmpDataPath=${join(dir, 'queue')}`,
        ...targets.map((target) => `-remoteWrite.url=${target}/api/v1/write`),
      ];
      const isReady = async () => (await ask(`${url}/health`)) !== null;
      return startServer(vmagentProgram ?? '', args, { cwd: dir, isReady });
    },
  };
}
