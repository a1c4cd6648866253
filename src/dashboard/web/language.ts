/**
 * uPlot makes a number format of the browser's language as soon as it is loaded, and a browser in the C locale says `en-US@posix`, which is none: without this
 * the page would stay empty there. To be imported before uPlot.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
