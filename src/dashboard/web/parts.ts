import type { Reason } from '../../model/advice.ts';

import { type Child, drawing, element, untrusted } from './elements.ts';
import type { RowLook } from './order.ts';

/** The shape that stands beside a word. */
export function mark(look: RowLook): SVGSVGElement {
  return drawing(
    'svg',
    { class: `mark ${look.tone}`, 'aria-hidden': 'true' },
    drawing('use', { href: `#mark-${look.mark}` }),
  );
}

/** A shape and a word. */
export function badge(look: RowLook, ...words: readonly Child[]): HTMLElement {
  return element('span', { class: `badge ${look.tone}` }, mark(look), element('span', {}, ...words));
}

/** What tells apart reasons that look different. */
export function reasonsKey(reasons: readonly Reason[]): unknown {
  return reasons.map(({ explanation }) => explanation);
}

/** One reason: what is the case, and below it each command to type, with a button that copies it. */
export function reasonItem({ sentence, commands }: Pick<Reason, 'sentence' | 'commands'>): HTMLElement {
  return element('li', { class: 'reason' }, prose(sentence), ...commands.map(commandLine));
}

/** A sentence of the agent's, in which a plugin's words may stand. */
export function prose(text: string): HTMLElement {
  return element('p', { class: 'sentence' }, ...untrusted(text));
}

function commandLine(text: string): HTMLElement {
  const code = element('code', {}, ...untrusted(text));
  const button = element('button', { type: 'button', class: 'copy', 'aria-label': `Copy: ${text}` }, 'Copy');
  button.addEventListener('click', async () => {
    const isCopied = await copy(text);
    if (!isCopied) getSelection()?.selectAllChildren(code); // the reader's own Ctrl-C does the rest
    button.textContent = isCopied ? 'Copied' : 'Selected';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
  return element('div', { class: 'command' }, code, button);
}

/** Pages that came over plain HTTP from elsewhere than this machine have no clipboard. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
