import { messageOf } from '../io/errors.ts';
import type { Handle, HttpReply, IncomingRequest, Stream } from '../io/net/http-server.ts';
import { type FormatName, formatNames } from '../model/format.ts';
import type { PageLink } from '../model/page-link.ts';
import type { PreviousRun, RunEnvironment, TrialEvent } from '../model/trial.ts';

/** What the agent does only for its own user and root. */
export type OwnerRequests = {
  /**
   * Runs a trial of a plugin. Resolves after the last event. `isWanted` is called before the run
   * begins; if it returns false, there is no run. `format` takes the place of the plugin's own;
   * null: it does not.
   */
  trial(
    name: string,
    previous: PreviousRun | null,
    onEvent: (event: TrialEvent) => void,
    isWanted: () => boolean,
    format: FormatName | null,
  ): Promise<void>;
  /** The user, folder, limits and environment that the plugin of this name runs with. */
  runEnvironment(name: string): Promise<RunEnvironment>;
  /** The link of the page, with the token. */
  pageLink(): PageLink;
};

/**
 * Creates the routes of the control socket. `POST /run?name=NAME` runs a trial, with
 * `&format=FORMAT` in that format: the body is a `PreviousRun` or `null`, the reply one
 * `TrialEvent` a line, in JSON.
 * `/surroundings.json?name=NAME` returns a `RunEnvironment`, `/link.json` a `PageLink`. All other
 * requests go to `read`, as on the port of the page.
 */
export function createControlRoutes(read: Handle, owner: OwnerRequests): Handle {
  return (request) => {
    const name = request.query.get('name') ?? '';
    if (request.path === '/run')
      return request.method === 'POST' && name !== '' ? run(owner, name, request) : expected('POST /run?name=NAME');
    if (request.path === '/surroundings.json') return owner.runEnvironment(name).then(json);
    if (request.path === '/link.json') return json(owner.pageLink());
    return read(request);
  };
}

function run(owner: OwnerRequests, name: string, { body, query }: IncomingRequest): HttpReply {
  const previous = parsePrevious(body);
  if (previous === undefined)
    return expected(
      'null as the body, or a JSON object with endedAtS (seconds), status (0 to 255) and stdout (base64)',
    );
  const asked = query.get('format') ?? null;
  const format = formatNames.find((one) => one === asked) ?? null;
  if (asked !== null && format === null) return expected(`format to be one of ${formatNames.join(', ')}`);
  const stream = (out: Stream) => {
    let isWanted = true;
    out.onClose(() => {
      isWanted = false; // a run that has begun continues: the agent never kills a script
    });
    const send = (event: TrialEvent) => out.write(`${JSON.stringify(event)}\n`);
    const failed = (error: unknown) =>
      send({
        event: 'refused',
        reason: 'not-now',
        advice: { kind: 'fault', sentence: messageOf(error), commands: [] },
      });
    void owner
      .trial(name, previous, send, () => isWanted, format)
      .catch(failed)
      .finally(out.end);
  };
  return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, stream };
}

/** Parses the body of `POST /run`; undefined if it is neither `null` nor a previous run. */
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
  const isTime = isBetween(endedAtS, Number.MAX_SAFE_INTEGER);
  return isTime && isBetween(status, 255) && Number.isInteger(status) && typeof stdout === 'string';
}

function isBetween(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most;
}

function expected(what: string): HttpReply {
  return { status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `expected ${what}\n` };
}

function json(document: RunEnvironment | PageLink): HttpReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(document)}\n`,
  };
}
