#include "sasync/import/setkey.hpp"

#include <algorithm>
#include <array>

#include "halves.hpp"
#include "words.hpp"

// The layout: linux-sa-dumps.md, section 4.

namespace sasync::importer::setkey {
namespace {

using state::AlgorithmKind;
using state::Dialect;

struct End {
  net::IpAddress address{};
  std::optional<std::uint16_t> port{};
};

/// "192.0.2.2[4500]"
std::optional<End> parse_end(std::string_view text) {
  const auto bracket = text.find('[');
  const auto address = state::parse_address(text.substr(0, bracket));
  if (!address) return std::nullopt;
  End end{*address, std::nullopt};
  if (bracket == std::string_view::npos) return end;
  auto port = text.substr(bracket + 1);
  if (!port.ends_with(']')) return std::nullopt;
  port.remove_suffix(1);
  end.port = state::parse_number<std::uint16_t>(port);
  return end.port ? std::optional(end) : std::nullopt;
}

bool is_heading(std::string_view text) {
  const auto source = parse_end(take_word(text));
  return source && parse_end(take_word(text)) && text.empty();
}

class List {
 public:
  explicit List(const ImportOptions& options) : builder_(options) {}

  void take(const Line& line);
  Imported finish(const Lines& lines);

 private:
  void heading(std::string_view text, std::size_t line);
  bool protocol_line(std::string_view text);
  bool algorithm_line(std::string_view kind, std::string_view text);
  bool sequence_line(std::string_view text);
  bool time_item(std::string_view first, std::string_view name, std::string_view value);
  bool times_line(std::string_view text);
  bool line_of_sa(std::string_view text);
  void end_sa();
  void end_list();
  void detail(std::string_view name, std::string_view value) { builder_.detail(details_, name, value); }

  Builder builder_;
  std::vector<HalfSa> halves_;
  HalfSa sa_{};
  DetailList details_{};
  bool open_ = false;
  std::optional<std::uint32_t> to_come_{};  ///< sadb_seq of the last SA: it counts down to 0 over the listing
};

void List::heading(std::string_view text, std::size_t line) {
  end_sa();
  const auto source = parse_end(take_word(text));
  const auto destination = parse_end(take_word(text));
  sa_.source = source->address;
  sa_.source_port = source->port;
  sa_.destination = destination->address;
  sa_.destination_port = destination->port;
  sa_.line = line;
  open_ = true;
  to_come_.reset();
}

/// "esp-udp mode=tunnel spi=195948557(0x0badf00d) reqid=6(0x00000006)"
bool List::protocol_line(std::string_view text) {
  auto protocol = take_word(text);
  const bool udp = protocol.ends_with("-udp");
  if (udp) protocol.remove_suffix(4);
  sa_.protocol = state::parse<state::Protocol>(protocol);
  sa_.encapsulation = udp ? state::Encapsulation::udp : state::Encapsulation::none;
  bool good = sa_.protocol.has_value();
  while (!text.empty()) {
    auto value = take_word(text);
    const auto name = take_until(value, "=");
    if (name == "mode") {
      sa_.mode = state::parse<state::Mode>(value);
      if (!sa_.mode) detail("mode", value);
    } else if (name == "spi") {
      good = (sa_.spi = state::parse_number<std::uint32_t>(take_until(value, "("))) && good;
    } else if (name == "reqid") {
      good = (sa_.reqid = state::parse_number<std::uint32_t>(take_until(value, "("))) && good;
    } else {
      detail(name, value);
    }
  }
  return good;
}

/// "E: aes-cbc  010c1722 2d38434e"
bool List::algorithm_line(std::string_view kind, std::string_view text) {
  const auto name = take_word(text);
  if (name.empty()) return false;
  const auto separators = static_cast<std::size_t>(std::ranges::count(text, ' '));
  const auto octets = static_cast<unsigned>((text.size() - separators) / 2);
  if (!text.empty()) builder_.secret(details_, kind, ".key", text);
  if (kind == "E") {
    const auto* const row = state::find_algorithm(AlgorithmKind::encryption, Dialect::setkey, name);
    const auto salt = row != nullptr ? row->salt_octets : 0U;
    const auto bits = octets > salt ? (octets - salt) * 8 : 0;
    sa_.encryption = builder_.algorithm(AlgorithmKind::encryption, Dialect::setkey, name, bits);
    if (row != nullptr && state::is_aead(*row)) sa_.integrity = builder_.text("");
  } else if (kind == "A") {
    if (!sa_.integrity) sa_.integrity = builder_.algorithm(AlgorithmKind::integrity, Dialect::setkey, name, 0);
  } else {
    detail("C", name);
  }
  return true;
}

/// "seq=0x00000064 replay=8 flags=0x00000000 state=mature": the window is given in bytes of its bitmap
bool List::sequence_line(std::string_view text) {
  constexpr std::uint32_t kBitsPerByte = 8;
  bool good = true;
  while (!text.empty()) {
    auto value = take_word(text);
    const auto name = take_until(value, "=");
    if (name == "seq") {
      sa_.sent = sa_.received = parse_hex(value);
      good = sa_.sent && good;
    } else if (name == "replay") {
      const auto octets = state::parse_number<std::uint16_t>(value);
      good = octets && good;
      if (octets) sa_.window = *octets * kBitsPerByte;
    } else if (name == "state") {
      if (value == "dead")
        sa_.state = state::ChildState::deleted;
      else if (value != "larval")
        sa_.state = state::ChildState::installed;
      if (value != "mature") detail("state", value);
    } else {
      if (name == "sadb_seq") good = (to_come_ = state::parse_number<std::uint32_t>(value)) && good;
      detail(name, value);
    }
  }
  return good;
}

/// "diff: 1058(s)", "hard: 3600(s)", "soft: 2880(s)": `first` is the first name of the line, which says what "hard" and
/// "soft" are of: diff and last (seconds since the creation and since the last use), current (bytes), allocated.
bool List::time_item(std::string_view first, std::string_view name, std::string_view value) {
  const auto number = state::parse_number(value.substr(0, value.find('(')));
  const auto seconds = state::parse_number<std::uint32_t>(value.substr(0, value.find('(')));
  if (name == "created") sa_.created = builder_.text(value);
  if (first == "diff") {
    if (name == "diff")
      sa_.age_seconds = seconds;
    else if (seconds != 0U)
      (name == "hard" ? sa_.hard_seconds : sa_.soft_seconds) = seconds;
    return seconds && (name == "diff" || name == "hard" || name == "soft");
  }
  if (name == "current" && value.ends_with("(bytes)")) {
    sa_.bytes = number;
  } else if (name == "allocated") {
    sa_.packets = number;
  } else if (!value.empty() && number != 0U) {
    builder_.detail(details_, name == first ? std::string{} : std::string(first) + '.', name, value);
  }
  return true;
}

/// Items of a line stand behind tabs.
bool List::times_line(std::string_view text) {
  const auto first = text.substr(0, text.find(':'));
  bool good = true;
  while (!text.empty()) {
    auto value = take_until(text, "\t");
    const auto name = take_until(value, ":");
    good = time_item(first, name, trim(value)) && good;
    text = trim(text);
  }
  return good;
}

bool List::line_of_sa(std::string_view text) {
  if (text.contains(" spi=") && text.contains("mode=")) return protocol_line(text);
  if (take_prefix(text, "E: ")) return algorithm_line("E", text);
  if (take_prefix(text, "A: ")) return algorithm_line("A", text);
  if (take_prefix(text, "C: ")) return algorithm_line("C", text);
  if (text.starts_with("seq=") || text.starts_with("sadb_seq=")) return sequence_line(text);
  if (text.starts_with("NAT: ")) {
    detail("NAT", trim(text.substr(5)));
    return true;
  }
  static constexpr auto kTimes =
      std::to_array<std::string_view>({"created:", "diff:", "last:", "current:", "allocated:"});
  const auto starts = [&](std::string_view name) { return text.starts_with(name); };
  return std::ranges::any_of(kTimes, starts) && times_line(text);
}

void List::take(const Line& line) {
  const auto text = trim(line.text);
  if (text.empty() || text.starts_with("No SAD entries")) return;
  if (line.cut) return builder_.not_understood(line, "longer than the limit of 4 MiB");
  if (is_shell_line(text, "setkey")) return end_list();
  // The line of sadb_seq is an SA's last.
  if (!line.ended && !text.starts_with("sadb_seq=")) return builder_.cut_off(line);
  if (is_heading(text)) return heading(text, line.number);
  if (!open_) return builder_.not_understood(line, "no SA stands before it");
  if (!line_of_sa(text)) builder_.not_understood(line, "a line of an SA that is not known");
}

void List::end_sa() {
  if (!open_) return;
  if (!sa_.integrity && sa_.encryption && to_come_) sa_.integrity = builder_.text("none");
  if (!sa_.spi) builder_.warn(sa_.line, "the SA has no SPI");
  sa_.details = builder_.freeze(details_);
  halves_.push_back(sa_);
  sa_ = {};
  details_.clear();
  open_ = false;
}

void List::end_list() {
  if (open_ && !to_come_) {
    builder_.warn(sa_.line, "the SA lacks some of its lines: the listing is cut off");
    if (!sa_.spi) {
      sa_ = {};
      details_.clear();
      open_ = false;
    }
  }
  end_sa();
  if (to_come_.value_or(0) != 0) {
    builder_.warn(0, fmt::format("the last SA says that {} more follow: the listing is cut off", *to_come_));
  }
  to_come_.reset();
}

Imported List::finish(const Lines& lines) {
  end_list();
  assemble(builder_, builder_.add_member("setkey"), std::move(halves_));
  return std::move(builder_).finish(lines);
}

}  // namespace

std::size_t recognize(std::string_view beginning) {
  return count_lines(beginning, [](std::string_view text) {
    text = trim(text);
    return is_heading(text) || (text.contains("mode=") && text.contains(" spi=")) || text.starts_with("sadb_seq=") ||
           text.starts_with("No SAD entries");
  });
}

Imported import(Lines& lines, const ImportOptions& options) {
  List list(options);
  Line line;
  while (lines.next(line)) list.take(line);
  return list.finish(lines);
}

}  // namespace sasync::importer::setkey
