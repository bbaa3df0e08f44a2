#!/usr/bin/env bash
# fuzz/seeds.sh BUILD [FOUND [TARGET...]]: renews corpus/TARGET with the programs of BUILD (the preset fuzz): the seeds that
# fuzz_seeds makes, what is there already, and, when given, what fuzzing has put into FOUND/TARGET; of all these the
# few that together reach everything. Seeds are named by what they show; what only fuzzing found is named found-*. regress-*
# stay.
set -euo pipefail

build=$(realpath -- "$1")
found=${2:+$(realpath -- "$2")}
shift $(($# < 2 ? $# : 2))
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

ASAN_OPTIONS=detect_leaks=0 "$build/bin/fuzz_seeds" . "$work/seeds"

minimise() {
  local target=$1 name sum file kept=$work/kept/$1
  local -a from=()
  mkdir -p "$kept" "corpus/$target"
  # Edges without their counts: small corpora. Those that have a name come first; the others add what these do not reach.
  for file in "$work/seeds/$target" "corpus/$target" "${found:-/nonexistent}/$target"; do
    [[ -d $file ]] || continue
    from+=("$file")
    "$build/bin/fuzz_$target" -set_cover_merge=1 -use_counters=0 -timeout=20 "$kept" "$file" >"$work/$target.log" 2>&1 ||
      { tail -n 20 "$work/$target.log" >&2; return 1; }
  done
  # libFuzzer names what it keeps by its hash.
  find "${from[@]}" -type f -exec sha1sum {} + >"$work/$target.sums"
  mkdir "$work/new"
  while read -r sum file; do
    name=${file##*/}
    [[ -e $kept/$sum || $name == regress-* ]] || continue
    [[ $name != "$sum" ]] || name=found-${sum:0:10}
    [[ -e $work/new/.$sum ]] || cp -- "$file" "$work/new/$name"
    touch "$work/new/.$sum"
  done <"$work/$target.sums"
  rm -f "$work"/new/.[!.]*
  rm -rf -- "corpus/$target"
  mv "$work/new" "corpus/$target"
  printf '%-20s %5d inputs %8d bytes\n' "$target" "$(find "corpus/$target" -type f | wc -l)" \
    "$(find "corpus/$target" -type f -printf '%s\n' | awk '{all += $1} END {print all + 0}')"
}

targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(cat "$build/fuzz/targets.txt" "$build/fuzz/local_targets.txt")
for target in "${targets[@]}"; do
  minimise "$target"
done
