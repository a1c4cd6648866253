/**
 * Whether the page is served. `link` opens it: it holds the token, which is a secret, so only the
 * agent's user may see it. `wallLink` opens the wall, with a token of its own; missing: there is
 * none.
 */
export type PageLink =
  | { readonly kind: 'served'; readonly link: string; readonly wallLink?: string }
  /** The configuration does not ask for the page. */
  | { readonly kind: 'off' }
  /** It can't be served now; `detail` is why, in words. */
  | { readonly kind: 'failed'; readonly detail: string };
