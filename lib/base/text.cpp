#include "sasync/base/text.hpp"

#include <algorithm>
#include <array>

namespace sasync {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
    pairs[byte] = {kHexDigits[byte >> 4U], kHexDigits[byte & 0xFU]};
  }
  return pairs;
}();

/// Length of the valid UTF-8 sequence at the start of `text` (RFC 3629), or 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
  const auto lead = byte(0);
  if (lead < 0x80U) return 1;
  if (lead >= 0xC2U && lead <= 0xDFU) return continues(1) ? 2 : 0;
  if (lead >= 0xE0U && lead <= 0xEFU) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0U && byte(1) < 0xA0U) return 0;  // overlong
    if (lead == 0xEDU && byte(1) > 0x9FU) return 0;  // surrogates
    return 3;
  }
  if (lead >= 0xF0U && lead <= 0xF4U) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0U && byte(1) < 0x90U) return 0;  // overlong
    if (lead == 0xF4U && byte(1) > 0x8FU) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

/// C1 controls, and the characters that turn the direction of writing around (U+200E/F, U+202A-E, U+2066-9).
bool unsafe_on_a_terminal(std::string_view sequence) {
  if (sequence.size() == 2) {
    return sequence[0] == '\xC2' && static_cast<std::uint8_t>(sequence[1]) < 0xA0U;
  }
  if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
  const auto second = static_cast<std::uint8_t>(sequence[1]);
  const auto third = static_cast<std::uint8_t>(sequence[2]);
  if (second == 0x80U) return third == 0x8EU || third == 0x8FU || (third >= 0xAAU && third <= 0xAEU);
  return second == 0x81U && third >= 0xA6U && third <= 0xA9U;
}

bool plain_everywhere(char character) {
  return character >= ' ' && character <= '~' && character != '\\' && character != '"';
}

void append_byte_escape(Text& out, std::string_view escape, std::string_view bytes) {
  for (const char byte : bytes) {
    append(out, escape);
    append_hex(out, static_cast<std::uint8_t>(byte), 2);
  }
}

}  // namespace

void append_hex(Text& out, Bytes bytes) {
  char* to = extend(out, 2 * bytes.size());
  for (const auto byte : bytes) {
    std::memcpy(to, kHexPairs[byte].data(), 2);
    to += 2;
  }
}

void append_hex(Text& out, std::uint64_t value, unsigned digits) {
  char* to = extend(out, digits);
  for (unsigned i = digits; i > 0; --i) {
    to[i - 1] = kHexDigits[value & 0xFU];
    value >>= 4U;
  }
}

void append(Text& out, const Timestamp& time) {
  auto seconds = static_cast<std::uint64_t>(time.seconds);
  if (time.seconds < 0) {
    append(out, '-');
    seconds = 0 - seconds;
  }
  append_decimal(out, seconds);
  if (time.digits == 0) return;
  constexpr std::array<std::uint32_t, 10> kUnits{1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000,
                                                 10'000,        1'000,       100,        10,        1};
  auto decimals = time.nanoseconds / kUnits[time.digits];
  char* to = extend(out, time.digits + 1U);
  to[0] = '.';
  for (std::size_t i = time.digits; i > 0; --i) {
    to[i] = static_cast<char>('0' + decimals % 10);
    decimals /= 10;
  }
}

void append_escaped(Text& out, std::string_view wire_text) {
  if (std::ranges::all_of(wire_text, plain_everywhere)) return append(out, wire_text);
  for (std::size_t i = 0; i < wire_text.size();) {
    if (plain_everywhere(wire_text[i]) || wire_text[i] == '"') {
      append(out, wire_text[i++]);
      continue;
    }
    if (wire_text[i] == '\\') {
      append(out, "\\\\");
      ++i;
      continue;
    }
    const auto length = utf8_length(wire_text.substr(i));
    const auto sequence = wire_text.substr(i, length == 0 ? 1 : length);
    if (length < 2 || unsafe_on_a_terminal(sequence)) {
      append_byte_escape(out, "\\x", sequence);
    } else {
      append(out, sequence);
    }
    i += sequence.size();
  }
}

void append_json_string(Text& out, std::string_view wire_text) {
  append(out, '"');
  for (std::size_t i = 0; i < wire_text.size();) {
    const char character = wire_text[i];
    if (plain_everywhere(character)) {
      append(out, character);
      ++i;
      continue;
    }
    if (character == '"' || character == '\\') {
      append(out, '\\');
      append(out, character);
      ++i;
      continue;
    }
    const auto length = utf8_length(wire_text.substr(i));
    if (length == 1) {
      append_byte_escape(out, "\\u00", wire_text.substr(i, 1));
    } else if (length == 0) {
      append_byte_escape(out, "\\\\x", wire_text.substr(i, 1));
    } else if (const auto sequence = wire_text.substr(i, length); unsafe_on_a_terminal(sequence)) {
      const auto code = length == 2 ? static_cast<std::uint8_t>(sequence[1])
                                    : 0x2000U + ((static_cast<std::uint8_t>(sequence[1]) & 0x3FU) << 6U) +
                                          (static_cast<std::uint8_t>(sequence[2]) & 0x3FU);
      append(out, "\\u");
      append_hex(out, code, 4);
    } else {
      append(out, sequence);
    }
    i += length == 0 ? 1 : length;
  }
  append(out, '"');
}

}  // namespace sasync
