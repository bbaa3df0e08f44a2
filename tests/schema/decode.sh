#!/usr/bin/env bash
# decode.sh DECODER SOURCE_DIR record|stats: what the built tool prints for every capture, and what the tests of the tool
# expect it to print (malformed, truncated, several files), conforms to the schema; what must not conform does not.
set -euo pipefail
export LC_ALL=C
shopt -s nullglob

decoder=$1
source_dir=$2
here=$source_dir/tests/schema
schema=$source_dir/docs/schema/decode-$3.schema.json
captures=("$source_dir"/corpus/captures/*/*/*.pcap)
validate() { python3 "$here/validate.py" "$@"; }

# Remarks go to standard error and are not looked at here; a status other than 0 ends the test.
each_capture() {
  local capture
  for capture in "${captures[@]}"; do "$decoder" "$@" "$capture" 2>/dev/null; done
}

expected() { (cd -- "$source_dir/tests/tools/expected" && cat -- "$@"); }

case $3 in
  record)
    each_capture --json | validate "$schema" -
    each_capture --json --show-secrets -c 200 | validate "$schema" -
    "$decoder" --json -c 500 "${captures[@]}" 2>/dev/null | validate "$schema" -
    for sync in "$source_dir"/corpus/captures/strongswan/*/sync.pcap; do
      "$decoder" --json --keys "$sync" "${sync%sync.pcap}outside.pcap"
      "$decoder" --json -c 20 --keys "$sync" "$source_dir/corpus/captures/strongswan/ikev2-failover/outside.pcap" 2>/dev/null
    done | validate "$schema" -
    "$decoder" --json --sasyncd-key-file <(echo 0123456789abcdef) \
      "$source_dir/corpus/captures/openbsd/master-and-slave/sync.pcap" | validate "$schema" -
    expected {json,json-ikev1,malformed-json,snaplen-json,several-files-json,unknown-attribute}.out | validate "$schema" -
    ;;
  stats)
    each_capture --json --stats | validate "$schema" -
    expected {stats-json,malformed-stats,no-frames-stats}.out | validate "$schema" -
    ;;
esac
validate --invalid "$schema" "$here/decode-$3.bad.jsonl"
