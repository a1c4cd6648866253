import { request } from 'node:http';
import { err, ok, type Result } from '../model/result.ts';
import { errorCode } from './dial-failure.ts';
import { fitsSocket } from './socket-path.ts';

/** What came back over a socket file: a status and a text. */
export type Asked = { readonly status: number; readonly text: string };

/** Sends one GET over a socket file. A failure is an errno name: `ENOENT` and `ECONNREFUSED` mean that nobody is there, `ETIMEDOUT` that nobody answers, `ENAMETOOLONG` that no socket can have this path. Never rejects. */
export type Ask = (socketPath: string, path: string, patienceMs: number) => Promise<Result<Asked, string>>;

/** Asks on this machine. */
export const ask: Ask = (socketPath, path, patienceMs) =>
  new Promise((resolve) => {
    if (!fitsSocket(socketPath)) return resolve(err('ENAMETOOLONG'));
    const asked = request({ socketPath, path, headers: { host: 'localhost' }, agent: false, timeout: patienceMs }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(ok({ status: response.statusCode ?? 0, text })));
      response.on('error', (error) => resolve(err(errorCode(error))));
    });
    asked.on('timeout', () => {
      resolve(err('ETIMEDOUT'));
      asked.destroy();
    });
    asked.on('error', (error) => resolve(err(errorCode(error))));
    asked.end();
  });
