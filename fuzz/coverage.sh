#!/usr/bin/env bash
# fuzz/coverage.sh BUILD: replays the corpora with the programs of BUILD (the preset coverage), prints what they cover of
# the code that reads foreign bytes, by file, and fails below the floor. ./dev coverage --corpora sets LLVM_PROFILE_FILE.
set -euo pipefail

build=$(realpath -- "$1")
profiles=$(dirname -- "$LLVM_PROFILE_FILE")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
lines_floor=95
branches_floor=85
# A single file may have a limit or two that no input of a corpus should be long enough to meet.
file_floor=85
# Files of these folders that read no foreign bytes: what options ask for, and tables that are made by the compiler.
no_decoders='^(proto/dispatcher|proto/field_names|proto/ike_names)[.]cpp$'

objects=()
while IFS= read -r target; do
  "$build/bin/fuzz_$target" -runs=0 "-artifact_prefix=$build/" "corpus/$target" >"$build/replay.log" 2>&1 || { tail -n 30 "$build/replay.log" >&2; exit 1; }
  objects+=("-object=$build/bin/fuzz_$target")
done <"$build/fuzz/targets.txt"
llvm-profdata-19 merge -sparse -o "$build/corpora.profdata" "$profiles"/*.profraw

# Columns: file, functions, missed, share, lines, missed, share, branches, missed, share.
llvm-cov-19 report "${objects[@]}" -instr-profile="$build/corpora.profdata" -show-region-summary=false \
  -ignore-filename-regex="^$PWD/(tests|fuzz|build|tools)/|^/usr/" >"$build/corpora.txt"
awk -v lines_floor="$lines_floor" -v branches_floor="$branches_floor" -v file_floor="$file_floor" \
  -v no_decoders="$no_decoders" '
  function share(all, missed) { return all == 0 ? 100 : 100 * (all - missed) / all }
  $1 ~ /^(net|proto|import)\// {
    split($1, parts, "/")
    folder = parts[1]
    lines[folder] += $5; lines_missed[folder] += $6; branches[folder] += $8; branches_missed[folder] += $9
    low = $1 ~ /[.]cpp$/ && $1 !~ no_decoders && share($5, $6) < file_floor
    printf "  %-45s lines %6.2f %%  branches %6.2f %%%s\n", $1, share($5, $6), share($8, $9),
           low ? "  below the floor of " file_floor " for a file" : ""
    if (low) failed = 1
  }
  END {
    for (folder in lines) {
      of_lines = share(lines[folder], lines_missed[folder])
      of_branches = share(branches[folder], branches_missed[folder])
      low = of_lines < lines_floor || of_branches < branches_floor
      printf "%-10s lines %6.2f %%  branches %6.2f %%%s\n", folder, of_lines, of_branches,
             low ? "  below the floor of " lines_floor " and " branches_floor : ""
      if (low) failed = 1
      folders++
    }
    if (folders != 3) { print "lib/net, lib/proto and lib/import are not all there"; failed = 1 }
    exit failed
  }' "$build/corpora.txt"
