#include "sasync/import/xfrm.hpp"

#include <algorithm>
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

enum class Section : std::uint8_t { none, replay_esn, lifetime_config, lifetime_current, stats };

/// The SA whose lines come, and which of them came.
struct Record {
  HalfSa sa{};
  DetailList details{};
  std::optional<std::uint64_t> seq{}, oseq{};
  std::string mark{}, if_id{};
  Section section = Section::none;
  bool cut = false;  ///< in front of the replay state
  bool window = false;
  bool algorithm = false;
  bool context = false;
  bool has_statistics = false;  ///< of -s: the line of stats comes last
  bool statistics = false;
  std::uint32_t bitmap_words = 0;  ///< of an ESN context, still to come
};

/// Of "sel src A dst B" without what comes behind it: whether B is only the beginning of one.
bool ends_in_selector(std::string_view text) {
  const auto at = text.rfind(" dst ");
  if (!text.starts_with("sel ")) return false;
  if (at == std::string_view::npos) return true;
  const auto rest = text.substr(at + 5);
  return !rest.contains(' ') && is_cut_selector(rest);
}

class List {
 public:
  explicit List(const ImportOptions& options) : builder_(options) {}

  void take(const Line& line);
  Imported finish(const Lines& lines);

 private:
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
  bool take_line(std::string_view text);
  void take_unended(std::string_view text, const Line& line);
  [[nodiscard]] bool is_complete() const;
  void take_sequences();
  void end_sa();
  void end_list();
  void detail(std::string_view name, std::string_view value) { builder_.detail(now_.details, name, value); }

  Builder builder_;
  std::vector<HalfSa> halves_;
  Record now_{};
  bool open_ = false;
  bool contexts_ = false;  ///< an SA before this one showed its replay state: old releases of ip do not
};

// --- heading and fixed lines -----------------------------------------------------------------------------------------

bool List::heading(std::string_view text, const Line& line) {
  end_sa();
  now_ = {};
  auto rest = text;
  if (take_prefix(rest, "Deleted ") || take_prefix(rest, "Expired ") || take_prefix(rest, "Updated ")) {
    builder_.warn(line.number, "a record of ip xfrm monitor, not of a listing", text);
  }
  take_word(rest);
  const auto source = state::parse_address(take_word(rest));
  const bool has_destination = take_word(rest) == "dst";
  const auto destination = state::parse_address(take_word(rest));
  if (!source || !has_destination || !destination || !rest.empty()) return false;
  now_.sa.source = *source;
  now_.sa.destination = *destination;
  now_.sa.line = line.number;
  now_.sa.state = state::ChildState::installed;
  now_.sa.encapsulation = state::Encapsulation::none;  // these two are printed only when they are set
  now_.sa.esn = false;
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
      now_.sa.protocol = state::parse<state::Protocol>(value == "comp" ? "ipcomp" : value);
      if (!now_.sa.protocol) detail("proto", value);
    } else if (name == "spi") {
      now_.has_statistics = value.contains('(');
      good = (now_.sa.spi = parse_hex<std::uint32_t>(before_bracket(value))) && good;
    } else if (name == "reqid") {
      good = (now_.sa.reqid = state::parse_number<std::uint32_t>(before_bracket(value))) && good;
    } else if (name == "mode") {
      now_.sa.mode = state::parse<state::Mode>(value);
      if (!now_.sa.mode) detail("mode", value);
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
  now_.window = true;
  if (*window != 0 || !now_.sa.window) now_.sa.window = window;
  std::string flags;
  while (!text.empty()) {
    const auto word = take_word(text);
    if (word == "seq") {
      detail("seq", take_word(text));
    } else if (word == "esn") {
      now_.sa.esn = true;
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
  now_.algorithm = true;
  if (!key.empty()) builder_.secret(now_.details, kind, ".key", key);
  if (kind == "auth" || kind == "auth-trunc") {
    // Without a length the kernel's own default counts, which for SHA-256 is that of an old draft.
    const unsigned length = kind == "auth" && spelling == "hmac(sha256)" ? 96 : *bits;
    now_.sa.integrity = builder_.algorithm(AlgorithmKind::integrity, Dialect::linux_xfrm, spelling, 0, length);
    return true;
  }
  if (kind == "comp") {
    detail("comp", spelling);
    return true;
  }
  const auto* const row = state::find_algorithm(AlgorithmKind::encryption, Dialect::linux_xfrm, spelling, *bits);
  const auto salt = row != nullptr ? row->salt_octets : 0U;
  if (kind == "aead") now_.sa.integrity = builder_.text("");
  if (row != nullptr && row->sized && key_octets <= salt) {  // hidden: the name is not complete without its length
    detail(kind, spelling);
    return true;
  }
  const auto key_bits = key_octets > salt ? (key_octets - salt) * 8 : 0;
  now_.sa.encryption = builder_.algorithm(AlgorithmKind::encryption, Dialect::linux_xfrm, spelling, key_bits, *bits);
  return true;
}

/// "encap type espinudp sport 4500 dport 4500 addr 0.0.0.0"
bool List::encap_line(std::string_view text) {
  while (!text.empty()) {
    const auto name = take_word(text);
    const auto value = take_word(text);
    if (name == "type") {
      if (value.starts_with("espinudp")) now_.sa.encapsulation = state::Encapsulation::udp;
      if (value != "espinudp") detail("encap.type", value);
    } else if (name == "sport") {
      now_.sa.source_port = state::parse_number<std::uint16_t>(value);
    } else if (name == "dport") {
      now_.sa.destination_port = state::parse_number<std::uint16_t>(value);
    } else {
      builder_.detail(now_.details, "encap.", name, value);
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
      good = (now_.seq = value) && good;
    else if (name == "oseq")
      good = (now_.oseq = value) && good;
    else
      detail(name, item);
    constexpr std::size_t kBitmapLength = 10;  // "0x00000000"
    if (name == "bitmap") now_.context = item.size() == kBitmapLength;
    text = trim(text);
  }
  return good;
}

/// " seq-hi 0x0, seq 0x0, oseq-hi 0x1, oseq 0x1a2b", " replay_window 128, bitmap-length 4", " 00000000 00000000"
bool List::replay_esn_line(std::string_view text) {
  if (text.starts_with("replay_window ")) {
    auto item = take_until(text, ",");
    take_word(item);
    now_.sa.window = state::parse_number<std::uint32_t>(item);
    auto length = trim(text);
    if (take_prefix(length, "bitmap-length ")) {
      now_.bitmap_words = state::parse_number<std::uint32_t>(length).value_or(0);
      now_.context = now_.bitmap_words == 0;
    }
    return now_.sa.window.has_value();
  }
  if (!text.starts_with("seq")) {
    const bool good = text.find_first_not_of("0123456789abcdef ") == std::string_view::npos;
    if (good) detail("bitmap", text);
    constexpr std::uint32_t kWordLength = 9;  // with the blank behind it
    const auto words = static_cast<std::uint32_t>(text.size() + 1) / kWordLength;
    now_.bitmap_words -= std::min(words, now_.bitmap_words);
    now_.context = now_.bitmap_words == 0;
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
      now_.seq = seq_high | number;
    else if (name == "oseq")
      now_.oseq = oseq_high | number;
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
      if (seconds && *seconds != 0) (which == "soft" ? now_.sa.soft_seconds : now_.sa.hard_seconds) = seconds;
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
    if (add != "-") now_.sa.created = builder_.text(add);
    detail("add", add);
    if (trim(text) != "-") detail("use", trim(text));
    return true;
  }
  const auto bytes = state::parse_number(take_until(text, "(bytes),"));
  const auto packets = state::parse_number(take_until(text = trim(text), "(packets)"));
  now_.sa.bytes = bytes;
  now_.sa.packets = packets;
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
  now_.sa.source_ts = builder_.list({to_string(source)});
  now_.sa.destination_ts = builder_.list({to_string(destination)});
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
  if (first == "dir") now_.sa.direction = rest == "out" ? Direction::out : Direction::in;
  if (first == "mark") now_.mark = rest;
  if (first == "if_id") now_.if_id = rest;
  if (first == "anti-replay") {
    if (rest == "esn context:") return now_.section = Section::replay_esn, true;
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
  switch (now_.section) {
    case Section::replay_esn:
      return replay_esn_line(text);
    case Section::lifetime_config:
      return lifetime_line(text);
    case Section::lifetime_current:
      return current_line(text);
    case Section::stats:
      if (!text.starts_with("replay-window ")) return false;
      detail("stats", text);
      now_.statistics = text.contains(" failed ");
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
    if (!line.ended) {
      end_sa();
      builder_.cut_off(line);
    } else if (!heading(text, line)) {
      builder_.not_understood(line, "not the addresses of an SA");
    }
    return;
  }
  if (is_shell_line(text, "xfrm")) return end_list();
  if (!open_) return builder_.not_understood(line, "no SA stands before it");
  if (!line.ended) return take_unended(text, line);
  if (!take_line(text)) builder_.not_understood(line, "a line of an SA that is not known");
}

/// A last line without its end counts only if nothing has to follow.
void List::take_unended(std::string_view text, const Line& line) {
  auto before = now_;
  if (take_line(text) && is_complete() && !ends_in_selector(text)) return;
  now_ = std::move(before);
  builder_.cut_off(line);
}

bool List::take_line(std::string_view text) {
  auto rest = text;
  const auto first = take_word(rest);
  bool good = true;
  if (text == "lifetime config:") {
    now_.section = Section::lifetime_config;
  } else if (text == "lifetime current:") {
    now_.section = Section::lifetime_current;
  } else if (text == "stats:") {
    now_.section = Section::stats;
  } else if (now_.section == Section::none || !indented_line(text)) {
    const auto section = std::exchange(now_.section, Section::none);
    good = attribute_line(first, text);
    if (!good) now_.section = section;
  }
  return good;
}

// --- ends ------------------------------------------------------------------------------------------------------------

/// Of the SA that is listed last.
bool List::is_complete() const {
  const bool has_context = now_.context || (!halves_.empty() && !contexts_);
  return now_.sa.spi && now_.window && (now_.algorithm || !now_.sa.protocol) && has_context &&
         (!now_.has_statistics || now_.statistics);
}

/// Only an outbound SA counts oseq, only an inbound one seq.
void List::take_sequences() {
  now_.sa.sent = now_.oseq;
  now_.sa.received = now_.seq;
  const bool sends = now_.oseq.value_or(0) != 0;
  const bool receives = now_.seq.value_or(0) != 0;
  if (!now_.sa.direction && sends != receives) now_.sa.direction = sends ? Direction::out : Direction::in;
}

void List::end_sa() {
  if (!open_) return;
  take_sequences();
  if (!now_.mark.empty() || !now_.if_id.empty()) now_.sa.partner = builder_.text(now_.mark + "|" + now_.if_id);
  if (!now_.sa.spi) builder_.warn(now_.sa.line, "the SA has no SPI");
  if (!now_.sa.integrity && now_.sa.encryption && !now_.cut) now_.sa.integrity = builder_.text("none");
  now_.sa.details = builder_.freeze(now_.details);
  halves_.push_back(now_.sa);
  contexts_ = contexts_ || now_.context;
  now_ = {};
  open_ = false;
}

void List::end_list() {
  if (open_ && !is_complete()) {
    builder_.warn(now_.sa.line, "the SA lacks some of its lines: the listing is cut off");
    open_ = now_.sa.spi.has_value();
    // What an SA says by a line that is not there it has not said yet.
    if (!now_.window) now_.sa.esn.reset();
    now_.cut = !now_.context;
    if (now_.cut && now_.sa.encapsulation == state::Encapsulation::none) now_.sa.encapsulation.reset();
  }
  end_sa();
}

Imported List::finish(const Lines& lines) {
  end_list();
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
