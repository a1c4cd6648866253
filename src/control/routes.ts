import { messageOf } from '../io/errors.ts';
import type { Handle, HttpReply, IncomingRequest, Stream } from '../io/net/http-server.ts';
import type { PreviousRun, RunEnvironment, TrialEvent } from '../model/trial.ts';

/** What the agent does for its owner alone. */
export type OwnerRequests = {
  /** Runs a plugin out of turn and tells how that goes; resolves when the last event was told. `isWanted` is asked before it begins. */
  tryOut(
    name: string,
    previous: PreviousRun | null,
    tell: (event: TrialEvent) => void,
    isWanted: () => boolean,
  ): Promise<void>;
  /** What the plugin of this name finds around it. */
  surroundings(name: string): RunEnvironment;
};

/**
 * What is answered on the control socket: all that the page's port answers too (`read`), and for the agent's owner `POST /run?name=NAME`, a run out of turn,
 * told line by line in JSON, its body `null` or what the run is told of the one before; and `/surroundings.json?name=NAME`.
 */
export function createControlRoutes(read: Handle, owner: OwnerRequests): Handle {
  return (request) => {
    const name = request.query.get('name') ?? '';
    if (request.path === '/run')
      return request.method === 'POST' && name !== '' ? run(owner, name, request) : expected('POST /run?name=NAME');
    if (request.path === '/surroundings.json') return json(owner.surroundings(name));
    return read(request);
  };
}

function run(owner: OwnerRequests, name: string, { body }: IncomingRequest): HttpReply {
  const previous = parsePrevious(body);
  if (previous === undefined)
    return expected(
      'null as the body, or a JSON object with endedAtS (whole seconds), status (0 to 255) and stdout (base64)',
    );
  const stream = (out: Stream) => {
    let isWanted = true;
    out.onClose(() => {
      isWanted = false; // a run that has begun goes on all the same: nothing is ever ended
    });
    const tell = (event: TrialEvent) => out.write(`${JSON.stringify(event)}\n`);
    const failed = (error: unknown) =>
      tell({
        event: 'refused',
        reason: 'not-now',
        advice: { kind: 'fault', sentence: messageOf(error), commands: [] },
      });
    void owner
      .tryOut(name, previous, tell, () => isWanted)
      .catch(failed)
      .finally(out.end);
  };
  return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, stream };
}

/** Undefined: it is none. */
function parsePrevious(body: Uint8Array): PreviousRun | null | undefined {
  try {
    const previous: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return previous === null || isPrevious(previous) ? previous : undefined;
  } catch {
    return undefined;
  }
}

function isPrevious(value: unknown): value is PreviousRun {
  if (typeof value !== 'object' || value === null) return false;
  const { endedAtS, status, stdout } = { endedAtS: null, status: null, stdout: null, ...value };
  return isWhole(endedAtS, Number.MAX_SAFE_INTEGER) && isWhole(status, 255) && typeof stdout === 'string';
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}

function expected(what: string): HttpReply {
  return { status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `expected ${what}\n` };
}

function json(document: RunEnvironment): HttpReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(document)}\n`,
  };
}
