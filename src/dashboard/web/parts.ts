import type { Advice } from '../../model/advice.ts';
import { type Child, drawing, element, untrusted } from './elements.ts';
import type { RowLook } from './order.ts';

/**
 * What the page shows of advice: text that may be what a plugin printed. `kind` tells one piece of
 * advice from others of the same list.
 */
export type AdviceText = Pick<Advice, 'sentence' | 'commands'> & { readonly kind?: string };

/** The shape that stands beside a word. */
export function mark(look: RowLook): SVGSVGElement {
  return drawing(
    'svg',
    { class: `mark ${look.tone}`, 'aria-hidden': 'true' },
    drawing('use', { href: `#mark-${look.mark}` }),
  );
}

/** A shape and words in its colour. */
export function badge(look: RowLook, ...words: readonly Child[]): HTMLElement {
  return element('span', { class: `badge ${look.tone}` }, mark(look), element('span', {}, ...words));
}

/** Items of a list of reasons, one for each piece of advice. */
export function reasonItems(all: readonly AdviceText[]): readonly HTMLElement[] {
  return all.map((advice) => {
    const part: Record<string, string> = advice.kind === undefined ? {} : { 'data-part': advice.kind };
    return element('li', { class: 'reason', ...part }, ...adviceParts(advice));
  });
}

/** The sentence, and below it each command on a line of its own, with a button that copies it. */
export function adviceParts({ sentence, commands }: AdviceText): readonly HTMLElement[] {
  return [element('p', {}, ...untrusted(sentence)), ...commands.map(commandLine)];
}

/** A command on a line of its own, with a button that copies it. */
export function commandLine(command: string): HTMLElement {
  const code = element('code', {}, ...untrusted(command));
  const button = element('button', { type: 'button', 'aria-label': `Copy: ${command}` }, 'Copy');
  button.addEventListener('click', async () => {
    const isCopied = await copy(command);
    if (!isCopied) getSelection()?.selectAllChildren(code); // so that the reader can press Ctrl-C
    button.textContent = isCopied ? 'Copied' : 'Selected';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
  return element('div', { class: 'command', 'data-key': command }, code, button);
}

/** False: a page that came over plain HTTP from another machine may not use the clipboard. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
