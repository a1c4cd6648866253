import type { Status } from '../model/status.ts';
import { visible } from '../words/visible.ts';

/** Returns what is wrong with directories of plugins as a whole, for the status. */
export function directoryLines({ scripts, directories = [] }: Status): readonly string[] {
  const { suspension, warning } = scripts;
  return [
    ...(suspension === null ? [] : [`  no plugin runs: ${visible(suspension)}`]),
    ...(warning === null ? [] : [`  warning: ${visible(warning.explanation)}`]),
    ...directories.flatMap((directory) =>
      directory.suspension === null
        ? []
        : [`  no plugin of ${visible(directory.name)} runs: ${visible(directory.suspension)}`],
    ),
  ];
}

/** Returns the directories that the agent's plugins are in, on one line. */
export function placesText({ scripts, directories = [] }: Status): string {
  const places = [...(scripts.isEnabled ? [scripts] : []), ...directories].map(({ location }) => visible(location));
  return places.join(', ');
}
