import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allSettings, shownDefault } from '../src/config/schema.ts';
import { sections } from '../src/config/sections.ts';
import type { Setting } from '../src/config/setting.ts';

const preface = `# Configuration

This page is generated from the table the agent itself checks its configuration against: \`npx tsx docs/generate.ts\`.

A value is looked for in four places, and the first that has it wins: flags, the environment (\`INSTRUMENTAL_TOKEN\`), files,
the default. Files are watched: what you change in them is [applied while the agent runs](#changes).

## Files

\`-f FILE\` names the file; without it, it is \`/etc/instrument_server.ini\`. It need not exist: one that was asked for and is
missing is warned about, and read as soon as it is there. If its name ends in \`.ini\`, every \`*.ini\` in the folder beside it whose name ends in \`.d\` instead is read
after it (\`/etc/instrument_server.d/*.ini\`), in name order, and later files win key by key. A ready-made file, with every line still a
comment, is \`config/instrument_server.ini\`.

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

- One \`key = value\` a line, under a \`[section]\` that begins at the beginning of its line. A section may be given more than once; a key
  only once in a file. Names are taken literally, dots too: \`[plugin:with.ext]\`.
- \`;\` or \`#\` begins a comment at the beginning of a line or after white space. A value that holds one of them is quoted: \`"a#b"\`.
- In double quotes, \`\\\\\`, \`\\"\`, \`\\t\` and \`\\u00e9\` are escapes. In single quotes everything is literal. Without quotes, \`\\;\`, \`\\#\` and
  \`\\\\\` stand for the second character, and any other backslash for itself.
- Nothing is guessed. A line that can't be read, a key or a section that does not exist and a value out of bounds are problems; all of them
  are shown at once, and the agent does not start:

\`\`\`
/etc/instrument_server.ini:2: report_intervall: there is no such key in [agent]; did you mean report_interval?
/etc/instrument_server.ini:9: interval: 45s is no multiple of report_interval, which is 30s by default; expected a multiple, such as 1m
\`\`\`

- The Ruby agent's YAML file, one line \`api_key: KEY\`, is understood where \`-f\` names a \`.yml\` or \`.yaml\`, and is looked for as
  \`/etc/instrumental.yml\` where there is neither \`-f\` nor \`/etc/instrument_server.ini\`. Everything else in it is a problem.
- A file that holds a key, a token, a password or headers should be readable by its owner only (\`chmod 0600\`); otherwise there is a warning.
  No message ever shows one of them.

## Changes

The agent looks at its files every 400 ms: at the main one and at all in the folder, at those that come, go, are renamed into place or linked elsewhere. What has changed is
read once it has looked the same for 100 ms, so a file that an editor empties and then writes is never taken for an empty one, and is applied then: within a
second, without a restart, and nothing that waits or runs is touched. The log names the keys that changed (\`config.reloaded\`), never their values.

- A change with a problem anywhere is refused whole: the last good configuration stays, and each problem is told once, with file and line (\`config.refused\`), until the
  files say something else. A file that the agent's user may not read is such a problem: with \`-u\`, that is USER.
- A file that is removed counts as missing: its keys have their defaults again.
- \`state_dir\` and \`[log] location\` are settled at start: a change of them is told, and takes effect at the next start. So are flags and the environment.
- SIGHUP reads the files at once, whether they look changed or not.
- Configuration that came through a pipe (\`-f <(...)\`) is read once and can't change.

## Values

| type | is written |
|---|---|
| boolean | \`true\`, \`yes\`, \`on\` or \`false\`, \`no\`, \`off\` |
| integer | a whole number |
| duration | a whole number and \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`; seconds without one: \`30\` is \`30s\` |
| size | a whole number and \`KiB\`, \`MiB\` or \`GiB\` (1024 of the former); bytes without one |
| path | a full path. \`~/\` is the home directory. A relative path starts from the folder of the file it stands in, and in a flag from the working directory |
| address | \`host\`, \`host:port\`, \`[IPv6]:port\`, \`tls://host:port\`, \`tcp://host:port\`; the key says which port and whether TLS is meant where nothing is said |
| url | \`http://\` or \`https://\`, host, port and path; no user, no password, nothing behind the path |
| headers | \`name=value\`, several separated by commas, without quotes; in a value \`%20\` is a space, \`%2C\` a comma, \`%25\` a percent sign |
| hostname | letters, digits, \`_\` and \`-\`, with single dots between them |
| level | \`fatal\`, \`error\`, \`warn\`, \`info\`, \`debug\`, \`trace\` |
| secret | a key, a token (one word), or a password (anything on one line) |
| string | anything on one line |

## Keys
`;

/** `docs/configuration.md`: the preface above, then every section and key of the table. */
export function referencePage(): string {
  return alignTables(
    preface + sections.map(({ name, does }) => `\n### [${name}]\n\n${does}\n\n${keyTable(rowsOf(name))}`).join(''),
  );
}

/** `config/instrument_server.ini`: every key as a line that is valid once its `;` is taken away; prose begins with `#`. */
export function sampleFile(): string {
  const blocks = sections.map(({ name, does, example }) => {
    const header = example === null ? `[${name}]` : `;[${example}]`;
    const keys = rowsOf(name).map(
      (row) => `# ${plain(row.does)} Default: ${plain(shownDefault(row))}.\n;${exampleLine(row)}\n`,
    );
    return `\n# ${plain(does)}\n${header}\n${keys.join('')}`;
  });
  return `# instrument_server: take away the ; before a line to set it. docs/configuration.md says more.\n${blocks.join('')}`;
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
function alignTables(page: string): string {
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

function plain(text: string): string {
  return text.replaceAll('`', '');
}

const isRun = process.argv[1] === fileURLToPath(import.meta.url);
if (isRun) {
  writeFileSync(new URL('configuration.md', import.meta.url), referencePage());
  writeFileSync(new URL('../config/instrument_server.ini', import.meta.url), sampleFile());
}
