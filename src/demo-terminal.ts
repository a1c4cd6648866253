import { mayBeHostMetrics } from './host/names.ts';
import type { Terminal } from './io/terminal.ts';
import { pluginName } from './model/plugin.ts';

/** The demo's terminal. */
export type DemoTerminal = Terminal & {
  /** Keeps a text below everything that is printed from now on, if stdout is a terminal. */
  keepLast(text: string): void;
  /** Takes that text away. */
  dropLast(): void;
};

/** What the terminal looks like, and which plugins there are. */
export type DemoScreen = {
  /** How many characters fit in a line. */
  readonly columns: () => number;
  /** The file names of the plugins. */
  readonly plugins: () => readonly string[];
};

const hostEveryS = 60;

/**
 * Wraps a terminal: of the host's samples, only those of the first tick are printed and then those
 * of one tick a minute, so that a plugin's own samples stay in sight. All other text, and the log,
 * pass as they are.
 */
export function demoTerminal(inner: Terminal, { columns, plugins }: DemoScreen): DemoTerminal {
  let last = '';
  let hostAtS = Number.NEGATIVE_INFINITY;

  /** Goes to the first column of the kept text's first row, and clears from there. */
  function cleared(): string {
    if (last === '') return '';
    const rowsAbove = Math.ceil(last.length / columns()) - 1;
    return `\r${rowsAbove > 0 ? `\u001b[${rowsAbove}A` : ''}\u001b[J`;
  }

  function isShown(line: string, files: readonly string[]): boolean {
    const [, metric = '', atS] = /^(\S+) \S+ (\d+)$/.exec(line) ?? [];
    if (!isOfHost(metric, files)) return true;
    if (Number(atS) >= hostAtS + hostEveryS) hostAtS = Number(atS);
    return Number(atS) === hostAtS;
  }

  return {
    ...inner,
    write(text) {
      const files = plugins();
      const shown = text.split(/(?<=\n)/).filter((line) => isShown(line.trimEnd(), files));
      return inner.write(`${cleared()}${shown.join('')}${last}`);
    },
    stdoutLog: {
      ...inner.stdoutLog,
      write: (line) => inner.stdoutLog.write(`${cleared()}${line}${last}`),
    },
    keepLast(text) {
      if (!inner.isTerminal) return;
      void inner.write(`${cleared()}${text}`).catch(() => {});
      last = text;
    },
    dropLast() {
      void inner.write(cleared()).catch(() => {});
      last = '';
    },
  };
}

/** Whether a metric is the host's own, and not one of a plugin. */
function isOfHost(metric: string, plugins: readonly string[]): boolean {
  if (plugins.some((file) => metric.includes(`.${pluginName(file)}.`))) return false;
  const [, ...parts] = metric.split('.'); // the name of a host may have dots
  return parts.some((part) => mayBeHostMetrics(pluginName(part)));
}
