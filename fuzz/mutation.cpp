#include "mutation.hpp"

#include <algorithm>

// Defined by libFuzzer; other engines may lack it.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t size_max);

namespace sasync::fuzz {
namespace {

std::ptrdiff_t place(std::size_t bound, Random& random) { return static_cast<std::ptrdiff_t>(random.below(bound)); }

void change_a_byte(Octets& bytes, std::size_t size_max, Random& random) {
  const auto value = static_cast<std::uint8_t>(random.number());
  if (bytes.empty()) {
    if (size_max > 0) bytes.push_back(value);
    return;
  }
  const auto at = place(bytes.size(), random);
  switch (random.below(4)) {
    case 0:
      bytes.erase(bytes.begin() + at);
      break;
    case 1:
      if (bytes.size() < size_max) bytes.insert(bytes.begin() + at, value);
      break;
    case 2:
      bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << (value & 7U));
      break;
    default:
      bytes[static_cast<std::size_t>(at)] = value;
  }
}

void change_elements(Format& format, Pieces& pieces, Random& random) {
  auto& elements = pieces.elements;
  const auto at = place(elements.size(), random);
  const auto other = place(elements.size(), random);
  const auto action = elements.empty() ? 0U : random.below(8);
  switch (action) {
    case 0:
      elements.insert(elements.begin() + at, format.make_element(pieces, random));
      break;
    case 1:
      elements.erase(elements.begin() + at);
      break;
    case 2:
      elements.insert(elements.begin() + other, Octets{elements[static_cast<std::size_t>(at)]});
      break;
    case 3:
      std::swap(elements[static_cast<std::size_t>(at)], elements[static_cast<std::size_t>(other)]);
      break;
    case 4:
      format.change_head(pieces.head, random);
      break;
    default:
      format.change_element(elements[static_cast<std::size_t>(at)], pieces, random);
  }
}

Octets joined(const Pieces& pieces) {
  Octets bytes = pieces.head;
  for (const auto& element : pieces.elements) bytes.insert(bytes.end(), element.begin(), element.end());
  bytes.insert(bytes.end(), pieces.tail.begin(), pieces.tail.end());
  return bytes;
}

/// Good most of the time; sometimes with broken lengths and checksums, sometimes with a byte changed behind them.
Octets finished(Format& format, const Pieces& pieces, std::size_t size_max, Random& random) {
  auto bytes = joined(pieces);
  if (bytes.size() > size_max) bytes.resize(size_max);
  if (!random.once_in(8)) format.finish(bytes, random);
  if (random.once_in(16)) change_a_byte(bytes, size_max, random);
  return bytes;
}

}  // namespace

void mutate_plainly(Octets& bytes, std::size_t size_max, Random& random) {
  if (LLVMFuzzerMutate == nullptr || size_max == 0) {
    for (auto times = 1 + random.below(3); times > 0; --times) change_a_byte(bytes, size_max, random);
    return;
  }
  const auto size = std::min(bytes.size(), size_max);
  bytes.resize(size_max);
  bytes.resize(LLVMFuzzerMutate(bytes.data(), size, size_max));
}

Octets mutated(Format& format, Bytes message, std::size_t size_max, unsigned seed) {
  constexpr std::size_t kPlainlyOnceIn = 4;  // malformed input stays in the game
  Random random{seed};
  auto pieces = random.once_in(kPlainlyOnceIn) ? std::nullopt : format.split(message);
  if (!pieces) {
    Octets bytes(message.begin(), message.end());
    mutate_plainly(bytes, size_max, random);
    if (!random.once_in(4)) format.finish(bytes, random);
    return bytes;
  }
  for (auto times = 1 + random.below(3); times > 0; --times) change_elements(format, *pieces, random);
  return finished(format, *pieces, size_max, random);
}

Octets crossed(Format& format, Bytes one, Bytes other, std::size_t size_max, unsigned seed) {
  Random random{seed};
  auto pieces = format.split(one);
  const auto others = format.split(other);
  if (!pieces || !others) {
    Octets bytes(one.begin(), one.begin() + place(one.size() + 1, random));
    bytes.insert(bytes.end(), other.begin() + place(other.size() + 1, random), other.end());
    if (bytes.size() > size_max) bytes.resize(size_max);
    return bytes;
  }
  auto& elements = pieces->elements;
  elements.resize(random.below(elements.size() + 1));
  elements.insert(elements.end(), others->elements.begin() + place(others->elements.size() + 1, random),
                  others->elements.end());
  return finished(format, *pieces, size_max, random);
}

}  // namespace sasync::fuzz
