import { allSettings } from '../config/schema.ts';
import { sections } from '../config/sections.ts';
import { usageText } from './flags.ts';

/** Every command of this version, with what it does. */
export const commands = {
  foreground: 'run here until stopped; the default',
  start: 'start in the background, log to a file',
  stop: 'stop the agent of the pid file in order; its scripts are left alone',
  restart: 'check the configuration, stop, and start again',
  status: 'what the running agent does; status NAME: one plugin, and why it reports nothing',
  check: 'name every problem of configuration, directories and scripts; change and run nothing',
  run: 'run SCRIPT once, as the agent would, and send nothing; each line of its output with what is made of it',
  dev: 'run SCRIPT again at each save, and show what changed',
  kill: 'end the agent at once',
  clean: 'remove what a stopped agent left: pid file, log, control socket, pipes; never samples',
  collector: 'a make-believe collector, for trying things out',
  help: 'this text',
} as const;

const examples = `
  instrument_server -k YOUR_API_KEY                     sends the host's metrics every 30 seconds
  instrument_server -k YOUR_API_KEY -e                  and those of the scripts in ~/.instrumental_scripts
  instrument_server -e -s ./scripts -r 5                no key: prints what would be sent
  instrument_server collector --listen 127.0.0.1:8000   something to send to:
  instrument_server -k any -c 127.0.0.1:8000 -e

  instrument_server -f /etc/instrument_server.ini start   in the background; the key is in the file
  instrument_server -f /etc/instrument_server.ini stop    the same flags find it again
  instrument_server -u metrics -e start                   as root: all but reading the file is done as metrics
  instrument_server -l ./agent.log -p ./agent.pid restart
  instrument_server status mysql_status                   why that plugin reports nothing
  instrument_server dev ./mine.sh                         while you write it
  instrument_server run mysql_status --explain            works by hand, not as a service
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
  const description =
    "Runs the scripts of a directory at every interval and sends the numbers they print,\nbeside the host's own metrics.";
  return `${usageText(description, commands)}
Configuration: flags win over the environment (${variables}), that over files, those over defaults.
${keys.join('\n')}

Examples:${examples}`;
}

/** The words with commas between them, in lines of at most `width` characters. */
function wrapped(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)}, ${word}`;
    if (lines.length > 0 && longer.length < width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line},` : line));
}
