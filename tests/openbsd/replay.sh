#!/usr/bin/env bash
# replay.sh GEN REPLAY DIFF SOURCE_DIR: OpenBSD's rules from captures: generated ones agree with their truth, the order of
# the inputs means nothing, and dumps of ipsecctl are held against the replayed state.
set -Eeuo pipefail
export LC_ALL=C TZ=UTC
gen=$(realpath -- "$1") replay=$(realpath -- "$2") diff_tool=$(realpath -- "$3") source=$(realpath -- "$4")
room=$(mktemp -d)
trap 'rm -rf -- "$room"' EXIT
cd -- "$room"
failed=0
complain() { failed=$((failed + 1)); printf 'FAILED: %s\n' "$*"; }
echo 0123456789abcdef >key
key=(--sasyncd-key-file key)

# agree NAME OPTIONS...: both links of one life, replayed together, leave each host with what the truth says.
agree() {
  local name=$1
  shift
  "$gen" --protocol sasyncd "$@" -o sasyncd.pcap --truth sasyncd.truth --outside outside.pcap 2>err || complain "$name: $(cat err)"
  "$gen" --protocol pfsync "$@" -o pfsync.pcap --truth pfsync.truth 2>err || complain "$name: $(cat err)"
  "$replay" "${key[@]}" sasyncd.pcap pfsync.pcap --dump-state both.json >report 2>err || [[ $? -eq 1 ]] || complain "$name: $(cat err)"
  "$replay" "${key[@]}" pfsync.pcap sasyncd.pcap >other 2>err || [[ $? -eq 1 ]] || complain "$name: $(cat err)"
  cmp -s report other || complain "$name: the order of the inputs changes the report"
  "$replay" "${key[@]}" sasyncd.pcap --dump-state one.json >/dev/null 2>&1 || [[ $? -eq 1 ]]
  tail -n 1 pfsync.truth >both.truth
  tail -n 1 sasyncd.truth >one.truth
  local host
  for host in 192.168.254.1 192.168.254.2; do
    "$diff_tool" --roles none "state:both.json#$host" "state:both.truth#$host" >out 2>&1 || complain "$name: $host: $(head -n 4 out)"
    "$diff_tool" --roles none "state:one.json#$host" "state:one.truth#$host" >out 2>&1 || complain "$name: $host, sasyncd alone: $(head -n 4 out)"
  done
}
for seed in 1 2 3; do
  agree "seed $seed, two failovers" --tunnels 7 --duration 70s --seed "$seed" --failover +20s --failover +40s
  agree "seed $seed, deletes" --tunnels 40 --duration 70s --seed "$seed" --delete 0.3 --failover +30s --member-restart +50s
done
agree 'no re-keys' --tunnels 200 --rekey 0
grep -q '^failover' report && complain 'a failover is seen where there is none'
agree 'one failover' --tunnels 10 --failover +30s --seed 4
grep -q '^failover 1 at 1795000033.000000, seen' report || complain "the failover is not seen: $(grep failover report)"
grep -q '10 resumed\|1[0-9] resumed\|20 resumed' report || complain "tunnels are not resumed: $(grep resumed report)"

# The counters make the difference: without pfsync's capture the new master's numbers are behind.
"$replay" "${key[@]}" sasyncd.pcap outside.pcap >report 2>err || [[ $? -eq 1 ]] || complain "without pfsync: $(cat err)"
grep -q 'OB-8' report || complain 'without pfsync no number is behind'

# Two systems in one input.
"$gen" --tunnels 2 -o fgcp.pcap 2>/dev/null
! "$replay" "${key[@]}" sasyncd.pcap fgcp.pcap >out 2>err || complain 'two systems go together'
grep -q 'two systems in one input' err || complain "two systems: $(cat err)"
"$replay" "${key[@]}" --model openbsd sasyncd.pcap fgcp.pcap >out 2>err || [[ $? -ne 2 ]] || grep -q 'another system' err || complain "--model openbsd: $(cat err)"

# What the checkers of others say. TCP 500 is ISAKMP to tshark, which sasyncd is not.
if command -v tcpdump >/dev/null && command -v tshark >/dev/null; then
  for file in sasyncd.pcap pfsync.pcap outside.pcap; do
    tcpdump -nn -vv -r "$file" >out 2>err || complain "$file: tcpdump fails"
    ! grep -Eq '\(incorrect|bad (udp )?cksum|\[bad|truncated|malformed|invalid' out || complain "$file: tcpdump complains"
    tshark -r "$file" -d tcp.port==500,data -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -Y \
      '_ws.malformed || ip.checksum.status == "Bad" || udp.checksum.status == "Bad" || tcp.checksum.status == "Bad" || tcp.analysis.flags || _ws.expert.severity == error' \
      >out 2>err || complain "$file: tshark fails: $(cat err)"
    [[ ! -s out ]] || complain "$file: tshark finds: $(head -n 3 out)"
  done
fi

# compare STATUS WANTED DUMP HOST: a dump of ipsecctl against what the capture says that the host holds.
capture=$source/corpus/captures/openbsd/master-and-slave/sync.pcap
compare() {
  local status=0
  "$diff_tool" "${key[@]}" --roles none "ipsecctl:$source/tests/openbsd/dumps/$3" "capture:$capture@+3.5s#$4" >out 2>err || status=$?
  [[ $status -eq $1 ]] || complain "$3 against $4: status $status: $(cat out err)"
  [[ -z $2 ]] || grep -qF -- "$2" out || complain "$3 against $4: $(cat out err)"
}
compare 0 '' standby.txt 192.168.254.2
compare 0 '' master.txt 192.168.254.1
compare 1 'seq_out: 1000 | 17384' master.txt 192.168.254.2
compare 1 'seq_out: 0 | 17384' standby-without-pfsync.txt 192.168.254.2
compare 1 'c0ffee01: only right' standby-without-sa.txt 192.168.254.2
exit $((failed > 0))
