import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { ask, findProgram, freePorts, startServer, type WhenFinished } from './server.ts';
import type { Watched } from './watched.ts';

/** nginx, or null: it is not on this machine. */
export const nginxProgram = findProgram('nginx');

/** An nginx of its own directory: `/nginx_status` has its figures, `/` says hello. */
export async function startNginx(whenFinished: WhenFinished): Promise<Watched> {
  const dir = tempDir(whenFinished);
  const [port = 0] = await freePorts(1);
  mkdirSync(join(dir, 'temp'));
  const file = join(dir, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/temp/${name};`)
    .join(' ');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${dir}/pid; error_log stderr;
events { worker_connections 64; }
http {
  ${temporary}
  access_log off;
  server {
    listen 127.0.0.1:${port};
    location = /nginx_status { stub_status; }
    location / { return 200 "hello\\n"; }
  }
}
`,
  );
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => (await ask(url)) !== null;
  const server = await startServer(nginxProgram ?? '', ['-c', file, '-p', dir, '-e', 'stderr'], {
    cwd: dir,
    isReady,
    whenFinished,
  });
  return {
    ...server,
    env: { NGINX_STATUS_URL: `${url}/nginx_status` },
    use: async () => {
      for (let requests = 0; requests < 7; requests += 1) await ask(url);
    },
  };
}
