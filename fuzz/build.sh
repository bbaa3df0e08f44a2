#!/usr/bin/env bash
# Builds the fuzz targets for a distributed engine: OSS-Fuzz, ClusterFuzzLite, or AFL++ by hand. Takes what these set:
#   CC CXX CFLAGS CXXFLAGS      compilers and flags, instrumentation and sanitizers among them
#   LIB_FUZZING_ENGINE          how the engine is linked
#   WORK OUT                    folders for what is built and for what is handed over
#   SRC                         not needed: the sources are where this script stands
# OUT gets, for each target, fuzz_TARGET, fuzz_TARGET_seed_corpus.zip, fuzz_TARGET.dict and fuzz_TARGET.options.
# SASYNC_FUZZ_TARGETS="TARGET ..." builds these only.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/fuzz/max_len.sh"
: "${LIB_FUZZING_ENGINE:?}" "${WORK:?}" "${OUT:?}"
mkdir -p -- "$OUT" "$WORK"
OUT=$(realpath -- "$OUT")
tree=$(realpath -- "$WORK")/sasync

# Nothing but the C and C++ runtime is there when a target runs: everything else is linked in.
cmake --fresh -S "$root" -B "$tree" -D CMAKE_BUILD_TYPE= -D SASYNC_TESTS=OFF -D SASYNC_FUZZERS=ON \
  -D SASYNC_WARNINGS_AS_ERRORS=OFF -D SASYNC_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" -D SASYNC_FMT_HEADER_ONLY=ON \
  -D OPENSSL_USE_STATIC_LIBS=ON -D ZLIB_USE_STATIC_LIBS=ON
mapfile -t targets < <(tr -s ' ' '\n' <<<"${SASYNC_FUZZ_TARGETS:-$(<"$tree/fuzz/targets.txt")}")
cmake --build "$tree" -j "$(nproc)" --target "${targets[@]/#/fuzz_}"

for target in "${targets[@]}"; do
  name=fuzz_$target
  cp -- "$tree/bin/$name" "$OUT/"
  cp -- "$root/fuzz/dict/$target.dict" "$OUT/$name.dict"
  rm -f -- "$OUT/${name}_seed_corpus.zip"
  (cd -- "$root/corpus/$target" && find . -type f | sort | zip -q -@ "$OUT/${name}_seed_corpus.zip")
  printf '[libfuzzer]\nmax_len = %d\ntimeout = 25\n' "$(max_len "$target" 16384)" >"$OUT/$name.options"
done
