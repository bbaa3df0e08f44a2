#!/usr/bin/env bash
# run.sh SASYNC-GEN SASYNC-DECODE SOURCE_DIR: what the tool leaves on the disk, and what tcpdump and tshark say of its captures.
set -Eeuo pipefail
export LC_ALL=C TZ=UTC
gen=$(realpath -- "$1")
decode=$(realpath -- "$2")
scenarios=$(realpath -- "$3")/corpus/scenarios
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
refuse '--color: sometimes not in' --color sometimes -o x.pcap
refuse '--tunnels 0: expected 1 to 1000000' --tunnels 0 -o x.pcap
refuse '--loss 2: expected a share' --loss 2 -o x.pcap
refuse 'expected a name that ends in .pcap or .jsonl' -o x.txt
refuse 'nowhere/x.pcap: cannot be written: No such file or directory' -o nowhere/x.pcap
refuse '/dev/full: cannot be written: No space left on device' --truth /dev/full -o /dev/null
refuse '/dev/full: cannot be written: No space left on device' -o /dev/full
refuse 'missing.json: cannot be read' --scenario missing.json -o x.pcap
refuse 'tunels: unknown key' --scenario <(echo '{"format":"sasync-scenario/1","tunels":1}') -o x.pcap
refuse '.: cannot be read: it is a directory' --scenario . -o x.pcap
refuse '.: no password can be read from it' --ha-password-file . -o x.pcap
refuse 'no password can be read from it' --ha-password-file <(printf '\r\nsecond\n') -o x.pcap

# Outputs take their names together: when one cannot be written, what was there stays, and nothing new has come.
for output in x.pcap x.jsonl; do
  for other in --truth --outside; do
    refuse '/dev/full: cannot be written: No space left on device' --tunnels 300 -o "$output" "$other" /dev/full
    echo old >"$output"
    "$gen" --tunnels 300 -o "$output" "$other" /dev/full 2>/dev/null && complain "$other: a full disk went unnoticed"
    [[ $(ls -A) == "$output" && $(cat "$output") == old ]] || complain "$other /dev/full: $output is not what it was"
    rm -f -- "$output"
  done
done

# One file for two outputs.
refuse '--outside s.pcap: the same file as -o' -o s.pcap --outside s.pcap
refuse '--truth ./s.pcap: the same file as -o' -o s.pcap --truth ./s.pcap
refuse '--truth t: the same file as --outside' -o s.pcap --outside "$PWD/t" --truth t
echo '{"format":"sasync-scenario/1"}' >s.jsonl
"$gen" --scenario s.jsonl -o s.jsonl 2>/dev/null && complain 'a scenario is overwritten'
[[ $(wc -c <s.jsonl) -eq 31 ]] || complain 'the scenario is not what it was'
ln -s s.jsonl link.jsonl
"$gen" --scenario s.jsonl -o link.jsonl 2>/dev/null && complain 'a scenario is overwritten through a link'
# A link stays a link, and what it names is written.
"$gen" -o link.jsonl 2>/dev/null
[[ -L link.jsonl && $(wc -l <s.jsonl) -gt 100 ]] || complain 'a link was replaced'
rm -f s.jsonl link.jsonl

# A file beyond the limit, a hang-up: an error, and nothing is left.
(ulimit -f 64 && refuse 'x.pcap: cannot be written: File too large' --tunnels 1000 -o x.pcap; exit "$failed") ||
  complain 'a file beyond the limit'
"$gen" --tunnels 200000 -o x.pcap 2>err &
for _ in {1..500}; do
  compgen -G '.x.pcap.*' >/dev/null && break
  sleep 0.01
done
kill -HUP $!
status=0
wait $! || status=$?
[[ $status -eq 2 && $(cat err) == 'sasync-gen: interrupted; nothing was written' ]] ||
  complain "hang-up: status $status, $(cat err)"
rm -f err
[[ -z $(ls -A) ]] || complain "hang-up: left $(ls -A)"
# A reader that goes is no error.
mkfifo pipe.pcap
head -c 100 pipe.pcap >/dev/null &
"$gen" --tunnels 5000 -o pipe.pcap 2>err || complain 'a closed pipe: status not 0'
[[ ! -s err ]] || complain "a closed pipe: $(cat err)"
rm -f err pipe.pcap

# Progress with rate and what is left: on a terminal only (the error files above have one line).
if command -v script >/dev/null; then
  TERM=xterm script -qec "'$gen' --tunnels 300000 -o /dev/null" typescript >/dev/null </dev/null
  grep -aEq '[0-9]+ messages, [0-9]+ messages/s, [0-9]+ s left' typescript || complain 'no progress on a terminal'
  rm -f typescript
fi

# A password is read as the other tools read it.
printf 'line1\r\nline2\n' >password
"$gen" --ha-password-file password --tunnels 3 -o x.pcap 2>/dev/null
"$decode" --strict --ha-password-file password x.pcap >/dev/null || complain 'the decoder reads another password'
rm -f password x.pcap

for scenario in "$scenarios"/*.json; do
  name=$(basename -- "$scenario" .json)
  "$gen" --scenario "$scenario" -o "$name.pcap" --outside "$name-outside.pcap" --truth "$name.truth" 2>err ||
    complain "$name: $(cat err)"
  "$gen" --scenario "$scenario" -o again.pcap 2>/dev/null
  cmp -s "$name.pcap" again.pcap || complain "$name: --truth changes the capture"
done
# Who takes over lacks what it never heard, whether that is written down or not.
for protocol in fgcp-sync strongswan-ha; do
  life=(--protocol "$protocol" --tunnels 3 --failover +10s --failover +12.5s --member-restart +30s --failover +34.9s)
  "$gen" "${life[@]}" -o "down-$protocol.pcap" --truth "down-$protocol.truth" 2>/dev/null
  "$gen" "${life[@]}" -o again.pcap 2>/dev/null
  cmp -s "down-$protocol.pcap" again.pcap || complain "$protocol: --truth changes the capture of a cluster that was down"
done
"$gen" --encapsulate --tunnels 3 -o encapsulated.pcap 2>/dev/null
sha256sum ikev2-psk-establish.pcap | grep -q '^161075bb44d36a5813b41f315782fdb60bfdf97f3953481d218d702a57965af6 ' || complain "other bytes: $(sha256sum ikev2-psk-establish.pcap)"
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
