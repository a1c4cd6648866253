import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentedBytes } from '../../test/packaging/documented-size.ts';
import { megabytesIn, type SystemsKit } from './kit.ts';
import { eventually, startTreeMachine, type TreeMachine } from './machine.ts';

const dockerfile = readFileSync(fileURLToPath(new URL('../../config/Dockerfile', import.meta.url)), 'utf8');
const scripts = '/etc/instrumental_scripts';

/** Prints what no orphan may become, and leaves two behind. */
const leavesOrphans = `#!/bin/sh
(sleep 0.2 >/dev/null 2>&1 &)
(sleep 0.1 >/dev/null 2>&1 &)
read -r _ last
echo "runs $((last + 1))"
`;

/** What makes an image slim: Debian's own rules for the images that are called so. */
const slim = `printf 'path-exclude %s\\n' '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' > /etc/dpkg/dpkg.cfg.d/docker
echo 'path-include /usr/share/doc/*/copyright' >> /etc/dpkg/dpkg.cfg.d/docker
find /usr/share/doc -type f ! -name copyright -delete
rm -rf /usr/share/man/* /usr/share/locale/* /usr/share/info/* /var/lib/apt/lists/* /var/cache/apt/*`;

/** The last stage of the Dockerfile: what an engine takes from it. */
function lastStage() {
  const stage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')).replaceAll('\\\n', ' ');
  const found = (pattern: RegExp) => {
    const text = pattern.exec(stage)?.[1];
    if (text === undefined) throw new Error(`the last stage of the Dockerfile has nothing that fits ${pattern}`);
    return text;
  };
  const words = (text: string) => (JSON.parse(text) as readonly string[]).map((word) => `'${word}'`).join(' ');
  return {
    suite: found(/^\s*FROM debian:(\w+)-slim$/m),
    build: found(/^RUN (?:--\S+ +)*(.*)$/m),
    user: found(/^USER (\d+):\d+$/m),
    volume: found(/^VOLUME (\S+)$/m),
    health: words(found(/^HEALTHCHECK .*?CMD (.*)$/m)),
    processOne: `${words(found(/^ENTRYPOINT (.*)$/m))} ${words(found(/^CMD (.*)$/m))}`,
  };
}

/**
 * What the Dockerfile describes, without an engine: its root file system is built and run in
 * namespaces, with the agent as process 1, without rights, on a root that can't be written.
 */
export async function container({ claim, packageOf, tree, folder }: SystemsKit): Promise<void> {
  const { suite, build, user, volume, health, processOne } = lastStage();
  const image = buildImage({ claim, packageOf, tree, folder }, suite, build);
  const become = `setpriv --reuid=${user} --regid=${user} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all`;
  const asUser = (command: string) => `exec ${become} env -i PATH="$PATH" HOME=${volume} ${command}`;
  writeFileSync(join(image, 'plugin'), leavesOrphans);
  const machine = await startTreeMachine(image, {
    prepare: `mount -t tmpfs -o mode=0700,uid=${user},gid=${user} volume ${volume}
mount -t tmpfs -o mode=0700,uid=${user},gid=${user} scripts ${scripts}
install -m 0700 -o ${user} -g ${user} /plugin ${scripts}/orphans.sh
mount -o remount,ro ${scripts}`,
    first: asUser(processOne.replace("'foreground'", "-r 1 -H c 'foreground'")),
    isReadOnly: true,
  });
  try {
    const runs = () => Number(machine.first.printed().match(/^c\.orphans\.runs (\d+) /gm)?.length ?? 0);
    await eventually('the samples of five runs', async () => runs() >= 5 || machine.first.process.exitCode !== null);
    claim('the agent runs on a root that is read-only, /tmp too', runs() >= 5, machine.first.printed());
    const status = await machine.run('cat /proc/1/status; readlink /proc/1/exe');
    claim('it is process 1', status.endsWith('/usr/lib/instrument_server/bin/node'), status);
    const isPlain = new RegExp(`^Uid:\t${user}\t`, 'm').test(status) && /^CapEff:\t0+$/m.test(status);
    claim(`it is user ${user}, and has no capability`, isPlain, status);
    await eventually('no zombies', async () => (await zombies(machine)) === 0);
    claim(`no zombie is left of the ${runs() * 2} processes that plugins left behind`, true);
    const healthy = await machine.attempt(asUser(health));
    claim('the health check finds it healthy', healthy.status === 0, healthy.output);
    process.kill(machine.pid, 'SIGSTOP');
    const hung = await machine.attempt(asUser(`timeout 10 ${health}`));
    process.kill(machine.pid, 'SIGCONT');
    claim(`and unhealthy when it hangs (status ${hung.status})`, hung.status !== 0, hung.output);
    process.kill(machine.pid, 'SIGTERM');
    const ended = await machine.first.exit;
    claim('SIGTERM ends it in order, with status 0', ended === 0 && /daemon\.stopped/.test(machine.first.printed()));
  } finally {
    await machine.close();
  }
}

/**
 * Builds the root file system in a new folder, claims that it is as large as docs/deployment.md
 * says, and returns the folder.
 */
function buildImage(
  { claim, packageOf, tree, folder }: Pick<SystemsKit, 'claim' | 'packageOf' | 'tree' | 'folder'>,
  suite: string,
  build: string,
): string {
  const image = join(folder('container'), 'image');
  execFileSync('cp', ['-a', tree(suite), image]);
  const inside = (command: string) =>
    execFileSync('chroot', [image, 'sh', '-ec', command], { stdio: ['ignore', 'ignore', 'inherit'] });
  inside(slim);
  const deb = packageOf('amd64', 'deb');
  const base = megabytesIn(image);
  mkdirSync(join(image, 'package'));
  copyFileSync(deb, join(image, 'package', basename(deb)));
  inside(build);
  rmSync(join(image, 'package'), { recursive: true });
  const all = megabytesIn(image);
  const packed = execFileSync('sh', ['-c', `tar -C '${image}' -c . | gzip -6 | wc -c`], { encoding: 'utf8' });
  for (const [what, megabytes, documented] of [
    ['the root file system', all, documentedBytes.container],
    ['the layer of the agent', all - base, documentedBytes.layer],
    ['all of it packed by gzip', Math.round(Number(packed) / 1e6), documentedBytes.packedContainer],
  ] as const) {
    const isAbout = Math.abs(megabytes * 1e6 - documented) <= documented * 0.1;
    claim(`${what} takes ${megabytes} MB: within 10 % of what docs/deployment.md says`, isAbout);
  }
  return image;
}

async function zombies(machine: TreeMachine): Promise<number> {
  return Number(await machine.run("cat /proc/[0-9]*/status 2>/dev/null | grep -c '^State:.Z' || true"));
}
