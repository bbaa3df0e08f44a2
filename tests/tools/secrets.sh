#!/usr/bin/env bash
# Keys that the daemon logged, in no output of any tool: secrets.sh SOURCE_DIR TOOL...
set -euo pipefail
export LC_ALL=C TZ=UTC

source_dir=$(realpath -- "$1")
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/bin"
for tool in "${@:2}"; do ln -s -- "$(realpath -- "$tool")" "$work/bin/"; done
cd -- "$work"
PATH=$work/bin:$PATH
ln -s -- "$source_dir/corpus/captures/strongswan" captures
ran=0
failed=0
compared=0

complain() {
  printf 'FAILED %s\n' "$*"
  failed=$((failed + 1))
}

# A run whose output, errors and files are searched: a finding (status 1) and a refusal (2) are as good as success.
shown_by() {
  local status=0
  rm -rf made
  mkdir made
  "$@" >made/out 2>made/err || status=$?
  ran=$((ran + 1))
  ((status <= 2)) || complain "$*: status $status"
  searched "$*"
}

# Hex in a row, with blanks or colons between, in either case; and the bytes as they are.
searched() {
  local file
  for file in made/*; do
    tr -d ' :' <"$file" | tr A-F a-f >closed_up
    if grep -qiFf known "$file" || grep -qFf known closed_up; then complain "$1: a key in ${file#made/}"; fi
  done
}

logged_keys() {
  grep -oE '(secret|skeyid|skeyid_[ade]|skeyseed|sk_[a-z]+|ka|encr_[ir]|integ_[ir])=[0-9a-f]{16,}' \
    "$1/truth/keys.txt" | cut -d = -f 2 | sort -u
}

# What the tools are able to print when they are asked to, or the search finds nothing for want of looking.
search_can_fail() {
  rm -rf made
  mkdir made
  sasync-decode --json --show-secrets "$1/sync.pcap" >made/out
  local before=$failed
  searched "(expected)" >complaint
  if ((failed > before)); then failed=$before; else complain "$1: no key is found where all are shown"; fi
}

replays() {
  local sync=$1/sync.pcap outside=$1/outside.pcap options
  for options in '' --json --stats '--stats --json' '--failover-at every' '--failover-at end --json'; do
    # shellcheck disable=SC2086
    shown_by sasync-replay $options "$sync"
    # shellcheck disable=SC2086
    shown_by sasync-replay $options --keys "$sync" "$sync" "$outside"
  done
  shown_by sasync-replay --dump-state made/state --events made/events --keys "$sync" "$sync" "$outside"
  [[ -s made/state && -s made/events ]] || complain "$1: no state or no events were written"
}

comparisons() {
  local of_first="capture:$1/sync.pcap@+20s#10.9.0.1" of_second="capture:$1/sync.pcap#10.9.0.2" options
  for options in '' --json; do
    # shellcheck disable=SC2086
    shown_by sasync-diff $options "$of_first" "$of_second"
    [[ ! -s made/err ]] || complain "$1: not compared: $(<made/err)"
    compared=$((compared + $(wc -c <made/out)))
  done
}

# Tables with each key in each wrong column, whole and damaged.
refused_tables() {
  local key line
  key=$(awk 'length >= 32 { print; exit }' known)
  printf '%s\n' "${key:1}" >>known  # what stays of it when its first digit is lost
  for line in "1122334455667788,${key}z" "$key,$key" "1122334455667788,99aabbccddeeff00,$key,$key,$key,$key,$key,$key" \
    "1122334455667788,99aabbccddeeff00,$key,$key,${key:1},$key,$key,0x${key:1}" \
    "\"IPv4\",\"$key\",\"${key:1}\",\"0x$key\",\"$key\",\"0x$key\",\"${key:1}\",\"$key\"" \
    "\"IPv4\",\"*\",\"*\",\"0x$key\",\"NULL\",\"\",\"NULL\",\"\"" \
    "\"IPv4\",\"*\",\"*\",\"0x100\",\"0x${key:1}\",\"\",\"NULL\",\"\"" \
    "\"IPv4\",\"*\",\"*\",\"0x100\",\"NULL\",\"0x$key\",\"${key:1}\",\"0x${key:1}\"" "\"$key"; do
    printf '%s\n' "$line" >table
    shown_by sasync-decode --keys table "$1/outside.pcap"
    shown_by sasync-replay --keys table "$1/sync.pcap"
  done
}

for scenario in captures/*/; do
  scenario=${scenario%/}
  logged_keys "$scenario" >known
  [[ -s known ]] || complain "$scenario: no known keys"
  search_can_fail "$scenario"
  replays "$scenario"
  comparisons "$scenario"
  refused_tables "$scenario"
done
((compared > 10000)) || complain 'hardly a difference was printed'
printf '%d runs, %d failures\n' "$ran" "$failed"
exit $((failed != 0))
