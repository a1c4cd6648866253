/** The formats of other systems: how each is read, and which exit statuses carry data. */
import type { FormatName } from '../model/format.ts';
import { readCheckmk } from './checkmk.ts';
import type { Format } from './format.ts';
import { readGraphite } from './graphite.ts';
import { readInflux } from './influx.ts';
import { readJson } from './json.ts';
import { readMunin } from './munin.ts';
import { readNagios } from './nagios.ts';
import { readOpentsdb } from './opentsdb.ts';
import { readPrometheus } from './prometheus.ts';
import { readValue } from './value.ts';

/** One format. With an exit status above `lastStatus` a run has failed, and nothing is sent. */
type ForeignRules = { readonly read: Format; readonly lastStatus: 0 | 3 };

/** All formats but the agent's own. */
export const foreignFormats: Readonly<Record<Exclude<FormatName, 'native'>, ForeignRules>> = {
  prometheus: { read: readPrometheus, lastStatus: 0 },
  nagios: { read: readNagios, lastStatus: 3 },
  munin: { read: readMunin, lastStatus: 0 },
  value: { read: readValue, lastStatus: 0 },
  influx: { read: readInflux, lastStatus: 0 },
  json: { read: readJson, lastStatus: 0 },
  checkmk: { read: readCheckmk, lastStatus: 3 },
  graphite: { read: readGraphite, lastStatus: 0 },
  opentsdb: { read: readOpentsdb, lastStatus: 0 },
};
