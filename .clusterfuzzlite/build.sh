#!/usr/bin/env bash
# Called in the builder's container with CXX, CXXFLAGS, LIB_FUZZING_ENGINE, WORK and OUT set.
exec bash "$SRC/sasync/fuzz/build.sh"
