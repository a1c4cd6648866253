import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Background, eventually, type TreeMachine } from './machine.ts';

/** The user of the packages. */
export const agentUser = 'instrument_server';

const tickS = 5;

/** What arrives at a collector within a machine: the program's own stand-in. */
export type CollectorInside = { readonly port: number; lines(): readonly string[]; stop(): Promise<void> };

/** Starts a collector in a machine on which the program is installed. Port 0: a free one. */
export async function collectorInside(machine: TreeMachine, port: number): Promise<CollectorInside> {
  const running = machine.start(`echo "pid $$"; exec instrument_server collector --listen 127.0.0.1:${port}`);
  const found = () => /^listening on \S+:(\d+)$/m.exec(running.printed())?.[1];
  await eventually('a collector in the machine', async () => found() !== undefined);
  return {
    port: Number(found()),
    lines: () => running.printed().split('\n').slice(0, -1),
    async stop() {
      await machine.run(`kill ${/^pid (\d+)$/m.exec(running.printed())?.[1]}`);
      await running.exit;
    },
  };
}

/** Has the installed agent send to this collector at each tick, under the name `web-1`. */
export async function useCollector(machine: TreeMachine, { port }: CollectorInside): Promise<void> {
  await machine.run(`umask 027; cat > /etc/instrument_server.d/soak.ini <<'END'
[agent]
hostname = web-1
report_interval = ${tickS}s
[collector]
api_key = soak
address = tcp://127.0.0.1:${port}
END`);
}

/** Starts the agent as the installed unit does, as its user, but without systemd. */
export async function startAsUnit(machine: TreeMachine): Promise<Background> {
  const unit = readFileSync(join(machine.root, 'usr/lib/systemd/system/instrument_server.service'), 'utf8');
  const key = (name: string) => {
    const value = new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];
    if (value === undefined) throw new Error(`the unit has no ${name}`);
    return value;
  };
  const folder = `/var/lib/${key('StateDirectory')}`;
  const user = `setpriv --reuid=${key('User')} --regid=${key('Group')} --init-groups`;
  const become = `umask ${key('UMask')}; cd /
set -- ${user} env -i HOME=${folder} USER=${key('User')} LOGNAME=${key('User')} PATH="$PATH"`;
  await machine.run(`${become}\n"$@" ${key('ExecStartPre')}`);
  const agent = machine.start(`${become}\nexec "$@" ${key('ExecStart')}`);
  await eventually('an agent that runs', async () => {
    if (agent.process.exitCode !== null) throw new Error(`the agent ended:\n${agent.printed()}`);
    return agent.printed().includes('"daemon.started"');
  });
  return agent;
}

/** Installs a plugin for the installed agent. */
export async function dropPlugin(machine: TreeMachine, name: string, body: string): Promise<void> {
  writeFileSync(join(machine.root, 'run', name), `#!/bin/sh\n${body}\n`);
  await machine.run(`install -m 0700 -o ${agentUser} -g ${agentUser} /run/${name} /etc/instrumental_scripts/`);
}

/**
 * Drops a plugin into the running agent's folder, and returns how many ticks it takes until its
 * sample is at the collector.
 */
export async function ticksUntilSample(machine: TreeMachine, collector: CollectorInside): Promise<number> {
  const beganMs = performance.now();
  await dropPlugin(machine, 'dropped.sh', 'echo "answer 42"');
  await eventually('the sample of a plugin', async () =>
    collector.lines().some((line) => line.startsWith('gauge web-1.dropped.answer 42 ')),
  );
  return (performance.now() - beganMs) / 1000 / tickS;
}
