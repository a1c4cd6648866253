/**
 * One thing wrong with what the user wrote. `where` is `file:line`, a file, a flag or an
 * environment variable; `key` is null if the problem is not about a key. Never contains a value
 * that may be secret.
 */
export type Problem = {
  readonly where: string;
  readonly key: string | null;
  readonly wrong: string;
  readonly expected: string;
};

/** What is wrong with one value and what was expected, without the place of the value. */
export type Misfit = Pick<Problem, 'wrong' | 'expected'>;

/** A problem as one line: `file:line: key: what is wrong; what is expected`. */
export function formatProblem(problem: Problem): string {
  return [problem.where, ...(problem.key === null ? [] : [problem.key]), `${problem.wrong}; ${problem.expected}`].join(
    ': ',
  );
}
