import { onTestFinished } from 'vitest';
import { type Agent, type ProgramOptions, spawnProgram } from './program.ts';

/**
 * `spawnProgram`, for the length of a test: it is ended with SIGKILL after it, if it is still
 * there, and the test fails if it has written a secret.
 */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Agent {
  const program = spawnProgram(args, options);
  onTestFinished(async () => {
    program.process.kill('SIGKILL');
    await program.exit;
    const leak = program.leak();
    if (leak !== null) throw new Error(`the program wrote a secret on stdout or stderr: ${JSON.stringify(leak)}`);
  });
  return program;
}

/** Runs the program to its end. */
export async function runToEnd(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ status: number | string | null; stdout: string; stderr: string }> {
  const program = startProgram(args, { env });
  const status = await program.exit;
  return {
    status,
    stdout: [...program.printed, ...program.log.map((entry) => JSON.stringify(entry))].join('\n'),
    stderr: program.stderr(),
  };
}
