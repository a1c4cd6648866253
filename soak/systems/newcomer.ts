import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceVersion } from '../../packaging/contents.ts';
import type { SystemsKit } from './kit.ts';
import { eventually, startTreeMachine, type TreeMachine } from './machine.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const mostCommands = 5;

/** The commands of the README, in the order in which a user without Node meets them. */
function commandsOfReadme() {
  const version = sourceVersion(root);
  const found = (pattern: RegExp) => {
    const text = pattern.exec(readme)?.[1];
    if (text === undefined) throw new Error(`the README has nothing that fits ${pattern}`);
    return text;
  };
  return {
    debian: found(/^\| Debian, Ubuntu +\| `([^`]+)`/m).replaceAll('VERSION', version.replace('-', '~')),
    archive: found(/^\| any Linux .*?\| `([^`]+)`/m).replaceAll('VERSION', version),
    ownPlugin: commandsIn(found(/```sh\n(mkdir -p -m 0700 [^`]*)```/)),
    ownAgent: found(/^\$ (instrument_server -e [^\n]*)$/m),
    packagedPlugin: commandsIn(found(/```sh\n(install -m 0700 -o [^`]*)```/)),
  };
}

/** Splits a text into commands: one a line, except for the lines of a document that ends in END. */
function commandsIn(text: string): readonly string[] {
  return text.match(/^.*<<'END'\n[\s\S]*?^END$|^.+$/gm) ?? [];
}

/** As root, the README's commands lead from the Debian package to the value of a first plugin. */
export async function newcomerAsRoot({ say, claim, packageOf, tree }: SystemsKit): Promise<void> {
  const { debian, packagedPlugin } = commandsOfReadme();
  const machine = await startTreeMachine(tree('bookworm'));
  try {
    const deb = packageOf('amd64', 'deb');
    copyFileSync(deb, join(machine.root, 'root', basename(deb)));
    const commands = [debian, ...packagedPlugin];
    let output = '';
    for (const command of commands) {
      const ran = await machine.attempt(`cd /root\n${command}`);
      output = ran.output;
      transcribe(say, '#', command, ran.output);
      claim(`status 0`, ran.status === 0);
    }
    claim(`the value is on the screen after ${commands.length} commands`, /→ \S+\.logins\.users \d/.test(output));
    claim(`they are not more than ${mostCommands}`, commands.length <= mostCommands);
  } finally {
    await machine.close();
  }
}

/**
 * As an ordinary user with an empty home, the README's commands lead from the archive to the value
 * of a first plugin. Taking the program away leaves the plugin, and with `--purge` nothing else.
 */
export async function newcomerAsUser({ say, claim, packageOf, tree }: SystemsKit): Promise<void> {
  const { archive, ownPlugin, ownAgent } = commandsOfReadme();
  const machine = await startTreeMachine(tree('bookworm'), {
    prepare: 'useradd --create-home me; rm -f /home/me/.[a-z]*',
  });
  try {
    const tar = packageOf('amd64', 'tar');
    copyFileSync(tar, join(machine.root, 'home/me', basename(tar)));
    const commands = [archive, ...ownPlugin];
    const isThere = async (path: string) => (await machine.attempt(`test -e ${path}`)).status === 0;
    for (const command of commands) {
      const ran = await machine.attempt(asMe(command));
      transcribe(say, '$', command, ran.output);
      claim('status 0', ran.status === 0);
    }
    const agent = machine.start(asMe(`~/.local/bin/${ownAgent}`));
    const value = () => /^web1\.logins\.users \d+ \d+$/m.exec(agent.printed())?.[0];
    await eventually('the value of the plugin', async () => value() !== undefined || agent.process.exitCode !== null);
    transcribe(say, '$', `~/.local/bin/${ownAgent}`, `…\n${value() ?? agent.printed()}`);
    const count = commands.length + 1;
    claim(`the value is on the screen after ${count} commands`, value() !== undefined);
    claim(`they are not more than ${mostCommands}`, count <= mostCommands);
    await machine.run(asMe('~/.local/bin/instrument_server stop'));
    claim('stop ends it with status 0', (await agent.exit) === 0, agent.printed());

    const folder = basename(tar, '.tar.gz');
    const own = async () => (await listBelow(machine)).filter((path) => !path.startsWith(folder));
    const plugin = ['.instrumental_scripts', '.instrumental_scripts/logins.sh'];
    await machine.run(asMe(`${folder}/install.sh --uninstall`));
    const kept = (await own()).filter((path) => !plugin.includes(path) && !path.startsWith('.local/state/'));
    claim('--uninstall leaves the plugin and the state', kept.join() === '.local,.local/state', kept.join('\n'));
    await machine.run(asMe(`${folder}/install.sh && ${folder}/install.sh --uninstall --purge`));
    const left = await own();
    claim('--uninstall --purge leaves the plugin and nothing else', left.join() === plugin.join(), left.join('\n'));
    claim('nothing is in /tmp', !(await isThere('/tmp/*')));
  } finally {
    await machine.close();
  }
}

function asMe(command: string): string {
  const become = 'setpriv --reuid=me --regid=me --init-groups env -i HOME=/home/me USER=me PATH=/usr/bin:/bin';
  return `cd /home/me\nexec ${become} sh -ec '${command.replaceAll("'", "'\\''")}'`;
}

async function listBelow(machine: TreeMachine): Promise<readonly string[]> {
  return (await machine.run("find /home/me -mindepth 1 -printf '%P\\n' | LC_ALL=C sort")).split('\n');
}

function transcribe(say: (line: string) => void, prompt: string, command: string, output: string): void {
  for (const line of [`${prompt} ${command}`, output]) if (line !== '') say(line.replace(/^/gm, '    '));
}
