#!/usr/bin/env bash
# Measures sasync-decode on generated captures, two of them beside what else reads them: a bare libpcap loop, tcpdump,
# tshark; sasync-replay with its machine on made-up clusters; and sasync-gen. Prints a table and the goals, which are ratios
# of two rates of the same run, or what the issues ask for; a missed goal is printed, not an error. `./dev bench` builds the
# release preset and calls this.
set -euo pipefail
export LC_ALL=C

usage() {
  cat <<'END'
tests/bench/run.sh [--runs N] [--messages N] [--tunnels N] [--build DIR] [--no-tshark] [--only decode|replay|generate]

  --runs N       take the median of N runs (default: 3; tshark runs once)
  --messages N   messages a capture (default: 1000000)
  --tunnels N    tunnels of the replayed and of the generated cluster (default: 1000000)
  --only WHAT    decode, replay or generate; all when it is not given
  --build DIR    the CMake build to measure (default: build/release)
  --no-tshark    leave tshark out
END
}

die() { printf 'bench: %s\n' "$*" >&2; exit 2; }

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
runs=3
messages=1000000
tunnels=1000000
only=
build=build/release
with_tshark=yes
while [[ $# -gt 0 ]]; do
  case $1 in
    --runs) runs=${2:-}; shift ;;
    --messages) messages=${2:-}; shift ;;
    --tunnels) tunnels=${2:-}; shift ;;
    --only) only=${2:-}; shift ;;
    --build) build=${2:-}; shift ;;
    --no-tshark) with_tshark= ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; die "unknown argument: $1" ;;
  esac
  shift
done
[[ $runs =~ ^[1-9][0-9]*$ ]] || die "--runs needs a number above 0"
[[ $messages =~ ^[1-9][0-9]*$ ]] || die "--messages needs a number above 0"
[[ $tunnels =~ ^[1-9][0-9]*$ ]] || die "--tunnels needs a number above 0"
[[ $only =~ ^(decode|replay|generate|)$ ]] || die "--only needs decode, replay or generate"
is_measured() { [[ -z $only || $only == "$1" ]]; }
[[ -d $build ]] || die "$build is no build: ./dev build"
command -v tcpdump >/dev/null || die "tcpdump is missing: ./dev install-deps bench"
[[ -x /usr/bin/time ]] || die "/usr/bin/time is missing: ./dev install-deps bench"
if [[ -n $with_tshark ]] && ! command -v tshark >/dev/null; then
  die "tshark is missing: ./dev install-deps bench, or --no-tshark"
fi

out=build/bench
mkdir -p "$out"
cmake --build "$build" --target bench_make_capture bench_make_openbsd_capture bench_pcap_count bench_replay_model sasync-decode \
  sasync-replay sasync-gen >"$out/build.log" 2>&1 ||
  { cat "$out/build.log" >&2; die "the build failed"; }
decode=$build/bin/sasync-decode

# --- captures ---------------------------------------------------------------------------------------------------------

# tshark's JSON takes minutes for a million messages: its rate is taken on the first ones.
part=$((messages < 100000 ? messages : 100000))

printf '0123456789abcdef\n' >"$out/sasyncd-key"
key=(--sasyncd-key-file "$out/sasyncd-key")

# make_capture PROTOCOL COUNT: prints the file's name, after a look that all of it decodes.
make_capture() {
  local file=$out/$1-$2.pcap maker=bench_make_capture
  [[ ! $1 =~ ^(sasyncd|pfsync)$ ]] || maker=bench_make_openbsd_capture
  "$build/bin/$maker" "$1" "$2" "$file.new"
  mv -- "$file.new" "$file"
  sync -- "$file"  # a file that is still being written to the disk takes a processor from what is measured
  local seen
  seen=$("$decode" --stats --json "${key[@]}" "$file" 2>/dev/null)
  [[ $seen == "{\"frames\":$2,\"messages\":$2,\"malformed\":0,"* ]] || die "$file does not decode as it should: $seen"
  printf '%s\n' "$file"
}

# --- measuring --------------------------------------------------------------------------------------------------------

declare -A rate memory  # by "CAPTURE/WHAT": packets a second, peak resident KiB

# measure KEY RUNS PACKETS COMMAND...
measure() {
  local key=$1 count=$2 packets=$3 run begin end
  shift 3
  local -a microseconds=()
  local peak=0 kib cpu=0 one
  for ((run = 0; run < count; ++run)); do
    begin=${EPOCHREALTIME/./}
    /usr/bin/time -q -f '%M %U %S' -o "$out/memory" "$@" >/dev/null 2>"$out/stderr" ||
      { cat "$out/stderr" >&2; die "failed: $*"; }
    end=${EPOCHREALTIME/./}
    microseconds+=($((end - begin)))
    read -r kib one <<<"$(awk '{ print $1, ($2 + $3) * 1000 }' "$out/memory")"
    cpu=$((one < cpu || cpu == 0 ? one : cpu))
    peak=$((kib > peak ? kib : peak))
  done
  local median
  median=$(printf '%s\n' "${microseconds[@]}" | sort -n | sed -n "$(((count + 1) / 2))p")
  rate[$key]=$((packets * 1000000 / median))
  memory[$key]=$peak
  printf '  %-34s %14s %10s %10s %10s\n' "$(label "${key#*/}")" "$(grouped "${rate[$key]}")" \
    "$(seconds "$median")" "$(seconds $((cpu * 1000)))" "$(mebibytes "$peak")"
}

label() {
  case $1 in
    bare) echo "libpcap, counting only" ;;
    line) echo "sasync-decode" ;;
    json) echo "sasync-decode --json" ;;
    stats) echo "sasync-decode --stats" ;;
    stats-json) echo "sasync-decode --stats --json" ;;
    tcpdump) echo "tcpdump -n -r" ;;
    tshark) echo "tshark -n -r" ;;
    tshark-json) echo "tshark -n -T json -r (first $part)" ;;
  esac
}

grouped() { printf '%s' "$1" | rev | sed 's/[0-9]\{3\}/&,/g; s/,$//' | rev; }
seconds() { awk -v us="$1" 'BEGIN { printf "%.3f s", us / 1e6 }'; }
mebibytes() { awk -v kib="$1" 'BEGIN { printf "%.1f MiB", kib / 1024 }'; }

# measure_all PROTOCOL
measure_all() {
  local name=$1 file first
  file=$(make_capture "$name" "$messages")
  first=$file
  [[ $part -eq $messages ]] || first=$(make_capture "$name" "$part")
  cat -- "$file" "$first" >/dev/null  # from here on in the page cache
  printf '\n%s: %s packets, %s\n' "$name" "$(grouped "$messages")" "$(mebibytes $(($(stat -c %s "$file") / 1024)))"
  printf '  %-34s %14s %10s %10s %10s\n' "" "packets/s" "time" "least CPU" "memory"
  measure "$name/bare" "$runs" "$messages" "$build/bin/bench_pcap_count" "$file"
  measure "$name/line" "$runs" "$messages" "$decode" "$file"
  measure "$name/json" "$runs" "$messages" "$decode" --json "$file"
  measure "$name/stats" "$runs" "$messages" "$decode" --stats "$file"
  measure "$name/stats-json" "$runs" "$messages" "$decode" --stats --json "$file"
  measure "$name/tcpdump" "$runs" "$messages" tcpdump -n -r "$file"
  [[ -n $with_tshark ]] || return 0
  measure "$name/tshark" 1 "$messages" tshark -n -r "$file"
  measure "$name/tshark-json" 1 "$part" tshark -n -T json -r "$first"
}

# measure_openbsd PROTOCOL: sasync-decode alone. TCP is all that tcpdump sees in sasyncd, and tshark takes it for ISAKMP.
measure_openbsd() {
  local name=$1 file
  file=$(make_capture "$name" "$messages")
  cat -- "$file" >/dev/null
  printf '\n%s: %s packets, %s\n' "$name" "$(grouped "$messages")" "$(mebibytes $(($(stat -c %s "$file") / 1024)))"
  printf '  %-34s %14s %10s %10s %10s\n' "" "packets/s" "time" "least CPU" "memory"
  measure "$name/line" "$runs" "$messages" "$decode" "${key[@]}" "$file"
  measure "$name/json" "$runs" "$messages" "$decode" --json "${key[@]}" "$file"
  measure "$name/stats" "$runs" "$messages" "$decode" --stats "${key[@]}" "$file"
}

# --- goals ------------------------------------------------------------------------------------------------------------

missed=0

# goal TEXT KEY YARDSTICK FACTOR: the rate of KEY is FACTOR times that of YARDSTICK or more.
goal() {
  local text=$1 mine=${rate[$2]:-} yardstick=${rate[$3]:-} factor=$4
  if [[ -z $mine || -z $yardstick ]]; then
    printf '  %-58s %9s %9s  not measured\n' "$text" "" ">= $factor"
    return
  fi
  verdict "$text" "$(awk -v a="$mine" -v b="$yardstick" 'BEGIN { printf "%.2f", a / b }')" ">=" "$factor"
}

# goal_bytes PROTOCOL FORM: bytes a second, at least half of strongswan-ha's.
goal_bytes() {
  local mine yardstick
  mine=$(stat -c %s "$out/$1-$messages.pcap")
  yardstick=$(stat -c %s "$out/strongswan-ha-$messages.pcap")
  verdict "$1, $2: bytes a second / those of strongswan-ha" \
    "$(awk -v a="${rate[$1/$2]}" -v b="${rate[strongswan-ha/$2]}" -v m="$mine" -v y="$yardstick" \
      'BEGIN { printf "%.2f", a * m / (b * y) }')" ">=" 0.5
}

# verdict TEXT VALUE OPERATOR LIMIT
verdict() {
  local word=met
  awk -v value="$2" -v limit="$4" -v at_least="$([[ $3 == ">=" ]] && echo 1 || echo 0)" \
    'BEGIN { exit !(at_least ? value >= limit : value < limit) }' || { word=MISSED; missed=$((missed + 1)); }
  printf '  %-58s %9s %9s  %s\n' "$1" "$2" "$3 $4" "$word"
}

peak_memory() {
  local key peak=0
  for key in "${!memory[@]}"; do
    case ${key#*/} in
      line | json | stats | stats-json) peak=$((memory[$key] > peak ? memory[$key] : peak)) ;;
    esac
  done
  awk -v kib="$peak" 'BEGIN { printf "%.1f", kib / 1024 }'
}

# --- sasync-replay ----------------------------------------------------------------------------------------------------

kMembers=2

# replay_memory TUNNELS: peak KiB of a replay of such a cluster with a failover at its end.
replay_memory() {
  local file=$out/replay-$1.pcap
  "$build/bin/sasync-gen" --tunnels "$1" --rekey 0 --dpd 0 --duration 60s --establish 55s -o "$file" 2>/dev/null
  /usr/bin/time -q -f '%M' -o "$out/memory" "$build/bin/sasync-replay" --failover-at end --json "$file" >/dev/null 2>&1 ||
    die "sasync-replay failed on $file"
  cat "$out/memory"
  rm -f -- "$file"
}

# measure_machine WHAT TITLE. The first of the runs of one process pays for memory that the system has to find and to clear,
# under a hypervisor as much as for all the rest. So does a user's replay: the first counts, the others show what is the
# program's own part.
measure_machine() {
  local events ns failover_ns rate_now rest
  first_rate='' first_ns=''
  while read -r events rest ns rest rest failover_ns rest; do
    rate_now=$((events * 1000000000 / (ns + failover_ns)))
    printf '  %s, %s memory: %s events, %s; failover %s: %s events/s\n' "$2" \
      "$([[ -z $first_rate ]] && printf fresh || printf used)" "$(grouped "$events")" "$(seconds $((ns / 1000)))" \
      "$(seconds $((failover_ns / 1000)))" "$(grouped "$rate_now")"
    first_rate=${first_rate:-$rate_now} first_ns=${first_ns:-$((ns + failover_ns))}
  done < <("$build/bin/bench_replay_model" "$1" "$tunnels")
}

# A party is a member, or the peers.
measure_replay() {
  local one many events rest base cost judged growth n machine_ns
  printf '\nsasync-replay, a cluster of %s members, IKEv2, one CHILD_SA each\n' "$kMembers"
  one=$(replay_memory 1)
  many=$(replay_memory "$tunnels")
  party_bytes=$(((many - one) * 1024 / (tunnels * (kMembers + 1))))
  printf '  %s tunnels, one failover, --json: peak %s, with one tunnel %s: %s bytes a tunnel and party\n' \
    "$(grouped "$tunnels")" "$(mebibytes "$many")" "$(mebibytes "$one")" "$party_bytes"
  measure_machine step machine
  machine_rate=$first_rate machine_ns=$first_ns
  measure_machine audited "machine and audit"
  audit_share=$(awk -v both="$first_ns" -v machine="$machine_ns" 'BEGIN { printf "%.2f", both / machine - 1 }')
  printf '  --failover-at every: %14s %14s %14s %10s\n' events "one replay" every ratio
  every_worst=0
  for n in 1000 10000 100000 1000000; do
    read -r events rest base rest rest cost rest rest judged < <("$build/bin/bench_replay_model" every "$n")
    growth=$(awk -v a="$cost" -v b="$base" 'BEGIN { printf "%.2f", a / b }')
    printf '  %20s %14s %14s %14s %10s\n' "" "$(grouped "$events")" "$(seconds $((base / 1000)))" \
      "$(seconds $((cost / 1000)))" "$growth"
    every_worst=$(awk -v a="$growth" -v b="$every_worst" 'BEGIN { print (a > b) ? a : b }')
  done
}

# --- sasync-gen -------------------------------------------------------------------------------------------------------

# generate KEY OPTIONS...: messages a second of processor time (user; the machine may be shared), and peak KiB; the least
# of the runs. The output is not kept: what the disk takes is not the generator's.
declare -A generated generated_memory live
generate() {
  local key=$1 run user best=0 kib peak=0 count up
  shift
  for ((run = 0; run < runs; ++run)); do
    /usr/bin/time -q -f '%M %U' -o "$out/memory" "$build/bin/sasync-gen" "$@" 2>"$out/stderr" ||
      { cat "$out/stderr" >&2; die "failed: sasync-gen $*"; }
    read -r kib user <<<"$(awk '{ print $1, $2 * 1000 }' "$out/memory")"
    read -r count up < <(sed -n 's/^sasync-gen: \([0-9]*\) messages, \([0-9]*\) tunnels .*/\1 \2/p' "$out/stderr")
    user=$((user > 0 ? user : 1))
    best=$((user < best || best == 0 ? user : best))
    peak=$((kib > peak ? kib : peak))
  done
  generated[$key]=$((count * 1000 / best))
  generated_memory[$key]=$peak
  live[$key]=$up
  printf '  %-28s %12s %12s %14s %10s %10s\n' "$key" "$(grouped "$count")" "$(grouped "$up")" \
    "$(grouped "${generated[$key]}")" "$(seconds $((best * 1000)))" "$(mebibytes "$peak")"
}

measure_generate() {
  local stream=$out/generated.jsonl
  printf '\nsasync-gen, %s tunnels\n' "$(grouped "$tunnels")"
  printf '  %-28s %12s %12s %14s %10s %10s\n' "" messages "live at most" "a user CPU s" "least CPU" memory
  echo secret >"$out/password"
  generate "fgcp-sync" --tunnels "$tunnels" -o /dev/null
  generate "fgcp-sync, with a password" --tunnels "$tunnels" --ha-password-file "$out/password" -o /dev/null
  generate "strongswan-ha" --tunnels "$tunnels" --protocol strongswan-ha -o /dev/null
  ln -sf /dev/null "$stream"
  generate "fgcp-sync .jsonl" --tunnels "$tunnels" -o "$stream"
  generate "strongswan-ha .jsonl" --tunnels "$tunnels" --protocol strongswan-ha -o "$stream"
  rm -f -- "$stream" "$out/password"
  # Memory follows the tunnels that live at one time, not those that ever did.
  generate "as many, few at a time" --tunnels "$tunnels" --rekey 0 --dpd 0 --delete 1 --duration 60s --establish 58s -o /dev/null
  generate "one tunnel" --tunnels 1 -o /dev/null
  local base=${generated_memory[one tunnel]} few=${live[as many, few at a time]}
  live_bytes=$(((generated_memory[fgcp-sync] - base) * 1024 / live[fgcp-sync]))
  few_bytes=$(((generated_memory[as many, few at a time] - base) * 1024 / few))
  printf '  %s bytes a live tunnel; %s when %s of %s live at one time\n' "$live_bytes" "$few_bytes" "$(grouped "$few")" \
    "$(grouped "$tunnels")"
}

printf 'on %s processors, medians of %s runs (tshark: one)\n' "$(nproc)" "$runs"
if is_measured decode; then
  measure_all strongswan-ha
  measure_all fgcp-heartbeat
  measure_openbsd sasyncd
  measure_openbsd pfsync
fi
! is_measured replay || measure_replay
! is_measured generate || measure_generate

printf '\n  %-58s %9s %9s\n' "goals: rate of / rate of" "ratio" "goal"
if is_measured decode; then
  goal "strongswan-ha: one line / tcpdump" strongswan-ha/line strongswan-ha/tcpdump 8
  goal "strongswan-ha: one line / tshark" strongswan-ha/line strongswan-ha/tshark 40
  goal "strongswan-ha: --json / tshark -T json" strongswan-ha/json strongswan-ha/tshark-json 40
  goal "strongswan-ha: --stats / libpcap, counting only" strongswan-ha/stats strongswan-ha/bare 0.5
  goal "fgcp-heartbeat: one line / tcpdump" fgcp-heartbeat/line fgcp-heartbeat/tcpdump 8
  for protocol in sasyncd pfsync; do
    for form in line json stats; do goal_bytes "$protocol" "$form"; done
  done
  verdict "sasync-decode: peak memory in MiB, all forms" "$(peak_memory)" "<" 32
fi
if is_measured replay; then
  verdict "sasync-replay: bytes a tunnel and party" "$party_bytes" "<" 1024
  verdict "machine: events a second, one processor" "$machine_rate" ">=" 1000000
  verdict "audit: its time, in that of the machine" "$audit_share" "<" 1
  verdict "--failover-at every / one replay, worst" "$every_worst" "<" 3
fi
if is_measured generate; then
  for key in "fgcp-sync" "strongswan-ha" "fgcp-sync .jsonl" "strongswan-ha .jsonl"; do
    verdict "sasync-gen, $key: messages a second" "${generated[$key]}" ">=" 500000
  done
  verdict "sasync-gen: bytes a live tunnel" "$live_bytes" "<" 256
  verdict "sasync-gen: the same, few of them at a time" "$few_bytes" "<" 512
fi
[[ $missed -eq 0 ]] || printf '\n%s of the goals missed; was the machine busy?\n' "$missed"
rm -f -- "$out/memory" "$out/stderr" "$out/build.log"
! is_measured replay || bash tests/bench/diff.sh "$build"
