// What an engine calls to mutate and to cross inputs of a target whose messages have a known structure.

#include "mutation.hpp"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
  return sasync::fuzz::mutate(sasync::fuzz::message_format(), {data, size_max}, size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t out_size_max, unsigned seed) {
  return sasync::fuzz::cross(sasync::fuzz::message_format(), {one, one_size}, {other, other_size}, {out, out_size_max},
                             seed);
}
