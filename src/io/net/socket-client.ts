import { request } from 'node:http';
import { err, ok, type Result } from '../../model/result.ts';
import { codeOf } from '../errors.ts';
import { fitsSocket } from './socket-path.ts';

/** What came back over a socket file: a status and a text. */
export type SocketAnswer = { readonly status: number; readonly text: string };

/** Sends one GET over a socket file. A failure is an errno name: `ENOENT` and `ECONNREFUSED` mean that nobody is there, `ETIMEDOUT` that nobody answers, `ENAMETOOLONG` that no socket can have this path. Never rejects. */
export type AskSocket = (socketPath: string, path: string, patienceMs: number) => Promise<Result<SocketAnswer, string>>;

/** Asks on this machine. */
export const askSocket: AskSocket = (socketPath, path, patienceMs) =>
  new Promise((resolve) => {
    if (!fitsSocket(socketPath)) return resolve(err('ENAMETOOLONG'));
    const asked = request(
      { socketPath, path, headers: { host: 'localhost' }, agent: false, timeout: patienceMs },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(ok({ status: response.statusCode ?? 0, text })));
        response.on('error', (error) => resolve(err(codeOf(error))));
      },
    );
    asked.on('timeout', () => {
      resolve(err('ETIMEDOUT'));
      asked.destroy();
    });
    asked.on('error', (error) => resolve(err(codeOf(error))));
    asked.end();
  });

/** Sends one POST over a socket file and hands on what comes back with status 200, line by line, for as long as it takes; the text of another status comes at the end. `abort` hangs up. A failure is as of `Ask`. Never rejects. */
export type Converse = (
  socketPath: string,
  path: string,
  body: string,
  onLine: (line: string) => void,
) => { readonly ended: Promise<Result<SocketAnswer, string>>; abort(): void };

/** Converses on this machine. */
export const converse: Converse = (socketPath, path, body, onLine) => {
  if (!fitsSocket(socketPath)) return { ended: Promise.resolve(err('ENAMETOOLONG')), abort() {} };
  const posted = request({ socketPath, path, method: 'POST', headers: { host: 'localhost' }, agent: false });
  const ended = new Promise<Result<SocketAnswer, string>>((resolve) => {
    posted.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let parts: string[] = []; // of a line that may be long: joined once, at its end
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const [first = '', ...more] = status === 200 ? chunk.split('\n') : [chunk];
        parts.push(first);
        for (const next of more) {
          onLine(parts.join(''));
          parts = [next];
        }
      });
      response.on('end', () => resolve(ok({ status, text: parts.join('') })));
      response.on('error', (error) => resolve(err(codeOf(error))));
    });
    posted.on('error', (error) => resolve(err(codeOf(error))));
  });
  posted.end(body);
  return { ended, abort: () => void posted.destroy() };
};
