#!/usr/bin/env bash
# run.sh DECODER SOURCE_DIR: runs every test of decode.list, and those that are no line of a list, and holds standard
# output, standard error and the exit status against what is expected. SASYNC_REWRITE=1 renews the expectations.
set -Eeuo pipefail
export LC_ALL=C TZ=UTC
unset NO_COLOR

decoder=$(realpath -- "$1")
source_dir=$(realpath -- "$2")
here=$source_dir/tests/tools
captures=$source_dir/corpus/captures/strongswan
failed=0
ran=0

room=$(mktemp -d)
trap 'printf "%s: line %d failed\n" "$0" "$LINENO" >&2' ERR
trap 'chmod -R u+rwX -- "$room"; rm -rf -- "$room"' EXIT
cd -- "$room"
# The decoder is called by its name alone: its messages must not depend on where it lies.
mkdir bin made
ln -s -- "$decoder" bin/sasync-decode
ln -s -- "$captures" captures
PATH=$room/bin:$PATH

complain() {
  failed=$((failed + 1))
  printf 'FAILED: %s\n' "$*"
}

# --- inputs -----------------------------------------------------------------------------------------------------------

# poke FILE OFFSET BYTES: overwrites bytes in place; BYTES as printf has them.
poke() { printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# find_bytes FILE PATTERN: offset of the first match of a Perl pattern.
find_bytes() { grep -obUaP -m 1 -- "$2" "$1" | head -n 1 | cut -d : -f 1; }

# record_at FILE N: offset of the Nth record of a little-endian pcap file.
record_at() {
  local at=24 n
  for ((n = 1; n < $2; ++n)); do
    at=$((at + 16 + $(od -A n -t u4 -j $((at + 8)) -N 4 --endian=little "$1")))
  done
  echo "$at"
}

# pcap_record LENGTH: one record as pcap has it, with the time of the captures' first message and the bytes of standard
# input.
pcap_record() {
  local bytes
  bytes=$(printf '\\x%02x\\x%02x\\0\\0' $(($1 & 255)) $(($1 >> 8)))
  printf '%b' '\x90\xf9\x03\x6b\x01\x00\x00\x00'"$bytes$bytes"
  cat
}

make_forms() {
  local sync=captures/ikev2-psk-establish/sync.pcap
  gzip -c <$sync >made/sync.pcap.gz
  cp made/sync.pcap.gz made/sync-gzip.pcap
  zstd -q -c <$sync >made/sync.pcap.zst
  editcap -F pcapng $sync made/sync.pcapng
  zstd -q -c <made/sync.pcapng >made/sync.pcapng.zst
  editcap -F nsecpcap -t 0.000000123 $sync made/nanoseconds.pcap
  editcap -F pcap -s 64 $sync made/snaplen-64.pcap
  cp $sync ./-dash.pcap
  head -c 24 $sync >made/no-frames.pcap
  # Frames of no bytes before, between and after the others.
  { head -c 24 $sync; pcap_record 0 </dev/null; tail -c +25 $sync; pcap_record 0 </dev/null; } >made/zero-length.pcap
  # A sync datagram without a byte in it: Ethernet, IPv4, UDP to port 4510.
  { head -c 24 $sync
    printf '%b' '\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00' \
      '\x45\x00\x00\x1c\x00\x00\x40\x00\x40\x11\x00\x00\x0a\x09\x00\x01\x0a\x09\x00\x02' \
      '\x11\x9e\x11\x9e\x00\x08\x00\x00' | pcap_record 42; } >made/empty-datagram.pcap
}

make_faults() {
  local sync=captures/ikev2-psk-establish/sync.pcap nonce name
  nonce=$(find_bytes $sync '\x0f\x00\x20\x39\x94\x1c')  # NONCE_I of the first IKE_ADD: number, length 32, value
  name=$(find_bytes $sync 'site-a\x00')                 # CONFIG_NAME of the first IKE_UPDATE
  cp $sync made/malformed.pcap
  poke made/malformed.pcap $((nonce + 1)) '\x02\x00'  # 512 bytes announced
  cp $sync made/unknown-attribute.pcap
  poke made/unknown-attribute.pcap "$nonce" '\x4d'
  cp $sync made/hostile-name.pcap
  poke made/hostile-name.pcap "$name" '\x1b[2J\t"'
}

make_damage() {
  local sync=captures/ikev2-psk-establish/sync.pcap at
  at=$(record_at $sync 24)
  head -c $((at + 16 + 20)) $sync >made/cut.pcap            # in the middle of frame 24
  head -c $((at + 5)) $sync >made/cut-in-header.pcap        # in its record header
  head -c $((at + 16 + 20)) made/malformed.pcap >made/cut-malformed.pcap
  { head -c "$at" $sync; printf '%b' '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff'; } \
    >made/insane-record.pcap
  gzip -c <captures/many-tunnels/sync.pcap >made/cut.pcap.gz
  zstd -q -c <captures/many-tunnels/sync.pcap >made/cut.pcap.zst
  truncate -s 60000 made/cut.pcap.gz made/cut.pcap.zst
  head -c 3000 made/sync.pcapng >made/cut.pcapng
  : >made/empty
  printf 'This is a text and no capture.\n' >made/text
  mkdir made/directory
  cp $sync made/no-permission.pcap
  chmod 000 made/no-permission.pcap
  editcap -F pcap -T rawip $sync made/raw.pcap
  mergecap -F pcapng -w made/link-types-differ.pcapng $sync made/raw.pcap
  cp $sync made/link-type-unknown.pcap
  poke made/link-type-unknown.pcap 20 '\x69'  # 105: IEEE 802.11
}

# --- the list ---------------------------------------------------------------------------------------------------------

# expect NAME EXPECTED: holds the files `out` and `err` against expected/EXPECTED.*.
expect() {
  local name=$1 stream want
  for stream in out err; do
    want=$here/expected/$2.$stream
    if [[ -n ${SASYNC_REWRITE:-} ]]; then
      if [[ -s $stream ]]; then cp -- $stream "$want"; else rm -f -- "$want"; fi
    fi
    [[ -e $want ]] || want=/dev/null
    diff -u --label "expected $2.$stream" "$want" --label "$name" $stream || complain "$name: standard $stream differs"
  done
}

# run NAME ARGUMENTS EXPECTED STATUS
run() {
  local status=0
  ran=$((ran + 1))
  eval "sasync-decode $2" >out 2>err </dev/null || status=$?
  [[ $status == "$4" ]] || complain "$1: exit status $status, expected $4"
  expect "$1" "$3"
}

trim() {
  local text=${1#"${1%%[![:space:]]*}"}
  printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# Who runs the tests decides what is forbidden.
cannot_run() {
  if [[ $1 == no-permission && -r made/no-permission.pcap ]]; then
    printf 'skipped: %s: the superuser may read everything\n' "$1"
  elif [[ $1 == no-such-interface && $(id -u) != 0 ]]; then
    printf 'skipped: %s: only the superuser is told whether there is one\n' "$1"
  else
    return 1
  fi
}

run_list() {
  local name arguments expected status rest
  declare -A seen
  while IFS='|' read -r name arguments expected status rest; do
    [[ $(trim "$name") != \#* && -n $(trim "$name") ]] || continue
    name=$(trim "$name")
    [[ -z ${rest:-} && -z ${seen[$name]:-} ]] || complain "$name: a line with too many columns, or a name used twice"
    seen[$name]=yes
    ! cannot_run "$name" || continue
    run "$name" "$(trim "$arguments")" "$(trim "$expected")" "$(trim "$status")"
  done <"$here/decode.list"
}

# Expectations that no test has any more.
check_orphans() {
  local file name
  for file in "$here"/expected/*; do
    name=$(basename "${file%.*}")
    grep -qE "\| *$name *\|" "$here/decode.list" || complain "expected/$(basename "$file") belongs to no test"
  done
}

# --- what is no line of the list --------------------------------------------------------------------------------------

# A reader that has seen enough ends the tool quietly: while it writes, and before its first byte.
closed_pipe() {
  local options status
  for options in '' -v -vv --json '--fields frame,message' --stats; do
    ran=$((ran + 1))
    # shellcheck disable=SC2086
    { sasync-decode $options captures/many-tunnels/sync.pcap 2>err && echo 0 >status || echo $? >status; } |
      head -n 1 >/dev/null
    status=$(<status)
    [[ $status == 0 && ! -s err ]] || complain "closed pipe, '$options': status $status, $(<err)"
  done
}

# A file on standard input is read from where it stands, as somebody may have read a part of it.
standing_input() {
  { printf 'before.'; cat captures/ikev2-psk-establish/sync.pcap; } >behind
  ran=$((ran + 1))
  { dd bs=7 count=1 status=none of=/dev/null; sasync-decode -; } <behind | cmp -s "$here/expected/line.out" - ||
    complain "standard input is not read from where it stands"
}

# Behind a pipe that stays open what has come is shown, and messages enough end the run.
silent_pipe() {
  local line=
  mkfifo made/open
  exec 3<>made/open 4< <(exec 3>&-; exec sasync-decode - <made/open)
  ran=$((ran + 2))
  cat captures/ikev2-psk-establish/sync.pcap >&3
  read -r -t 60 line <&4 || complain "nothing is shown before the pipe is closed"
  [[ $line == "$(head -n 1 "$here/expected/line.out")" ]] || complain "behind an open pipe: $line"
  exec 3>&-
  tail -n +2 "$here/expected/line.out" | cmp -s - <(timeout 60 cat <&4) || complain "behind an open pipe: other messages"
  exec 3<>made/open 4< <(exec 3>&-; exec sasync-decode -c 2 - <made/open)
  cat captures/ikev2-psk-establish/sync.pcap >&3
  timeout 60 cat <&4 >out || complain "-c 2 waits for a pipe that it does not need any more"
  head -n 2 "$here/expected/line.out" | cmp -s - out || complain "-c 2 behind an open pipe: other messages"
  exec 3>&- 4<&-
}

# One message now and then is shown when it comes, not when there are many: the writer must find that the reader has had
# enough long before it would end by itself.
trickle() {
  local sync=captures/ikev2-psk-establish/sync.pcap written frame at
  frame=$(sasync-decode -c 1 --fields frame $sync)
  at=$(record_at $sync "$frame")
  head -c 24 $sync >made/header
  tail -c +$((at + 1)) $sync | head -c $(($(record_at $sync $((frame + 1))) - at)) >made/record
  mkfifo made/trickle
  (
    trap '' PIPE
    written=0
    {
      cat made/header
      while ((written < 500)) && cat made/record 2>/dev/null; do
        written=$((written + 1))
        sleep 0.02
      done
    } >made/trickle
    echo $written >made/written
  ) &
  ran=$((ran + 1))
  timeout 100 sasync-decode -c 3 - <made/trickle >out || complain "a trickle: status $?"
  wait
  written=$(<made/written)
  [[ $(wc -l <out) == 3 && $written -lt 500 ]] || complain "a trickle: $(wc -l <out) messages shown of $written"
}

# When a thread cannot be had, the others do not wait for it for ever. (A sanitizer cannot even begin in so little room.)
no_threads() {
  local status=0
  ran=$((ran + 1))
  (
    ulimit -v 150000
    timeout -s KILL 20 sasync-decode --threads 64 captures/many-tunnels/sync.pcap >out 2>err
  ) || status=$?
  [[ $status != 0 && $status != 137 ]] || complain "64 threads in too little room: status $status"
}

# What lies behind the last message that is wanted is no trouble.
enough() {
  local inputs
  for inputs in made/cut.pcap 'captures/ikev2-psk-establish/sync.pcap made/missing.pcap'; do
    ran=$((ran + 1))
    # shellcheck disable=SC2086
    sasync-decode -c 1 $inputs >out 2>err || complain "-c 1 $inputs: status $?"
    head -n 1 "$here/expected/line.out" | cmp -s - out || complain "-c 1 $inputs: another message"
    [[ ! -s err ]] || complain "-c 1 $inputs: $(<err)"
  done
}

# The same bytes whatever the threads, the locale, the time zone and the way in.
same_bytes() {
  local options environment
  for options in '' -vv --json '--fields frame,time,message,config_name' '--stats --json'; do
    # shellcheck disable=SC2086
    sasync-decode --threads 1 $options captures/many-tunnels/sync.pcap >want
    [[ -s want ]] || complain "nothing printed with '$options'"
    for environment in 'LC_ALL=de_DE.UTF-8' 'LC_ALL=tr_TR.UTF-8 TZ=Pacific/Auckland' 'TZ=America/New_York LANG=C.UTF-8'; do
      ran=$((ran + 1))
      # shellcheck disable=SC2086
      env $environment sasync-decode $options captures/many-tunnels/sync.pcap | cmp -s want - ||
        complain "$environment: other bytes with '$options'"
    done
    for threads in 2 3 8; do
      ran=$((ran + 1))
      # shellcheck disable=SC2086
      sasync-decode --threads $threads $options captures/many-tunnels/sync.pcap | cmp -s want - ||
        complain "$threads threads: other bytes with '$options'"
    done
    ran=$((ran + 1))
    # shellcheck disable=SC2086
    zstd -q -c captures/many-tunnels/sync.pcap | sasync-decode $options | cmp -s want - ||
      complain "zstd by standard input: other bytes with '$options'"
  done
}

# Cut compressed data: what could still be decompressed is delivered. How much that is, and the bytes around the cut, are
# the compressor's business, so this is no line of the list.
cut_compressed() {
  local kind status lines
  sasync-decode captures/many-tunnels/sync.pcap >want
  for kind in gz zst; do
    ran=$((ran + 1))
    status=0
    sasync-decode made/cut.pcap.$kind >out 2>err || status=$?
    lines=$(wc -l <out)
    [[ $status == 2 ]] || complain "cut $kind: exit status $status, expected 2"
    [[ $(wc -l <err) == 1 ]] || complain "cut $kind: not one warning: $(<err)"
    grep -qE "^sasync-decode: made/cut.pcap.$kind: ends in the middle of .* at byte 60000" err ||
      complain "cut $kind: no byte offset: $(<err)"
    [[ $lines -gt 500 ]] || complain "cut $kind: only $lines messages were delivered"
    head -n "$lines" want | cmp -s - out || complain "cut $kind: the messages are not the first ones of the capture"
  done
}

# Colour is for terminals: not for a pipe unless asked for.
colour_by_itself() {
  ran=$((ran + 1))
  sasync-decode captures/ikev2-psk-establish/sync.pcap | cmp -s "$here/expected/line.out" - || complain "colour in a pipe"
}

help_is_complete() {
  local option
  ran=$((ran + 1))
  sasync-decode --help >out
  for option in -h --help --version -i -f -p -c -o -v --json --fields --header --stats --strict --show-secrets --color \
    --port --ethertype --strongswan-layout --byte-order --ha-password-file --keys --export-keys --threads --list-protocols; do
    grep -qE -- "(^|[ ,])$option([ ,]|$)" out || complain "--help does not mention $option"
  done
}

# Every encrypted message of every outside capture is opened with the keys of the sync capture beside it, and with the
# tables that were made of it; IKEv1 says then that a table has too little to prove it. The counts are those of the test
# of the library.
opened_whole() {
  local scenario name keys tables count closed encrypted
  for scenario in captures/*/; do
    name=$(basename "$scenario")
    rm -rf made/tables
    sasync-decode --stats --export-keys made/tables "$scenario/sync.pcap" >/dev/null 2>err
    grep -qE "^sasync-decode: made/tables: keys of .* written in clear. Whoever reads these files can read the" err ||
      complain "$name: no warning: $(<err)"
    encrypted=$(sasync-decode --json "$scenario/outside.pcap" | grep -cE '"payload":"SKF?"|"encrypted_data"')
    tables="--keys made/tables/ikev1_decryption_table --keys made/tables/ikev2_decryption_table"
    for keys in "--keys $scenario/sync.pcap" "$tables"; do
      ran=$((ran + 1))
      # shellcheck disable=SC2086
      sasync-decode --json $keys "$scenario/outside.pcap" >out 2>err || complain "$name, $keys: status $?"
      count=$(grep -c '"decrypted_payloads":' out)
      closed=$(grep -cE '"id":"K[12346]"' out || true)
      [[ $encrypted -gt 0 && $count == "$encrypted" && $closed == 0 ]] ||
        complain "$name, $keys: $count of $encrypted opened, $closed with a remark"
      [[ ! -s err ]] || complain "$name, $keys: $(<err)"
    done
    ran=$((ran + 1))
    sasync-decode --json --keys "$scenario/sync.pcap" "$scenario/outside.pcap" | grep -q '"id":"K[0-9]' &&
      complain "$name: not all is verified"
  done
  true
}

# Keys that the daemon logged: in the exported tables, and nowhere else.
exported_only() {
  local scenario name options mode
  for scenario in captures/*/; do
    name=$(basename "$scenario")
    grep -oE '(secret|skeyid|skeyid_[ade]|skeyseed|sk_[a-z]+|ka|encr_[ir]|integ_[ir])=[0-9a-f]{16,}' \
      "$scenario/truth/keys.txt" | cut -d = -f 2 | sort -u >known
    [[ -s known ]] || complain "$name: no known keys"
    : >all
    for options in '' -v -vv --json --stats '--stats --json' \
      '--header --fields payloads,decrypted_payloads,secret,psk,notes'; do
      rm -rf made/tables
      # shellcheck disable=SC2086
      sasync-decode $options --keys "$scenario/sync.pcap" --export-keys made/tables \
        "$scenario"/{sync,outside}.pcap >>all 2>&1
    done
    ran=$((ran + 1))
    tr -d ' ' <all >closed_up
    grep -qFf known all closed_up && complain "$name: a key is printed"
    grep -qFf known made/tables/* || complain "$name: no known key in the tables"
    mode=$(stat -c %a made/tables made/tables/* | tr '\n' ' ')
    [[ $mode == '700 600 600 600 ' ]] || complain "$name: modes $mode"
  done
  true
}

# An empty variable in a script is no directory.
exported_nowhere() {
  local status=0
  ran=$((ran + 1))
  sasync-decode --stats --export-keys '' captures/ikev2-psk-establish/sync.pcap >out 2>err || status=$?
  ((status == 2)) || complain "--export-keys '': status $status"
}

# Tables of the user's own are left alone.
exported_not_over() {
  ran=$((ran + 1))
  mkdir made/own
  echo '# mine' >made/own/ikev2_decryption_table
  sasync-decode --stats --export-keys made/own captures/ikev2-psk-establish/sync.pcap >out 2>err &&
    complain "over the user's table"
  [[ $(<made/own/ikev2_decryption_table) == '# mine' ]] || complain "the user's table is gone"
  grep -q '^sasync-decode: made/own/ikev2_decryption_table: is there already' err || complain "own table: $(<err)"
}

make_forms
make_faults
make_damage
run_list
check_orphans
closed_pipe
standing_input
silent_pipe
trickle
no_threads
enough
cut_compressed
same_bytes
colour_by_itself
help_is_complete
opened_whole
exported_only
exported_nowhere
exported_not_over
printf '%d tests of sasync-decode, %d failures\n' "$ran" "$failed"
exit $((failed != 0))
