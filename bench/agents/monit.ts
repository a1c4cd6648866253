import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProgram, nextBurst, type Rival, startProgram } from './rival.ts';

/** monit with a `check program` for each script. */
export const monit: Rival = {
  name: 'monit',
  program: 'monit',
  how: 'its own cycle, 10 s; it looks at the exit status and keeps the output; sent nowhere',
  async start(place, program, plugins) {
    const file = join(place.dir, 'monitrc');
    const own = (name: string) => join(place.dir, `monit.${name}`);
    const checks = Array.from(
      { length: plugins },
      (_, index) =>
        `check program plugin_${index} with path "${join(place.scripts, `plugin_${index}`)}"\n  if status != 0 then alert`,
    );
    const settings = `set daemon 10\nset log ${own('log')}\nset idfile ${own('id')}\nset statefile ${own('state')}\nset pidfile ${own('pid')}`;
    writeFileSync(file, `${settings}\n${checks.join('\n')}\n`, { mode: 0o600 });
    const child = startProgram(place, program, ['-I', '-c', file]);
    const pid = child.pid ?? 0;
    return { pid, tick: () => nextBurst(pid), stop: () => endProgram(child) };
  },
};
