#!/usr/bin/env bash
# fuzz/coverage.sh BUILD: replays the corpora with the programs of BUILD (the preset coverage), prints what they cover
# of the code that reads foreign bytes, by file, and fails when a file is below the floor. ./dev coverage --corpora sets
# LLVM_PROFILE_FILE.
set -euo pipefail

build=$(realpath -- "$1")
profiles=$(dirname -- "$LLVM_PROFILE_FILE")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
lines_floor=95
branches_floor=85
# The one file there that reads no foreign bytes: tables that the compiler makes, by code that never runs.
no_decoders='^proto/ike_names[.]cpp$'

objects=()
while IFS= read -r target; do
  "$build/bin/fuzz_$target" -runs=0 "-artifact_prefix=$build/" "corpus/$target" >"$build/replay.log" 2>&1 || { tail -n 30 "$build/replay.log" >&2; exit 1; }
  objects+=("-object=$build/bin/fuzz_$target")
done <"$build/fuzz/targets.txt"
llvm-profdata-19 merge -sparse -o "$build/corpora.profdata" "$profiles"/*.profraw

# Columns: file, functions, missed, share, lines, missed, share, branches, missed, share.
llvm-cov-19 report "${objects[@]}" -instr-profile="$build/corpora.profdata" -show-region-summary=false \
  -ignore-filename-regex="^$PWD/(tests|fuzz|build|tools)/|^/usr/" >"$build/corpora.txt"
awk -v lines_floor="$lines_floor" -v branches_floor="$branches_floor" -v no_decoders="$no_decoders" '
  function is_low(of_lines, of_branches) { return of_lines < lines_floor || of_branches < branches_floor }
  function say(name, of_lines, of_branches, low) {
    printf "%s lines %6.2f %%  branches %6.2f %%%s\n", name, of_lines, of_branches,
           low ? "  below the floor of " lines_floor " and " branches_floor : ""
    if (low) failed = 1
  }
  function share(all, missed) { return all == 0 ? 100 : 100 * (all - missed) / all }
  $1 ~ /^(net|proto|import)\// {
    split($1, parts, "/")
    folder = parts[1]
    lines[folder] += $5; lines_missed[folder] += $6; branches[folder] += $8; branches_missed[folder] += $9
    low = $1 ~ /[.]cpp$/ && $1 !~ no_decoders && is_low(share($5, $6), share($8, $9))
    say(sprintf("  %-45s", $1), share($5, $6), share($8, $9), low)
  }
  END {
    for (folder in lines) {
      of_lines = share(lines[folder], lines_missed[folder])
      of_branches = share(branches[folder], branches_missed[folder])
      say(sprintf("%-10s", folder), of_lines, of_branches, is_low(of_lines, of_branches))
      folders++
    }
    if (folders != 3) { print "lib/net, lib/proto and lib/import are not all there"; failed = 1 }
    exit failed
  }' "$build/corpora.txt"
