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

constexpr auto kDecimalPairs = [] {
  std::array<std::array<char, 2>, 100> pairs{};
  for (std::size_t number = 0; number < pairs.size(); ++number) {
    pairs[number] = {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
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

/// The character that a valid UTF-8 sequence of two or three bytes stands for; 0 for a longer one.
std::uint32_t character_of(std::string_view sequence) {
  if (sequence.size() > 3) return 0;
  const auto low_bits = [&](std::size_t i, unsigned mask) { return static_cast<std::uint8_t>(sequence[i]) & mask; };
  if (sequence.size() == 2) return (low_bits(0, 0x1FU) << 6U) | low_bits(1, 0x3FU);
  return (low_bits(0, 0xFU) << 12U) | (low_bits(1, 0x3FU) << 6U) | low_bits(2, 0x3FU);
}

/// C1 controls; the characters that turn the direction of writing around; the separators at which a reader of Unicode
/// lines breaks; and the byte order mark, which is not seen.
bool unsafe_to_print(std::string_view sequence) {
  const auto character = character_of(sequence);
  const auto within = [&](std::uint32_t first, std::uint32_t last) { return character >= first && character <= last; };
  return within(0x80, 0x9F) || within(0x200E, 0x200F) || within(0x2028, 0x202E) || within(0x2066, 0x2069) ||
         character == 0xFEFF;
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
  for (; digits >= 2; digits -= 2) {
    std::memcpy(to + digits - 2, kHexPairs[value & 0xFFU].data(), 2);
    value >>= 8U;
  }
  if (digits != 0) *to = kHexDigits[value & 0xFU];
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
  std::size_t left = time.digits;
  for (; left >= 2; left -= 2) {
    std::memcpy(to + left - 1, kDecimalPairs[decimals % 100].data(), 2);
    decimals /= 100;
  }
  if (left != 0) to[1] = static_cast<char>('0' + decimals);
}

namespace {

void append_safe(Text& out, std::string_view wire_text, std::string_view backslash) {
  if (std::ranges::all_of(wire_text, plain_everywhere)) return append(out, wire_text);
  for (std::size_t i = 0; i < wire_text.size();) {
    if (plain_everywhere(wire_text[i]) || wire_text[i] == '"') {
      append(out, wire_text[i++]);
      continue;
    }
    if (wire_text[i] == '\\') {
      append(out, backslash);
      ++i;
      continue;
    }
    const auto length = utf8_length(wire_text.substr(i));
    const auto sequence = wire_text.substr(i, length == 0 ? 1 : length);
    if (length < 2 || unsafe_to_print(sequence)) {
      append_byte_escape(out, "\\x", sequence);
    } else {
      append(out, sequence);
    }
    i += sequence.size();
  }
}

}  // namespace

void append_escaped(Text& out, std::string_view wire_text) { append_safe(out, wire_text, "\\\\"); }

void append_printable(Text& out, std::string_view text) { append_safe(out, text, "\\"); }

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
    } else if (const auto sequence = wire_text.substr(i, length); unsafe_to_print(sequence)) {
      append(out, "\\u");
      append_hex(out, character_of(sequence), 4);
    } else {
      append(out, sequence);
    }
    i += length == 0 ? 1 : length;
  }
  append(out, '"');
}

}  // namespace sasync
