import { typeable } from './shell-words.ts';

/** What a person types for a first plugin in the script directory. */
export function firstPluginCommand(dir: string): string {
  const path = typeable(`${dir}/mine.sh`);
  return `printf '#!/bin/sh\\necho answer 42\\n' > ${path} && chmod 0700 ${path}`;
}
