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
sasync-diff --json --all captures/many-tunnels/truth/4-after-resync/{A,B}.sas.raw >document.json || true
python3 - "$source_dir/docs/schema/diff.schema.json" document.json <<'END' || complain 'the document is not what docs/schema/diff.schema.json says'
import json, sys
import jsonschema
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
END

# A reader that has seen enough ends the tool quietly.
status=$({ sasync-diff --all captures/many-tunnels/truth/4-after-resync/{A,B}.sas.raw 2>err || echo $? >&3; } 3>&1 >/dev/null | cat)
[[ $status == 1 && ! -s err ]] || complain "closed pipe: status $status, $(<err)"

printf '%d tests of sasync-diff, %d failures\n' "$ran" "$failed"
exit $((failed != 0))
