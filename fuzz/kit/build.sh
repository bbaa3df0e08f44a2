#!/usr/bin/env bash
# fuzz/kit/build.sh PROTOCOL OUT FILES...: links your parser with the kit into the fuzz target OUT/kit. FILES are C or C++
# sources, object files and archives that together define sasync_kit_parse(); PROTOCOL is a row of
# `sasync-decode --list-protocols`. Uses Clang and libFuzzer unless CC, CXX and LIB_FUZZING_ENGINE say otherwise.
set -euo pipefail

[[ $# -ge 3 ]] || { sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
protocol=$1 out=$2
shift 2
mkdir -p "$out"
out=$(cd -- "$out" && pwd)
files=()
for file; do files+=("$(realpath -- "$file")"); done
CC=${CC:-clang-19} CXX=${CXX:-clang++-19} cmake -S "$root" -B "$out/build" -D CMAKE_BUILD_TYPE= \
  -D SASYNC_TESTS=OFF -D SASYNC_FUZZERS=ON -D SASYNC_WARNINGS_AS_ERRORS=OFF -D SASYNC_FMT_HEADER_ONLY=ON \
  -D CMAKE_CXX_FLAGS=-O1 -D SASYNC_SANITIZE=address,undefined,fuzzer-no-link \
  -D SASYNC_FUZZ_ENGINE="${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}" \
  -D SASYNC_KIT_PROTOCOL="$protocol" -D SASYNC_KIT_FILES="$(IFS=';'; echo "${files[*]}")"
cmake --build "$out/build" -j "$(nproc)" --target kit
cp -- "$out/build/bin/kit" "$out/kit"
cat <<END

Run it:
  $out/kit -dict=$root/fuzz/dict/$protocol.dict -timeout=10 -max_total_time=600 $out/found $root/corpus/$protocol
after mkdir $out/found; what it finds stands in crash-*.
END
