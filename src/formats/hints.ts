/**
 * Recognises the output of plugins of other monitoring systems, to advise their author. It decides
 * nothing: the lines stay bad lines.
 */
import type { Advice } from '../model/advice.ts';
import type { BadLine, ForeignFormat } from '../model/bad-line.ts';
import type { FormatName } from '../model/format.ts';
import { typeable } from '../words/shell-words.ts';
import { collectdFilter } from './filters.ts';

/** What a hint must know of the plugin that it is about. */
export type HintedPlugin = {
  readonly path: string;
  /** The format that its output is read in. */
  readonly format: FormatName;
  /** The section that sets its format, or would, as it is written. */
  readonly section: string;
  /** The file of the configuration; null: not known. */
  readonly configFile: string | null;
  /** The command that runs it once, and reads its output in this format. */
  readonly tryAs: (format: FormatName) => string;
};

/** How many of an output's first bad lines are looked at. */
export const linesLookedAt = 5;

/** How a format is called in a sentence. */
const titles: Readonly<Record<ForeignFormat, string>> = {
  json: 'JSON',
  prometheus: 'Prometheus text',
  checkmk: 'the output of a Checkmk local check',
  collectd: "collectd's PUTVAL lines",
  munin: 'the output of a Munin plugin',
  opentsdb: 'OpenTSDB lines',
  influx: 'InfluxDB line protocol',
  graphite: 'Graphite lines',
  nagios: 'Nagios output',
};

/**
 * A format's marks. `header`: one such line among those looked at is enough. `line`: at least half
 * of them must be such lines. `first`: the first of them must be such a line.
 */
type Marks = { readonly header?: RegExp; readonly line?: RegExp; readonly first?: readonly RegExp[] };

const name = '[A-Za-z_][\\w.-]*';
const fieldValue = '(?:-?[\\d.][\\d.eE+-]*[iu]?|"[^"]*"|[tTfF]|true|false)';
const state = '\\[?(?:OK|WARNING|CRITICAL|UNKNOWN)\\]?';

/** In this order, because perfdata may stand in a Checkmk line. JSON is recognised apart. */
const marks: readonly (readonly [ForeignFormat, Marks])[] = [
  [
    'prometheus',
    {
      header: /^#\s+(?:HELP\s+[A-Za-z_:][\w:]*\s|TYPE\s+[A-Za-z_:][\w:]*\s+[a-z]+$|EOF$)/,
      line: /^[A-Za-z_:][\w:]*\s*\{\s*(?:\}|[A-Za-z_]\w*\s*=\s*")/,
    },
  ],
  [
    'checkmk',
    {
      header: /^<<<[^<>\s]+>>>$/,
      line: /^(?:cached\(\d+,\d+\) )?[0-3P] (?:"[^"]*"|[^\s"]+) (?:-|[^\s=;|]+=-?[\d.]\S*) \S/,
    },
  ],
  ['collectd', { line: /^PUTVAL\s+(?:"[^"/]+\/[^"/]+\/[^"]+"|[^\s"/]+\/[^\s"/]+\/[^\s"]+)\s/ }],
  [
    'munin',
    {
      header: /^(?:multigraph\s+\S+|graph_(?:title|args|vlabel|category|info|order|scale)\s.+)$/,
      line: /^[A-Za-z_]\w*\.(?:value\s+(?:U|N:\S+|\d{9,}:\S+)$|extinfo\s|type\s+(?:GAUGE|DERIVE|COUNTER|ABSOLUTE)$)/,
    },
  ],
  [
    'graphite', // only what is no NAME VALUE UNIX_TIME line
    { line: /^[\w.-]+(?:(?:;[^\s;=]+=[^\s;]+)+\s+-?[\d.][\d.eE+-]*\s+(?:-1|\d{9,10})|\s+-?[\d.][\d.eE+-]*\s+-1)$/ },
  ],
  [
    'opentsdb',
    { line: /^(?:put\s+\S+\s+\d{10}(?:\d{3})?\s+\S|[\w./-]+\s+\d{10}(?:\d{3})?\s+-?[\d.][\d.eE+-]*\s+[^\s=]+=\S)/ },
  ],
  [
    'influx',
    {
      line: new RegExp(
        [
          '^[^\\s,="|]+(?:,(?:\\\\.|[^\\s,="\\\\])+=(?:\\\\.|[^\\s,"\\\\])+)+ [^\\s=,"]+=\\S', // with tags
          `^${name} ${name}=${fieldValue},${name}=${fieldValue}(?:[, ]|$)`, // with several fields
          `^${name} ${name}=(?:-?\\d+[iu]|"[^"]*")(?: |$)`,
          `^${name} ${name}=${fieldValue} \\d{10,19}$`,
        ].join('|'),
      ),
    },
  ],
  [
    'nagios',
    {
      first: [
        new RegExp(`^(?:[A-Za-z][\\w./ -]{0,40}\\s)?${state}(?:\\s*[-|]\\s*\\S|:\\s*\\S+\\s+\\S)`),
        /^[^|]*[^|\s][^|]*\|\s*(?:'[^']+'|[^\s'=|]+)=-?[\d.]+[A-Za-z%]*(?:[;\s]|$)/, // perfdata
      ],
    },
  ],
];

/**
 * Returns what the first bad lines of an output look like, and what to do about it; null: like the
 * output of no other system that is known here, or of the one that it is read as. Never throws.
 */
export function formatHint(badLines: readonly BadLine[], plugin: HintedPlugin): Advice<ForeignFormat> | null {
  if (badLines.length === 0) return null;
  const format = formatOf(badLines.slice(0, linesLookedAt).map(({ text }) => text.trim()));
  return format === null || format === plugin.format ? null : hintOn(format, plugin);
}

/**
 * Returns what to do about an output that was read as a check's and gave its state alone: no line
 * of Prometheus text is bad there, because a check may print any text. Null: it is not such text.
 */
export function hintOnCheck(lines: readonly string[], plugin: HintedPlugin): Advice<ForeignFormat> | null {
  const texts = lines.map((line) => line.trim()).filter((text) => text !== '');
  return formatOf(texts.slice(0, linesLookedAt)) === 'prometheus' ? hintOn('prometheus', plugin) : null;
}

function hintOn(format: ForeignFormat, plugin: HintedPlugin): Advice<ForeignFormat> {
  const readAs = plugin.format === 'native' ? '' : `, and is read as ${plugin.format}`;
  const looks = `this looks like ${titles[format]}${readAs}`;
  if (format === 'collectd') {
    const cure =
      'print NAME VALUE lines instead, or move it elsewhere ' +
      'and put a script in its place that pipes it through a filter, as this command does';
    return { kind: format, sentence: `${looks}; ${cure}`, commands: [`${typeable(plugin.path)} | ${collectdFilter}`] };
  }
  const where = plugin.configFile === null ? '' : ` in ${plugin.configFile}`;
  const cure = `put format = ${format} under ${plugin.section}${where}`;
  const sentence = `${looks}; ${cure}; the command shows what that gives`;
  return { kind: format, sentence, commands: [plugin.tryAs(format)] };
}

function formatOf(texts: readonly string[]): ForeignFormat | null {
  if (isJson(texts)) return 'json';
  return marks.find(([, of]) => hasMarks(texts, of))?.[0] ?? null;
}

function hasMarks(texts: readonly string[], { header, line, first }: Marks): boolean {
  if (header && texts.some((text) => header.test(text))) return true;
  const [firstText = ''] = texts;
  if (first?.some((pattern) => pattern.test(firstText))) return true;
  const found = line ? texts.filter((text) => line.test(text)).length : 0;
  return found > 0 && found * 2 >= texts.length;
}

/** Whether a document begins with these lines. Its first line may be cut, or only a bracket. */
function isJson([first = '', second]: readonly string[]): boolean {
  if (/^[{[]$/.test(first)) return second === undefined || /^["{[\]}]/.test(second);
  if (/^[{[]\s*(?:"(?:[^"\\]|\\.)*"\s*[:,]|[{[]\s*["{[])/.test(first)) return true;
  return /^(?:\{\s*\}|\[\s*(?:-?\d[\d.eE+-]*\s*,?\s*)*\])$/.test(first);
}
