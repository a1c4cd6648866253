const number = '/^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/';
const cleanName = 'gsub(/[^A-Za-z0-9_-]+/, ".", name); gsub(/^\\.|\\.$/, "", name)';

/**
 * For a shell's pipe: makes NAME VALUE lines of collectd's PUTVAL lines, which are no format that
 * can be configured, because they name a host of their own. A value that is not a number is left
 * out. Keeps to POSIX awk.
 */
export const collectdFilter = awk(
  '$1 == "PUTVAL" { name = $2; gsub(/"/, "", name); sub(/^[^\\/]*\\//, "", name); split($NF, part, ":");',
  `${cleanName}; if (part[2] ~ ${number}) print name, part[2] }`,
);

function awk(...program: readonly string[]): string {
  return `awk '${program.join(' ')}'`;
}
