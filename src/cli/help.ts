import { allSettings } from '../config/schema.ts';
import { sections } from '../config/sections.ts';
import { usageText } from './flags.ts';

/** Every command, with a description for the help. */
export const commands = {
  foreground: 'run here until stopped; the default',
  start: 'start in the background, log to a file',
  stop: 'stop the agent of the pid file; its scripts keep running',
  restart: 'check the configuration, stop, and start again',
  status: 'show what the running agent does; status NAME: one plugin, and why it reports nothing',
  link: 'print the link of the page, with its token',
  backup: 'copy what waits, and the history, to FILE, whole, while the agent runs or not',
  import: 'print the sections for the plugins of another system: nagios, munin or telegraf, and a PATH',
  check: 'report every problem of configuration, directories and scripts; change and run nothing',
  run: 'run SCRIPT once, as the agent would, and send nothing; show how each line of output is read',
  dev: 'run SCRIPT each time it is saved, and show what changed',
  kill: 'end the agent at once',
  clean: 'remove files of a stopped agent: pid file, log, control socket, pipes; never samples',
  collector: 'run a stand-in collector, to try things out',
  completion: 'print the script that completes these command lines in bash, zsh or fish',
  help: 'show this text',
} as const;

/** What the program does, in two lines. */
export const description =
  'Runs the scripts of a directory at every interval, and sends the numbers that they print\n' +
  "and the host's own metrics.";

/** Command lines, each with what it does. */
export const examples = `
  instrument_server -k YOUR_API_KEY                     sends the host's metrics every 30 seconds
  instrument_server -k YOUR_API_KEY -e                  also runs the scripts in ~/.instrumental_scripts
  instrument_server -e -s ./scripts -r 5                without a key: prints what would be sent
  instrument_server collector --listen 127.0.0.1:8000   a collector on this host
  instrument_server -k any -c 127.0.0.1:8000 -e         sends to it

  instrument_server -f /etc/instrument_server.ini start   in the background; the key is in the file
  instrument_server -f /etc/instrument_server.ini stop    finds it by the same flags
  instrument_server -u metrics -e start                   as root: reads the file, then runs as metrics
  instrument_server -l ./agent.log -p ./agent.pid restart
  instrument_server status mysql_status                   shows why that plugin reports nothing
  instrument_server link                                  opens the page, in a browser on this host
  instrument_server backup ./before-upgrade.db            copies its database to a new file
  instrument_server import nagios /etc/nagios/nrpe.cfg    prints what takes the place of NRPE's commands
  instrument_server dev ./mine.sh                         while you write the script
  instrument_server run mysql_status --explain            if it works by hand, but not as a service
  instrument_server check --connect --json                for a deployment tool
`;

/** The whole help: commands, flags, keys of the configuration, examples. */
export function helpText(): string {
  const indent = Math.max(...sections.map(({ name }) => name.length)) + '  [] '.length;
  const keys = sections.map(({ name }) => {
    const ofSection = allSettings.flatMap((row) => (row.section === name ? [row.key] : []));
    return `  [${name}]`.padEnd(indent) + wrapped(ofSection, 100 - indent).join(`\n${' '.repeat(indent)}`);
  });
  const variables = allSettings.flatMap((row) => row.variable ?? []).join(', ');
  return `${usageText(description, commands)}
Configuration: flags win over the environment (${variables}), that over files, and files over defaults.
${keys.join('\n')}

Examples:${examples}`;
}

/** Joins words with commas, in lines of at most `width` characters. */
function wrapped(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)}, ${word}`;
    if (lines.length > 0 && longer.length < width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line},` : line));
}
