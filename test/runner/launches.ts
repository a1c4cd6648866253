import type { Exit, Invocation, Launcher, OutputListener } from '../../src/io/process/launch/launcher.ts';

/** A launcher whose one script writes and ends as the test says; its process id is 42. */
export function scriptedLauncher() {
  const launched: Invocation[] = [];
  let end = (_exit: Exit) => {};
  let output: OutputListener = { onStdout() {}, onStderr() {} };
  const launcher: Launcher = {
    launch(invocation, listener) {
      launched.push(invocation);
      output = listener;
      const ended = new Promise<Exit>((resolve) => {
        end = resolve;
      });
      return { pid: () => 42, ended };
    },
    renew() {},
    leftBehind: null,
    untilRoom: () => null,
    countDescriptors: () => ({ limit: null, runs: null, waiting: 0 }),
    async close() {},
  };
  return {
    launcher,
    launched,
    write(stdout: string | Uint8Array, stderr = '') {
      output.onStdout(Buffer.from(stdout));
      output.onStderr(Buffer.from(stderr));
    },
    end: (exit: Exit) => end(exit),
  };
}
