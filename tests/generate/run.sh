#!/usr/bin/env bash
# run.sh SASYNC-GEN SOURCE_DIR: what the tool leaves on the disk, and what tcpdump and tshark say of its captures.
set -Eeuo pipefail
export LC_ALL=C TZ=UTC
gen=$(realpath -- "$1")
scenarios=$(realpath -- "$2")/corpus/scenarios
failed=0
room=$(mktemp -d)
trap 'rm -rf -- "$room"' EXIT
cd -- "$room"

complain() { failed=$((failed + 1)); printf 'FAILED: %s\n' "$*"; }

# refuse WANTED OPTIONS...: status 2, the text in the one error line, and nothing left behind.
refuse() {
  local wanted=$1 status=0
  shift
  "$gen" "$@" >out 2>err || status=$?
  [[ $status -eq 2 ]] || complain "$*: status $status"
  grep -qF -- "$wanted" err || complain "$*: $(cat err)"
  [[ $(wc -l <err) -eq 1 ]] || complain "$*: more than one line"
  rm -f out err
  [[ -z $(ls -A) ]] || { complain "$*: left $(ls -A)"; rm -rf -- "${room:?}"/* "$room"/.[!.]*; }
}
refuse '--members 3: a strongSwan' --protocol strongswan-ha --members 3 -o x.pcap
refuse '--tunnels 0: expected 1 to 1000000' --tunnels 0 -o x.pcap
refuse '--loss 2: expected a share' --loss 2 -o x.pcap
refuse 'expected a name that ends in .pcap or .jsonl' -o x.txt
refuse 'nowhere/x.pcap: cannot be written: No such file or directory' -o nowhere/x.pcap
refuse '/dev/full: cannot be written: No space left on device' --truth /dev/full -o /dev/null
refuse '/dev/full: cannot be written: No space left on device' -o /dev/full
refuse 'missing.json: cannot be read' --scenario missing.json -o x.pcap
refuse 'tunels: unknown key' --scenario <(echo '{"format":"sasync-scenario/1","tunels":1}') -o x.pcap
# A file in the way of the last of several outputs leaves what was there.
echo old >x.pcap
"$gen" -o x.pcap --truth /dev/full 2>/dev/null && complain 'a full disk went unnoticed'
rm -f x.pcap

for scenario in "$scenarios"/*.json; do
  name=$(basename -- "$scenario" .json)
  "$gen" --scenario "$scenario" -o "$name.pcap" --outside "$name-outside.pcap" --truth "$name.truth" 2>err ||
    complain "$name: $(cat err)"
  "$gen" --scenario "$scenario" -o again.pcap 2>/dev/null
  cmp -s "$name.pcap" again.pcap || complain "$name: --truth changes the capture"
done
"$gen" --encapsulate --tunnels 3 -o encapsulated.pcap 2>/dev/null
sha256sum ikev2-psk-establish.pcap | grep -q '^2ecf29f872e6f503e1aa71d415c452da9c9f112e17b36a66f4e140dac25506b7 ' || complain "other bytes: $(sha256sum ikev2-psk-establish.pcap)"
rm -f again.pcap

if command -v tcpdump >/dev/null && command -v tshark >/dev/null; then
  for file in *.pcap; do
    tcpdump -nn -vv -r "$file" >out 2>err || complain "$file: tcpdump fails"
    ! grep -Eq 'bad (udp )?cksum|\[bad|truncated|malformed|invalid' out err || complain "$file: tcpdump complains"
    tshark -r "$file" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
      -Y '_ws.malformed || ip.checksum.status == "Bad" || udp.checksum.status == "Bad" || _ws.expert.severity == error' \
      >out 2>err || complain "$file: tshark fails: $(cat err)"
    [[ ! -s out ]] || complain "$file: tshark finds: $(head -n 3 out)"
  done
elif [[ $failed -eq 0 ]]; then
  exit 77
fi
exit $((failed > 0))
