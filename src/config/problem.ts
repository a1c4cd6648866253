/**
 * One thing wrong with what the user wrote. `where` is `file:line`, a file, a flag or an environment variable; `key` is null
 * where the place says it all. Holds no value that may be secret.
 */
export type Problem = {
  readonly where: string;
  readonly key: string | null;
  readonly wrong: string;
  readonly expected: string;
};

/** What is wrong with one value and what was expected, before it is known where the value stood. */
export type Misfit = Pick<Problem, 'wrong' | 'expected'>;

/** A problem as one line: `file:line: key: what is wrong; what is expected`. */
export function formatProblem(problem: Problem): string {
  return [problem.where, ...(problem.key === null ? [] : [problem.key]), `${problem.wrong}; ${problem.expected}`].join(
    ': ',
  );
}
