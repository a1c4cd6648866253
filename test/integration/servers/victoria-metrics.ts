import { tempDir } from '../../helpers/temp-dir.ts';
import type { Readings } from './readings.ts';
import { ask, findProgram, freePorts, type Server, startServer } from './server.ts';

/** VictoriaMetrics, or null: it is not on this machine. */
export const victoriaMetricsProgram = findProgram('victoria-metrics');

/**
 * A VictoriaMetrics of its own directory. It shows every reading it was sent, also one that was
 * sent twice.
 */
export type VictoriaMetrics = Server & {
  /** What it has of one series, `name{label="value"}`, in order of time. */
  read(series: string): Promise<Readings>;
};

/** A directory for a VictoriaMetrics, and its addresses; `start` it now or later, and again. */
export async function makeVictoriaMetrics(): Promise<{
  readonly url: string;
  readonly graphitePort: number;
  start(): Promise<VictoriaMetrics>;
}> {
  const dir = tempDir();
  const [port = 0, graphitePort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    graphitePort,
    async start() {
      const args = [
        `-storageDataPath=${dir}`,
        `-httpListenAddr=127.0.0.1:${port}`,
        `-graphiteListenAddr=127.0.0.1:${graphitePort}`,
        '-influxSkipSingleField', // a series is named by its measurement alone
      ];
      const isReady = async () => (await ask(`${url}/health`)) !== null;
      const server = await startServer(victoriaMetricsProgram ?? '', args, { cwd: dir, isReady });
      return {
        ...server,
        async read(series) {
          await ask(`${url}/internal/force_flush`); // it shows what it has only after a while
          return readingsIn(await ask(`${url}/api/v1/export?${new URLSearchParams({ 'match[]': series })}`));
        },
      };
    },
  };
}

/** One JSON document a line, each a part of the series; times are in ms. */
function readingsIn(text: string | null): Readings {
  const lines = (text ?? '').split('\n').filter((line) => line !== '');
  const readings = lines.flatMap((line) => {
    const { values, timestamps }: { values: readonly number[]; timestamps: readonly number[] } = JSON.parse(line);
    return timestamps.map((ms, index) => [ms / 1000, values[index] ?? Number.NaN] as const);
  });
  return readings.sort(([a], [b]) => a - b);
}
