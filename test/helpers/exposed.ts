import type { ExposedFolder } from '../../src/model/exposed-folder.ts';

const agent = { uid: 1000, name: 'agent' };
const other = { uid: 1001, name: 'other' };

/** A folder of the agent's user in which others can replace `entry`. */
function exposed(folder: string, change: Partial<ExposedFolder> = {}): ExposedFolder {
  return { folder, entry: 'scripts', mode: 0o777, owner: agent, agent, to: { kind: 'others' }, ...change };
}

/** A folder for each way to be exposed, and for each owner. */
export function exposures(folder: string, entry = 'scripts'): readonly ExposedFolder[] {
  const ways: readonly ExposedFolder['to'][] = [
    { kind: 'owner' },
    { kind: 'others' },
    { kind: 'list', users: [other, { uid: 1002, name: null }] },
    { kind: 'link-owner', user: other },
    { kind: 'group', gid: 50, name: 'staff', others: [] },
    { kind: 'group', gid: 50, name: 'staff', others: ['ann', 'bob'] },
    { kind: 'group', gid: 50, name: null, others: [] },
  ];
  const owners = [agent, other, { uid: 0, name: 'root' }];
  return ways.flatMap((to) => owners.map((owner) => exposed(folder, { entry, owner, to })));
}
