#!/usr/bin/env bash
# replay.sh REPLAY GEN SOURCE_DIR: runs every test of replay.list, and those that are no line of a list, and holds standard
# output, standard error and the exit status against what is expected. SASYNC_REWRITE=1 renews the expectations.
set -Eeuo pipefail
export LC_ALL=C TZ=UTC
unset NO_COLOR

replay=$(realpath -- "$1")
gen=$(realpath -- "$2")
source_dir=$(realpath -- "$3")
here=$source_dir/tests/tools
captures=$source_dir/corpus/captures/strongswan
failed=0
ran=0

room=$(mktemp -d)
trap 'printf "%s: line %d failed\n" "$0" "$LINENO" >&2' ERR
trap 'rm -rf -- "$room"' EXIT
cd -- "$room"
# The tool is called by its name alone: its messages must not depend on where it lies.
mkdir bin made
ln -s -- "$replay" bin/sasync-replay
ln -s -- "$captures" captures
ln -s -- "$source_dir/corpus/captures/openbsd" openbsd
PATH=$room/bin:$PATH

complain() {
  failed=$((failed + 1))
  printf 'FAILED: %s\n' "$*"
}

# --- inputs -----------------------------------------------------------------------------------------------------------

# A failover after which the wire goes on with the old SPI, which the policy rules out.
against_the_machine() {
  local of_a='"member":"A","protocol":"fgcp-sync"' time=0
  local sa='"ike_id":{"version":1,"initiator_spi":"0000000000000001","responder_spi":"0000000000000002"},"tunnel":"t1"'
  say() { printf '{"event":"%s","time":"%d",%s}\n' "$1" $((time += 1)) "$2"; }
  say role_change "$of_a,\"new_primary\":\"A\""
  say ike_sa_add "$of_a,$sa"
  say ipsec_sa_add "$of_a,$sa,\"spi_in\":\"0000000a\",\"spi_out\":\"0000000b\""
  say esp_packet '"protocol":"esp","direction":"outbound","spi":"0000000b","sequence":"1","length":100'
  say role_change '"member":"B","protocol":"fgcp-sync","old_primary":"A","new_primary":"B"'
  say esp_packet '"protocol":"esp","direction":"outbound","spi":"0000000b","sequence":"2","length":100'
}

make_inputs() {
  local sync=captures/ikev2-failover/sync.pcap lines
  "$gen" -o made/fgcp.jsonl --tunnels 3 --ike mixed --dialup 0.4 --duration 8s --establish 2s --rekey 0 2>/dev/null
  "$gen" -o made/fgcp.pcap --tunnels 3 --ike mixed --dialup 0.4 --duration 8s --establish 2s --rekey 0 2>/dev/null
  # The second half of the capture is of a clock that is five seconds behind.
  editcap -F pcap -r $sync made/first.pcap 1-60
  editcap -F pcap -t -5 -r $sync made/second.pcap 61-200
  mergecap -F pcap -a -w made/backwards.pcap made/first.pcap made/second.pcap
  head -c 9000 $sync >made/cut.pcap
  head -c 24 $sync >made/no-frames.pcap
  : >made/empty.jsonl
  printf 'This is a text and no capture.\n' >made/text
  echo 0123456789abcdef >made/key
  lines=$(head -n 3 made/fgcp.jsonl)
  printf '%s\n{"event":"reboot","time":"1"}\n' "$lines" >made/bad-line.jsonl
  printf '%s\n%s\n' "$lines" '{"event":"role_change","time":"1795000001","new_primary":"SASYNCGEN9999999"}' \
    >made/ghost.jsonl
  printf '# from the log of the receiver\n24-25\n' >made/lost
  printf '%s\n{"event":"vike_sync","time":"1795000001","member":"SASYNCGEN9999999","protocol":"fgcp-sync","payload":"00"}\n' "$lines" \
    >made/never-joined.jsonl
  printf '%s\n{"event":"role_change","time":"1795000001","member":"SASYNCGEN0000001","new_primary":"N\\u001b[31mX"}\n' \
    "$lines" >made/hostile.jsonl
  printf '{"event":"heartbeat","time":"1","member":"A","protocol":"fgcp-heartbeat"}\n' >made/heartbeats.jsonl
  # A clock that leaps by thirty years, while tunnels are up.
  { cat made/fgcp.jsonl
    printf '{"event":"vike_sync","time":"2795000000","member":"SASYNCGEN0000001","protocol":"fgcp-sync","payload":"00"}\n'
  } >made/leap.jsonl
  against_the_machine >made/against.jsonl
  printf '{"members":["SASYNCGEN0000001"],"timers":{"exchange_ms":20}}\n' >made/one-member.json
  printf '{"policies":{"esp_seqno":"maximum"}}\n' >made/bad.json
  printf '{"policies":{"esp_seqno":"jump"},"tunnels":{"site-2":{"esp_seqno":"max"},"ra_0":{"peer_rfc6311":"no"}}}\n' \
    >made/good.json
  printf '{"outbound_pps":2,"inbound_pps":0,"tunnels":{"site-2":{"outbound_pps":5}}}\n' >made/traffic.json
  printf 'secret of the cluster\n' >made/password
  "$gen" -o made/authenticated.pcap --tunnels 2 --duration 4s --rekey 0 --ha-password-file made/password 2>/dev/null
}

# --- the list ---------------------------------------------------------------------------------------------------------

# expect NAME EXPECTED: holds the files `out` and `err` against replay/EXPECTED.*.
expect() {
  local name=$1 stream want
  for stream in out err; do
    want=$here/replay/$2.$stream
    if [[ -n ${SASYNC_REWRITE:-} ]]; then
      if [[ -s $stream ]]; then cp -- $stream "$want"; else rm -f -- "$want"; fi
    fi
    [[ -e $want ]] || want=/dev/null
    diff -u --label "expected $2.$stream" "$want" --label "$name" $stream || complain "$name: standard $stream differs"
  done
}

# run NAME ARGUMENTS STATUS
run() {
  local status=0
  ran=$((ran + 1))
  eval "sasync-replay $2" >out 2>err </dev/null || status=$?
  [[ $status == "$3" ]] || complain "$1: exit status $status, expected $3"
  expect "$1" "$1"
}

trim() {
  local text=${1#"${1%%[![:space:]]*}"}
  printf '%s' "${text%"${text##*[![:space:]]}"}"
}

run_list() {
  local name arguments status rest file
  declare -A seen
  while IFS='|' read -r name arguments status rest; do
    name=$(trim "$name")
    [[ $name != \#* && -n $name ]] || continue
    [[ -z ${rest:-} && -z ${seen[$name]:-} ]] || complain "$name: a line with too many columns, or a name used twice"
    seen[$name]=yes
    run "$name" "$(trim "$arguments")" "$(trim "$status")"
  done <"$here/replay.list"
  for file in "$here"/replay/*; do
    name=$(basename "${file%.*}")
    [[ -n ${seen[$name]:-} ]] || complain "replay/$(basename "$file") belongs to no test"
  done
}

# --- what is no line of the list --------------------------------------------------------------------------------------

# The same bytes whatever the locale, the time zone and the way of output; other seeds make other faults.
same_bytes() {
  local options environment
  for options in '' --json --stats '--json --failover-at every' '--json --failover-at +20s --loss 0.1 --reorder 0.2'; do
    # shellcheck disable=SC2086
    sasync-replay $options captures/many-tunnels/sync.pcap >want 2>/dev/null || true
    [[ -s want ]] || complain "nothing printed with '$options'"
    for environment in 'LC_ALL=de_DE.UTF-8' 'LC_ALL=tr_TR.UTF-8 TZ=Pacific/Auckland'; do
      ran=$((ran + 1))
      # shellcheck disable=SC2086
      { env $environment sasync-replay $options captures/many-tunnels/sync.pcap 2>/dev/null || true; } | cmp -s want - ||
        complain "$environment: other bytes with '$options'"
    done
  done
  { sasync-replay --json --failover-at +20s --loss 0.1 --reorder 0.2 --seed 2 captures/many-tunnels/sync.pcap 2>/dev/null ||
    true; } | cmp -s want - && complain 'seeds make no difference'
  sasync-replay -o written --json --failover-at +20s --loss 0.1 --reorder 0.2 captures/many-tunnels/sync.pcap 2>/dev/null ||
    true
  cmp -s want written || complain '-o: other bytes'
}

# What --events writes gives the same events and the same tunnels again, and shows no secret.
round_trip() {
  ran=$((ran + 1))
  sasync-replay --events events.jsonl captures/ikev2-failover/{sync,outside}.pcap >want 2>/dev/null || true
  sasync-replay --events again.jsonl events.jsonl >out 2>/dev/null || true
  cmp -s events.jsonl again.jsonl || complain 'events of events differ'
  diff -u want out || complain 'the report of the event stream differs'
  if grep -qE '"(secret|psk|old_sk_d)":"[0-9a-f]' events.jsonl; then complain '--events shows secrets'; fi
  sasync-replay --show-secrets --events events.jsonl captures/ikev2-failover/sync.pcap >/dev/null 2>&1 || true
  grep -qE '"secret":"[0-9a-f]{64}"' events.jsonl || complain '--show-secrets shows none'
}

# Captures in several files, in any order, are one stream.
merged() {
  local part
  ran=$((ran + 1))
  editcap -F pcap -c 40 captures/ikev2-failover/sync.pcap made/part.pcap
  sasync-replay --json captures/ikev2-failover/sync.pcap >want 2>/dev/null || true
  sasync-replay --json made/part_*.pcap >out 2>/dev/null || true
  cmp -s want out || complain 'the parts of a capture give another report'
  part=$(printf '%s\n' made/part_*.pcap | sort -r)
  # shellcheck disable=SC2086
  sasync-replay --json $part >out 2>/dev/null || true
  cmp -s want out || complain 'the parts in another order give another report'
}

# Every option that users were promised is there.
promised() {
  local option
  ran=$((ran + 1))
  sasync-replay --help >out
  for option in -h --help --version --failover-at --ike-restart-at --until --lost --name --model --config --esp-seqno \
    --seq-jump --peer-rfc6311 --route-gap --sync-lag --rekey-rate --traffic --seed --loss --reorder --duplicate --json \
    --dump-state --events --stats --show-secrets --color; do
    grep -qE -- "(^|[ ,])$option([ ,]|\$)" out || complain "--help does not name $option"
  done
  sasync-replay --version | grep -q '^sasync-replay ' || complain '--version'
}

# What the members hold: a state document with both of them, and one that the failover has changed.
state_file() {
  ran=$((ran + 1))
  sasync-replay --dump-state held.json --until frame:34 captures/ikev2-failover/sync.pcap >/dev/null
  grep -q '^{"format":"sasync-state/1","members":\[{"name":"10.9.0.1"' held.json || complain '--dump-state: no document'
  [[ $(grep -o '"state":"passive"' held.json | wc -l) == 2 ]] || complain '--dump-state: B holds two passive IKE SAs'
  sasync-replay --dump-state taken.json --failover-at frame:34 captures/ikev2-failover/sync.pcap >/dev/null
  [[ $(grep -o '"state":"passive"' taken.json | wc -l) == 0 ]] || complain '--dump-state: the failover changes nothing'
}

standard_input() {
  ran=$((ran + 1))
  sasync-replay --json captures/ikev2-failover/sync.pcap >want 2>/dev/null || true
  sasync-replay --json - <captures/ikev2-failover/sync.pcap >out 2>/dev/null || true
  cmp -s want out || complain '-: another report'
  sasync-replay --json -- captures/ikev2-failover/sync.pcap >out 2>/dev/null || true
  cmp -s want out || complain '--: another report'
}

# An event stream is one wherever it comes from, and compressed or not.
streams() {
  local file
  ran=$((ran + 1))
  sasync-replay --json made/fgcp.jsonl >want 2>/dev/null || true
  gzip -c made/fgcp.jsonl >made/fgcp.jsonl.gz
  zstd -q -c made/fgcp.jsonl >made/packed
  for file in made/fgcp.jsonl.gz made/packed; do
    sasync-replay --json $file >out 2>/dev/null || true
    cmp -s want out || complain "$file: another report"
  done
  # shellcheck disable=SC2002
  cat made/fgcp.jsonl | sasync-replay --json - >out 2>err || true
  cmp -s want out || complain "a stream on standard input: another report: $(<err)"
  sasync-replay --json - <made/packed >out 2>/dev/null || true
  cmp -s want out || complain 'a compressed stream on standard input: another report'
  sasync-replay --json <(cat made/fgcp.jsonl) >out 2>err || true
  cmp -s want out || complain "a stream behind a pipe: another report: $(<err)"
}

# Colour is for a terminal, or for who asks for it; JSON and files have none.
colours() {
  local escape=$'\x1b'
  ran=$((ran + 1))
  sasync-replay --failover-at end made/fgcp.jsonl >plain 2>/dev/null || true
  ! grep -q "$escape" plain || complain 'colour where no terminal is'
  sasync-replay --color always --failover-at end made/fgcp.jsonl >out 2>/dev/null || true
  grep -q "$escape" out || complain '--color always: no colour'
  sed "s/$escape\[[0-9]*m//g" out | cmp -s plain - || complain '--color always: another text'
  sasync-replay --color always --json --failover-at end made/fgcp.jsonl >out 2>/dev/null || true
  ! grep -q "$escape" out || complain '--color always: colour in JSON'
  sasync-replay --color never --failover-at end made/fgcp.jsonl 2>/dev/null | cmp -s plain - || complain '--color never'
  command -v script >/dev/null || return 0
  script -qec "sasync-replay --failover-at end made/fgcp.jsonl" /dev/null >out 2>/dev/null </dev/null || true
  grep -q "$escape\[32m" out || complain 'no colour on a terminal'
  NO_COLOR=1 script -qec "sasync-replay --failover-at end made/fgcp.jsonl" /dev/null >out 2>/dev/null </dev/null || true
  ! grep -q "$escape\[32m" out || complain 'NO_COLOR: colour on a terminal'
}

closed_pipe() {
  local status
  ran=$((ran + 1))
  { sasync-replay captures/many-tunnels/sync.pcap 2>err && echo 0 >status || echo $? >status; } | head -n 1 >/dev/null
  status=$(<status)
  [[ $status == 0 && ! -s err ]] || complain "closed pipe: status $status, $(<err)"
}

# A file that cannot be written is an error, and leaves nothing behind.
full_disk() {
  local options status
  for options in '-o /dev/full' '--events /dev/full' '--dump-state /dev/full'; do
    ran=$((ran + 1))
    status=0
    # shellcheck disable=SC2086
    sasync-replay $options captures/ikev2-failover/sync.pcap >/dev/null 2>err || status=$?
    [[ $status == 2 ]] || complain "$options: status $status"
    grep -q '^sasync-replay: /dev/full: ' err || complain "$options: $(<err)"
  done
}

make_inputs
run_list
same_bytes
round_trip
merged
promised
state_file
standard_input
streams
colours
closed_pipe
full_disk
printf '%d runs, %d failed\n' "$ran" "$failed"
exit $((failed != 0))
