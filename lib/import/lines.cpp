#include "sasync/import/lines.hpp"

#include <algorithm>
#include <cstring>

namespace sasync::importer {
namespace {

constexpr std::string_view kMore = "--More--";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_trailing(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && is_trailing(text.back())) text.remove_suffix(1);
  return text;
}

/// Most lines are shown as they are.
bool needs_terminal(std::string_view text) {
  const auto controls = [](char c) { return c == '\r' || c == '\b' || c == '\x1B'; };
  return std::ranges::any_of(text, controls) || text.contains(kMore);
}

/// The line while it is being typed.
class Screen {
 public:
  explicit Screen(std::string& text) : text_(text) {}

  void type(char c) {
    if (column_ < text_.size()) {
      text_[column_] = c;
    } else {
      text_.push_back(c);
    }
    ++column_;
  }
  /// Carriage return: false when there is visible text, which it would overwrite.
  bool back_to_start() {
    if (text_.find_first_not_of(" \t") != std::string::npos) return false;
    text_.clear();
    column_ = 0;
    return true;
  }
  void back() {
    if (column_ != 0) --column_;
  }
  /// ECMA-48 EL and ED: 0 from the cursor on, 1 up to the cursor, 2 all.
  void erase(char how) {
    if (how == '1') {
      std::fill_n(text_.begin(), std::min(column_, text_.size()), ' ');
    } else if (how == '2') {
      std::ranges::fill(text_, ' ');
    } else {
      text_.resize(std::min(column_, text_.size()));
    }
  }

 private:
  std::string& text_;
  std::size_t column_ = 0;
};

/// Length of the escape sequence at the start of `text` (ECMA-48 section 5.4; OSC up to BEL or ST). `erase` becomes
/// '0', '1' or '2' when it erases.
std::size_t escape_length(std::string_view text, char& erase) {
  erase = '\0';
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {
    std::size_t at = 2;
    while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x3F) ++at;
    if (at == text.size()) return at;
    if (text[at] == 'K' || text[at] == 'J') erase = at == 2 ? '0' : text[2];
    return at + 1;
  }
  if (text[1] == ']') {
    const auto end = text.find_first_of("\a\x1B", 2);
    if (end == std::string_view::npos) return text.size();
    return text[end] == '\a' ? end + 1 : std::min(end + 2, text.size());
  }
  std::size_t at = 1;
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x2F) ++at;
  return std::min(at + 1, text.size());
}

}  // namespace

std::size_t show_on_terminal(std::string& screen, std::string_view raw) {
  screen.clear();
  Screen line(screen);
  std::size_t at = 0;
  while (at < raw.size()) {
    const char c = raw[at];
    char erase = '\0';
    if (c == '-' && raw.substr(at).starts_with(kMore)) {
      at += kMore.size();
      if (raw.substr(at).starts_with(' ')) ++at;
      continue;
    }
    if (c == '\x1B') {
      at += escape_length(raw.substr(at), erase);
      if (erase != '\0') line.erase(erase);
      continue;
    }
    ++at;
    if (c == '\r') {
      if (!line.back_to_start()) return at;
    } else if (c == '\b') {
      line.back();
    } else {
      line.type(c);
    }
  }
  return at;
}

bool Lines::read_on() {
  if (!source_) return false;
  const auto kept = rest_.size();
  if (kept * 2 > buffer_.size()) {
    std::vector<char> larger(buffer_.size() * 2);
    std::ranges::copy(rest_, larger.begin());
    buffer_.swap(larger);
  } else if (kept != 0) {
    std::memmove(buffer_.data(), rest_.data(), kept);
  }
  const auto count = source_(std::span(buffer_).subspan(kept));
  rest_ = {buffer_.data(), kept + count};
  return count != 0;
}

bool Lines::next_raw(std::string_view& raw, bool& cut) {
  cut = false;
  ended_ = true;
  std::size_t searched = 0;
  for (;;) {
    const auto end = rest_.find('\n', searched);
    if (end != std::string_view::npos) {
      raw = rest_.substr(0, std::min(end, limits_.line_bytes_max));
      cut = end > limits_.line_bytes_max;
      rest_.remove_prefix(end + 1);
      return true;
    }
    searched = rest_.size();
    if (searched > limits_.line_bytes_max) break;
    if (read_on()) continue;
    raw = rest_;
    rest_ = {};
    ended_ = raw.ends_with('\r');
    return !raw.empty();
  }
  // Too long: keep its beginning, and pass over the rest in the same memory.
  cut = true;
  screen_.assign(rest_.substr(0, limits_.line_bytes_max));
  raw = screen_;
  for (;;) {
    const auto end = rest_.find('\n');
    if (end != std::string_view::npos) {
      rest_.remove_prefix(end + 1);
      return true;
    }
    rest_ = {};
    if (!read_on()) return ended_ = false, true;
  }
}

bool Lines::next(Line& line) {
  std::string_view raw = remainder_;
  line.cut = false;
  if (remainder_.empty()) {
    if (!next_raw(raw, line.cut)) return false;
    ++number_;
    if (number_ == 1 && raw.starts_with(kByteOrderMark)) raw.remove_prefix(kByteOrderMark.size());
  }
  remainder_ = {};
  ++count_;
  line.number = number_;
  line.text = without_trailing_blanks(raw);
  line.ended = ended_;
  if (line.cut || !needs_terminal(line.text)) return true;
  const auto shown = show_on_terminal(screen_, line.text);
  remainder_ = line.text.substr(shown);
  if (!remainder_.empty()) line.ended = true;
  line.text = without_trailing_blanks(screen_);
  return true;
}

}  // namespace sasync::importer
