import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { endProgram, freePort, type Rival, startProgram, whenListening } from './rival.ts';

const atATime = 4;

/** The agent in C: four processes answer. */
export const zabbixAgent = zabbix('zabbix agent', 'zabbix_agentd', `AllowRoot=1\nStartAgents=${atATime}\n`);

/** The agent in Go. */
export const zabbixAgent2 = zabbix('zabbix agent 2', 'zabbix_agent2', '');

function zabbix(name: string, program: string, settings: string): Rival {
  return {
    name,
    program,
    how: `asked for each plugin over a connection of its own, ${atATime} at a time, as its server does`,
    async start(place, path, plugins) {
      const port = await freePort();
      const file = join(place.dir, 'zabbix.conf');
      const parameters = Array.from(
        { length: plugins },
        (_, index) => `UserParameter=plugin_${index},${join(place.scripts, `plugin_${index}`)}`,
      );
      const socket = program === 'zabbix_agent2' ? `ControlSocket=${join(place.dir, 'control.sock')}\n` : '';
      writeFileSync(
        file,
        `LogType=console\nServer=127.0.0.1\nListenIP=127.0.0.1\nListenPort=${port}\nHostname=bench\nPidFile=${join(place.dir, 'zabbix.pid')}\n${socket}${settings}${parameters.join('\n')}\n`,
      );
      const child = startProgram(place, path, ['-f', '-c', file]);
      await whenListening(port);
      return {
        pid: child.pid ?? 0,
        async tick() {
          const begunMs = performance.now();
          let next = 0;
          const askOn = async () => {
            for (let index = next++; index < plugins; index = next++) {
              const answer = await ask(port, `plugin_${index}`);
              if (!answer.includes('1.0')) throw new Error(`${name} answered ${JSON.stringify(answer)}`);
            }
          };
          await Promise.all(Array.from({ length: atATime }, askOn));
          return performance.now() - begunMs;
        },
        stop: () => endProgram(child),
      };
    },
  };
}

/**
 * Makes one passive check: a header with the length, then the key. Returns the answer without its
 * header.
 */
function ask(port: number, key: string): Promise<string> {
  const header = Buffer.alloc(13);
  header.write('ZBXD\x01', 'latin1');
  header.writeUInt32LE(key.length, 5);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([header, Buffer.from(key)])));
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text.slice(13)));
  });
}
