import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../test/integration/servers/server.ts';
import { arm64Package } from './systems/arm64.ts';
import { container } from './systems/container.ts';
import { debianPackage } from './systems/debian.ts';
import { type SystemsKit, systemsKit } from './systems/kit.ts';
import { newcomerAsRoot, newcomerAsUser } from './systems/newcomer.ts';
import { rpmPackage } from './systems/rpm.ts';

const scenes: Readonly<Record<string, (kit: SystemsKit) => Promise<void>>> = {
  bookworm: (kit) => debianPackage(kit, 'bookworm'),
  trixie: (kit) => debianPackage(kit, 'trixie'),
  'newcomer-as-root': newcomerAsRoot,
  'newcomer-as-user': newcomerAsUser,
  container,
  rpm: rpmPackage,
  arm64: arm64Package,
};
const programs = ['debootstrap', 'nsenter', 'ip', 'rpm', 'rpmbuild'];

/**
 * The packages on real systems: each one is a fresh Debian of debootstrap, in namespaces of its
 * own. `SCENES=a,b` plays only these scenes; `TREES=DIR` keeps the fresh systems there, and uses
 * those that are there already.
 */
export async function systems(say: (line: string) => void): Promise<boolean | null> {
  const missing = programs.filter((name) => findProgram(name) === null);
  if (process.getuid?.() !== 0 || missing.length > 0) {
    say(`left out: it takes root on Linux${missing.map((name) => `, and ${name}`).join('')}`);
    return null;
  }
  const asked = process.env['SCENES']?.split(',') ?? Object.keys(scenes);
  const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
  const trees = process.env['TREES'] ?? join(dir, 'trees');
  mkdirSync(trees, { recursive: true });
  const { kit, failures } = systemsKit(dir, trees, say);
  try {
    for (const name of asked) {
      const scene = scenes[name];
      if (!scene) throw new Error(`there is no scene ${name}; there are: ${Object.keys(scenes).join(', ')}`);
      say(name);
      await scene(kit);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return failures() === 0;
}
