// What an engine calls to mutate and to cross inputs of a target whose messages have a known structure.

#include <algorithm>

#include "mutation.hpp"

namespace {

std::size_t hand_over(const sasync::fuzz::Octets& made, std::uint8_t* out, std::size_t size_max) {
  const auto size = std::min(made.size(), size_max);
  std::copy_n(made.begin(), size, out);
  return size;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
  return hand_over(sasync::fuzz::mutated(sasync::fuzz::message_format(), {data, size}, size_max, seed), data, size_max);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t out_size_max, unsigned seed) {
  const auto made =
      sasync::fuzz::crossed(sasync::fuzz::message_format(), {one, one_size}, {other, other_size}, out_size_max, seed);
  return hand_over(made, out, out_size_max);
}
