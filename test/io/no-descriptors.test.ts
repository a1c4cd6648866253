import { expect, test } from 'vitest';
import { messageOf } from '../../src/io/errors.ts';
import { explainConnectionFailure } from '../../src/io/net/connection-failure.ts';
import { noteDescriptorLimit } from '../../src/io/no-descriptors.ts';
import { adviceOnDirectory } from '../../src/plugins/rejection-advice.ts';
import { judgeExit } from '../../src/runner/ending.ts';
import { unusable } from '../../src/store/state-trouble.ts';

const refused = Object.assign(new Error('EMFILE: too many open files, scandir'), { code: 'EMFILE' });

test('a lack of descriptors has the same words wherever it is met, with the limit and what to type, and never those of missing rights', () => {
  noteDescriptorLimit(128);
  const exit = { kind: 'not-started', failedAt: 'set-up', code: 'EMFILE', words: '' } as const;
  const said = [
    messageOf(refused),
    adviceOnDirectory({ kind: 'unreadable', path: '/scripts', code: 'EMFILE' }).sentence,
    explainConnectionFailure(refused, { host: 'h', port: 1 }, { isOpen: false, isTls: false }).detail,
    judgeExit(exit, '/scripts/x', '#!/bin/sh').failure?.sentence,
    unusable('/state', refused),
  ];
  for (const sentence of said) {
    expect(sentence).toMatch(
      /no file descriptors are left \(EMFILE\): the limit is 128 \(ulimit -n\); raise LimitNOFILE=/,
    );
    expect(sentence).not.toMatch(/access/);
  }
});
