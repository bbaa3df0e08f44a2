#include "json_scanner.hpp"

#include <cstring>

namespace sasync::state {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Bytes that a string holds as they are: no quote, backslash or control character.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < plain.size(); ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

bool is_plain(char c) { return kPlain[static_cast<std::uint8_t>(c)]; }

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = byte(i);
    if (lead < 0x80U) {
      ++i;
    } else if (lead >= 0xC2U && lead <= 0xDFU && continues(i + 1)) {
      i += 2;
    } else if ((lead & 0xF0U) == 0xE0U && continues(i + 1) && continues(i + 2) &&
               (lead != 0xE0U || byte(i + 1) >= 0xA0U) && (lead != 0xEDU || byte(i + 1) <= 0x9FU)) {
      i += 3;
    } else if (lead >= 0xF0U && lead <= 0xF4U && continues(i + 1) && continues(i + 2) && continues(i + 3) &&
               (lead != 0xF0U || byte(i + 1) >= 0x90U) && (lead != 0xF4U || byte(i + 1) <= 0x8FU)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80U;
}

}  // namespace

bool JsonScanner::fail(std::string_view fault) {
  if (fault_.empty()) fault_ = fault;
  return false;
}

bool JsonScanner::refill() {
  const auto keep_from = token_ == kNoToken ? end_ : token_;
  const auto kept = end_ - keep_from;
  if (kept >= kTokenBytesMax) return fail("a string or number of at most 16 MiB");
  std::memmove(buffer_.data(), buffer_.data() + keep_from, kept);
  offset_of_buffer_ += keep_from;
  at_ -= keep_from;
  end_ = kept;
  if (token_ != kNoToken) token_ = 0;
  if (kept * 2 > buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const auto count = source_(std::span(buffer_).subspan(end_));
  end_ += count;
  return count != 0;
}

char JsonScanner::peek() {
  for (;;) {
    while (at_ < end_ && is_blank(buffer_[at_])) ++at_;
    if (at_ < end_) return buffer_[at_];
    if (!refill()) return '\0';
  }
}

bool JsonScanner::scan(JsonHandler& handler) {
  next_ = Next::value;
  do {
    if (!step(handler)) return false;
  } while (depth_ != 0);
  if (peek() != '\0' || at_ < end_) return fail("the end of the text after the value");
  return true;
}

bool JsonScanner::step(JsonHandler& handler) {
  const char c = peek();
  switch (next_) {
    case Next::first_key:
      if (c == '}') return end(handler);
      [[fallthrough]];
    case Next::key:
      return key(handler);
    case Next::first_value:
      if (c == ']') return end(handler);
      [[fallthrough]];
    case Next::value:
      return value(handler);
    case Next::after_value:
      return after_value(handler);
  }
  return false;
}

bool JsonScanner::key(JsonHandler& handler) {
  std::string_view name;
  if (peek() != '"') return fail("a key in quotes");
  if (!string(name) || !handler.on_key(name)) return false;
  if (peek() != ':') return fail("a colon after the key");
  ++at_;
  next_ = Next::value;
  return true;
}

bool JsonScanner::value(JsonHandler& handler) {
  next_ = Next::after_value;
  std::string_view text;
  switch (const char c = peek()) {
    case '{':
    case '[':
      return begin(c == '{', handler);
    case '"':
      return string(text) && handler.on_text(text);
    case 't':
      return literal("true") && handler.on_boolean(true);
    case 'f':
      return literal("false") && handler.on_boolean(false);
    case 'n':
      return literal("null") && handler.on_null();
    default:
      if (c == '-' || is_digit(c)) return number(handler);
      return fail("a value");
  }
}

bool JsonScanner::begin(bool object, JsonHandler& handler) {
  if (depth_ == kDepthMax) return fail("values nested at most 64 deep");
  ++at_;
  is_object_[depth_++] = object;
  next_ = object ? Next::first_key : Next::first_value;
  return object ? handler.on_begin_object() : handler.on_begin_array();
}

bool JsonScanner::end(JsonHandler& handler) {
  ++at_;
  next_ = Next::after_value;
  return is_object_[--depth_] ? handler.on_end_object() : handler.on_end_array();
}

bool JsonScanner::after_value(JsonHandler& handler) {
  const bool in_object = is_object_[depth_ - 1];
  const char c = peek();
  if (c == ',') {
    ++at_;
    next_ = in_object ? Next::key : Next::value;
    return true;
  }
  if (c == (in_object ? '}' : ']')) return end(handler);
  return fail(in_object ? "a comma or the closing brace" : "a comma or the closing bracket");
}

bool JsonScanner::literal(std::string_view word) {
  for (const char expected : word) {
    if (!more() || buffer_[at_] != expected) return fail("a value");
    ++at_;
  }
  return true;
}

bool JsonScanner::number(JsonHandler& handler) {
  token_ = at_;
  const auto digits = [&] {
    bool any = false;
    while (more() && is_digit(buffer_[at_])) {
      ++at_;
      any = true;
    }
    return any;
  };
  const auto take = [&](std::string_view choice) {
    const bool found = more() && choice.contains(buffer_[at_]);
    if (found) ++at_;
    return found;
  };
  take("-");
  bool good = take("0") || digits();
  if (good && take(".")) good = digits();
  if (good && take("eE")) {
    take("+-");
    good = digits();
  }
  if (good && depth_ != 0 && !more()) good = fail("more of the text behind a number");
  if (good)
    good = handler.on_number({buffer_.data() + token_, at_ - token_});
  else
    fail("a number");  // or what was told already
  token_ = kNoToken;
  return good;
}

bool JsonScanner::string(std::string_view& text) {
  ++at_;
  token_ = at_;
  scratch_.clear();
  bool escaped = false;
  for (;;) {
    while (at_ < end_ && is_plain(buffer_[at_])) ++at_;
    if (at_ == end_) {
      if (!refill()) return fail("the closing quote of a string");
      continue;
    }
    const char c = buffer_[at_];
    if (c == '"') break;
    if (c != '\\') return fail("a control character in a string as an escape");
    scratch_.append(buffer_.data() + token_, at_ - token_);
    escaped = true;
    ++at_;
    token_ = at_;
    if (!resolve_escape()) return false;
    token_ = at_;
    if (scratch_.size() > kTokenBytesMax) return fail("a string or number of at most 16 MiB");
  }
  text = {buffer_.data() + token_, at_ - token_};
  if (escaped) text = scratch_.append(text);
  token_ = kNoToken;
  ++at_;  // leaves the buffer as it is: the view stays good until the next refill
  return is_ascii(text) || is_utf8(text) || fail("UTF-8 in a string");
}

bool JsonScanner::take(char expected) {
  if (!more() || buffer_[at_] != expected) return false;
  ++at_;
  return true;
}

bool JsonScanner::hex_quad(unsigned& code) {
  code = 0;
  for (int i = 0; i < 4; ++i) {
    if (!more()) return false;
    const char c = buffer_[at_++];
    if (is_digit(c)) {
      code = code * 16 + static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      code = code * 16 + static_cast<unsigned>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      code = code * 16 + static_cast<unsigned>(c - 'A' + 10);
    } else {
      return false;
    }
  }
  return true;
}

void JsonScanner::append_utf8(unsigned code) {
  const auto put = [&](unsigned byte) { scratch_.push_back(static_cast<char>(byte)); };
  if (code < 0x80U) return put(code);
  if (code < 0x800U) {
    put(0xC0U | (code >> 6U));
  } else if (code < 0x10000U) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

bool JsonScanner::resolve_escape() {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kCharacters = "\"\\/\b\f\n\r\t";
  if (!more()) return fail("the closing quote of a string");
  const char name = buffer_[at_++];
  if (const auto at = kNames.find(name); at != std::string_view::npos) {
    scratch_.push_back(kCharacters[at]);
    return true;
  }
  unsigned code = 0;
  if (name != 'u' || !hex_quad(code)) return fail("an escape that JSON has");
  if (code >= 0xD800U && code <= 0xDBFFU) {
    unsigned low = 0;
    if (!take('\\') || !take('u') || !hex_quad(low) || low < 0xDC00U || low > 0xDFFFU)
      return fail("a surrogate pair of escapes");
    code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
  } else if (code >= 0xDC00U && code <= 0xDFFFU) {
    return fail("a surrogate pair of escapes");
  }
  append_utf8(code);
  return true;
}

}  // namespace sasync::state
