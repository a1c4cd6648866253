/** A part of time that charts show, in whole unix seconds. */
export type TimeWindow = { readonly fromS: number; readonly toS: number };

/** A way to change it with a button. */
export type ZoomStep = 'in' | 'out' | 'earlier' | 'later';

const [leastS, mostS] = [10, 31 * 86_400];

/** Returns the window of at least 10 seconds, at most 31 days, that is nearest to these times. */
export function windowOf(fromS: number, toS: number): TimeWindow {
  const [from, to] = [Math.floor(fromS), Math.ceil(toS)];
  const widthS = Math.min(mostS, Math.max(leastS, to - from));
  if (widthS === to - from) return { fromS: from, toS: to };
  const middleS = Math.round((from + to) / 2);
  return { fromS: middleS - Math.floor(widthS / 2), toS: middleS + Math.ceil(widthS / 2) };
}

/**
 * Returns the window after a step: half or twice as wide, or moved by half its width. None ends
 * later than `nowS`. One that ends there, or a little earlier, keeps its end when it is halved.
 */
export function afterStep({ fromS, toS }: TimeWindow, step: ZoomStep, nowS: number): TimeWindow {
  const widthS = toS - fromS;
  const endS = Math.ceil(nowS);
  const endingBy = (from: number, to: number) => {
    const lateS = Math.max(0, to - endS);
    return windowOf(from - lateS, to - lateS);
  };
  switch (step) {
    case 'in':
      return toS + widthS / 8 >= endS
        ? windowOf(toS - widthS / 2, toS)
        : windowOf(fromS + widthS / 4, toS - widthS / 4);
    case 'out':
      return endingBy(fromS - widthS / 2, toS + widthS / 2);
    case 'earlier':
      return windowOf(fromS - Math.ceil(widthS / 2), toS - Math.ceil(widthS / 2));
    case 'later':
      return endingBy(fromS + Math.ceil(widthS / 2), toS + Math.ceil(widthS / 2));
  }
}
