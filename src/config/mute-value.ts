import { ok } from '../model/result.ts';
import type { Muted } from '../model/status.ts';
import { mutedText } from '../words/state-word.ts';
import { type Kind, misfit, quote } from './values.ts';

/** Until when trouble of a plugin is expected: the whole of that day, by this machine's clock. */
export const mute: Kind<Muted> = {
  type: 'string',
  bounds: 'always, or until and a date, such as until 2027-01-31',
  parse(value) {
    if (value === 'always') return ok({ untilS: null });
    const [, year, month, day] = /^until +(\d{4})-(\d\d)-(\d\d)$/.exec(value) ?? [];
    if (day === undefined)
      return misfit(
        `${quote(value)} does not say until when`,
        'expected always, or a date with year, month and day, such as until 2027-01-31',
      );
    const next = new Date(Number(year), Number(month) - 1, Number(day) + 1);
    const untilS = next.getTime() / 1000;
    return mutedText({ untilS }).endsWith(` ${year}-${month}-${day}`)
      ? ok({ untilS })
      : misfit(`${year}-${month}-${day} is not a day of the calendar`, 'expected a date such as until 2027-01-31');
  },
  show: (value) => (value.untilS === null ? 'always' : mutedText(value).replace('muted ', '')),
};
