#pragma once
// Mutations that know a message's structure: elements (attributes, TLVs) are changed, added, dropped, doubled and
// moved, and lengths and checksums made good most of the time. A protocol says how its messages are taken apart, with
// its own decoder, and how they are finished; everything else is here.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sasync/base/bytes.hpp"

namespace sasync::fuzz {

using Octets = std::vector<std::uint8_t>;

/// The same numbers for the same seed, on every machine.
class Random {
 public:
  explicit Random(unsigned seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
  std::uint64_t number() {  // splitmix64
    state_ += 0x9E3779B97F4A7C15U;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }
  /// 0 when `bound` is 0.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : number() % bound; }
  bool once_in(std::size_t times) { return below(times) == 0; }

 private:
  std::uint64_t state_;
};

/// A message taken apart: views into it, so that most of them are never copied, and into what was made for it.
class Pieces {
 public:
  void clear() {
    elements.clear();
    made_.clear();
  }
  /// Keeps `octets` until clear().
  Bytes keep(Octets octets) { return made_.emplace_back(std::move(octets)); }

  Bytes head{};
  std::vector<Bytes> elements{};
  Bytes tail{};

 private:
  std::vector<Octets> made_{};  // moving one does not move its bytes
};

class Format {
 public:
  Format() = default;
  Format(const Format&) = delete;
  Format& operator=(const Format&) = delete;
  virtual ~Format() = default;

  /// False when it is no message of which anything can be told. `pieces` is empty before.
  virtual bool split(Bytes message, Pieces& pieces) = 0;
  /// A new element that fits the message.
  virtual Octets make_element(const Pieces& message, Random& random) = 0;
  /// The element with its value changed and its own lengths made good.
  virtual Octets changed_element(Bytes element, const Pieces& message, Random& random) = 0;
  virtual void change_head(Octets& head, Random& random) = 0;
  /// Makes good what depends on the whole message: checksums, and most of the time lengths.
  virtual void finish(std::span<std::uint8_t> message, Random& random) = 0;
  /// Whether the next message is changed without regard to its structure.
  virtual bool is_plain(Random& random) { return random.once_in(2); }
};

/// The format of the target that this is linked into.
Format& message_format();

/// Bytes changed without regard to what they mean, by the engine's own mutator where there is one.
void mutate_plainly(Octets& bytes, std::size_t size_max, Random& random);

/// As LLVMFuzzerCustomMutator and LLVMFuzzerCustomCrossOver want it: the size of what was made, in `message`, whose
/// first `size` bytes are the message, or in `out`.
std::size_t mutate(Format& format, std::span<std::uint8_t> message, std::size_t size, unsigned seed);
std::size_t cross(Format& format, Bytes one, Bytes other, std::span<std::uint8_t> out, unsigned seed);

}  // namespace sasync::fuzz
