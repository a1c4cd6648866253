import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runExample } from '../helpers/example.ts';
import { tlsFile } from '../helpers/fake-collector.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { freePorts } from '../integration/servers/server.ts';

const dayMs = 86_400_000;
const minute = 1 / (24 * 60);

/** How many days a certificate of `fixtures/tls` has left now, in the words of another reader. */
function daysLeft(name: string): number {
  return (Date.parse(new X509Certificate(readFileSync(tlsFile(name))).validTo) - Date.now()) / dayMs;
}

/** The name under which a path is reported. */
function named(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9-]+/g, '_').replace(/^_/, '');
}

test('certificate_expiry.sh reports the days left of files, by wildcard too, and less than 0 for one that has expired', async () => {
  const dir = tempDir();
  for (const name of ['localhost.crt', 'expired.crt']) copyFileSync(tlsFile(name), join(dir, name));
  const { status, stderr, badLines, values } = await runExample('certificate_expiry.sh', {
    env: { CERT_FILES: `${tlsFile('not-yet.crt')} ${dir}/*.crt` },
  });
  expect({ status, stderr, badLines }).toEqual({ status: 0, stderr: '', badLines: [] });
  for (const [path, name] of [
    [tlsFile('not-yet.crt'), 'not-yet.crt'],
    [join(dir, 'localhost.crt'), 'localhost.crt'],
    [join(dir, 'expired.crt'), 'expired.crt'],
  ] as const) {
    const days = values[`files.${named(path)}.days_left`] ?? Number.NaN;
    expect(Math.abs(days - daysLeft(name)), name).toBeLessThan(15 * minute); // it has two decimals
  }
  expect(daysLeft('expired.crt')).toBeLessThan(0);
  expect(values['unreadable']).toBe(0);
  expect(Object.keys(values)).toHaveLength(4);
});

test('certificate_expiry.sh asks a server, and tells and counts one that does not answer', async () => {
  const server = await fakeHttpServer({ tls: 'localhost' });
  onTestFinished(() => server.close());
  const [nobody = 0] = await freePorts(1);
  const run = await runExample('certificate_expiry.sh', {
    env: { CERT_HOSTS: `localhost:${server.port} 127.0.0.1:${nobody}` },
  });
  expect(run).toMatchObject({
    status: 0,
    stderr: `no certificate from 127.0.0.1:${nobody}\n`,
    badLines: [],
    values: { unreadable: 1 },
  });
  const days = run.values[`hosts.localhost_${server.port}.days_left`] ?? Number.NaN;
  expect(Math.abs(days - daysLeft('localhost.crt'))).toBeLessThan(15 * minute);
});

test('certificate_expiry.sh fails with one line and reports nothing when there is nothing that it can read', async () => {
  const [nobody = 0] = await freePorts(1);
  const env = { CERT_FILES: '/nowhere/*.pem /dev/null', CERT_HOSTS: `127.0.0.1:${nobody}` };
  expect(await runExample('certificate_expiry.sh', { env })).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `no certificate can be read from /nowhere/*.pem; no certificate can be read from /dev/null; no certificate from 127.0.0.1:${nobody}\n`,
  });
  expect(await runExample('certificate_expiry.sh')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('set CERT_FILES or CERT_HOSTS'),
  });
});

test('certificate_expiry.sh knows leap years, and months of every length', async () => {
  const dir = tempDir();
  writePlugin(dir, 'openssl', '#!/bin/sh\ncat "$5"\n'); // in place of: openssl x509 -noout -enddate -in FILE
  const ends = [
    '1999-12-31',
    '2000-02-29',
    '2000-03-01',
    '2027-02-28',
    '2028-02-29',
    '2028-12-31',
    '2099-12-31',
    '2100-02-28',
    '2100-03-01',
  ];
  const all = [...ends, ...Array.from({ length: 12 }, (_, month) => `2031-${String(month + 1).padStart(2, '0')}-05`)];
  for (const end of all) {
    const [, day, month, year, time] = new Date(`${end}T06:07:08Z`).toUTCString().split(' ');
    writeFileSync(join(dir, end), `notAfter=${month} ${String(Number(day)).padStart(2)} ${time} ${year} GMT\n`);
  }
  const { values } = await runExample('certificate_expiry.sh', {
    path: `${dir}:${process.env['PATH']}`,
    env: { CERT_FILES: all.map((end) => join(dir, end)).join(' ') },
  });
  for (const end of all) {
    const days = values[`files.${named(join(dir, end))}.days_left`] ?? Number.NaN;
    expect(Math.abs(days - (Date.parse(`${end}T06:07:08Z`) - Date.now()) / dayMs), end).toBeLessThan(15 * minute);
  }
});
