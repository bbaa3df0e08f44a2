#pragma once
// A saved terminal session, line by line, as it looked on the screen: pagers, carriage returns, backspaces and terminal
// escapes are gone.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/state/text_source.hpp"

namespace sasync::importer {

/// Bytes of a line that are looked at. An IKE SA of 8,000 children is one line of this length in `swanctl --raw`.
inline constexpr std::size_t kLineBytesMax = std::size_t{4} << 20U;

struct Line {
  std::size_t number = 0;   ///< from 1
  std::string_view text{};  ///< without its end and without trailing blanks; valid until the next line is read
  bool cut = false;         ///< it is longer than LineLimits::line_bytes_max: this is its beginning
  bool ended = true;        ///< false of a last line without its end: it may be a part of one
};

struct LineLimits {
  static constexpr std::size_t kReadBytes = std::size_t{256} << 10U;
  std::size_t line_bytes_max = kLineBytesMax;
  std::size_t read_bytes = kReadBytes;  ///< asked of a source at first; above 0
};

class Lines {
 public:
  /// `text` must outlive the object; nothing of it is copied but what has to be cleaned.
  explicit Lines(std::string_view text, const LineLimits& limits = {}) : limits_(limits), rest_(text) {}
  explicit Lines(state::TextSource source, const LineLimits& limits = {})
      : limits_(limits), source_(std::move(source)), buffer_(limits.read_bytes) {}

  /// False at the end. The last line needs no line feed.
  bool next(Line& line);
  /// Lines delivered so far; what stands behind a carriage return is one more.
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  bool next_raw(std::string_view& raw, bool& cut);
  bool read_on();

  LineLimits limits_;
  std::string_view rest_;       ///< not delivered yet
  std::string_view remainder_;  ///< of the line that was read last, behind a carriage return
  state::TextSource source_;
  std::vector<char> buffer_;
  bool ended_ = true;  ///< the line that was read last had its end
  std::size_t number_ = 0;
  std::size_t count_ = 0;
  std::string screen_;  ///< the cleaned line
};

/// What a terminal shows after it got `raw`: backspace moves the cursor, characters overwrite, `ESC [ K` and `ESC [ J`
/// erase, other escapes do nothing; "--More--" prompts are left out. A carriage return behind visible text ends the
/// line, so that nothing is overwritten unseen. Fills `screen`, and gives how many bytes of `raw` it shows.
std::size_t show_on_terminal(std::string& screen, std::string_view raw);

}  // namespace sasync::importer
