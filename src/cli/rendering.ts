import { styleText } from 'node:util';
import { shortDuration } from '../words/duration.ts';

/** How text is rendered. */
export type RenderOptions = { readonly colours: boolean };

/** The colours of the text. */
export type Colour = 'red' | 'yellow' | 'green' | 'gray';

/** Returns text in a colour, if `colours` is true. */
export function paint(colour: Colour, text: string, colours: boolean): string {
  return colours ? styleText(colour, text, { validateStream: false }) : text;
}

/** Returns how long ago a moment was. Both times in unix seconds. */
export function ago(nowS: number, atS: number): string {
  return `${shortDuration(nowS - atS)} ago`;
}
