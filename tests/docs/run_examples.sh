#!/usr/bin/env bash
# run_examples.sh ROOT BIN: runs the examples of the documentation and compares what they print.
#
# An example stands in a ```console block of README.md or docs/**/*.md: a line that begins with "$ ", the command, and
# below it, up to the next such line or the end of the block, the exact output (both streams). A command that ends in a
# backslash goes on in the next line. Commands run from the root of the repository with BIN first in PATH. Those that
# build, install or need a network are passed over.
set -uo pipefail
export LC_ALL=C NO_COLOR=1 TZ=UTC

root=$1
export PATH=$2:$PATH
cd -- "$root" || exit 2
run=0
failed=0

is_passed_over() {
  case $1 in
    './dev'* | git\ * | apt-get\ * | sudo\ * | cmake\ * | ctest\ *) return 0 ;;
    *) return 1 ;;
  esac
}

# check FILE LINE COMMAND EXPECTED
check() {
  local actual
  run=$((run + 1))
  actual=$(bash -c "$3" 2>&1 </dev/null)
  [[ $actual == "$4" ]] && return 0
  failed=$((failed + 1))
  printf '%s:%s: $ %s\nprints something else than the page says (-) :\n' "$1" "$2" "$3"
  diff <(printf '%s\n' "$4") <(printf '%s\n' "$actual") | sed 's/^</-/; s/^>/+/'
}

# examples FILE
examples() {
  local file=$1 number=0 text block='' command='' at=0 expected='' continued=''
  finish() {
    [[ -z $command ]] || is_passed_over "$command" || check "$file" "$at" "$command" "${expected%$'\n'}"
    command=''
    expected=''
  }
  while IFS= read -r text || [[ -n $text ]]; do
    number=$((number + 1))
    if [[ -z $block ]]; then
      [[ $text != '```console'* ]] || block=yes
    elif [[ $text == '```'* ]]; then
      finish
      block=''
    elif [[ -n $continued ]]; then
      command+=$text
      continued=''
    elif [[ $text == '$ '* ]]; then
      finish
      command=${text#'$ '}
      at=$number
    else
      expected+=$text$'\n'
    fi
    if [[ -n $block && -z $expected && $command == *\\ ]]; then
      command=${command%\\}
      continued=yes
    fi
  done <"$file"
  [[ -z $block ]] || { printf '%s: a console block is not closed\n' "$file"; failed=$((failed + 1)); }
}

while IFS= read -r page; do
  examples "$page"
done < <(printf 'README.md\n'; find docs -name '*.md' | sort)

printf '%s examples run, %s wrong\n' "$run" "$failed"
[[ $run -gt 0 && $failed -eq 0 ]]
