/**
 * Must be imported before uPlot, which makes a number format of the browser's language when it is
 * loaded. In the C locale that language is `en-US@posix`, which is not valid: the number format
 * would throw, and the page would stay empty.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
