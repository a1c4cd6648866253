import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { succeeds } from './nobody.ts';
import { findProgram, freePorts, startServer, type WhenFinished } from './server.ts';
import type { Watched } from './watched.ts';

/** Redis, or null: it is not on this machine. */
export const redisProgram = findProgram('redis-server');

/** A Redis of its own directory that wants a password. It has three keys; one expires. */
export async function startRedis(whenFinished: WhenFinished): Promise<Watched> {
  const dir = tempDir(whenFinished);
  const [port = 0] = await freePorts(1);
  const socket = join(dir, 'socket');
  const login = { REDISCLI_AUTH: 'open sesame' };
  const command = (...words: string[]) => succeeds('redis-cli', ['-e', '-p', String(port), ...words], login);
  const args = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--unixsocket',
    socket,
    '--save',
    '',
    '--requirepass',
    'open sesame',
  ];
  const isReady = () => command('MSET', 'a', '1', 'b', '2', 'c', '3');
  const server = await startServer(redisProgram ?? '', args, { cwd: dir, isReady, whenFinished });
  await command('EXPIRE', 'c', '3600');
  await command('ACL', 'SETUSER', 'monitor', 'on', '>open sesame', '+info');
  return {
    ...server,
    env: { REDIS_PORT: String(port), REDIS_USER: 'monitor', REDIS_PASSWORD: 'open sesame' },
    otherEnv: { REDIS_SOCKET: socket, REDIS_PASSWORD: 'open sesame' },
    use: async () => {
      await command('GET', 'a');
      await command('MGET', 'a', 'b', 'nothing');
    },
  };
}
