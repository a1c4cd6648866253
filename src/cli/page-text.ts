import type { PageLink } from '../model/page-link.ts';
import { visible } from '../words/visible.ts';

/** Returns where the page is, in words; null if no page is wanted. */
export function pageText(page: PageLink): string | null {
  switch (page.kind) {
    case 'served':
      return `page: ${page.link}`;
    case 'failed':
      return `page: not served now: ${visible(page.detail)}`;
    case 'off':
      return null;
  }
}
