#!/usr/bin/env bash
# compare.sh GENERATOR SOURCE_DIR: the captures of corpus/captures/openbsd are what the generator writes.
# SASYNC_REWRITE=1 renews them.
set -euo pipefail

captures=$2/corpus/captures/openbsd
[[ -z ${SASYNC_REWRITE:-} ]] || "$1" "$captures"
room=$(mktemp -d)
trap 'rm -rf -- "$room"' EXIT
"$1" "$room"
while IFS= read -r file; do
  cmp -- "$room/$file" "$captures/$file"
done < <(cd -- "$room" && find . -name '*.pcap' | sort)
