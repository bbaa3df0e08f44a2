#!/usr/bin/env bash
# tests/bench/diff.sh BUILD: sasync-diff on two documents of a million SAs each, and its importers on dumps of 200 MB.
# tests/bench/run.sh calls this. A missed goal is printed, not an error.
set -euo pipefail
export LC_ALL=C
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
build=$1
out=build/bench
mkdir -p "$out"
cmake --build "$build" --target sasync-diff >/dev/null
trap 'rm -f -- "$out"/side-[ab].json "$out"/dump.txt "$out"/measured' EXIT

# measured ARGUMENTS...: runs sasync-diff; sets seconds and mebibytes. Differences are no failure.
measured() {
  cat -- "$out"/side-a.json "$out"/dump.txt >/dev/null 2>&1 || true  # in the page cache
  local status=0
  /usr/bin/time -q -f '%e %M' -o "$out/measured" "$build/bin/sasync-diff" --summary "$@" >"$out/diff.log" 2>&1 || status=$?
  [[ $status -le 1 ]] || { cat "$out/diff.log" >&2; exit 2; }
  read -r seconds mebibytes <<<"$(tail -n 1 "$out/measured" | awk '{ print $1, int($2 / 1024) }')"
}

# verdict TEXT VALUE UNIT OPERATOR LIMIT
verdict() {
  awk -v text="$1" -v value="$2" -v unit="$3" -v operator="$4" -v limit="$5" 'BEGIN {
    met = operator == "<" ? value < limit : value >= limit
    printf "  %-58s %9s %-5s %s %s  %s\n", text, value, unit, operator, limit, met ? "met" : "MISSED" }'
}

printf '\nsasync-diff\n'
python3 tests/bench/state_files.py documents 500000 "$out/side-a.json" "$out/side-b.json"
measured "$out/side-a.json" "$out/side-b.json"
verdict "two documents, 1,000,000 SAs a side (half of them IKE)" "$seconds" s "<" 20
verdict "  their peak memory" "$mebibytes" MiB "<" 3072
python3 tests/bench/state_files.py one-name 500000 "$out/side-a.json" "$out/side-b.json"
measured "$out/side-a.json" "$out/side-b.json"
verdict "  the same of one name, none of them on both sides" "$seconds" s "<" 20
verdict "  their peak memory" "$mebibytes" MiB "<" 3072
rm -f -- "$out"/side-[ab].json
for sample in xfrm:linux/ip-s-xfrm-state-4sa.txt fortios:fortios/7x-vpn-tunnel-list-primary.txt \
    fortios:fortios/7x-ike-gateway-list-primary.txt swanctl:linux/swanctl-list-sas-raw.txt \
    swanctl:linux/swanctl-list-sas-pretty.txt swanctl:linux/swanctl-list-sas.txt ipsecctl:linux/ipsecctl-sa-v.txt \
    setkey:linux/setkey-D.txt; do
  importer=${sample%%:*}
  python3 tests/bench/state_files.py dump "corpus/samples/${sample#*:}" 200 "$out/dump.txt"
  measured "$importer:$out/dump.txt" "$importer:corpus/samples/${sample#*:}"
  verdict "import of 200 MB, ${sample##*/}" "$(awk -v s="$seconds" 'BEGIN { printf "%.0f", 200 / s }')" MB/s ">=" 50
done
