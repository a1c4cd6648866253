#!/bin/sh
# Certificates: the days until each one expires (less than 0 if it has expired), and how many could
# not be read.
#
#   CERT_FILES   files to read, separated by spaces. Wildcards work:
#                "/etc/letsencrypt/live/*/cert.pem". Of a file with several certificates, the first
#                counts
#   CERT_HOSTS   servers to ask over TLS, separated by spaces, as host or host:port (443):
#                "example.com [2001:db8::1]:993"
#
# /etc/ssl/web.pem reports files.etc_ssl_web_pem.days_left, example.com:443 reports
# hosts.example_com_443.days_left. A certificate that can't be read is reported on stderr and
# counted in `unreadable`; the others are still reported. If none can be read, the run fails.
# Whether a certificate is trusted is not checked.
#
# Needs openssl, and read access to the files, which hold no secret. Once an hour is enough:
# interval = 1h.
set -u
export LC_ALL=C

die() {
  printf '%s' "$*" | tr -s '[:space:]' ' ' >&2
  echo >&2
  exit 1
}
limit() { # limit SECONDS COMMAND...
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

command -v openssl >/dev/null || die "openssl is not installed; install the package openssl"
now=$(date +%s)
lines=
unreadable=0
troubles=

report() { # report KIND NAME END TROUBLE: END is "notAfter=Nov  5 18:34:00 2026 GMT"
  days=$(printf '%s\n' "$3" | awk -v now="$now" '
    /^notAfter=[A-Z][a-z][a-z] +[0-9]+ [0-9]+:[0-9]+:[0-9]+ [0-9]+ GMT$/ {
      month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", substr($1, 10)) + 2) / 3
      split($3, clock, ":")
      year = month > 2 ? $4 : $4 - 1 # count years from March to February: then the leap day is the last day
      days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * ((month + 9) % 12) + 2) / 5) + $2 - 1 - 719468
      printf "%.2f", days + (clock[1] * 3600 + clock[2] * 60 + clock[3] - now) / 86400
    }')
  if [ -n "$days" ]; then
    lines="$lines$1.$(printf '%s' "$2" | tr -cs 'A-Za-z0-9-' _ | sed 's/^_//; s/_$//').days_left $days
"
  else
    unreadable=$((unreadable + 1))
    troubles="${troubles:+$troubles; }$4"
  fi
}

for file in ${CERT_FILES:-}; do # not quoted, so that words are split and wildcards are expanded
  end=$(openssl x509 -noout -enddate -in "$file" 2>/dev/null)
  report files "$file" "$end" "no certificate can be read from $file"
done
set -f
for host in ${CERT_HOSTS:-}; do
  case $host in
  *:*) address=$host ;;
  *) address=$host:443 ;;
  esac
  end=$(limit 10 openssl s_client -connect "$address" </dev/null 2>/dev/null | openssl x509 -noout -enddate 2>/dev/null)
  report hosts "$address" "$end" "no certificate from $address"
done

[ -n "$lines$troubles" ] || die "nothing to look at; set CERT_FILES or CERT_HOSTS, such as env.CERT_HOSTS = example.com:443 in [plugin:certificate_expiry]"
[ -n "$lines" ] || die "$troubles"
[ -z "$troubles" ] || printf '%s\n' "$troubles" >&2
printf '%sunreadable %s\n' "$lines" "$unreadable"
