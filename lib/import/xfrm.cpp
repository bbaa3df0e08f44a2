#include "sasync/import/xfrm.hpp"

#include <array>
#include <utility>

#include "halves.hpp"
#include "selector.hpp"
#include "words.hpp"

// The layout: linux-sa-dumps.md, section 1.

namespace sasync::importer::xfrm {
namespace {

using state::AlgorithmKind;
using state::Dialect;

/// "src A dst B", also of `ip xfrm monitor`.
bool is_heading(std::string_view text) {
  take_prefix(text, "Deleted ");
  take_prefix(text, "Updated ");
  take_prefix(text, "Expired ");
  return text.starts_with("src ") && text.contains(" dst ");
}

/// "0xc3a41f02(3282312962)": -s prints numbers in both bases.
std::string_view before_bracket(std::string_view text) { return text.substr(0, text.find('(')); }

class List {
 public:
  explicit List(const ImportOptions& options) : builder_(options) {}

  void take(const Line& line);
  Imported finish(const Lines& lines);

 private:
  enum class Section : std::uint8_t { none, replay_esn, lifetime_config, lifetime_current, stats };

  bool heading(std::string_view text, const Line& line);
  bool protocol_line(std::string_view text);
  bool window_line(std::string_view text);
  bool algorithm_line(std::string_view kind, std::string_view text);
  bool encap_line(std::string_view text);
  bool replay_line(std::string_view text);
  bool replay_esn_line(std::string_view text);
  bool lifetime_line(std::string_view text);
  bool current_line(std::string_view text);
  bool selector_line(std::string_view text);
  bool attribute_line(std::string_view first, std::string_view text);
  bool indented_line(std::string_view text);
  void take_sequences();
  void end_sa();
  void detail(std::string_view name, std::string_view value) { builder_.detail(details_, name, value); }

  Builder builder_;
  std::vector<HalfSa> halves_;
  HalfSa sa_{};
  DetailList details_{};
  bool open_ = false;
  Section section_ = Section::none;
  std::optional<std::uint64_t> seq_{}, oseq_{};
  std::string mark_, if_id_;
};

// --- heading and fixed lines -----------------------------------------------------------------------------------------

bool List::heading(std::string_view text, const Line& line) {
  end_sa();
  auto rest = text;
  if (take_prefix(rest, "Deleted ") || take_prefix(rest, "Expired ") || take_prefix(rest, "Updated ")) {
    builder_.warn(line.number, "a record of ip xfrm monitor, not of a listing", text);
  }
  take_word(rest);
  const auto source = state::parse_address(take_word(rest));
  const bool has_destination = take_word(rest) == "dst";
  const auto destination = state::parse_address(take_word(rest));
  if (!source || !has_destination || !destination || !rest.empty()) return false;
  sa_.source = *source;
  sa_.destination = *destination;
  sa_.line = line.number;
  sa_.state = state::ChildState::installed;
  sa_.encapsulation = state::Encapsulation::none;  // these two are printed only when they are set
  sa_.esn = false;
  open_ = true;
  return true;
}

/// "proto esp spi 0xc3a41f02 reqid 7 mode tunnel"
bool List::protocol_line(std::string_view text) {
  bool good = true;
  while (!text.empty()) {
    const auto name = take_word(text);
    const auto value = take_word(text);
    if (name == "proto") {
      sa_.protocol = state::parse<state::Protocol>(value == "comp" ? "ipcomp" : value);
      if (!sa_.protocol) detail("proto", value);
    } else if (name == "spi") {
      good = (sa_.spi = parse_hex<std::uint32_t>(before_bracket(value))) && good;
    } else if (name == "reqid") {
      good = (sa_.reqid = state::parse_number<std::uint32_t>(before_bracket(value))) && good;
    } else if (name == "mode") {
      sa_.mode = state::parse<state::Mode>(value);
      if (!sa_.mode) detail("mode", value);
    } else {
      detail(name, value);
    }
  }
  return good;
}

/// "replay-window 32 seq 0x00000000 flag af-unspec esn (0x10100000)"
bool List::window_line(std::string_view text) {
  take_word(text);
  const auto window = state::parse_number<std::uint32_t>(take_word(text));
  if (!window) return false;
  if (*window != 0 || !sa_.window) sa_.window = window;
  std::string flags;
  while (!text.empty()) {
    const auto word = take_word(text);
    if (word == "seq") {
      detail("seq", take_word(text));
    } else if (word == "esn") {
      sa_.esn = true;
    } else if (word != "flag" && !word.starts_with('(')) {
      flags.append(flags.empty() ? "" : " ").append(word);
    }
  }
  if (!flags.empty()) detail("flag", flags);
  return true;
}

/// "auth-trunc hmac(sha256) 0x030a.. (256 bits) 128", "enc cbc(aes) <<Keys hidden>>"
bool List::algorithm_line(std::string_view kind, std::string_view text) {
  constexpr std::string_view kHidden = "<<Keys hidden>>";
  const auto spelling = take_word(text);
  std::string_view key;
  if (take_prefix(text, kHidden))
    text = trim(text);
  else if (kind != "comp")
    key = take_word(text);
  unsigned key_octets = static_cast<unsigned>(key.size() / 2) - (key.empty() ? 0 : 1);  // less "0x"
  if (take_prefix(text, "(")) {
    auto size = take_until(text, ")");
    key_octets = take_number<std::uint16_t>(size).value_or(0) / 8U;
    text = trim(text);
  }
  const auto bits = text.empty() ? std::optional<unsigned>{0} : state::parse_number<unsigned>(text);
  if (spelling.empty() || !bits || (!key.empty() && !take_prefix(key, "0x"))) return false;
  if (!key.empty()) builder_.secret(details_, kind, ".key", key);
  if (kind == "auth" || kind == "auth-trunc") {
    // Without a length the kernel's own default counts, which for SHA-256 is that of an old draft.
    const unsigned length = kind == "auth" && spelling == "hmac(sha256)" ? 96 : *bits;
    sa_.integrity = builder_.algorithm(AlgorithmKind::integrity, Dialect::linux_xfrm, spelling, 0, length);
    return true;
  }
  if (kind == "comp") {
    detail("comp", spelling);
    return true;
  }
  const auto* const row = state::find_algorithm(AlgorithmKind::encryption, Dialect::linux_xfrm, spelling, *bits);
  const auto salt = row != nullptr ? row->salt_octets : 0U;
  if (kind == "aead") sa_.integrity = builder_.text("");
  if (row != nullptr && row->sized && key_octets <= salt) {  // hidden: the name is not complete without its length
    detail(kind, spelling);
    return true;
  }
  const auto key_bits = key_octets > salt ? (key_octets - salt) * 8 : 0;
  sa_.encryption = builder_.algorithm(AlgorithmKind::encryption, Dialect::linux_xfrm, spelling, key_bits, *bits);
  return true;
}

/// "encap type espinudp sport 4500 dport 4500 addr 0.0.0.0"
bool List::encap_line(std::string_view text) {
  while (!text.empty()) {
    const auto name = take_word(text);
    const auto value = take_word(text);
    if (name == "type") {
      if (value.starts_with("espinudp")) sa_.encapsulation = state::Encapsulation::udp;
      if (value != "espinudp") detail("encap.type", value);
    } else if (name == "sport") {
      sa_.source_port = state::parse_number<std::uint16_t>(value);
    } else if (name == "dport") {
      sa_.destination_port = state::parse_number<std::uint16_t>(value);
    } else {
      builder_.detail(details_, "encap.", name, value);
    }
  }
  return true;
}

// --- replay state ----------------------------------------------------------------------------------------------------

/// "seq 0x0, oseq 0x2f1, bitmap 0x00000000"
bool List::replay_line(std::string_view text) {
  bool good = true;
  while (!text.empty()) {
    auto item = take_until(text, ",");
    const auto name = take_word(item);
    const auto value = parse_hex(item);
    if (name == "seq")
      good = (seq_ = value) && good;
    else if (name == "oseq")
      good = (oseq_ = value) && good;
    else
      detail(name, item);
    text = trim(text);
  }
  return good;
}

/// " seq-hi 0x0, seq 0x0, oseq-hi 0x1, oseq 0x1a2b", " replay_window 128, bitmap-length 4", " 00000000 00000000"
bool List::replay_esn_line(std::string_view text) {
  if (text.starts_with("replay_window ")) {
    auto item = take_until(text, ",");
    take_word(item);
    sa_.window = state::parse_number<std::uint32_t>(item);
    return sa_.window.has_value();
  }
  if (!text.starts_with("seq")) {
    const bool good = text.find_first_not_of("0123456789abcdef ") == std::string_view::npos;
    if (good) detail("bitmap", text);
    return good;
  }
  std::uint64_t seq_high = 0;
  std::uint64_t oseq_high = 0;
  bool good = true;
  while (!text.empty()) {
    auto item = take_until(text, ",");
    const auto name = take_word(item);
    const auto value = parse_hex<std::uint32_t>(item);
    good = value && good;
    const auto number = std::uint64_t{value.value_or(0)};
    if (name == "seq-hi")
      seq_high = number << 32U;
    else if (name == "oseq-hi")
      oseq_high = number << 32U;
    else if (name == "seq")
      seq_ = seq_high | number;
    else if (name == "oseq")
      oseq_ = oseq_high | number;
    else
      good = false;
    text = trim(text);
  }
  return good;
}

// --- lifetimes and statistics (-s) -----------------------------------------------------------------------------------

/// "limit: soft (INF)(bytes), hard (INF)(bytes)", "expire add: soft 3294(sec), hard 3960(sec)"
bool List::lifetime_line(std::string_view text) {
  auto what = take_until(text, ": ");
  const bool limit = what == "limit";
  if (!limit && what != "expire add" && what != "expire use") return false;
  bool good = true;
  while (!text.empty()) {
    auto item = take_until(text, ",");
    const auto which = take_word(item);
    auto unit = item.substr(item.rfind('(') == std::string_view::npos ? item.size() : item.rfind('('));
    const auto value = item.substr(0, item.size() - unit.size());
    text = trim(text);
    if (unit.size() < 2 || (which != "soft" && which != "hard")) return false;
    unit = unit.substr(1, unit.size() - 2);
    if (what == "expire add") {
      const auto seconds = state::parse_number<std::uint32_t>(value);
      good = seconds && good;
      if (seconds && *seconds != 0) (which == "soft" ? sa_.soft_seconds : sa_.hard_seconds) = seconds;
    } else if (value != "(INF)" && value != "0") {  // what is not limited is not worth a detail
      detail(limit ? fmt::format("limit.{}.{}", which, unit) : fmt::format("expire_use.{}", which), value);
    }
  }
  return good;
}

/// "713204(bytes), 753(packets)", "add 2026-09-10 03:52:25 use -"
bool List::current_line(std::string_view text) {
  if (take_prefix(text, "add ")) {
    const auto add = trim(take_until(text, " use "));
    if (add != "-") sa_.created = builder_.text(add);
    detail("add", add);
    if (trim(text) != "-") detail("use", trim(text));
    return true;
  }
  const auto bytes = state::parse_number(take_until(text, "(bytes),"));
  const auto packets = state::parse_number(take_until(text = trim(text), "(packets)"));
  sa_.bytes = bytes;
  sa_.packets = packets;
  return bytes && packets && text.empty();
}

// --- other attributes ------------------------------------------------------------------------------------------------

/// "sel src 10.1.0.0/16 dst 10.2.0.0/16 proto udp sport 500 dev eth0 uid 0"
bool List::selector_line(std::string_view text) {
  Selector source;
  Selector destination;
  bool good = true;
  std::string others;
  while (!text.empty()) {
    const auto name = take_word(text);
    const auto value = take_word(text);
    if (name == "src") {
      good = parse_range(value, source) && good;
    } else if (name == "dst") {
      good = parse_range(value, destination) && good;
    } else if (name != "uid" || value != "0") {
      others.append(others.empty() ? "" : " ").append(name).append(" ").append(value);
    }
  }
  if (!others.empty()) detail("sel", others);
  if (!good) return false;
  sa_.source_ts = builder_.list({to_string(source)});
  sa_.destination_ts = builder_.list({to_string(destination)});
  return true;
}

bool List::attribute_line(std::string_view first, std::string_view text) {
  auto rest = text;
  take_word(rest);
  if (first == "proto") return protocol_line(text);
  if (first == "replay-window") return window_line(text);
  if (first == "auth" || first == "auth-trunc" || first == "enc" || first == "aead" || first == "comp") {
    return algorithm_line(first, rest);
  }
  if (first == "encap") return encap_line(rest);
  if (first == "sel") return selector_line(rest);
  if (first == "dir") sa_.direction = rest == "out" ? Direction::out : Direction::in;
  if (first == "mark") mark_ = rest;
  if (first == "if_id") if_id_ = rest;
  if (first == "anti-replay") {
    if (rest == "esn context:") return section_ = Section::replay_esn, true;
    return take_prefix(rest, "context:") && replay_line(trim(rest));
  }
  static constexpr auto kOthers =
      std::to_array<std::string_view>({"mark", "if_id", "dir", "extra_flag", "lastused", "crypto", "output-mark",
                                       "tfcpad", "security", "coa", "pcpu-num", "nat_keepalive_interval"});
  if (std::ranges::find(kOthers, first) == kOthers.end()) return false;
  detail(first, rest);
  return true;
}

bool List::indented_line(std::string_view text) {
  switch (section_) {
    case Section::replay_esn:
      return replay_esn_line(text);
    case Section::lifetime_config:
      return lifetime_line(text);
    case Section::lifetime_current:
      return current_line(text);
    case Section::stats:
      if (!text.starts_with("replay-window ")) return false;
      detail("stats", text);
      return true;
    case Section::none:
      break;
  }
  return false;
}

void List::take(const Line& line) {
  auto text = trim(line.text);
  if (text.empty()) return;
  if (line.cut) return builder_.not_understood(line, "longer than the limit of 4 MiB");
  if (is_heading(text)) {
    if (!heading(text, line)) builder_.not_understood(line, "not the addresses of an SA");
    return;
  }
  if (is_shell_line(text, "xfrm")) return end_sa();
  if (!open_) return builder_.not_understood(line, "no SA stands before it");
  auto rest = text;
  const auto first = take_word(rest);
  bool good = true;
  if (text == "lifetime config:") {
    section_ = Section::lifetime_config;
  } else if (text == "lifetime current:") {
    section_ = Section::lifetime_current;
  } else if (text == "stats:") {
    section_ = Section::stats;
  } else if (section_ == Section::none || !indented_line(text)) {
    const auto section = std::exchange(section_, Section::none);
    good = attribute_line(first, text);
    if (!good) section_ = section;
  }
  if (!good) builder_.not_understood(line, "a line of an SA that is not known");
}

// --- ends ------------------------------------------------------------------------------------------------------------

/// Only an outbound SA counts oseq, only an inbound one seq.
void List::take_sequences() {
  sa_.sent = oseq_;
  sa_.received = seq_;
  const bool sends = oseq_.value_or(0) != 0;
  const bool receives = seq_.value_or(0) != 0;
  if (!sa_.direction && sends != receives) sa_.direction = sends ? Direction::out : Direction::in;
}

void List::end_sa() {
  if (!open_) return;
  take_sequences();
  if (!mark_.empty() || !if_id_.empty()) sa_.partner = builder_.text(mark_ + "|" + if_id_);
  if (!sa_.integrity && sa_.encryption) sa_.integrity = builder_.text("none");
  if (!sa_.spi) builder_.warn(sa_.line, "the SA has no SPI: the listing may be cut off");
  sa_.details = builder_.freeze(details_);
  halves_.push_back(sa_);
  sa_ = {};
  details_.clear();
  open_ = false;
  section_ = Section::none;
  seq_ = oseq_ = std::nullopt;
  mark_.clear();
  if_id_.clear();
}

Imported List::finish(const Lines& lines) {
  end_sa();
  assemble(builder_, builder_.add_member("xfrm"), std::move(halves_));
  return std::move(builder_).finish(lines);
}

}  // namespace

std::size_t recognize(std::string_view beginning) {
  return count_lines(beginning, [](std::string_view text) {
    text = trim(text);
    return is_heading(text) || (text.starts_with("proto ") && text.contains(" spi 0x")) ||
           text.starts_with("replay-window ") || text.starts_with("auth-trunc ");
  });
}

Imported import(Lines& lines, const ImportOptions& options) {
  List list(options);
  Line line;
  while (lines.next(line)) list.take(line);
  return list.finish(lines);
}

}  // namespace sasync::importer::xfrm
