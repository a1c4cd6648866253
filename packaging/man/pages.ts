import { commandManPage } from './command-page.ts';
import { configurationManPage } from './configuration-page.ts';

/** A page for `man`: its file name, its chapter and its text. */
export type ManPage = { readonly name: string; readonly chapter: number; readonly text: string };

/** Makes all pages for `man` of a version (`2.0.0-alpha.1`). */
export function manPages(version: string): readonly ManPage[] {
  return [
    { name: 'instrument_server.1', chapter: 1, text: commandManPage(version) },
    { name: 'instrument_server.ini.5', chapter: 5, text: configurationManPage(version) },
  ];
}
