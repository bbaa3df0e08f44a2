#include "sasync/request/when.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sasync/event/address_text.hpp"

namespace sasync::replay {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::string_view kWhenForms =
    "+12.5s, +300ms, seconds since the epoch, frame:N, FILE#frame:N, event:N, end, every or seen";
constexpr std::string_view kRecordForms = "frame:A-B,... or FILE#frame:A-B,... or event:A-B,...";

std::optional<std::int64_t> parse_span(std::string_view text) {
  std::int64_t unit_ns = kBillion;
  constexpr std::int64_t kMillisecondsPerSecond = 1000;
  constexpr std::int64_t kSecondsPerMinute = 60;
  if (text.ends_with("ms")) {
    unit_ns /= kMillisecondsPerSecond;
    text.remove_suffix(2);
  } else if (text.ends_with('m')) {
    unit_ns *= kSecondsPerMinute;
    text.remove_suffix(1);
  } else if (text.ends_with('s')) {
    text.remove_suffix(1);
  } else {
    return std::nullopt;
  }
  const auto billionths = parse_billionths(text);
  if (!billionths) return std::nullopt;
  constexpr std::int64_t kWholeMax = 100'000'000;  // of the greatest unit it fits
  if (*billionths / kBillion > kWholeMax) return std::nullopt;
  return *billionths / kBillion * unit_ns + *billionths % kBillion * (unit_ns / kMillisecondsPerSecond) / 1'000'000;
}

/// A number of seconds that is too great, and is written as one is; `rest` begins with the point.
bool is_far(std::string_view whole, std::string_view rest) {
  constexpr std::size_t kDigitsMax = 9;
  const auto is_digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!is_digits(whole) || whole.front() == '0' || parse_billionths(whole)) return false;
  return rest.empty() || (is_digits(rest.substr(1)) && rest.size() - 1 <= kDigitsMax);
}

std::optional<Timestamp> parse_time(std::string_view text) {
  constexpr std::uint8_t kDigitsMax = 9;
  constexpr std::int64_t kEnd = 9'000'000'000;  // no capture goes that far: what lies behind is as good as it
  const auto point = text.find('.');
  const auto nanoseconds = parse_billionths(text);
  if (!nanoseconds)
    return is_far(text.substr(0, point), text.substr(std::min(point, text.size())))
               ? std::optional{Timestamp{kEnd, 0, 0}}
               : std::nullopt;
  const auto digits = point == std::string_view::npos ? 0 : text.size() - point - 1;
  return Timestamp{*nanoseconds / kBillion, static_cast<std::uint32_t>(*nanoseconds % kBillion),
                   static_cast<std::uint8_t>(digits > kDigitsMax ? kDigitsMax : digits)};
}

/// What stands before "frame:" or "event:": "", or the name of a file and "#".
struct Place {
  std::string_view file{}, numbers{};
  bool is_event = false;
};

std::optional<Place> parse_place(std::string_view text) {
  constexpr std::string_view kFrame = "frame:";
  constexpr std::string_view kOfFile = "#frame:";
  constexpr std::string_view kEvent = "event:";
  if (text.starts_with(kFrame)) return Place{.numbers = text.substr(kFrame.size())};
  if (text.starts_with(kEvent)) return Place{.numbers = text.substr(kEvent.size()), .is_event = true};
  const auto at = text.rfind(kOfFile);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  return Place{.file = text.substr(0, at), .numbers = text.substr(at + kOfFile.size())};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const auto number = event::parse_decimal(text);
  return number && *number != 0 ? number : std::nullopt;
}

std::optional<RecordRange> parse_range(const Place& place, std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return RecordRange{.file = std::string{place.file}, .is_event = place.is_event, .first = *first, .last = *last};
}

}  // namespace

std::optional<std::int64_t> parse_billionths(std::string_view text) {
  constexpr std::uint64_t kWholeMax = 9'000'000'000;  // times a billion it fits
  constexpr std::size_t kDecimals = 9;
  const auto point = text.find('.');
  const auto whole = event::parse_decimal(text.substr(0, point));
  if (!whole || *whole > kWholeMax) return std::nullopt;
  auto billionths = static_cast<std::int64_t>(*whole) * kBillion;
  if (point == std::string_view::npos) return billionths;
  const auto decimals = text.substr(point + 1);
  if (decimals.empty() || decimals.size() > kDecimals) return std::nullopt;
  std::int64_t unit = kBillion;
  constexpr std::int64_t kTen = 10;
  for (const char digit : decimals) {
    if (digit < '0' || digit > '9') return std::nullopt;
    unit /= kTen;
    billionths += (digit - '0') * unit;
  }
  return billionths;
}

std::expected<When, std::string> parse_when(std::string_view text) {
  using enum When::Kind;
  When when{.text = std::string{text}};
  const auto as = [&](When::Kind kind) {
    when.kind = kind;
    return when;
  };
  if (text == "end") return as(end);
  if (text == "every") return as(every);
  if (text == "seen") return as(seen);
  if (text.starts_with('+')) {
    if (const auto nanoseconds = parse_span(text.substr(1))) {
      when.span_ns = *nanoseconds;
      return as(span);
    }
  } else if (const auto place = parse_place(text)) {
    if (const auto number = parse_number(place->numbers)) {
      when.file = place->file;
      when.number = *number;
      return as(place->is_event ? event : frame);
    }
  } else if (const auto since_epoch = parse_time(text)) {
    when.time = *since_epoch;
    return as(time);
  }
  return std::unexpected(fmt::format("expected {}", kWhenForms));
}

std::expected<std::vector<RecordRange>, std::string> parse_records(std::string_view text) {
  const auto place = parse_place(text);
  std::vector<RecordRange> ranges;
  for (auto left = place ? place->numbers : std::string_view{}; place;) {
    const auto comma = left.find(',');
    const auto range = parse_range(*place, left.substr(0, comma));
    if (!range) break;
    ranges.push_back(*range);
    if (comma == std::string_view::npos) return ranges;
    left.remove_prefix(comma + 1);
  }
  return std::unexpected(fmt::format("expected {}", kRecordForms));
}

std::expected<std::vector<RecordRange>, std::string> parse_record_lines(std::string_view text) {
  std::vector<RecordRange> all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const bool is_bare = line.find_first_not_of("0123456789-,") == std::string_view::npos;
    auto ranges = parse_records(is_bare ? fmt::format("frame:{}", line) : std::string{line});
    if (!ranges) return std::unexpected(fmt::format("line {}: {}", number, ranges.error()));
    all.insert(all.end(), ranges->begin(), ranges->end());
  }
  return all;
}

}  // namespace sasync::replay
