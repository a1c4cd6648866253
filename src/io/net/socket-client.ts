import { err, ok, type Result } from '../../model/result.ts';
import { codeOf } from '../errors.ts';
import { requestHttp } from './builtins.ts';
import { fitsSocket } from './socket-path.ts';

/** An answer over a socket file: an HTTP status and a text. */
export type SocketAnswer = { readonly status: number; readonly text: string };

/**
 * Sends one GET over a socket file. A failure is an errno name: `ENOENT` and `ECONNREFUSED` mean
 * that no process listens, `ETIMEDOUT` that none answered within `patienceMs`, `ENAMETOOLONG` that
 * no socket can have this path. Never rejects.
 */
export type AskSocket = (socketPath: string, path: string, patienceMs: number) => Promise<Result<SocketAnswer, string>>;

/** Sends GETs on this machine. */
export const askSocket: AskSocket = (socketPath, path, patienceMs) =>
  new Promise((resolve) => {
    if (!fitsSocket(socketPath)) return resolve(err('ENAMETOOLONG'));
    const get = requestHttp(
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
    get.on('timeout', () => {
      resolve(err('ETIMEDOUT'));
      get.destroy();
    });
    get.on('error', (error) => resolve(err(codeOf(error))));
    get.end();
  });

/**
 * Sends one POST over a socket file. Calls `onLine` with each line of an answer with status 200 as
 * it comes, for as long as it takes. `ended` has the text of any other status, or the last line if
 * it had no line end. `abort` closes the connection. A failure is as in `AskSocket`. Never
 * rejects.
 */
export type Converse = (
  socketPath: string,
  path: string,
  body: string,
  onLine: (line: string) => void,
) => { readonly ended: Promise<Result<SocketAnswer, string>>; abort(): void };

/** Sends POSTs on this machine. */
export const converse: Converse = (socketPath, path, body, onLine) => {
  if (!fitsSocket(socketPath)) return { ended: Promise.resolve(err('ENAMETOOLONG')), abort() {} };
  const post = requestHttp({ socketPath, path, method: 'POST', headers: { host: 'localhost' }, agent: false });
  const ended = new Promise<Result<SocketAnswer, string>>((resolve) => {
    post.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let lineParts: string[] = []; // a line may be long: its parts are joined once, at its end
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const [first = '', ...more] = status === 200 ? chunk.split('\n') : [chunk];
        lineParts.push(first);
        for (const next of more) {
          onLine(lineParts.join(''));
          lineParts = [next];
        }
      });
      response.on('end', () => resolve(ok({ status, text: lineParts.join('') })));
      response.on('error', (error) => resolve(err(codeOf(error))));
    });
    post.on('error', (error) => resolve(err(codeOf(error))));
  });
  post.end(body);
  return { ended, abort: () => void post.destroy() };
};
