/*
 * A process of another user that swaps two entries of a folder, as fast as it can, until its stdin
 * ends: `attacker.mjs UID ONE OTHER`. Prints the number of swaps after every hundred.
 */
import { renameSync } from 'node:fs';
import koffi from 'koffi';

const [uid, one, other] = [Number(process.argv[2]), process.argv[3] ?? '', process.argv[4] ?? ''];
const exchange = 2; // RENAME_EXCHANGE
const renameat2 = koffi.load(null).func('int renameat2(int, const char *, int, const char *, unsigned int)');
process.setgroups?.([uid]);
process.setgid?.(uid);
process.setuid?.(uid);

let isOver = false;
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();

/** Where the file system can't exchange, in three steps. Throws while the folder can't be written. */
function swapByRenames() {
  renameSync(one, `${one}.aside`);
  renameSync(other, one);
  renameSync(`${one}.aside`, other);
}

let swaps = 0;

/** Returns whether it worked: the folder may not be open now. */
function swap() {
  const failed = renameat2(-100, one, -100, other, exchange) !== 0 && koffi.errno();
  if (failed === koffi.os.errno.EINVAL) swapByRenames();
  else if (failed) return false;
  swaps += 1;
  if (swaps % 100 === 0) process.stdout.write(`${swaps}\n`);
  return true;
}

function attack() {
  for (let tries = 0; tries < 50; tries += 1) swap();
  if (!isOver) return setImmediate(attack);
  while (swaps % 2 !== 0) swap(); // after an even number, each is where it was
  process.stdout.write(`${swaps}\n`, () => process.exit(0));
}
attack();
