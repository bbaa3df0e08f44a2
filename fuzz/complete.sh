#!/usr/bin/env bash
# fuzz/complete.sh PROGRAM NAMES TARGETS...: every protocol and importer of the library (fuzz_names prints them) has a
# target; every target has seeds, and a dictionary that is what fuzz_dictionaries makes of today's constants.
set -euo pipefail

names=$1 dictionaries=$2
shift 2
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
status=0
complain() { echo "$*" >&2; status=1; }

while IFS= read -r name; do
  [[ " $* " == *" $name "* ]] || complain "$name has no fuzz target"
done < <("$names")
"$dictionaries" . "$work" "$@"
for target; do
  [[ -n $(find "corpus/$target" -type f -size +0 -print -quit 2>/dev/null) ]] ||
    complain "$target has no seeds: corpus/$target (see docs/fuzzing.md)"
  [[ -z ${SASYNC_REWRITE:-} ]] || cp -- "$work/$target.dict" "fuzz/dict/$target.dict"
  [[ -r fuzz/dict/$target.dict ]] || { complain "$target has no dictionary: fuzz/dict/$target.dict"; continue; }
  cmp -s "fuzz/dict/$target.dict" "$work/$target.dict" && continue
  complain "fuzz/dict/$target.dict is not what the code's constants make:"
  diff "fuzz/dict/$target.dict" "$work/$target.dict" >&2 || true
done
exit "$status"
