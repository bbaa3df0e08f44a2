#!/usr/bin/env bash
# fuzz/contract.sh [TARGET...]: what a distributed engine asks of fuzz/build.sh, without a container: the outputs have
# their names, seeds unpack, dictionaries are accepted, and targets run four times from another working directory, with
# a read-only output folder and no shared library beyond the C and C++ runtime.
set -euo pipefail

script=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)/build.sh
work=$(mktemp -d)
trap 'chmod -R u+w -- "$work"; rm -rf -- "$work"' EXIT
mkdir "$work/work" "$work/out" "$work/elsewhere"
die() { echo "contract: $*" >&2; exit 1; }

launcher=$(command -v ccache || true)
# Without a sanitizer, which the preset `fuzz` has: what is looked at here is what build.sh makes of what it is given.
flags=${SASYNC_CONTRACT_FLAGS:--O0 -fsanitize=fuzzer-no-link}
env CC=clang-19 CXX=clang++-19 CFLAGS="$flags" CXXFLAGS="$flags" LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
  SRC="$work" WORK="$work/work" OUT="$work/out" SASYNC_FUZZ_TARGETS="$*" CMAKE_CXX_COMPILER_LAUNCHER="$launcher" \
  CMAKE_GENERATOR=Ninja bash "$script" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; die "fuzz/build.sh failed"; }
cp -r "$work/out" "$work/shared"
chmod -R a-w "$work/shared"
cd "$work/elsewhere"

mapfile -t programs < <(find "$work/shared" -type f -executable -name 'fuzz_*' | sort)
[[ ${#programs[@]} -gt 0 ]] || die "no targets"
[[ $# -eq 0 || ${#programs[@]} -eq $# ]] || die "$# targets were asked for, ${#programs[@]} were made"
for program in "${programs[@]}"; do
  name=$(basename "$program")
  [[ $name =~ ^[A-Za-z0-9_-]+$ ]] || die "$name: no name for a target"
  for file in "${program}_seed_corpus.zip" "$program.dict" "$program.options"; do
    [[ -s $file ]] || die "$name: $(basename "$file") is missing"
  done
  foreign=$(ldd "$program" | awk '{print $1}' |
    grep -vE '^(linux-vdso|lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+)\.so|/lib.*/ld-linux)' || true)
  [[ -z $foreign ]] || die "$name: needs" $foreign
  rm -rf seeds corpus
  unzip -q -d seeds "${program}_seed_corpus.zip" || die "$name: its seeds do not unpack"
  "$program" "-dict=$program.dict" -runs=0 seeds >log 2>&1 || { tail log >&2; die "$name: seeds or dictionary refused"; }
  grep -q 'Dictionary: [1-9]' log || die "$name: the dictionary is empty"
done
for program in "${programs[@]:0:4}"; do
  mkdir -p corpus
  "$program" "-dict=$program.dict" -runs=2000 -timeout=25 corpus >log 2>&1 || { tail log >&2; die "$program: does not run"; }
  rm -rf corpus
done
echo "contract: ${#programs[@]} targets, as an engine wants them"
