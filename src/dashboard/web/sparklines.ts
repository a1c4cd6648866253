import type { Sparkline } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { oneAtATime } from './one-at-a-time.ts';

const mostFiles = 60; // in one request
const mostCharacters = 4000; // of file names in one request: servers bound the length of an address

/** Fetches the sparklines of the rows that are in sight. */
export type Sparklines = {
  /** Begins to watch a row. `show` gets its line; null: the plugin has no samples. */
  follow(row: Element, file: string, show: (line: Sparkline | null) => void): void;
  forget(row: Element): void;
  /** Makes all rows in sight get newer lines, once. To be called after each tick. */
  refresh(): void;
};

/** Makes it without rows. It asks for nothing while the page is hidden. */
export function createSparklines(): Sparklines {
  const rows = new Map<Element, { readonly file: string; readonly show: (line: Sparkline | null) => void }>();
  const inSight = new Set<Element>();
  const asked = new Set<Element>(); // since the last tick
  const load = oneAtATime(async () => {
    for (let wanted = nextRows(); wanted.length > 0; wanted = nextRows()) {
      for (const row of wanted) asked.add(row);
      const names = wanted.flatMap((row) => rows.get(row)?.file ?? []).join('/');
      const answer = await fetchAnswer<readonly Sparkline[]>('/sparklines.json', { names });
      if (!answer.ok) return; // the next tick asks again
      const lines = new Map(answer.value.map((line) => [line.file, line]));
      for (const row of wanted) {
        const followed = rows.get(row);
        followed?.show(lines.get(followed.file) ?? null);
      }
    }
  });
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) inSight.add(target);
      else inSight.delete(target);
    void load();
  });
  document.addEventListener('visibilitychange', () => void load());

  function nextRows(): readonly Element[] {
    if (document.hidden) return [];
    let characters = 0;
    return [...inSight]
      .filter((row) => !asked.has(row))
      .slice(0, mostFiles)
      .filter((row, index) => {
        characters += encodeURIComponent(rows.get(row)?.file ?? '').length;
        return index === 0 || characters <= mostCharacters;
      });
  }

  return {
    follow(row, file, show) {
      rows.set(row, { file, show });
      sight.observe(row);
    },
    forget(row) {
      sight.unobserve(row);
      for (const each of [rows, inSight, asked]) each.delete(row);
    },
    refresh() {
      asked.clear();
      void load();
    },
  };
}
