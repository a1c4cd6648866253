import type { Format } from './format.ts';

export const readInflux: Format = function* (lines) {
  for (const { text } of lines)
    yield text.trim() === '' ? null : { kind: 'bad', reason: 'bad-syntax', hint: 'this format is not there yet' };
};
