import { runForeignPlugins } from './foreign/foreign-agent.ts';
import { hostPlugins } from './foreign/plugin-list.ts';

const ends: (() => unknown)[] = [];
const began = Date.now();
try {
  const { results } = await runForeignPlugins(hostPlugins, (fn) => void ends.push(fn));
  for (const { plugin, reports, samples, says } of results)
    console.log(
      [
        plugin.name,
        plugin.package,
        plugin.format,
        plugin.varies ? '*' : ' ',
        reports,
        samples,
        says.slice(0, 140),
      ].join(' | '),
    );
} finally {
  console.log(Date.now() - began);
  for (const e of ends.reverse()) await e();
}
