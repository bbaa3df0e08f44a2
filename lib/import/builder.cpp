#include "builder.hpp"

#include <algorithm>

namespace sasync::importer {

void Builder::not_understood(const Line& line, std::string_view reason) {
  ++imported_.not_understood_count;
  if (imported_.not_understood.size() >= options_.kept_lines_max) return;
  imported_.not_understood.push_back(
      {line.number, std::string(line.text.substr(0, kRemarkBytesMax)), std::string(reason)});
}

void Builder::warn(std::size_t line, std::string_view reason, std::string_view text) {
  imported_.damaged = true;
  keep_warning(line, reason, text);
}

void Builder::say_assumed(std::string_view reason) { keep_warning(0, reason, {}); }

void Builder::keep_warning(std::size_t line, std::string_view reason, std::string_view text) {
  if (++warnings_count_ > kWarningsMax) return;
  imported_.warnings.push_back({line, std::string(text.substr(0, kRemarkBytesMax)), std::string(reason)});
}

void Builder::detail(DetailList& list, std::string_view prefix, std::string_view name, std::string_view value) {
  scratch_.assign(prefix).append(name);
  list.push_back({text(scratch_), text(value)});
}

void Builder::secret(DetailList& list, std::string_view prefix, std::string_view name, std::string_view hex) {
  if (hex.empty()) return detail(list, prefix, name, "");
  constexpr std::string_view kSeparators = "- ";
  if (options_.keep_secrets) {
    std::string digits(hex);
    std::erase_if(digits, [&](char c) { return kSeparators.contains(c); });
    return detail(list, prefix, name, digits);
  }
  const auto separators = std::ranges::count_if(hex, [&](char c) { return kSeparators.contains(c); });
  const auto digits = hex.size() - static_cast<std::size_t>(separators);
  detail(list, prefix, name, fmt::format("<{} bytes redacted>", (digits + 1) / 2));
}

/// The name, or the name with a number; absent when the same is said already.
state::Interned Builder::unique_name(const state::Detail& detail) {
  const auto [place, is_new] = names_.try_emplace(detail.name, Seen{detail.value, 1});
  if (is_new) return detail.name;
  auto& first = place->second;
  if (first.value == detail.value) return {};
  for (;;) {
    const auto name = text(fmt::format("{}.{}", detail.name.view(), ++first.count));
    if (names_.try_emplace(name, Seen{detail.value, 1}).second) return name;
  }
}

state::Details Builder::freeze(const DetailList& list) {
  if (list.empty()) return {};
  unique_.clear();
  names_.clear();
  for (const auto& detail : list) {
    if (const auto name = unique_name(detail)) unique_.push_back({name, detail.value});
  }
  return texts().details(unique_);
}

state::Interned Builder::algorithm(state::AlgorithmKind kind, state::Dialect dialect, std::string_view spelling,
                                   unsigned key_bits, unsigned linux_bits) {
  const auto* const row = state::find_algorithm(kind, dialect, spelling, linux_bits);
  if (row == nullptr && key_bits == 0) return text(spelling);
  if (row == nullptr) return text(fmt::format("{}-{}", spelling, key_bits));
  return text(state::canonical_name(*row, key_bits));
}

state::TextList Builder::list(std::initializer_list<std::string_view> texts) {
  std::vector<state::Interned> interned;
  interned.reserve(texts.size());
  for (const auto text : texts) interned.push_back(this->text(text));
  return this->texts().list(interned);
}

state::Member& Builder::add_member(std::string_view source) {
  auto& member = document().members.emplace_back();
  if (!options_.member_name.empty()) member.name = text(options_.member_name);
  member.source = text(source);
  return member;
}

Imported Builder::finish(const Lines& lines) && {
  imported_.lines = lines.count();
  if (warnings_count_ > kWarningsMax) {
    imported_.warnings.push_back({0, {}, fmt::format("{} more warnings", warnings_count_ - kWarningsMax)});
  }
  return std::move(imported_);
}

}  // namespace sasync::importer
