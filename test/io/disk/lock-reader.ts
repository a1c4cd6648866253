import { readLock } from '../../../src/io/disk/lock.ts';

process.stdout.write(JSON.stringify(readLock(process.argv[2] ?? '')));
