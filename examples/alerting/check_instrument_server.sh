#!/bin/sh
# Says whether the agent of this host does its work: a check for Nagios, Icinga and their like, or
# for cron.
#
#   check_instrument_server.sh [FLAGS]
#
# FLAGS are those of `instrument_server status` that find the agent: --state-dir DIR, -f FILE, -u
# USER. Run it as the agent's user, or as root. It needs jq.
#
# Exit status: 0 all is well, 1 warning, 2 critical, 3 not known. The first line says how many
# plugins report; then comes one line for each trouble, with what to type.
set -u

if ! command -v jq >/dev/null; then
  echo 'UNKNOWN: jq is not installed: apt install jq, or dnf install jq'
  exit 3
fi

# An agent that hangs is waited for up to 10 s, after which NRPE, too, has ended the check.
limit=
if command -v timeout >/dev/null; then limit='timeout 8'; fi
answer=$($limit instrument_server status --json "$@" 2>&1)
case $? in
0) ;;
124)
  echo 'CRITICAL: the agent did not answer within 8 s'
  exit 2
  ;;
1 | 3)
  echo "CRITICAL: $answer"
  exit 2
  ;;
*)
  echo "UNKNOWN: $answer"
  exit 3
  ;;
esac

# What is a field of the document, and which states there are: docs/status.md.
report=$(printf '%s\n' "$answer" | jq -r '
  def seconds_since(moment): (.atS - moment) | floor;
  def trouble(level; text): {level: level, text: text};
  . as $agent
  | [ (select(seconds_since(.lastTickAtS // .startedAtS) > 2 * .intervalS + 5)
        | trouble(2; "no tick for \(seconds_since(.lastTickAtS // .startedAtS)) s")),
      (.storeFailure // empty | trouble(2; "samples are not stored: \(.)")),
      (.scripts.suspension // empty | trouble(2; "no plugin runs: \(.)")),
      (.sinks[] | select(.state == "refused") | trouble(2; "\(.name) refuses the agent: \(.trouble)")),
      (.sinks[] | select(.state == "away" and $agent.atS - (.troubleSinceS // $agent.atS) > 300)
        | trouble(1; "\(.name) is away, and \(.waitingSamples) samples wait: \(.trouble)")),
      (.configurationProblems[] | trouble(1; "the configuration on disk is not in force: \(.)")),
      (.overload // empty | trouble(1; .explanation)),
      (.plugins[] | select(.muted == null) | select(.state | IN("rejected", "hung", "failing", "bad-lines", "silent"))
        | trouble(1; "\(.file) is \(.state): \(.reasons[0].explanation)"))
    ] as $troubles
  | ([$troubles[].level] | max // 0) as $level
  | "\($level)",
    "\(["OK", "WARNING", "CRITICAL"][$level]): "
      + "\([.plugins[] | select(.state == "ok")] | length) of \(.plugins | length) plugins report",
    ($troubles[].text | gsub("[\u0000-\u001f\u007f-\u009f]"; "?"))
') || {
  echo 'UNKNOWN: the answer of instrument_server status --json can not be read'
  exit 3
}

printf '%s\n' "$report" | tail -n +2
exit "$(printf '%s\n' "$report" | head -n 1)"
