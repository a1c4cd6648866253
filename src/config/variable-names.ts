import { ok } from '../model/result.ts';
import { type Kind, misfit, quote } from './values.ts';

/** Names of environment variables, with commas between them. May be empty. */
export const variableNames: Kind<readonly string[]> = {
  type: 'variables',
  bounds: 'NAME, NAME …, or nothing',
  parse(value) {
    const names = value.split(',').map((name) => name.trim());
    if (value.trim() === '') return ok([]);
    const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
    return wrong === undefined
      ? ok([...new Set(names)])
      : misfit(
          `${quote(wrong)} is not a name for an environment variable`,
          'expected names with commas between them, such as INSTRUMENTAL_TOKEN, NOTIFY_SOCKET',
        );
  },
  show: (names) => names.join(', '),
};
