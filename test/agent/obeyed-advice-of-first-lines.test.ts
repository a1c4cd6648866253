import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FirstLineKind, type Story, script, testStories } from './obeyed-advice-set-up.ts';

const good = 'echo "a 1"\n';
const perl = 'my %h = (a => 1); print "a $h{a}\\n";\n';
const mark = '\ufeff'; // written as the three bytes of a byte order mark
const run = (begins: string) => ({ begins, exits: 0 });

const stories: Readonly<Record<FirstLineKind, readonly Story[]>> = {
  'missing-interpreter': [
    script('a person corrects the line', {
      body: `#!/no/such/sh\n${good}`,
      obeyed: (path) => ({
        commands: [],
        says: /; install it, or correct the #! line of /,
        byHand: () => replaceIn(path, '/no/such/sh', '/bin/sh'),
      }),
    }),
    script('a person installs it', {
      body: `#!/usr/bin/env no-such-interpreter\n${good}`,
      obeyed: (_path, home, agent) => ({
        commands: [{ begins: 'instrument_server ', exits: 0, shows: /no-such-interpreter/ }],
        says: /; install it, correct the #! line of .*, or set PATH under \[env\]/,
        byHand: () => {
          const bin = join(home.state, '..', 'more');
          mkdirSync(bin);
          symlinkSync('/bin/sh', join(bin, 'no-such-interpreter'));
          agent.reload({ env: { PATH: `${bin}:${process.env['PATH']}` } });
        },
      }),
    }),
    script('the sed corrects a misspelt one', {
      file: 'x.pl',
      body: `#!/usr/bin/env prel\n${perl}`,
      obeyed: () => ({
        commands: [run('sed '), { begins: 'instrument_server ', exits: 0, shows: /prel/ }],
        says: /did you mean perl\?/,
      }),
    }),
    script('the sed gives env its option', {
      body: `#!/usr/bin/env sh -e\n${good}`,
      obeyed: () => ({ commands: [run('sed '), { begins: 'instrument_server ', exits: 0 }], says: null }),
    }),
  ],
  'crlf-interpreter': [
    script('the sed removes the carriage returns', {
      body: `#!/bin/sh\r\necho "a 1"\r\n`,
      obeyed: () => ({ commands: [run('sed ')], says: null }),
    }),
    script('the sed removes them behind env', {
      body: `#!/usr/bin/env sh\r\necho "a 1"\r\n`,
      obeyed: () => ({ commands: [run('sed '), { begins: 'instrument_server ', exits: 0 }], says: null }),
    }),
  ],
  'byte-order-mark': [
    script('the sed removes it from a script that works', {
      body: `${mark}#!/bin/sh\n${good}`,
      obeyed: () => ({ commands: [run('sed ')], says: null }),
    }),
    script('the seds remove it from a script that fails, and add the line', {
      file: 'x.pl',
      body: `${mark}${perl}`,
      obeyed: () => ({
        commands: [run('sed '), run('sed '), { begins: 'instrument_server ', exits: 0 }],
        says: null,
      }),
    }),
  ],
  'long-shebang': [
    script('a person shortens it', {
      body: `#!/bin/sh -${'e'.repeat(300)}\n${good}`,
      obeyed: (path) => ({
        commands: [],
        says: /, and its arguments are cut there; shorten it$/,
        byHand: () => replaceIn(path, `-${'e'.repeat(300)}`, '-e'),
      }),
    }),
    script('a person names a link to the interpreter', {
      body: `#!${'/'.repeat(300)}bin/sh\n${good}`,
      obeyed: (path, home) => ({
        commands: [],
        says: /; name a link to the interpreter with a shorter path, or #!\/usr\/bin\/env and its name$/,
        byHand: () => {
          const link = join(home.state, '..', 'sh');
          symlinkSync('/bin/sh', link);
          replaceIn(path, `${'/'.repeat(300)}bin/sh`, link);
        },
      }),
    }),
  ],
  'no-shebang': [
    script('the sed adds the line to a script that fails', {
      file: 'x.pl',
      body: perl,
      obeyed: () => ({ commands: [run('sed '), { begins: 'instrument_server ', exits: 0 }], says: null }),
    }),
  ],
};

function replaceIn(path: string, before: string, after: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(before, after));
}

testStories(stories);
