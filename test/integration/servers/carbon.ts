import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { Readings } from './readings.ts';
import { findProgram, freePorts, type Server, startServer } from './server.ts';

/** Carbon and what reads its files, or null: it is not on this machine. */
export const carbonProgram = findProgram('carbon-cache');
const whisperFetch = findProgram('whisper-fetch');

/** A Carbon of its own directory. It keeps one value a second for two hours. */
export type Carbon = Server & {
  /**
   * What was stored of a metric from `fromS` to `untilS`, both included; empty: there is no such
   * metric yet.
   */
  read(metric: string, fromS: number, untilS: number): Promise<Readings>;
};

/**
 * A directory for a Carbon, and the port it will listen on; `start` it now or later, and again.
 */
export async function makeCarbon(): Promise<{ readonly port: number; start(): Promise<Carbon> }> {
  const dir = tempDir();
  const [port = 0, picklePort = 0, queryPort = 0] = await freePorts(3);
  const whisper = join(dir, 'whisper');
  mkdirSync(whisper);
  writeFileSync(
    join(dir, 'carbon.conf'),
    `[cache]
STORAGE_DIR = ${dir}
LOCAL_DATA_DIR = ${whisper}
CONF_DIR = ${dir}
LOG_DIR = ${dir}
PID_DIR = ${dir}
DATABASE = whisper
ENABLE_LOGROTATION = False
USER =
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${picklePort}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${queryPort}
`,
  );
  writeFileSync(join(dir, 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 1s:2h\n');
  return {
    port,
    async start() {
      const args = [`--config=${join(dir, 'carbon.conf')}`, '--nodaemon', 'start'];
      const server = await startServer(carbonProgram ?? '', args, { cwd: dir, isReady: () => accepts(port) });
      return {
        ...server,
        read: (metric, fromS, untilS) =>
          fetchReadings(join(whisper, `${metric.replaceAll('.', '/')}.wsp`), fromS, untilS),
      };
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end());
    socket.on('error', () => resolve(false)).on('close', (hadError) => resolve(!hadError));
  });
}

async function fetchReadings(file: string, fromS: number, untilS: number): Promise<Readings> {
  if (!existsSync(file)) return [];
  const args = ['--json', `--from=${fromS - 1}`, `--until=${untilS}`, file]; // from: exclusive
  const { stdout } = await promisify(execFile)(whisperFetch ?? '', args, { maxBuffer: 1e8 });
  const { start, values }: { start: number; values: (number | null)[] } = JSON.parse(stdout);
  return values.flatMap((value, index) => (value === null ? [] : [[start + index, value]]));
}
