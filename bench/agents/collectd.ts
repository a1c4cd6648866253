import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { endProgram, nextBurst, type Rival, startProgram } from './rival.ts';

/**
 * collectd with its exec plugin. It runs no script as root, so if it is started as root, other
 * users may run the scripts.
 */
export const collectd: Rival = {
  name: 'collectd, exec',
  program: 'collectd',
  how: 'its own interval, 20 s; sent as Graphite text; all scripts at once, a thread each',
  script: (index) => `#!/bin/sh\necho "PUTVAL bench/exec-plugin_${index}/gauge-value N:1.0"\n`,
  async start(place, program, plugins) {
    const graphite = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await new Promise((resolve) => graphite.once('listening', resolve));
    const address = graphite.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const user = process.getuid?.() === 0 ? 'nobody' : userInfo().username;
    for (const path of [
      place.dir,
      place.scripts,
      ...readdirSync(place.scripts).map((name) => join(place.scripts, name)),
    ])
      chmodSync(path, 0o755);
    const file = join(place.dir, 'collectd.conf');
    writeFileSync(
      file,
      `Hostname "bench"
Interval 20
BaseDir "${place.dir}"
PIDFile "${join(place.dir, 'collectd.pid')}"
LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "bench">
    Host "127.0.0.1"
    Port "${address.port}"
    Protocol "tcp"
  </Node>
</Plugin>
LoadPlugin exec
<Plugin exec>
${Array.from({ length: plugins }, (_, index) => `  Exec "${user}" "${join(place.scripts, `plugin_${index}`)}"`).join('\n')}
</Plugin>
`,
    );
    const child = startProgram(place, program, ['-f', '-C', file]);
    const pid = child.pid ?? 0;
    return {
      pid,
      tick: () => nextBurst(pid),
      async stop() {
        await endProgram(child);
        graphite.close();
      },
    };
  },
};
