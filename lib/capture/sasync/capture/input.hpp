#pragma once
// An input whose kind its first bytes tell: its bytes, and gzip and zstd taken off.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "sasync/base/bytes.hpp"

namespace sasync::capture {

struct CaptureError;

class Input {
 public:
  ~Input();
  Input(Input&&) noexcept;
  Input& operator=(Input&&) noexcept;

  /// `path` "-" is standard input. What cannot be read, and what is empty, is an error. `idle`: CaptureOptions::idle.
  static std::expected<Input, CaptureError> open(const std::string& path, std::function<bool()> idle = {});

  /// The first `count` bytes or more, fewer only where the input ends. Only before the first read().
  Bytes peek(std::size_t count);
  /// Fills the front of `into` and says how much of it; 0 at the end, and after a fault.
  std::size_t read(std::span<std::uint8_t> into);
  /// What broke, as the predicate of a sentence about the input; empty when nothing did.
  [[nodiscard]] const std::string& fault() const;
  [[nodiscard]] bool is_compressed() const;
  /// Bytes of the file consumed so far and its size (0 when not known): for progress.
  [[nodiscard]] std::uint64_t bytes_consumed() const;
  [[nodiscard]] std::uint64_t bytes_total() const;

 private:
  friend class Capture;
  struct State;
  explicit Input(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sasync::capture
