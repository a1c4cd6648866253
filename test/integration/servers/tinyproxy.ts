import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { findProgram, freePorts, startServer } from './server.ts';

/** tinyproxy, or null: it is not on this machine. */
export const tinyproxyProgram = findProgram('tinyproxy');

/** Starts a tinyproxy that asks for a login, `USER PASSWORD`, or for none. Returns its port. */
export async function startTinyproxy(login: string | null): Promise<number> {
  const dir = tempDir();
  const [port = 0] = await freePorts(1);
  const file = join(dir, 'tinyproxy.conf');
  writeFileSync(
    file,
    `Port ${port}\nListen 127.0.0.1\nAllow 127.0.0.1\nLogFile "${dir}/log"\nPidFile "${dir}/pid"\n${login === null ? '' : `BasicAuth ${login}\n`}`,
  );
  const isReady = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end()).on('close', (hadError) => resolve(!hadError));
      socket.on('error', () => {}).resume();
    });
  await startServer(tinyproxyProgram ?? '', ['-d', '-c', file], { cwd: dir, isReady });
  return port;
}
