import { createHash } from 'node:crypto';
import type { HttpReply } from '../io/net/http-server.ts';
import { contentSecurityPolicy, textReply } from './reply.ts';

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 44rem; padding: 10vh 1.5rem; color: light-dark(#1d232b, #dfe4ea);
  background: light-dark(#fafbfc, #14181d); }
h1 { font-size: 1.25rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.75rem 1rem;
  border: 1px solid light-dark(#ccd3da, #38414c); border-radius: 0.375rem;
  background: light-dark(#fff, #1b2027); user-select: all; }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

const challenge = { 'www-authenticate': 'Bearer' };

/** Returns the refusal of a wall's request without the token. It says nothing of the host. */
export function wallRefusedReply(): HttpReply {
  return textReply(401, 'this link of the wall is not valid; open the new one', challenge);
}

/**
 * Returns the refusal of a request without the token: a page for a browser, text for other
 * programs. Both say which command prints the link. `accept` is the header of the request.
 */
export function unauthorizedReply(accept: string | undefined, linkCommand: string): HttpReply {
  if (!/\btext\/html\b/i.test(accept ?? '')) {
    const cure = `open the link that this command prints, as the agent's user: ${linkCommand}`;
    return textReply(401, `the token is missing or wrong; ${cure}`, challenge);
  }
  const headers = {
    ...challenge,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(`'sha256-${styleHash}'`),
  };
  return { status: 401, headers, body: page(linkCommand) };
}

function page(linkCommand: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>instrument_server: open the page by its link</title>
    <link rel="icon" href="data:,">
    <style>${style}</style>
  </head>
  <body>
    <main>
      <h1>This page opens by its link</h1>
      <p>The token is missing or wrong. In a terminal on the agent's host, as the agent's user, type:</p>
      <pre><code>${escaped(linkCommand)}</code></pre>
      <p>It prints the link, whole, with the token. Open that. This browser then remembers the token for a year.</p>
    </main>
  </body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
