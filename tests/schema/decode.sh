#!/usr/bin/env bash
# decode.sh DECODER GEN SOURCE_DIR record|stats: what the built tool prints for every capture, whole and damaged, real and
# generated, and what the tests of the tool expect it to print (malformed, truncated, several files), conforms to the
# schema; what must not conform does not.
set -euo pipefail
export LC_ALL=C
shopt -s nullglob

decoder=$1
gen=$2
source_dir=$3
here=$source_dir/tests/schema
schema=$source_dir/docs/schema/decode-$4.schema.json
captures=("$source_dir"/corpus/captures/*/*/*.pcap)
validate() { python3 "$here/validate.py" "$@"; }

# Remarks go to standard error and are not looked at here; a status other than 0 ends the test.
each_capture() {
  local capture
  for capture in "${captures[@]}"; do "$decoder" "$@" "$capture" 2>/dev/null; done
}

room=$(mktemp -d)
trap 'rm -rf -- "$room"' EXIT

# A life of each protocol; fgcp-sync also inside 0x8893, with a password (which the decoder has not, or has wrong), and
# each with a byte of every third frame changed: headers, heads of messages, TLVs and text.
generate() { "$gen" --tunnels 6 --duration 20s --rekey 6s --failover +10s -o "$room/$1.pcap" "${@:2}" 2>/dev/null; }
generate fgcp --ike mixed --dialup 0.5 --virtual-clusters --members 3 --ike-restart +18s
generate encapsulated --ike mixed --encapsulate
generate authenticated --ha-password-file <(echo secret)
generate strongswan --protocol strongswan-ha --ike mixed --outside "$room/outside.pcap"
generate sasyncd --protocol sasyncd
generate pfsync --protocol pfsync
damage() {
  python3 - "$1" "$2" <<'PYTHON'
import random, struct, sys
octets, place, number, chance = bytearray(open(sys.argv[1], "rb").read()), 24, 0, random.Random(1)
while place < len(octets):
    length = struct.unpack_from("<I", octets, place + 8)[0]
    place += 16
    if number % 3 == 0:
        octets[place + chance.randrange(min(14, length - 1), length)] ^= 1 << chance.randrange(8)
    place, number = place + length, number + 1
open(sys.argv[2], "wb").write(octets)
PYTHON
}
for whole in "$room"/*.pcap; do damage "$whole" "${whole%.pcap}-damaged.pcap"; done
captures+=("$room"/*.pcap)

expected() { (cd -- "$source_dir/tests/tools/expected" && cat -- "$@"); }

case $4 in
  record)
    each_capture --json | validate "$schema" -
    each_capture --json --show-secrets -c 200 | validate "$schema" -
    "$decoder" --json -c 500 "${captures[@]}" 2>/dev/null | validate "$schema" -
    for sync in "$source_dir"/corpus/captures/strongswan/*/sync.pcap; do
      "$decoder" --json --keys "$sync" "${sync%sync.pcap}outside.pcap"
      "$decoder" --json -c 20 --keys "$sync" "$source_dir/corpus/captures/strongswan/ikev2-failover/outside.pcap" 2>/dev/null
    done | validate "$schema" -
    "$decoder" --json --ha-password-file <(echo secret) "$room/authenticated.pcap" | validate "$schema" -
    "$decoder" --json --ha-password-file <(echo other) "$room"/{authenticated,fgcp}.pcap | validate "$schema" -
    "$decoder" --json --sasyncd-key-file <(echo 0123456789abcdef) \
      "$source_dir/corpus/captures/openbsd/master-and-slave/sync.pcap" | validate "$schema" -
    expected {json,json-ikev1,malformed-json,snaplen-json,several-files-json,unknown-attribute}.out | validate "$schema" -
    ;;
  stats)
    each_capture --json --stats | validate "$schema" -
    expected {stats-json,malformed-stats,no-frames-stats}.out | validate "$schema" -
    ;;
esac
validate --invalid "$schema" "$here/decode-$4.bad.jsonl"
