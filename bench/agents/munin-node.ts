import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { endProgram, freePort, type Rival, startProgram, whenListening } from './rival.ts';

/** munin-node, asked for each plugin in turn over one connection, as munin does. */
export const muninNode: Rival = {
  name: 'munin-node',
  program: 'munin-node',
  how: 'asked for all plugins at once over one connection; it runs one after the other',
  script: () => '#!/bin/sh\necho "value.value 1.0"\n',
  async start(place, program, plugins) {
    const port = await freePort();
    const file = join(place.dir, 'munin-node.conf');
    mkdirSync(join(place.dir, 'plugin-conf.d'));
    writeFileSync(join(place.dir, 'plugin-conf.d', 'bench'), `[*]\nuser ${userInfo().username}\n`);
    symlinkSync(place.scripts, join(place.dir, 'plugins'));
    // the folder of its plugins is not a setting, but a variable of one of its modules
    writeFileSync(
      join(place.dir, 'BenchDefaults.pm'),
      `package BenchDefaults; use Munin::Common::Defaults; $Munin::Common::Defaults::MUNIN_CONFDIR = '${place.dir}'; 1;\n`,
    );
    writeFileSync(
      file,
      `log_level 0
log_file ${join(place.dir, 'munin-node.log')}
pid_file ${join(place.dir, 'munin-node.pid')}
background 0
setsid 0
user ${process.getuid?.() ?? 0}
group ${process.getgid?.() ?? 0}
allow ^127\\.0\\.0\\.1$
host 127.0.0.1
port ${port}
`,
    );
    const child = startProgram(place, '/usr/bin/perl', [
      '-T',
      '-I',
      place.dir,
      '-MBenchDefaults',
      program,
      '--config',
      file,
    ]);
    await whenListening(port);
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let look = () => {};
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more;
      look();
    });
    await once(socket, 'data'); // its greeting
    return {
      pid: child.pid ?? 0,
      async tick() {
        const begunMs = performance.now();
        text = '';
        const answered = new Promise<void>((resolve, reject) => {
          look = () => {
            const answers = text.split('\n.\n');
            const wrong = answers.slice(0, -1).find((answer) => answer !== 'value.value 1.0');
            if (wrong !== undefined) reject(new Error(`munin-node answered ${JSON.stringify(wrong)}`));
            if (answers.length > plugins) resolve();
          };
        });
        socket.write(Array.from({ length: plugins }, (_, index) => `fetch plugin_${index}\n`).join(''));
        await answered;
        return performance.now() - begunMs;
      },
      async stop() {
        socket.end('quit\n');
        await endProgram(child);
      },
    };
  },
};
