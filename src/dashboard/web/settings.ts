import type { PluginDetail } from '../../model/status.ts';
import { type Child, element, untrusted } from './elements.ts';

/** Makes a table of a plugin's settings: each key, its value, and where that comes from. */
export function settingsTable(settings: PluginDetail['settings']): readonly Child[] {
  const head = ['setting', 'value', 'from'].map((name) => element('th', { scope: 'col' }, name));
  const rows = settings.map(({ key, value, source }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, ...untrusted(key)),
      element('td', {}, ...untrusted(value)),
      source === null
        ? element('td', { class: 'muted' }, 'default')
        : element('td', { class: 'path' }, ...untrusted(source)),
    ),
  );
  return [
    element(
      'table',
      { class: 'settings' },
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows),
    ),
  ];
}
