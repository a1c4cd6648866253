/**
 * What plain prose does not need, and what to write in its place. One row a word; matched without
 * regard to case.
 */
export const plainWords: readonly (readonly [pattern: RegExp, write: string])[] = [
  [/\bso many\b/i, 'N, how many'],
  [/\bnobody\b/i, 'no one, none, no process'],
  [/\bsomebody\b/i, 'another process, another user, someone'],
  [/\bwhoever\b/i, 'the process that …, the user who …'],
  [/\banew\b/i, 'again'],
  [/\b(goes|go|going|went) on\b/i, 'continues, is still running'],
  [/\b(is|are|was|were|be|been) told\b/i, 'is logged, is reported, is given'],
  [/\b(tells|tell|told) of\b/i, 'reports'],
  [/\bbef(alls?|ell|allen)\b/i, 'happens'],
  [/\bmend(s|ed|ing)?\b/i, 'fix, repair, correct'],
  [/\bby and by\b/i, 'gradually'],
  [/\blest\b/i, 'so that … not'],
  [/\bof which\b/i, 'a sentence of its own'],
  [/\bthat which\b/i, 'what'],
  [/\btakes us\b/i, 'accepts the agent'],
  [/\bforerunners?\b/i, 'the former one'],
  [/\b(?<!there )(is|are) no (samples?|plugins?|scripts?|sinks?|regular|numbers?|damage|files?)\b/i, 'is not a …'],
  [/, for (it|its|they|there|each|most|nothing|none|no|what|this|that|these)\b/i, 'because'],
];
