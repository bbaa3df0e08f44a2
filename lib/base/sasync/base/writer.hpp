#pragma once
// The mirror image of the cursor: appends values to a byte vector, byte order explicit.

#include <bit>
#include <concepts>
#include <cstring>
#include <utility>
#include <vector>

#include "sasync/base/bytes.hpp"

namespace sasync {

class Writer {
 public:
  template <std::unsigned_integral T>
  void be(T value) {
    store<T, std::endian::big>(value);
  }

  template <std::unsigned_integral T>
  void le(T value) {
    store<T, std::endian::little>(value);
  }

  void u8(std::uint8_t value) { out_.push_back(value); }
  void bytes(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void zeros(std::size_t count) { out_.insert(out_.end(), count, 0); }

  /// `bytes`, then zeros up to `width`. What is longer is cut: a fixed-width field holds no more.
  void padded(Bytes bytes, std::size_t width) {
    const auto used = bytes.size() < width ? bytes.size() : width;
    this->bytes(bytes.first(used));
    zeros(width - used);
  }

  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] Bytes view() const { return out_; }
  void clear() { out_.clear(); }
  std::vector<std::uint8_t> take() && { return std::move(out_); }

 private:
  template <std::unsigned_integral T, std::endian Order>
  void store(T value) {
    if constexpr (Order != std::endian::native) value = std::byteswap(value);
    const auto at = out_.size();
    out_.resize(at + sizeof(T));
    std::memcpy(out_.data() + at, &value, sizeof(T));
  }

  std::vector<std::uint8_t> out_;
};

}  // namespace sasync
