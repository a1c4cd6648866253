import type { PageLink } from '../model/page-link.ts';
import { visible } from '../words/visible.ts';

/** Returns where the page is, and the wall: a line each; empty if no page is wanted. */
export function pageText(page: PageLink): readonly string[] {
  switch (page.kind) {
    case 'served':
      return [`page: ${page.link}`, ...(page.wallLink === undefined ? [] : [`wall: ${page.wallLink}`])];
    case 'failed':
      return [`page: not served now: ${visible(page.detail)}`];
    case 'off':
      return [];
  }
}
