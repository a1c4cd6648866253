import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cleanMappings, dropFilePages } from '../../../src/io/process/file-pages.ts';

/** One mapping as `/proc/PID/smaps` shows it, shortened. */
const mapping = (head: string, anonymousKiB: number, swapKiB: number) => `${head}
Size:                 64 kB
Rss:                  64 kB
Anonymous:            ${anonymousKiB} kB
LazyFree:              0 kB
Swap:                  ${swapKiB} kB
VmFlags: rd mr mw me sd
`;

test('only mappings of files that can not be written and have no changed page are found: code and constants', () => {
  const smaps = [
    mapping('00400000-00410000 r--p 00000000 fe:00 260386                     /usr/bin/node', 0, 0),
    mapping('00410000-00510000 r-xp 00010000 fe:00 260386                     /usr/bin/node', 0, 0),
    mapping('00510000-00520000 r--p 00110000 fe:00 260386                     /usr/bin/node', 8, 0),
    mapping('00520000-00530000 r--p 00120000 fe:00 260386                     /usr/bin/node', 0, 4),
    mapping('00530000-00540000 rw-p 00130000 fe:00 260386                     /usr/bin/node', 0, 0),
    mapping('00600000-00610000 r--s 00000000 fe:00 260387                     /etc/a map of all', 0, 0),
    mapping('7f0000000000-7f0000010000 r--p 00000000 00:00 0 ', 0, 0),
    mapping('7fff00000000-7fff00002000 r-xp 00000000 00:00 0                  [vdso]', 0, 0),
  ].join('');
  expect(cleanMappings(smaps)).toEqual([
    { address: 0x400000n, bytes: 0x10000n },
    { address: 0x410000n, bytes: 0x100000n },
  ]);
});

test.skipIf(process.platform !== 'linux')(
  "pages of files leave this process's memory, and it goes on (Linux only: others have no /proc)",
  () => {
    const fromFilesKiB = () => Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
    const beforeKiB = fromFilesKiB();
    dropFilePages();
    expect(fromFilesKiB()).toBeLessThan(beforeKiB * 0.8);
    expect(JSON.parse(JSON.stringify({ works: [1, 2, 3] }))).toEqual({ works: [1, 2, 3] });
  },
);
