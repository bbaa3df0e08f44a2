#!/usr/bin/env bash
# run.sh SASYNC_DIFF SOURCE_DIR: runs every test of cases.list and holds standard output, standard error and the exit
# status against what is expected. SASYNC_REWRITE=1 renews the expectations.
set -Eeuo pipefail
export LC_ALL=C TZ=UTC
unset NO_COLOR

tool=$(realpath -- "$1")
source_dir=$(realpath -- "$2")
here=$source_dir/tests/diff
failed=0
ran=0

room=$(mktemp -d)
trap 'rm -rf -- "$room"' EXIT
cd -- "$room"
mkdir bin made
ln -s -- "$tool" bin/sasync-diff
ln -s -- "$source_dir/corpus/captures/strongswan" captures
ln -s -- "$source_dir/corpus/samples" samples
PATH=$room/bin:$PATH

complain() {
  failed=$((failed + 1))
  printf 'FAILED: %s\n' "$*"
}

# Inputs that are no good.
printf '\x7fELF\x02\x01\x01\x00garbage\xff\xfe\x00' >made/binary
: >made/empty
head -c 900 samples/linux/swanctl-list-sas-raw.txt >made/cut-dump
cat samples/linux/swanctl-list-sas.txt samples/linux/swanctl-list-sas.txt >made/twice
printf '{"format":"sasync-state/9","members":[]}\n' >made/other-version
printf '{"format":"sasync-state/1","members":[{"name":"A"},{"name":"B"}]}\n' >made/two-members
printf '{"format":"sasync-state/1","members":[{"name":"A","ike_sas":[{"initiator_spi":"00' >made/cut-state
mkdir made/directory
printf ' \n\t\r\n' >made/blank
gzip -n <samples/linux/swanctl-list-sas.txt >made/dump.gz
head -c 24 captures/many-tunnels/sync.pcap >made/no-sync
{ printf '\xef\xbb\xbf'; cat made/two-members; } >made/byte-order-mark
printf 'src 10.0.0.1 dst 10.0.0.2\n\tsomething 0x00112233445566778899aabbccddeeff\n' >made/secret
head -c 420 samples/linux/ip-s-xfrm-state-4sa.txt >made/cut-xfrm
cat samples/fortios/7x-ike-stats-primary.txt samples/fortios/7x-ike-stats-primary.txt >made/twice-stats

# Two virtual domains with tunnels of the same names, in both orders.
domain() {
  sed -e "s/in vd 0/in vd $1/" -e "s/spi=./spi=$2/" samples/fortios/6x-vpn-tunnel-list-primary.txt | grep -v ' # '
}
{ printf 'HQ-FW2 # diagnose vpn tunnel list\n'; domain 0 1; domain 1 2; } >made/two-domains
{ printf 'HQ-FW2 # diagnose vpn tunnel list\n'; domain 1 2; domain 0 1; } >made/domains-swapped
# The other member says of itself what HQ-FW1 says of itself.
sed -e 's/HQ-FW1 #/HQ-FW2 #/' -e 's/^Primary /X/; s/^Secondary/Primary  /; s/^X/Secondary/' \
  samples/fortios/7x-get-system-ha-status.txt >made/other-primary
printf '{"format":"sasync-state/1","members":[{"name":"A","ike_sas":[{"name":"t","version":2},{"name":"u"}]},%s' \
  '{"name":"B","ike_sas":[{"name":"t","version":1},{"name":"u","version":' >made/cut-members
child='{"name":"net","spi_in":"00000001","spi_out":"00000002"}'
sa() { printf '{"name":"t","initiator_spi":"%016d","responder_spi":"%016d","child_sas":[%s]}' "$1" "$1" "${2-}"; }
printf '{"format":"sasync-state/1","members":[{"name":"A","role":"primary","ike_sas":[%s,%s]},{"name":"B","ike_sas":[%s,%s]}]}\n' \
  "$(sa 1)" "$(sa 2 "$child")" "$(sa 1 "$child")" "$(sa 2)" >made/child-moved

trim() {
  local text=${1#"${1%%[![:space:]]*}"}
  printf '%s' "${text%"${text##*[![:space:]]}"}"
}

while IFS='|' read -r name arguments status; do
  name=$(trim "$name")
  [[ -n $name && $name != \#* ]] || continue
  ran=$((ran + 1))
  got=0
  eval "sasync-diff $(trim "$arguments")" >out 2>err </dev/null || got=$?
  [[ $got == "$(trim "$status")" ]] || complain "$name: exit status $got, expected $(trim "$status")"
  for stream in out err; do
    want=$here/expected/$name.$stream
    if [[ -n ${SASYNC_REWRITE:-} ]]; then
      mkdir -p "$here/expected"
      if [[ -s $stream ]]; then cp -- $stream "$want"; else rm -f -- "$want"; fi
    fi
    [[ -e $want ]] || want=/dev/null
    diff -u --label "expected $name.$stream" "$want" --label "$name" $stream || complain "$name: standard $stream differs"
  done
done <"$here/cases.list"

for file in "$here"/expected/*; do
  name=$(basename "${file%.*}")
  grep -qE "^$name *\|" "$here/cases.list" || complain "expected/$(basename "$file") belongs to no test"
done

# What --json prints is what the schema says.
sasync-diff --json --all captures/many-tunnels/truth/4-after-resync/{A,B}.sas.raw >many.json || true
sasync-diff --json --all samples/fortios/7x-get-system-ha-status.txt made/other-primary >members.json || true
python3 - "$source_dir/docs/schema/diff.schema.json" many.json members.json <<'END' || complain 'a document is not what docs/schema/diff.schema.json says'
import json, sys
import jsonschema
for path in sys.argv[2:]:
    jsonschema.validate(json.load(open(path)), json.load(open(sys.argv[1])))
END

# A reader that has seen enough ends the tool quietly.
status=$({ sasync-diff --all captures/many-tunnels/truth/4-after-resync/{A,B}.sas.raw 2>err || echo $? >&3; } 3>&1 >/dev/null | cat)
[[ $status == 1 && ! -s err ]] || complain "closed pipe: status $status, $(<err)"

# Whoever interrupts an endless input is heard the first time. In the foreground, or `timeout` sends a second signal to
# its group, which is heard as the wish to end at once.
status=0
timeout --foreground --preserve-status -s INT 1 sasync-diff xfrm:<(yes) made/two-members#A >out 2>err || status=$?
[[ $status == 2 && $(<err) == 'sasync-diff: interrupted' ]] || complain "interrupted: status $status, $(<err)"

# What takes longer than a second shows on a terminal how far it is.
python3 - samples/linux/ip-xfrm-state-4sa.txt <<'END' || complain 'no progress is shown'
import os, pty, subprocess, sys, time
ours, theirs = pty.openpty()
def feed():
    for _ in range(6):
        yield open(sys.argv[1], 'rb').read() * 100
        time.sleep(0.3)
run = subprocess.Popen(['sasync-diff', 'xfrm:-', sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=theirs)
for piece in feed():
    run.stdin.write(piece)
run.stdin.close()
run.wait()
shown = os.read(ours, 1 << 16).decode()
sys.exit('MiB/s' not in shown or 'frames' in shown)
END

printf '%d tests of sasync-diff, %d failures\n' "$ran" "$failed"
exit $((failed != 0))
