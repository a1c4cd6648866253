import type { Sparkline } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { ofOneRequest } from './sparkline-request.ts';

/** What happens to a row that is watched. */
export type WatchedRow = {
  readonly element: Element;
  /** The row came into sight, or is near it; or it is printed. */
  drawStrip(): void;
  /** It left. What it shows need not follow the agent until it comes again. */
  leaveSight(): void;
  /** Its line was fetched; null: the plugin has no samples. */
  showSparkline(line: Sparkline | null): void;
};

/** Watches which rows are in sight, and fetches their sparklines. */
export type ShownSparklines = {
  /** Begins to watch the row of a plugin's file. */
  follow(row: WatchedRow, file: string): void;
  forget(row: Element): void;
  /**
   * Makes these rows get newer lines, once, as soon as they are in sight; all rows if none is
   * named. To be called after their plugins have reported.
   */
  refresh(changed?: Iterable<Element>): void;
};

/**
 * Makes it without rows. It asks the document at `path`, `/sparklines.json`, for lines: not while
 * the page is hidden, and never again once there is none, because no history is kept. While the
 * page is printed, all rows count as seen.
 */
export function createSparklines(path: string): ShownSparklines {
  const rows = new Map<Element, { readonly file: string; readonly row: WatchedRow }>();
  const inSight = new Set<Element>();
  const asked = new Set<Element>(); // since their last report
  const printed = matchMedia('print');
  let hasHistory = true;
  const load = oneAtATime(async () => {
    for (let wanted = nextRows(); wanted.length > 0; wanted = nextRows()) {
      for (const row of wanted) asked.add(row);
      const names = wanted.flatMap((row) => rows.get(row)?.file ?? []).join('/');
      const answer = await fetchAnswer<readonly Sparkline[]>(path, { names });
      if (!answer.ok) {
        hasHistory = !answer.isMissing;
        return; // the next report asks again
      }
      const lines = new Map<string, Sparkline>(answer.value.map((line) => [line.file, line]));
      for (const row of wanted) {
        const followed = rows.get(row);
        followed?.row.showSparkline(lines.get(followed.file) ?? null);
      }
    }
  });
  const near = { scrollMargin: '400px', rootMargin: '400px' }; // so that a row is complete when it is scrolled to
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const row = rows.get(target)?.row;
      if (isIntersecting) inSight.add(target);
      else inSight.delete(target);
      if (isIntersecting) row?.drawStrip();
      else if (!printed.matches) row?.leaveSight();
    }
    void load();
  }, near);
  addEventListener('beforeprint', drawAll);
  addEventListener('afterprint', leaveOthers);
  printed.addEventListener('change', () => {
    if (printed.matches) drawAll();
    else leaveOthers();
    void load();
  });
  document.addEventListener('visibilitychange', () => void load());

  function drawAll(): void {
    for (const { row } of rows.values()) row.drawStrip();
  }

  function leaveOthers(): void {
    for (const [element, { row }] of rows) if (!inSight.has(element)) row.leaveSight();
  }

  function nextRows(): readonly Element[] {
    if (document.hidden || !hasHistory) return [];
    const unasked = [...(printed.matches ? rows.keys() : inSight)].filter((row) => !asked.has(row));
    return ofOneRequest(unasked, (row) => rows.get(row)?.file ?? '');
  }

  return {
    follow(row, file) {
      rows.set(row.element, { file, row });
      if (printed.matches) row.drawStrip();
      sight.observe(row.element);
    },
    forget(row) {
      sight.unobserve(row);
      for (const each of [rows, inSight, asked]) each.delete(row);
    },
    refresh(changed = rows.keys()) {
      for (const row of changed) asked.delete(row);
      void load();
    },
  };
}
