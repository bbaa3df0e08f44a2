#pragma once
// The one cursor over raw bytes; nothing else indexes or casts them.
// It is sticky: it keeps the first failure, and reads after it yield zero, so a decoder reads straight down and asks
// once, in finish().
//
//   Reader r{bytes};
//   const auto type = r.be<std::uint16_t>("type");
//   const auto value = r.take(r.be<std::uint16_t>("value"), "value");
//   return r.finish();

#include <bit>
#include <concepts>
#include <cstring>
#include <optional>

#include "sasync/base/bytes.hpp"
#include "sasync/base/result.hpp"

namespace sasync {

class Reader {
 public:
  /// `base` is the offset of `in` within the protocol message; it is added to the offset of every error.
  explicit Reader(Bytes in, std::size_t base = 0) : in_(in), base_(base) {}

  /// Big-endian (network order) integer.
  template <std::unsigned_integral T>
  T be(const char* field) {
    return load<T, std::endian::big>(field);
  }

  /// Little-endian integer.
  template <std::unsigned_integral T>
  T le(const char* field) {
    return load<T, std::endian::little>(field);
  }

  std::uint8_t u8(const char* field) { return load<std::uint8_t, std::endian::big>(field); }

  /// The next `count` bytes, or none after a failure.
  Bytes take(std::size_t count, const char* field) {
    if (error_) return {};
    if (count > left()) {
      fail(DecodeErrc::truncated, field, count, left());
      return {};
    }
    const Bytes taken = in_.subspan(position_, count);
    position_ += count;
    return taken;
  }

  /// All that is left.
  Bytes rest() { return take(left(), ""); }

  /// Bytes up to a zero byte, which is consumed and not returned.
  Bytes take_until_zero(const char* field) {
    if (error_) return {};
    const Bytes ahead = in_.subspan(position_);
    const void* zero = ahead.empty() ? nullptr : std::memchr(ahead.data(), 0, ahead.size());
    if (zero == nullptr) {
      fail(DecodeErrc::unterminated, field, 0, left());
      return {};
    }
    const auto count = static_cast<std::size_t>(static_cast<const std::uint8_t*>(zero) - ahead.data());
    position_ += count + 1;
    return ahead.first(count);
  }

  void fail(DecodeErrc code, const char* field, std::uint64_t announced = 0, std::uint64_t available = 0) {
    if (!error_) error_ = DecodeError{code, offset(), field, announced, available};
  }

  /// Keeps an error whose offset is known already (from a cursor over a part of the same message).
  void fail(const DecodeError& error) {
    if (!error_) error_ = error;
  }

  /// The loop condition of every walk over attributes: bytes are left and nothing failed.
  [[nodiscard]] bool more() const { return !error_ && position_ < in_.size(); }
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  [[nodiscard]] std::size_t left() const { return in_.size() - position_; }
  /// Offset of the next byte within the protocol message.
  [[nodiscard]] std::size_t offset() const { return base_ + position_; }

  [[nodiscard]] DecodeStatus status() const {
    if (error_) return std::unexpected(*error_);
    return {};
  }

  /// Status at the end of a message: bytes that are left are an error too.
  DecodeStatus finish(const char* field = "") {
    if (more()) fail(DecodeErrc::trailing_bytes, field, 0, left());
    return status();
  }

 private:
  template <std::unsigned_integral T, std::endian Order>
  T load(const char* field) {
    if (error_) return 0;
    if (sizeof(T) > left()) {
      fail(DecodeErrc::truncated, field, sizeof(T), left());
      return 0;
    }
    T value{};
    std::memcpy(&value, in_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    if constexpr (Order != std::endian::native) value = std::byteswap(value);
    return value;
  }

  Bytes in_;
  std::size_t base_ = 0;
  std::size_t position_ = 0;
  std::optional<DecodeError> error_;
};

}  // namespace sasync
