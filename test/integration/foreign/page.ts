import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alignTables } from '../../../docs/generate.ts';
import { type ForeignResult, runForeignPlugins } from './foreign-agent.ts';
import { hostPlugins } from './plugin-list.ts';
import { startWatchedServers } from './server-plugins.ts';

/** Where the page is. */
export const pageFile = fileURLToPath(new URL('../../../docs/foreign-plugins.md', import.meta.url));

const preface = `# Plugins of Debian's packages

What the agent makes of other systems' plugins that Debian 12 has in packages, as these install
them: no file is copied or changed. Munin's plugins and the collectors for Prometheus are links in
a directory, each with its \`[directory:NAME]\`; the checks of Nagios are a \`command\` in a
\`[plugin:NAME]\`. [The plugin contract](plugins.md) says how that is configured.

The table was measured by \`npx tsx test/integration/foreign/page.ts\`, on a virtual machine with
MariaDB, Redis, nginx and PostgreSQL for the plugins that look at one of them. The tests against
real servers compare it with what they find.

- \`numbers\`: its numbers are sent.
- \`state\`: a check that prints no performance data. Its state is sent, and \`status\` shows its
  message.
- \`nothing\`: there is nothing to send here. \`status\` shows why.
- \`*\`: this depends on the machine: on its hardware, its kernel, or its packages.

`;
const head = '| plugin | package | format | reports | samples | its message, or why it reports nothing |';

/** A row of the table, as far as it is the same on each machine. */
export type PageRow = {
  readonly name: string;
  readonly package: string;
  readonly format: string;
  /** With a `*` behind it where it depends on the machine. */
  readonly reports: string;
};

/** `docs/foreign-plugins.md`, made of what was measured. */
function foreignPage(results: readonly ForeignResult[]): string {
  const rows = results.map(({ plugin, samples, says, ...result }) => {
    const { name, format, reports } = rowOf({ plugin, samples, says, ...result });
    return `| ${name} | ${plugin.package} | ${format} | ${reports} | ${samples} | ${cellText(says)} |\n`;
  });
  return preface + alignTables(`${head}\n|---|---|---|---|---|---|\n${rows.join('')}`);
}

/** The row of a plugin. */
export function rowOf({ plugin, reports }: ForeignResult): PageRow {
  const { name, format, varies } = plugin;
  return { name, package: plugin.package, format, reports: varies ? `${reports} \\*` : reports };
}

/** The rows of a page. */
export function rowsIn(page: string): readonly PageRow[] {
  const lines = page.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => {
    const [name = '', from = '', format = '', reports = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return { name, package: from, format, reports };
  });
}

/** Words of a plugin, without what is a mark in a table of Markdown. */
function cellText(says: string): string {
  return says.replaceAll('|', ' ').replaceAll('`', "'").replaceAll('<', '&lt;').replaceAll('*', '\\*').slice(0, 160);
}

/** Starts the servers, runs all plugins, and gives the page. */
async function measuredPage(): Promise<string> {
  const cleanUps: (() => void | Promise<void>)[] = [];
  const whenFinished = (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp);
  try {
    const plugins = [...hostPlugins, ...(await startWatchedServers(whenFinished))];
    return foreignPage((await runForeignPlugins(plugins, whenFinished)).results);
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

const isRun = process.argv[1] === fileURLToPath(import.meta.url);
if (isRun) writeFileSync(pageFile, await measuredPage());
