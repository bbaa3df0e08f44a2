#!/usr/bin/env bash
# replay.sh REPLAY GEN SOURCE_DIR: what the built tool writes for captures and streams conforms to the schemas of the
# report, of the state and of the events; what must not conform does not.
set -euo pipefail
export LC_ALL=C

replay=$1
gen=$2
here=$3/tests/schema
schemas=$3/docs/schema
captures=$3/corpus/captures/strongswan
validate() { python3 "$here/validate.py" "$@"; }

room=$(mktemp -d)
trap 'rm -rf -- "$room"' EXIT

# A finding is no fault here; trouble is.
each() {
  local status=0
  "$replay" --json --dump-state "$room/state.json" --events "$room/events.jsonl" "$@" 2>/dev/null || status=$?
  [[ $status -le 1 ]]
  validate --document "$schemas/state.schema.json" "$room/state.json" >&2
  validate "$schemas/sync-event.schema.json" "$room/events.jsonl" >&2
}

all() {
  local name
  for name in ikev2-failover ikev1-main-psk many-tunnels; do
    each "$captures/$name/sync.pcap" "$captures/$name/outside.pcap"
  done
  each --failover-at +30s "$captures/many-tunnels/sync.pcap"
  each --failover-at every "$captures/ikev2-failover/sync.pcap"
  "$gen" -o "$room/fgcp.jsonl" --tunnels 20 --ike mixed --dialup 0.5 --duration 20s --failover +12s 2>/dev/null
  each "$room/fgcp.jsonl"
  each --failover-at end --traffic 1pps --loss 0.1 "$room/fgcp.jsonl"
  each --ike-restart-at +5s --failover-at end --rekey-rate 2 "$room/fgcp.jsonl"
  "$gen" -o "$room/fgcp.pcap" --outside "$room/outside.pcap" --tunnels 20 --ike mixed --dialup 0.5 --duration 30s \
    --failover +12s --ike-restart +20s 2>/dev/null
  each "$room/fgcp.pcap" "$room/outside.pcap"
  "$gen" -o "$room/sasyncd.jsonl" --protocol sasyncd --tunnels 20 --failover +30s --member-restart +50s 2>/dev/null
  each "$room/sasyncd.jsonl"
  each --failover-at every "$room/sasyncd.jsonl"
}

all | validate "$schemas/report.schema.json" -
validate --invalid "$schemas/report.schema.json" "$here/report.bad.jsonl"
