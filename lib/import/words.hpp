#pragma once
// Taking lines apart.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sasync/state/address_text.hpp"

namespace sasync::importer {

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

inline std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes `prefix` off the front; false when it is not there.
inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes the next word and the blanks around it; "" at the end.
inline std::string_view take_word(std::string_view& text) {
  text = trim(text);
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end])) ++end;
  const auto word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

/// Takes what stands before `separator`, and the separator; all when it is not there.
inline std::string_view take_until(std::string_view& text, std::string_view separator) {
  const auto at = text.find(separator);
  const auto before = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return before;
}

/// The number at the front of `text`, which is taken off; nothing when there is none or it does not fit.
template <std::unsigned_integral T = std::uint64_t>
std::optional<T> take_number(std::string_view& text, int base = 10) {
  T value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (result.ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  return value;
}

/// "0x1f", or without the prefix.
template <std::unsigned_integral T = std::uint64_t>
std::optional<T> parse_hex(std::string_view text) {
  take_prefix(text, "0x");
  return state::parse_number<T>(text, 16);
}

/// The command line that a shell shows before or after its output: a prompt, or a line that runs `command`
/// ("root@moon:~# swanctl --list-sas").
inline bool is_shell_line(std::string_view text, std::string_view command) {
  text = trim(text);
  if (text.empty()) return false;
  const auto is_prompt_end = [](char c) { return c == '#' || c == '$' || c == '%' || c == '>'; };
  if (is_prompt_end(text.back()) && text.find_first_of(" \t=") == std::string_view::npos) return true;
  const auto at = text.find(command);
  if (at == std::string_view::npos) return false;
  const auto before = trim(text.substr(0, at));
  return before.empty() ? text.starts_with(command) : before.find_first_of("#$%>") != std::string_view::npos;
}

}  // namespace sasync::importer
