import type { Reason } from '../../model/status.ts';
import { explanationParts, withoutElapsed } from './commands.ts';
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

/** What tells reasons apart that look different: those in which only a time has grown look the same. */
export function reasonsKey(reasons: readonly Reason[]): unknown {
  return reasons.map(({ kind, explanation }) => [kind, withoutElapsed(explanation)]);
}

/** One reason: what is the case, and below it what to type, to be copied. */
export function reasonItem({ kind, explanation }: Reason): HTMLElement {
  const item = element('li', { class: 'reason' });
  let line: HTMLElement | null = null; // a label and its command stay side by side
  for (const part of explanationParts(kind, withoutElapsed(explanation))) {
    const made = part.kind === 'command' ? commandLine(part.text) : prose(part.text, part.kind);
    if (part.kind === 'label') {
      line = element('div', { class: 'step' }, made);
      item.append(line);
    } else (line ?? item).append(made);
    if (part.kind === 'command') line = null;
  }
  return item;
}

/** A sentence of the agent's, in which a plugin's words may stand. */
export function prose(text: string, kind: 'sentence' | 'label' = 'sentence'): HTMLElement {
  return element('p', { class: kind }, ...untrusted(text));
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
