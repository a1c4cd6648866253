import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { explanation, kinds, plugin } from './reasons-set-up.ts';

const mark = '\ufeff'; // written as the three bytes of a byte order mark
const good = 'echo "a 1"\n';

/**
 * Types the commands of the first reason, as they were printed, but for those that only show more.
 */
function obey(agent: TestDaemon, name: string): void {
  const commands = plugin(agent, name).reasons[0]?.commands.filter((one) => !one.startsWith('instrument_server '));
  expect(commands).not.toEqual([]);
  for (const command of commands ?? []) execFileSync('/bin/sh', ['-c', command], { cwd: '/' });
}

/** Runs a script once: what it says must be this. Obeys it, runs it again: it reports. */
async function expectCured(file: string, body: string, kind: Parameters<typeof explanation>[2], says: string) {
  const home = makeHome();
  const path = writePlugin(home.scripts, file, body);
  const agent = testDaemon(home);
  await agent.tickAndFinish(file);
  const said = explanation(agent, file, kind).replace(
    /; its last line on stderr: .*?(?=; sed )|; instrument_server .*status .*/g,
    '',
  );
  expect(said).toBe(says.replaceAll('<PATH>', `'${path}'`));
  expect(plugin(agent, file)).toMatchObject({ state: 'failing' });
  obey(agent, file);
  await agent.tickAndFinish(file);
  expect(plugin(agent, file)).toMatchObject({ state: 'ok', reasons: [] });
}

describe('a first line by which the run failed is told, and the command mends it', () => {
  test('CRLF behind env', () =>
    expectCured(
      'x.sh',
      `#!/usr/bin/env sh\r\necho "a 1"\r\n`,
      'crlf-interpreter',
      "it exited with status 127, so its output was not sent: its first line ends in CRLF, so env looks for a program 'sh\\r'; sed -i 's/\\r$//' <PATH>",
    ));

  test('CRLF behind an option', () =>
    expectCured(
      'x.sh',
      `#!/bin/sh -e\r\necho "a 1"\r\n`,
      'crlf-interpreter',
      "it exited with status 2, so its output was not sent: its first line ends in CRLF, so its interpreter is given the argument '-e\\r'; sed -i 's/\\r$//' <PATH>",
    ));

  test('a misspelt interpreter behind env', () =>
    expectCured(
      'x.pl',
      '#!/usr/bin/env prel\nprint "a 1\\n";\n',
      'missing-interpreter',
      "it exited with status 127, so its output was not sent: env finds no program prel in PATH; did you mean perl? If not, install it, correct the #! line of <PATH>, or set PATH under [env]; sed -i '1s/prel/perl/' <PATH>",
    ));

  test('options behind env, which gets them as one word', () =>
    expectCured(
      'x.sh',
      '#!/usr/bin/env sh -e\necho "a 1"\n',
      'missing-interpreter',
      "it exited with status 127, so its output was not sent: env gets 'sh -e' as one word, because the system does not split it; give it -S; sed -i '1s/^\\(#!.*env\\)[[:blank:]]\\{1,\\}/\\1 -S /' <PATH>",
    ));

  test('a byte order mark before the #! of another interpreter than the shell', () =>
    expectCured(
      'x.pl',
      `${mark}#!/usr/bin/perl\nmy %h = (a => 1); print "a $h{a}\\n";\n`,
      'byte-order-mark',
      "it exited with status 2, so its output was not sent: it begins with a byte order mark, so the system does not see its #! line, and /bin/sh runs it; remove the mark; sed -i '1s/^\\xEF\\xBB\\xBF//' <PATH>",
    ));

  test('a byte order mark and no #! line', () =>
    expectCured(
      'x.pl',
      `${mark}my %h = (a => 1); print "a $h{a}\\n";\n`,
      'byte-order-mark',
      "it exited with status 2, so its output was not sent: it begins with a byte order mark, so /bin/sh runs it, and takes the mark for a part of its first word; remove the mark; sed -i '1s/^\\xEF\\xBB\\xBF//' <PATH>; sed -i '1i #!/usr/bin/env perl' <PATH>",
    ));

  test('no #! line, though the name asks for one', () =>
    expectCured(
      'x.pl',
      'my %h = (a => 1); print "a $h{a}\\n";\n',
      'no-shebang',
      "it exited with status 2, so its output was not sent: it has no #! line, so /bin/sh runs it, though its name ends in .pl; add the line; sed -i '1i #!/usr/bin/env perl' <PATH>",
    ));
});

describe('a first line that did not keep the run from working is told beside its samples', () => {
  test('a byte order mark, until it is removed', async () => {
    const home = makeHome();
    writePlugin(home.scripts, 'x.sh', `${mark}#!/bin/sh\n${good}`);
    const agent = testDaemon(home);
    await agent.tickAndFinish('x.sh');
    expect(explanation(agent, 'x', 'byte-order-mark')).toMatch(/^it begins with a byte order mark, so /);
    expect(plugin(agent, 'x')).toMatchObject({ state: 'ok', lastRun: { samples: 1 } });
    obey(agent, 'x');
    await agent.tickAndFinish('x.sh');
    expect(kinds(agent, 'x')).toEqual([]);
  });

  test.runIf(process.platform === 'linux')(
    'more than the system reads of it (255 bytes on Linux), until it is shorter',
    async () => {
      const home = makeHome();
      const agent = testDaemon(home);
      writePlugin(home.scripts, 'x', `#!${'/'.repeat(246)}/bin/sh\n${good}`); // 255 bytes
      await agent.tickAndFinish('x');
      expect(plugin(agent, 'x')).toMatchObject({ state: 'ok', reasons: [] });
      writePlugin(home.scripts, 'x', `#!${'/'.repeat(247)}/bin/sh\n${good}`);
      await agent.tickAndFinish('x');
      expect(explanation(agent, 'x', 'long-shebang')).toBe(
        "its #! line is longer than the 255 bytes that Linux reads, which is not all of the interpreter's path, so /bin/sh runs it; name a link to the interpreter with a shorter path, or #!/usr/bin/env and its name",
      );
      symlinkSync(`${'/'.repeat(247)}/bin/sh`, join(home.state, '..', 'sh')); // as the sentence says
      writePlugin(home.scripts, 'x', `#!${join(home.state, '..', 'sh')}\n${good}`);
      await agent.tickAndFinish('x');
      expect(plugin(agent, 'x')).toMatchObject({ state: 'ok', reasons: [] });
    },
  );

  test('arguments that are cut off, and a run that fails for another cause keeps that one first', async () => {
    const home = makeHome();
    const path = writePlugin(home.scripts, 'x', `#!/bin/sh ${'x'.repeat(300)}\n`);
    const agent = testDaemon(home);
    await agent.tickAndFinish('x');
    expect(explanation(agent, 'x', 'long-shebang')).toMatch(/reads, and its arguments are cut there; shorten it$/);
    expect(kinds(agent, 'x').toSorted()).toEqual(['exit-status', 'long-shebang']);
    writeFileSync(path, `#!/bin/sh\n${good}`);
    await agent.tickAndFinish('x');
    expect(kinds(agent, 'x')).toEqual([]);
  });

  test('no #! line where the name asks for another interpreter, and not for one with another name', async () => {
    const home = makeHome();
    writePlugin(home.scripts, 'works.py', good);
    for (const file of ['plain', 'x.sh']) writePlugin(home.scripts, file, good);
    const agent = testDaemon(home);
    await agent.tickAndFinish('works.py', 'plain', 'x.sh');
    expect(explanation(agent, 'works', 'no-shebang')).toMatch(/^it has no #! line, so \/bin\/sh runs it, though /);
    expect(plugin(agent, 'works')).toMatchObject({ state: 'ok', lastRun: { samples: 1 } });
    expect([kinds(agent, 'plain'), kinds(agent, 'x')]).toEqual([[], []]);
  });
});

test('a script without a #! line that fails says who ran it', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'x', 'exit 3\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('x');
  expect(explanation(agent, 'x', 'exit-status')).toMatch(
    /^it exited with status 3 \(it has no #! line, so \/bin\/sh ran it\), so its output was not sent/,
  );
});

test('a script that exits with 127 by itself is not told that env found no interpreter', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'x', '#!/usr/bin/env sh\nnosuchcommand\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('x');
  expect(kinds(agent, 'x')).toEqual(['exit-status']);
});
