#!/usr/bin/env bash
# fuzz/kit/test.sh BUILD: the kit finds each fault that was put into the toy parser within 60 seconds on one core, says
# what it is, and finds nothing in the toy without faults.
set -euo pipefail

build=$(realpath -- "$1")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
die() { tail -n 25 "$work/log" >&2; echo "kit: $*" >&2; exit 1; }

run() {
  local name=$1 seconds=$2
  rm -rf -- "$work/found"
  mkdir "$work/found"
  "$build/bin/kit_$name" -dict=fuzz/dict/fgcp-sync.dict "-max_total_time=$seconds" "-artifact_prefix=$work/" \
    "$work/found" corpus/fgcp-sync fuzz/kit/inputs >"$work/log" 2>&1
}

while read -r name sign; do
  begin=$SECONDS
  # A fault has other signs, too: who reads behind a TLV may accept what lies there. The run is for this one.
  while left=$((60 - SECONDS + begin)) && [[ $left -gt 0 ]]; do
    ! run "$name" "$left" || die "nothing was found in $name"
    ! grep -qE "$sign" "$work/log" || break
  done
  grep -qE "$sign" "$work/log" || die "$name: something else was found"
  echo "kit: $name: found after $((SECONDS - begin)) s: $(grep -m 1 -oE "$sign.*" "$work/log")"
done <<'END'
toy_reads_behind SEGV|buffer-overflow
toy_believes_length the parser rejects what is malformed
toy_swaps_bytes the parser says what the reference says
END
run toy 5 || die "something was found in the toy without faults"
echo "kit: toy: nothing found in 5 s"
