#pragma once
// JSON text (RFC 8259) to events, strictly and in constant memory. A document has a million SAs: measured on 850 MB of
// them, nlohmann's lexer alone takes longer than this with all that is built from the events.

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/state/text_source.hpp"

namespace sasync::state {

/// Takes the events. Each returns false to stop the scan; the views are valid during the call.
class JsonHandler {
 public:
  virtual ~JsonHandler() = default;
  virtual bool on_key(std::string_view name) = 0;
  virtual bool on_text(std::string_view text) = 0;  ///< valid UTF-8, escapes resolved
  virtual bool on_number(std::string_view digits) = 0;
  virtual bool on_boolean(bool value) = 0;
  virtual bool on_null() = 0;
  virtual bool on_begin_object() = 0;
  virtual bool on_end_object() = 0;
  virtual bool on_begin_array() = 0;
  virtual bool on_end_array() = 0;
};

class JsonScanner {
 public:
  explicit JsonScanner(const TextSource& source) : source_(source) { refill(); }

  /// The whole text is one JSON value. False: the handler stopped it, or fault() says what is no JSON.
  bool scan(JsonHandler& handler);

  /// "" as long as the text is JSON.
  [[nodiscard]] std::string_view fault() const { return fault_; }
  /// Whether the fault is that the text ends.
  [[nodiscard]] bool is_cut() const { return !fault_.empty() && at_ == end_; }
  /// Bytes before the place where the scan is now.
  [[nodiscard]] std::uint64_t offset() const { return offset_of_buffer_ + at_; }

  static constexpr std::size_t kDepthMax = 64;
  static constexpr std::size_t kTokenBytesMax = std::size_t{16} << 20U;

 private:
  enum class Next : std::uint8_t { value, first_value, first_key, key, after_value };

  bool step(JsonHandler& handler);
  bool key(JsonHandler& handler);
  bool value(JsonHandler& handler);
  bool begin(bool object, JsonHandler& handler);
  bool end(JsonHandler& handler);
  bool after_value(JsonHandler& handler);
  bool number(JsonHandler& handler);
  bool literal(std::string_view word);
  bool string(std::string_view& text);
  bool resolve_escape();
  bool take(char expected);
  bool hex_quad(unsigned& code);
  void append_utf8(unsigned code);
  bool fail(std::string_view fault);

  /// The next byte that is no blank, or 0 at the end.
  char peek();
  /// Reads on, keeping the bytes from `token_` on. False at the end, and when a token is too long.
  bool refill();
  [[nodiscard]] bool more() { return at_ < end_ || refill(); }

  const TextSource& source_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{32} << 10U);
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::size_t token_ = kNoToken;  ///< where the token begins that is being read
  std::uint64_t offset_of_buffer_ = 0;
  std::string scratch_;  ///< of a string with escapes, what is resolved so far
  std::array<bool, kDepthMax> is_object_{};
  std::size_t depth_ = 0;
  Next next_ = Next::value;
  std::string_view fault_;

  static constexpr std::size_t kNoToken = SIZE_MAX;
};

}  // namespace sasync::state
