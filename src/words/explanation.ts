/**
 * Advice on one line: the sentence, then each command, joined by `; `. The one place that makes
 * the `explanation` of the log and of the JSON documents.
 */
export function explanationOf(advice: { readonly sentence: string; readonly commands: readonly string[] }): string {
  return [advice.sentence, ...advice.commands].join('; ');
}
