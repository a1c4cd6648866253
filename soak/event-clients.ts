import { connect, type Socket } from 'node:net';
import { askAgent } from '../src/control/client.ts';
import { askSocket } from '../src/io/net/socket-client.ts';
import { pause, readProcess, startSoakAgent } from './agent.ts';

const clients = 5000;
const mostMoreMb = 150;
const mostStatusMs = 1000;

/**
 * 5,000 clients ask to follow an agent, and read nothing. Few are served, the agent's memory stays
 * within a bound, it ticks, and `status` answers.
 */
export async function eventClients(say: (line: string) => void): Promise<boolean> {
  const agent = startSoakAgent(
    [
      ['two-gauges', 'a'],
      ['two-gauges', 'b'],
    ],
    ['-r', '1', '--dashboard', '127.0.0.1:0'],
  );
  let link = '';
  let ticks = 0;
  agent.onEntry((entry) => {
    if (entry['event'] === 'dashboard.started') link = String(entry['url']);
    if (entry['event'] === 'tick.started') ticks += 1;
  });
  const sockets: Socket[] = [];
  try {
    while (link === '' || ticks < 2) await pause(0.05);
    const url = new URL(link);
    const before = readProcess(agent.child.pid ?? 0);
    let closed = 0;
    for (let n = 0; n < clients; n += 1) {
      const socket = connect(Number(url.port), url.hostname);
      socket.on('error', () => {});
      socket.on('close', () => {
        closed += 1;
      });
      socket.write(`GET /events${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
      socket.pause();
      sockets.push(socket);
      if (n % 100 === 99) await pause(0.02);
    }
    const ticksBefore = ticks;
    await pause(30);
    const askedAtMs = performance.now();
    const status = await askAgent(askSocket, agent.state).status();
    const statusMs = performance.now() - askedAtMs;
    const after = readProcess(agent.child.pid ?? 0);
    const moreMb = (after.peakKb - before.rssKb) / 1024;
    say(
      `${clients} clients, ${closed} closed by the agent; ${moreMb.toFixed(0)} MB more at the peak; ` +
        `${ticks - ticksBefore} ticks in 30 s; status ${status.ok ? 'answered' : 'FAILED'} in ${statusMs.toFixed(0)} ms`,
    );
    return status.ok && moreMb < mostMoreMb && ticks - ticksBefore >= 28 && statusMs < mostStatusMs;
  } finally {
    for (const socket of sockets) socket.destroy();
    await agent.stop();
    agent.clean();
  }
}
