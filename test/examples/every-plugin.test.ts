import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exampleNames, onlyPrograms, runExample, systemPrograms } from '../helpers/example.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { secretIn, secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));

describe.each(exampleNames)('%s', (name) => {
  test('fails with one line that says what to install, and reports nothing, where its client is missing', async () => {
    const path = onlyPrograms(tempDir(), systemPrograms);
    const run = await runExample(name, { path, shell: ['/bin/sh'] });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^[^\n]* (is|are) (not )?installed[;:] [^\n]+\n$/);
  });

  test('has a line in the README, and tells of each variable that it reads', () => {
    expect(readFileSync(join(examples, 'README.md'), 'utf8')).toContain(`[${name}](plugins/${name})`);
    const script = readFileSync(join(examples, 'plugins', name), 'utf8');
    const [header = ''] = script.split('\nset -u\n');
    const variables = script.match(/\b(MYSQL|REDIS|MONGO|NGINX|SYSTEMD|CERT)_[A-Z_]+\b/g) ?? [];
    expect(variables.filter((variable) => !header.includes(variable) && variable !== 'MYSQL_PWD')).toEqual([]);
  });
});

const { password } = secrets;

describe.each([
  [
    'mysql_status.sh',
    'mysql',
    { MYSQL_HOST: 'db1', MYSQL_USER: 'monitor', MYSQL_PASSWORD: password },
    '--user=monitor',
  ],
  [
    'redis_status.sh',
    'redis-cli',
    { REDIS_HOST: 'db1', REDIS_USER: 'monitor', REDIS_PASSWORD: password },
    '--user monitor',
  ],
  ['mongo_status.sh', 'mongosh', { MONGO_HOST: 'db1', MONGO_USER: 'monitor', MONGO_PASSWORD: password }, '--eval'],
  ['mongo_status.sh', 'mongosh', { MONGO_URL: `mongodb+srv://monitor:${password}@db1/` }, '--eval'],
  ['mongo_status.sh', 'mongo', { MONGO_HOST: 'db1', MONGO_USER: 'monitor', MONGO_PASSWORD: password }, null],
  ['postgresql_status.sh', 'psql', { PGHOST: 'db1', PGUSER: 'monitor', PGPASSWORD: password }, '--no-password'],
  ['nginx_status.sh', 'curl', { NGINX_STATUS_URL: `http://monitor:${password}@db1/nginx_status` }, null],
])('%s with %s', (name, client, env, argument) => {
  test('gives it no password as an argument, where everybody could read it', async () => {
    const dir = tempDir();
    const path = onlyPrograms(dir, systemPrograms);
    writePlugin(path, client, `#!/bin/sh\necho "$*" >'${dir}/arguments'\necho 'it refused' >&2\nexit 1\n`);
    const run = await runExample(name, { env, path, shell: ['/bin/sh'] });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(secretIn(run.stderr)).toBeNull();
    if (argument === null)
      expect(existsSync(join(dir, 'arguments'))).toBe(false); // the fault is reported, and the server is not asked
    else expect(readFileSync(join(dir, 'arguments'), 'utf8')).toContain(argument); // tempDir looks for the password
  });
});
