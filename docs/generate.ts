import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Alert } from '../packaging/alerts/alert.ts';
import { dashboardFile } from '../packaging/alerts/dashboard-file.ts';
import { alertGroups, ruleFile, runbookOf } from '../packaging/alerts/rule-file.ts';
import { allSettings, shownDefault } from '../src/config/schema.ts';
import { sections } from '../src/config/sections.ts';
import type { Setting } from '../src/config/setting.ts';
import { type StateRow, stateTable } from '../src/view/state-table.ts';

const preface = `# Configuration

This page is generated from the table that the agent checks its configuration against: \`npx tsx
docs/generate.ts\`.

The value of a key can come from four places. The first of them that sets it wins: flags, the
environment (\`INSTRUMENTAL_TOKEN\`), files, the default. The default of \`proxy\` comes from [other
variables](sinks.md#proxies). Files are watched: the agent [applies changes while it
runs](#changes).

## Files

\`-f FILE\` names the file; without it, it is \`/etc/instrument_server.ini\`. The file need not exist.
If \`-f\` names a missing file, the agent warns about it and reads it as soon as it exists. If the
name of the file ends in \`.ini\`, the agent then reads every \`*.ini\` in the folder of the same name
that ends in \`.d\` (\`/etc/instrument_server.d/*.ini\`), in name order. Later files win key by key. A
file with every key as a comment is \`config/instrument_server.ini\`.

\`\`\`ini
[agent]
report_interval = 30s        ; a comment begins after white space

[collector]
api_key = YOUR_API_KEY

[scripts]
enabled = true

[plugin:mysql_status]
interval = 5m
env.MYSQL_HOST = "db.example.com"
\`\`\`

- Each line is one \`key = value\`, under a \`[section]\` at the beginning of a line. A section may be
  given more than once; a key only once in a file. Names are literal, including dots:
  \`[plugin:with.ext]\`.
- \`;\` or \`#\` begins a comment at the beginning of a line or after white space. A value that
  contains one of them is quoted: \`"a#b"\`.
- In double quotes, \`\\\\\`, \`\\"\`, \`\\t\` and \`\\u00e9\` are escapes. In single quotes everything is
  literal. Without quotes, \`\\;\`, \`\\#\` and \`\\\\\` stand for the second character, and any other
  backslash for itself.
- The agent does not guess. A line that can't be read, a key or a section that does not exist, and
  a value out of bounds are problems. All problems are shown at once, and the agent does not start:

\`\`\`
/etc/instrument_server.ini:2: report_intervall: there is no such key in [agent]; did you mean report_interval?
/etc/instrument_server.ini:9: interval: 45s is not a multiple of report_interval, which is 30s by default; expected a multiple, such as 1m
\`\`\`

- The agent also understands the Ruby agent's YAML file, one line \`api_key: KEY\`. It reads such a
  file if \`-f\` names a \`.yml\` or \`.yaml\`; without \`-f\`, it reads \`/etc/instrumental.yml\` if there
  is no \`/etc/instrument_server.ini\`. Anything else in such a file is a problem.
- A file that holds a key, a token, a password (also that of a proxy) or headers should be readable
  only by its owner (\`chmod 0600\`); otherwise the agent warns about it. No message ever shows one
  of them.

## Changes

The agent looks at its files every 800 ms: at the main file and at all files in the folder,
including new, deleted, renamed and linked ones. It reads a changed file once the file has looked
the same for 100 ms, so it never takes a file that an editor has just emptied for an empty one.
Then it applies the change: within a second, without a restart, and without touching queued or
running plugins. The log names the keys that changed (\`config.reloaded\`), never their values.

- If any part of a change has a problem, the whole change is refused and the last good
  configuration stays. Each problem is logged once, with file and line (\`config.refused\`), until
  the files change again. A file that the agent's user may not read is such a problem; with \`-u
  USER\`, that user is USER.
- A file of more than 1 MiB, which is some 10,000 sections of plugins, is refused: it is hardly a
  configuration.
- A file that is deleted counts as missing: its keys have their defaults again.
- \`state_dir\` and \`[log] location\` are fixed at the start: a change of them is logged, and takes
  effect at the next start. The same is true of flags and the environment.
- SIGHUP makes the agent read the files at once, whether or not they look changed.
- Configuration that comes through a pipe (\`-f <(...)\`) is read once and can't change.

## Values

| type | is written |
|---|---|
| boolean | \`true\`, \`yes\`, \`on\` or \`false\`, \`no\`, \`off\` |
| integer | a whole number |
| duration | a whole number and \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`; without a unit, seconds: \`30\` is \`30s\` |
| size | a whole number and \`KiB\`, \`MiB\` or \`GiB\` (each is 1024 of the one before); without a unit, bytes |
| path | a full path. \`~/\` is the home directory. A relative path starts from the folder of its file; in a flag, from the working directory |
| address | \`host\`, \`host:port\`, \`[IPv6]:port\`, \`tls://host:port\`, \`tcp://host:port\`; each key says which port it has by default, and whether with TLS |
| url | \`http://\` or \`https://\`, host, port and path; no user, no password, no query, no fragment |
| headers | \`name=value\`, several separated by commas, without quotes; in a value \`%20\` is a space, \`%2C\` a comma, \`%25\` a percent sign |
| proxy | \`http://host:port\` or \`http://user:password@host:port\`, in user and password \`%40\` for an @, \`%25\` for a percent sign; or \`none\` |
| hostname | letters, digits, \`_\` and \`-\`, with single dots between them |
| level | \`fatal\`, \`error\`, \`warn\`, \`info\`, \`debug\`, \`trace\` |
| secret | a key, a token (one word), or a password (anything on one line) |
| string | anything on one line |

## Keys
`;

/** `docs/configuration.md`: the preface above, then every section and key of the table. */
export function referencePage(): string {
  return alignTables(
    preface +
      sections.map(({ name, does }) => `\n### [${name}]\n\n${wrapped(does)}\n\n${keyTable(rowsOf(name))}`).join(''),
  );
}

/**
 * `config/instrument_server.ini`: every key as a line that is valid once its `;` is removed. Prose
 * begins with `#`.
 */
export function sampleFile(): string {
  const blocks = sections.map(({ name, does, example }) => {
    const header = example === null ? `[${name}]` : `;[${example}]`;
    const keys = rowsOf(name).map(
      (row) => `${comment(`${row.does} Default: ${shownDefault(row)}.`)}\n;${exampleLine(row)}\n`,
    );
    return `\n${comment(does)}\n${header}\n${keys.join('')}`;
  });
  return `# instrument_server: to set a key, remove the ; before its line. docs/configuration.md says more.\n${blocks.join('')}`;
}

/** `docs/status.md` with the table of states that the agent decides by. `page`: as it is now. */
export function statusPage(page: string): string {
  const rows = stateTable.map(stateLine);
  return withPart(
    'docs/status.md',
    page,
    'states',
    `| | what is the case | reasons | state |\n|---|---|---|---|\n${rows.join('')}`,
  );
}

/** `docs/alerting.md` with the tables of alerts. `page`: as it is now. */
export function alertingPage(page: string): string {
  return alertGroups.reduce((text, { needs, alerts }) => {
    const rows = alerts.map(alertLine).join('');
    return withPart(
      'docs/alerting.md',
      text,
      `alerts with ${needs}`,
      `| alert | severity | for | fires if |\n|---|---|---|---|\n${rows}`,
    );
  }, page);
}

function alertLine(alert: Alert): string {
  const { name, severity, forS, firesIf } = alert;
  return `| [${name.replace('InstrumentServer', '')}](#${runbookOf(alert).split('#')[1]}) | ${severity} | ${forS / 60} min | ${firesIf} |\n`;
}

/** The page with another table between the marks of this name. Throws if it has lost them. */
function withPart(path: string, page: string, name: string, table: string): string {
  const begin = `<!-- ${name}: generated by docs/generate.ts -->`;
  const [from, to] = [page.indexOf(begin), page.indexOf(`<!-- ${name}: end -->`)];
  if (from < 0 || to < from) throw new Error(`${path} has lost the marks around its table of ${name}`);
  return `${page.slice(0, from)}${begin}\n\n${alignTables(table)}\n${page.slice(to)}`;
}

function stateLine({ facts, kinds, state }: StateRow, index: number): string {
  const reasons = kinds.map((kind) => `\`${kind}\``).join(', ') || 'none';
  return `| ${index + 1} | ${facts} | ${reasons} | ${state === null ? 'by the rows below' : `\`${state}\``} |\n`;
}

function rowsOf(section: string): readonly Setting<unknown>[] {
  return allSettings.filter((row) => row.section === section);
}

function keyTable(rows: readonly Setting<unknown>[]): string {
  const head = '| key | type | default | allowed | a change applies | |\n|---|---|---|---|---|---|\n';
  return head + rows.map((row) => `| ${cellsOf(row).join(' | ')} |\n`).join('');
}

function cellsOf(row: Setting<unknown>): readonly string[] {
  const flag =
    row.flag && [row.flag.short, row.flag.long].flatMap((text) => (text === null ? [] : `\`${text}\``)).join(', ');
  const elsewhere = [flag && `flag ${flag}`, row.variable && `environment \`${row.variable}\``].filter(
    (text) => text !== null,
  );
  return [
    `\`${row.key}\``,
    row.kind.type,
    row.default.says ?? `\`${shownDefault(row)}\``,
    row.kind.bounds ?? 'any',
    row.live ? 'at once' : 'at the next start',
    [row.does, ...elsewhere.map((text) => `(${text})`)].join(' '),
  ];
}

/** Pads the cells of each table to the width of its widest, as the formatter would. */
export function alignTables(page: string): string {
  return page.replace(/(?:^\|.*\|\n)+/gm, (table) => {
    const rows = table
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    const width = (column: number) => Math.max(3, ...rows.map((row) => (row[column] ?? '').length));
    const padded = (cell: string, column: number) =>
      (cell === '---' ? '-' : cell).padEnd(width(column), cell === '---' ? '-' : ' ');
    return rows.map((row) => `| ${row.map(padded).join(' | ')} |\n`).join('');
  });
}

function exampleLine(row: Setting<unknown>): string {
  return row.example ?? `${row.key} = ${shownDefault(row)}`;
}

/** A comment of the sample file, without marks of Markdown. */
function comment(text: string): string {
  return wrapped(text.replaceAll('`', ''), '# ');
}

/** The words in lines that end before column 100, each after the same prefix. */
function wrapped(text: string, prefix = ''): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? prefix + word : `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || longer.length > 99) lines.push(prefix + word);
    else lines[lines.length - 1] = longer;
  }
  return lines.join('\n');
}

const isRun = process.argv[1] === fileURLToPath(import.meta.url);
if (isRun) {
  const fileAt = (path: string) => new URL(`../${path}`, import.meta.url);
  const rewrite = (path: string, change: (page: string) => string) =>
    writeFileSync(fileAt(path), change(readFileSync(fileAt(path), 'utf8')));
  writeFileSync(fileAt('docs/configuration.md'), referencePage());
  rewrite('docs/status.md', statusPage);
  rewrite('docs/alerting.md', alertingPage);
  writeFileSync(fileAt('config/instrument_server.ini'), sampleFile());
  writeFileSync(fileAt('packaging/alerts/instrument_server.rules.yml'), ruleFile());
  writeFileSync(fileAt('packaging/alerts/grafana-dashboard.json'), dashboardFile());
}
