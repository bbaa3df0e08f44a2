#!/usr/bin/env bash
# fuzz/run.sh BUILD SECONDS JOBS [TARGET...]: runs every target, or those named, for SECONDS each, JOBS at a time, and
# prints a table. Begins with the canary, whose bug must be found. New inputs go to BUILD/corpus, never to corpus/.
# SASYNC_FUZZ_SEED: where each begins, 0 for a new place every time.
set -euo pipefail

build=$(realpath -- "$1")
seconds=$2 jobs=$3
shift 3
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
source fuzz/max_len.sh
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(cat "$build/fuzz/targets.txt" "$build/fuzz/local_targets.txt")
mkdir -p "$build/artifacts" "$build/logs"
for target in "${targets[@]}"; do
  [[ -x $build/bin/fuzz_$target ]] || { echo "fuzz: there is no target '$target'" >&2; exit 2; }
done

# A pipeline that does not find this bug finds none.
canary() {
  local log=$build/logs/canary.log
  rm -rf -- "$build/canary"
  mkdir -p "$build/canary"
  if "$build/bin/canary" -max_total_time=30 -artifact_prefix="$build/canary/" >"$log" 2>&1 ||
      ! grep -q 'AddressSanitizer: heap-buffer-overflow' "$log" || ! compgen -G "$build/canary/crash-*" >/dev/null; then
    tail -n 20 "$log" >&2
    echo "fuzz: the canary's planted bug was not found" >&2
    return 1
  fi
  echo "fuzz: the canary's planted bug was found and its input kept"
}

fuzz_one() {
  local target=$1 build=$2 seconds=$3 status=0
  local corpus=$build/corpus/$target log=$build/logs/$target.log inputs=$1
  [[ $target != strongswan-plugin ]] || inputs=strongswan-ha
  # 0: libFuzzer's own length. What leaked is told at the end, not sought after every input.
  local -a arguments=("-max_total_time=$seconds" "-max_len=$(max_len "$target" 0)" -timeout=10 -rss_limit_mb=2048
                      -print_final_stats=1 -detect_leaks=0 "-seed=${SASYNC_FUZZ_SEED:-0}"
                      "-artifact_prefix=$build/artifacts/$target-")
  # With tens of thousands of features libFuzzer's weighing of the rare ones takes nearly half of the time.
  [[ ! $target =~ ^(machine|cluster-life)$ ]] || arguments+=(-entropic=0)
  [[ ! -r fuzz/dict/$inputs.dict ]] || arguments+=("-dict=fuzz/dict/$inputs.dict")
  # Whole stacks of who allocated come when the input is run again.
  local -x ASAN_OPTIONS=${ASAN_OPTIONS:-malloc_context_size=1}
  mkdir -p "$corpus"
  "$build/bin/fuzz_$target" "${arguments[@]}" "$corpus" "corpus/$inputs" >"$log" 2>&1 || status=$?
  echo "$status" >"$build/logs/$target.status"
}

report() {
  local target log failed=0
  printf '%-20s %10s %9s %9s %9s  %s\n' target execs/s edges features corpus result
  for target in "$@"; do
    log=$build/logs/$target.log
    local result=ok
    [[ $(<"$build/logs/$target.status") == 0 ]] || { result=FAILED; failed=1; }
    awk -v target="$target" -v result="$result" '
      / cov: / { for (i = 1; i < NF; ++i) { if ($i == "cov:") edges = $(i + 1); if ($i == "ft:") features = $(i + 1)
                                            if ($i == "corp:") corpus = $(i + 1) } }
      /stat::average_exec_per_sec/ { rate = $2 }
      END { printf "%-20s %10d %9d %9d %9s  %s\n", target, rate, edges, features, corpus, result }' "$log"
  done
  for target in "$@"; do
    [[ $(<"$build/logs/$target.status") == 0 ]] && continue
    printf '\n%s:\n' "$target"
    grep -m 1 -A 14 -E 'BROKEN|ERROR|runtime error' "$build/logs/$target.log" || tail -n 20 "$build/logs/$target.log"
    grep 'Test unit written' "$build/logs/$target.log" || true
  done
  return "$failed"
}

canary
export -f fuzz_one max_len
printf '%s\0' "${targets[@]}" | xargs -0 -P "$jobs" -I '{}' bash -c 'fuzz_one "$@"' _ '{}' "$build" "$seconds"
report "${targets[@]}"
