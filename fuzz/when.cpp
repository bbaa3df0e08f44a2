// WHEN expressions and lists of records (--failover-at, --until, --lost), and the decimal numbers in them.
// Rules: an error has words, that of a list of lines its line; what is read is what a second, slow reading of the same
// text says, which goes by the digits and does no arithmetic before it knows them; ranges are in order.

#include "sasync/request/when.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "oracle.hpp"

namespace sasync::fuzz {
namespace {

using replay::RecordRange;
using replay::When;

constexpr std::size_t kBytesMax = 4096;
constexpr std::size_t kDecimals = 9;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A number as it is written by hand: no leading zeros, and no greater than `greatest`, which is written so too.
bool is_number(std::string_view text, std::string_view greatest) {
  if (!is_digits(text) || (text.front() == '0' && text != "0")) return false;
  return text.size() < greatest.size() || (text.size() == greatest.size() && text <= greatest);
}

/// The digits before the point, and nine behind it.
struct Decimal {
  std::string whole{}, decimals{};
  std::size_t given = 0;  ///< decimals in the text
};

std::optional<Decimal> slow_decimal(std::string_view text, std::string_view greatest_whole) {
  const auto point = std::ranges::find(text, '.');
  Decimal decimal{.whole = {text.begin(), point}};
  if (!is_number(decimal.whole, greatest_whole)) return std::nullopt;
  if (point != text.end()) {
    decimal.decimals = {point + 1, text.end()};
    decimal.given = decimal.decimals.size();
    if (!is_digits(decimal.decimals) || decimal.given > kDecimals) return std::nullopt;
  }
  decimal.decimals.resize(kDecimals, '0');
  return decimal;
}

constexpr std::string_view kSecondsMax = "9000000000";
constexpr std::string_view kSpanMax = "100000000";
constexpr std::string_view kNumberMax = "18446744073709551615";

std::optional<std::int64_t> slow_billionths(std::string_view text) {
  const auto decimal = slow_decimal(text, kSecondsMax);
  return decimal ? std::optional{std::stoll(decimal->whole + decimal->decimals)} : std::nullopt;
}

/// In nanoseconds: milliseconds have three more digits before the point than that many seconds have, and minutes are
/// sixty times as much.
std::optional<std::int64_t> slow_span(std::string_view text) {
  constexpr std::size_t kThousandth = 3;
  constexpr std::int64_t kSecondsPerMinute = 60;
  const auto number = text.substr(0, text.find_first_not_of("0123456789."));
  const auto unit = text.substr(number.size());
  const auto decimal = slow_decimal(number, kSpanMax);
  if (!decimal) return std::nullopt;
  if (unit == "ms") return std::stoll(decimal->whole + decimal->decimals.substr(0, kDecimals - kThousandth));
  const auto nanoseconds = std::stoll(decimal->whole + decimal->decimals);
  if (unit == "s") return nanoseconds;
  return unit == "m" ? std::optional{nanoseconds * kSecondsPerMinute} : std::nullopt;
}

std::uint64_t slow_number(std::string_view text) {
  return is_number(text, kNumberMax) ? std::stoull(std::string{text}) : 0;  // 0 is no record's number
}

/// "frame:", "event:" or "FILE#frame:" before the numbers.
struct Place {
  std::string file{};
  bool is_event = false;
  std::string numbers{};
};

std::optional<Place> slow_place(const std::string& text) {
  constexpr std::size_t kWord = 6;
  const auto word = text.substr(0, kWord);
  if (word == "frame:" || word == "event:") return Place{"", word == "event:", text.substr(kWord)};
  for (auto at = text.size(); at > 0; --at) {
    if (text.compare(at, kWord + 1, "#frame:") == 0)
      return Place{text.substr(0, at), false, text.substr(at + kWord + 1)};
  }
  return std::nullopt;
}

std::optional<When> slow_when(const std::string& text) {
  When when{.text = text};
  if (text == "end" || text == "every" || text == "seen") {
    when.kind = text == "end" ? When::Kind::end : text == "every" ? When::Kind::every : When::Kind::seen;
    return when;
  }
  if (text.starts_with('+')) {
    const auto span = slow_span(text.substr(1));
    when.kind = When::Kind::span;
    when.span_ns = span.value_or(0);
    return span ? std::optional{when} : std::nullopt;
  }
  if (const auto place = slow_place(text)) {
    when.kind = place->is_event ? When::Kind::event : When::Kind::frame;
    when.file = place->file;
    when.number = slow_number(place->numbers);
    return when.number != 0 ? std::optional{when} : std::nullopt;
  }
  when.kind = When::Kind::time;
  const auto decimal = slow_decimal(text, kSecondsMax);
  if (!decimal) {  // behind the end of all captures, or no number
    if (!slow_decimal(text, std::string(text.size(), '9'))) return std::nullopt;
    when.time = {std::stoll(std::string{kSecondsMax}), 0, 0};
    return when;
  }
  when.time = {std::stoll(decimal->whole), static_cast<std::uint32_t>(std::stoul(decimal->decimals)),
               static_cast<std::uint8_t>(decimal->given)};
  return when;
}

using Ranges = std::vector<RecordRange>;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<Ranges> slow_records(const std::string& text) {
  const auto place = slow_place(text);
  if (!place) return std::nullopt;
  Ranges ranges;
  for (const auto& item : split(place->numbers, ',')) {
    const auto ends = split(item, '-');
    const auto first = slow_number(ends.front());
    const auto last = slow_number(ends.back());
    if (ends.size() > 2 || first == 0 || last < first) return std::nullopt;
    ranges.push_back({.file = place->file, .is_event = place->is_event, .first = first, .last = last});
  }
  return ranges;
}

/// Fills `ranges`; the number of the first line that is none, or 0.
std::size_t slow_lines(const std::string& text, Ranges& ranges) {
  std::size_t number = 0;
  for (auto& line : split(text, '\n')) {
    ++number;
    line.resize(line.find_last_not_of(" \r") + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.find_first_not_of("0123456789-,") == std::string::npos) line.insert(0, "frame:");
    const auto more = slow_records(line);
    if (!more) return number;
    ranges.insert(ranges.end(), more->begin(), more->end());
  }
  return 0;
}

void check_when(const std::string& text) {
  const auto when = replay::parse_when(text);
  const auto slow = slow_when(text);
  require(when.has_value() || !when.error().empty(), "an error has words", text);
  require(when.has_value() == slow.has_value(), "the slow reading knows the same moments", text);
  require(!when || *when == *slow, "a moment is what the slow reading says", text);
  require(!when || when->time.digits == slow->time.digits || when->kind != When::Kind::time,
          "a time has as many decimals as its text", text);
}

void check_records(const std::string& text) {
  const auto records = replay::parse_records(text);
  const auto slow = slow_records(text);
  require(records.has_value() || !records.error().empty(), "an error has words", text);
  require(records.has_value() == slow.has_value(), "the slow reading knows the same records", text);
  if (!records) return;
  require(*records == *slow, "records are what the slow reading says", text);
  for (const auto& range : *records)
    require(1 <= range.first && range.first <= range.last, "a range is in order", text);
}

void check_lines(const std::string& text) {
  const auto records = replay::parse_record_lines(text);
  Ranges slow;
  const auto bad_line = slow_lines(text, slow);
  require(records.has_value() == (bad_line == 0), "the slow reading knows the same lines", text);
  if (records) return require(*records == slow, "records of lines are what the slow reading says", text);
  require(records.error().starts_with(fmt::format("line {}: expected ", bad_line)), "an error names its line",
          records.error());
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  if (size > fuzz::kBytesMax) return 0;
  const std::string text{as_text({data, size})};
  fuzz::check_when(text);
  fuzz::check_records(text);
  fuzz::check_lines(text);
  fuzz::require(replay::parse_billionths(text) == fuzz::slow_billionths(text),
                "billionths are what the slow reading says", text);
  return 0;
}
