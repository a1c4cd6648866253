import type { SinkLogin } from '../model/config.ts';

/**
 * Returns the `authorization` header of a login, and the secrets in it; null: there is no login.
 * `scheme` is what the server calls a token.
 */
export function authorizationOf(
  login: SinkLogin,
  scheme: 'Token' | 'Bearer',
): { readonly header: string; readonly secrets: readonly string[] } | null {
  switch (login.kind) {
    case 'none':
      return null;
    case 'token':
      return { header: `${scheme} ${login.token}`, secrets: [login.token] };
    case 'password': {
      const basic = Buffer.from(`${login.username}:${login.password}`).toString('base64');
      return { header: `Basic ${basic}`, secrets: [login.password, basic] };
    }
  }
}
