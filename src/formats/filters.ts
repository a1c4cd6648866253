import type { ForeignFormat } from '../model/bad-line.ts';

const number = '/^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/';
const cleanName = 'gsub(/[^A-Za-z0-9_-]+/, ".", name); gsub(/^\\.|\\.$/, "", name)';
const entry = "([A-Za-z0-9_.-]+)'?=(-?[0-9.]+(e[-+]?[0-9]+)?)[A-Za-z%]*(;.*)?$"; // of perfdata

/**
 * For each format of another system, a filter for a shell's pipe that makes NAME VALUE lines of
 * the usual output. Labels and tags become parts of the name. A value that is not a number is left
 * out. All of them keep to POSIX awk, sed and tr, and JSON needs jq.
 */
export const filters: Readonly<Record<ForeignFormat, string>> = {
  json:
    `jq -r 'paths(numbers) as $p | ` +
    `"\\($p | map(tostring | gsub("[^A-Za-z0-9_-]"; "_")) | join(".")) \\(getpath($p))"'`,
  prometheus: awk(
    '!/^#/ && (match($0, /\\{.*\\}/) || match($0, /[^ \\t]+/)) {',
    'name = substr($0, 1, RSTART + RLENGTH - 1); split(substr($0, RSTART + RLENGTH), word);',
    `${cleanName}; if (word[1] ~ ${number}) print name, word[1] }`,
  ),
  checkmk:
    `sed -nE 's/^(cached\\([0-9,]+\\) )?[0-3P] ("[^"]*"|[^ ]+) ([^ ]+) .*/\\3/p' | ` +
    `tr '|' '\\n' | sed -nE "s/^${entry}/\\1 \\2/p"`,
  collectd: awk(
    '$1 == "PUTVAL" { name = $2; gsub(/"/, "", name); sub(/^[^\\/]*\\//, "", name); split($NF, part, ":");',
    `${cleanName}; if (part[2] ~ ${number}) print name, part[2] }`,
  ),
  munin: awk(
    '$1 == "multigraph" { graph = $2 "."; next }',
    `sub(/\\.value$/, "", $1) { sub(/.*:/, "", $2); if ($2 ~ ${number}) print graph $1, $2 }`,
  ),
  opentsdb: awk(
    '{ sub(/^put /, ""); name = $1; for (i = 4; i <= NF; i++) name = name "." $i;',
    `${cleanName}; if ($3 ~ ${number}) print name, $3, substr($2, 1, 10) }`,
  ),
  influx: awk(
    '!/^#/ { n = split($2, field, ","); for (i = 1; i <= n; i++) { split(field[i], pair, "="); name = $1 "." pair[1];',
    `${cleanName}; sub(/[iu]$/, "", pair[2]); if (pair[2] ~ ${number}) print name, pair[2] } }`,
  ),
  nagios: `tr '| ' '\\n\\n' | sed -nE "s/^'?${entry}/\\1 \\2/p"`,
};

function awk(...program: readonly string[]): string {
  return `awk '${program.join(' ')}'`;
}
