import { attack } from './attack.ts';
import { backlog } from './backlog.ts';
import { descriptors } from './descriptors.ts';
import { devLatency } from './dev-latency.ts';
import { eventClients } from './event-clients.ts';
import { eventLoop } from './event-loop.ts';
import { fairness } from './fairness.ts';
import { faults } from './faults.ts';
import { growth } from './growth.ts';
import { hintLatency } from './hint-latency.ts';
import { missedTicks } from './hung-scripts.ts';
import { identity } from './identity.ts';
import { kills } from './kills.ts';
import { muninRates } from './munin-rates.ts';
import { costOfOpenPages } from './page-cost.ts';
import { pageLatency } from './page-latency.ts';
import { pageOpen } from './page-open.ts';
import { pageTab } from './page-tab.ts';
import { salvage } from './salvage.ts';
import { spool } from './spool.ts';
import { manyStarts } from './starts.ts';
import { statusLatency } from './status-latency.ts';
import { systems } from './systems.ts';
import { thousand } from './thousand.ts';
import { watchdog } from './watchdog.ts';

/**
 * `npm run soak [NAME …]` runs the tests that take too long for the suite. Prints their figures.
 * Ends with status 1 if one does not hold. What this machine lacks a program for is not tried.
 */
const soaks = {
  'hung-scripts': missedTicks,
  fairness,
  'hint-latency': hintLatency,
  descriptors,
  faults,
  identity,
  kills,
  growth,
  thousand,
  backlog,
  'page-latency': pageLatency,
  'page-open': pageOpen,
  'page-cost': costOfOpenPages,
  'page-tab': pageTab,
  'status-latency': statusLatency,
  'dev-latency': devLatency,
  salvage,
  spool,
  starts: manyStarts,
  attack,
  watchdog,
  'event-clients': eventClients,
  'event-loop': eventLoop,
  'munin-rates': muninRates,
  systems,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.keys(soaks).includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no soak ${unknown.join(', ')}; there are: ${Object.keys(soaks).join(', ')}\n`);
  process.exit(2);
}
let failures = 0;
for (const [name, soak] of Object.entries(soaks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`\n== ${name}\n`);
  const holds: boolean | null = await soak((line) => process.stdout.write(`${line}\n`));
  process.stdout.write(`${holds === null ? 'NOT TRIED' : holds ? 'holds' : 'DOES NOT HOLD'}\n`);
  if (holds === false) failures += 1;
}
process.exit(failures === 0 ? 0 : 1);
