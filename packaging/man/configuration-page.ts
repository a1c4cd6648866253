import { referencePage } from '../../docs/generate.ts';
import { allSettings, shownDefault } from '../../src/config/schema.ts';
import { sections } from '../../src/config/sections.ts';
import type { Setting } from '../../src/config/setting.ts';
import { bold, items, literalTroff, type ManItem, manPage, paragraphs, verbatim } from './troff.ts';

const example = `[agent]
report_interval = 30s        ; a comment begins after white space

[scripts]
enabled = true

[plugin:mysql_status]
interval = 5m
env.MYSQL_HOST = "db.example.com"
`;

/** The page `instrument_server.ini(5)`, from the table that checks the configuration. */
export function configurationManPage(version: string): string {
  return manPage({ name: 'instrument_server.ini', chapter: 5, version }, [
    ['NAME', 'instrument_server.ini \\- configuration of instrument_server\n'],
    ['SYNOPSIS', `.B /etc/instrument_server.ini\n.br\n.B /etc/instrument_server.d/*.ini\n`],
    [
      'DESCRIPTION',
      paragraphs(
        'Flags win over the environment, the environment wins over these files, and the files win over defaults. ' +
          'Later files win key by key. The files are watched: a change is applied within a second. ' +
          'If a part of it has a problem, the whole change is refused and the last good configuration stays.',
        'Each line is one `key = value`, under a `[section]`. `;` or `#` begins a comment at the beginning of a line ' +
          'or after white space. A value that contains one of them is quoted.',
        '`instrument_server check` reports every problem, with its line.',
      ) + verbatim(example),
    ],
    ...sections.map(({ name, does }) => [`[${name}]`, paragraphs(does) + items(keysOf(name))] as const),
    ['VALUES', items(valueTypes())],
    ['SEE ALSO', paragraphs('`instrument_server`(1)')],
  ]);
}

function keysOf(section: string): readonly ManItem[] {
  return allSettings.flatMap((row) => (row.section === section ? [keyItem(row)] : []));
}

function keyItem(row: Setting<unknown>): ManItem {
  const shown = row.default.says ?? `\`${shownDefault(row)}\``;
  const facts = [
    row.kind.bounds === null ? '' : `Allowed: ${row.kind.bounds}.`,
    `Default: ${shown}.`,
    row.live ? '' : 'A change applies at the next start.',
    row.flag === null ? '' : `Flag: \`${row.flag.long}\`.`,
    row.variable === null ? '' : `Environment: \`${row.variable}\`.`,
  ];
  const does = [row.does, ...facts].filter((fact) => fact !== '').join(' ');
  return { name: `${bold(row.key)} (${literalTroff(row.kind.type)})`, does };
}

/** The table of types on the reference page. */
function valueTypes(): readonly ManItem[] {
  const table = /^## Values\n\n((?:\|.*\n)+)/m.exec(referencePage())?.[1] ?? '';
  return table
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((line) => {
      const [, type = '', written = ''] = line.split('|').map((cell) => cell.trim());
      return { name: bold(type), does: written };
    });
}
