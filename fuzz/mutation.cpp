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
      elements.insert(elements.begin() + at, pieces.keep(format.make_element(pieces, random)));
      break;
    case 1:
      elements.erase(elements.begin() + at);
      break;
    case 2:
      elements.insert(elements.begin() + other, Bytes{elements[static_cast<std::size_t>(at)]});
      break;
    case 3:
      std::swap(elements[static_cast<std::size_t>(at)], elements[static_cast<std::size_t>(other)]);
      break;
    case 4: {
      Octets head(pieces.head.begin(), pieces.head.end());
      format.change_head(head, random);
      pieces.head = pieces.keep(std::move(head));
      break;
    }
    default: {
      auto& element = elements[static_cast<std::size_t>(at)];
      element = pieces.keep(format.changed_element(element, pieces, random));
    }
  }
}

/// Into memory that is used again: the pieces may be views into what the message is to be written to.
Octets& joined(const Pieces& pieces) {
  static Octets bytes;
  bytes.clear();
  const auto append = [](Bytes more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  append(pieces.head);
  std::ranges::for_each(pieces.elements, append);
  append(pieces.tail);
  return bytes;
}

std::size_t write(Bytes bytes, std::span<std::uint8_t> out) {
  const auto size = std::min(bytes.size(), out.size());
  std::ranges::copy(bytes.first(size), out.begin());
  return size;
}

/// Good most of the time; sometimes with broken lengths and checksums, sometimes with a byte changed behind them.
std::size_t finish(Format& format, const Pieces& pieces, std::span<std::uint8_t> out, Random& random) {
  auto& bytes = joined(pieces);
  if (bytes.size() > out.size()) bytes.resize(out.size());
  if (!random.once_in(8)) format.finish(bytes, random);
  if (random.once_in(16)) change_a_byte(bytes, out.size(), random);
  return write(bytes, out);
}

/// In place, where the engine can.
std::size_t mutate_in_place(std::span<std::uint8_t> message, std::size_t size, Random& random) {
  if (LLVMFuzzerMutate != nullptr) return LLVMFuzzerMutate(message.data(), size, message.size());
  Octets bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
  mutate_plainly(bytes, message.size(), random);
  return write(bytes, message);
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

std::size_t mutate(Format& format, std::span<std::uint8_t> message, std::size_t size, unsigned seed) {
  static Pieces pieces;  // its memory is used again
  Random random{seed};
  pieces.clear();
  if (format.is_plain(random) || !format.split(message.first(size), pieces)) {
    size = mutate_in_place(message, size, random);
    if (!random.once_in(4)) format.finish(message.first(size), random);
    return size;
  }
  for (auto times = 1 + random.below(3); times > 0; --times) change_elements(format, pieces, random);
  return finish(format, pieces, message, random);
}

std::size_t cross(Format& format, Bytes one, Bytes other, std::span<std::uint8_t> out, unsigned seed) {
  static Pieces pieces;
  static Pieces others;
  Random random{seed};
  pieces.clear();
  others.clear();
  if (format.is_plain(random) || !format.split(one, pieces) || !format.split(other, others)) {
    const auto size = write(one.first(random.below(one.size() + 1)), out);
    return size + write(other.subspan(random.below(other.size() + 1)), out.subspan(size));
  }
  auto& elements = pieces.elements;
  elements.resize(random.below(elements.size() + 1));
  elements.insert(elements.end(), others.elements.begin() + place(others.elements.size() + 1, random),
                  others.elements.end());
  return finish(format, pieces, out, random);
}

}  // namespace sasync::fuzz
