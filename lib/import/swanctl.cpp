#include "sasync/import/swanctl.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "selector.hpp"
#include "swanctl_sas.hpp"
#include "words.hpp"

// The layouts: linux-sa-dumps.md, sections 2 and 3.

namespace sasync::importer::swanctl {
namespace {

constexpr std::string_view kCommand = "swanctl";
constexpr std::string_view kEvent = "list-sa event {";
constexpr std::string_view kReply = "list-sas reply {";
constexpr std::string_view kNull = "(null)";  ///< plain: a value that the daemon did not send
constexpr std::string_view kCutOff = "the text ends in the middle of this line";

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// --- raw -------------------------------------------------------------------------------------------------------------
// Values are not quoted. A value with blanks (an identity) ends where the key follows that comes next in the event.

struct Followers {
  std::string_view key;
  std::array<std::string_view, 4> next;
};
constexpr auto kFreeTexts =
    std::to_array<Followers>({{"local-id", {" remote-host="}},
                              {"remote-id", {" remote-xauth-id=", " remote-eap-id=", " initiator=", " initiator-spi="}},
                              {"remote-xauth-id", {" initiator=", " initiator-spi="}},
                              {"remote-eap-id", {" initiator=", " initiator-spi="}},
                              {"name", {" uniqueid="}},
                              {"label", {" protocol="}}});

/// One event, read from left to right.
class RawEvent {
 public:
  RawEvent(std::string_view text, std::size_t line, Sas& sas) : rest_(text), line_(line), sas_(sas) {}

  /// "" or what is wrong; what stands before it is in the state.
  std::string_view read();

 private:
  enum class Place : std::uint8_t { event, ike, children, child };

  bool read_item();
  bool close();
  std::optional<std::string_view> take_value(std::string_view key);
  bool take_list(std::vector<std::string_view>& values);

  std::string_view rest_;
  std::size_t line_;
  Sas& sas_;
  Place place_ = Place::event;
  std::string_view fault_;
  bool complete_ = false;
  std::vector<std::string_view> values_;
};

std::string_view RawEvent::read() {
  while (!complete_ && fault_.empty()) {
    rest_ = trim(rest_);
    if (rest_.empty())
      fault_ = "ends in the middle of an IKE SA";
    else if (rest_.front() == '}')
      close();
    else
      read_item();
  }
  if (!fault_.empty()) sas_.cut_off();
  sas_.end_ike();
  if (fault_.empty() && !trim(rest_).empty()) fault_ = "goes on behind the end of the event";
  return fault_;
}

bool RawEvent::close() {
  rest_.remove_prefix(1);
  switch (place_) {
    case Place::event:
      complete_ = true;
      break;
    case Place::ike:
      sas_.end_ike();
      place_ = Place::event;
      break;
    case Place::children:
      place_ = Place::ike;
      break;
    case Place::child:
      sas_.end_child();
      place_ = Place::children;
      break;
  }
  return true;
}

/// A section's name and opening brace, or a key and its value.
bool RawEvent::read_item() {
  const auto brace = rest_.find(" {");
  const auto equals = rest_.find('=');
  if (brace < equals) {
    const auto name = rest_.substr(0, brace);
    rest_.remove_prefix(brace + 2);
    if (place_ == Place::event) {
      sas_.begin_ike(name, line_);
      place_ = Place::ike;
    } else if (place_ == Place::ike && name == "child-sas") {
      place_ = Place::children;
    } else if (place_ == Place::children) {
      sas_.begin_child(name);
      place_ = Place::child;
    } else {
      fault_ = "has a section where none is known";
    }
    return fault_.empty();
  }
  if (equals == std::string_view::npos || (place_ != Place::ike && place_ != Place::child)) {
    fault_ = "has something other than a key and its value";
    return false;
  }
  const auto key = rest_.substr(0, equals);
  rest_.remove_prefix(equals + 1);
  if (rest_.starts_with('[')) {
    if (!take_list(values_)) return false;
    place_ == Place::ike ? sas_.ike_list(key, values_) : sas_.child_list(key, values_);
    return true;
  }
  const auto value = take_value(key);
  if (!value) {
    fault_ = "ends in the middle of a value";
    return false;
  }
  const bool good = place_ == Place::ike ? sas_.ike_value(key, *value) : sas_.child_value(key, *value);
  if (!good) fault_ = "has a value that does not fit its key";
  return good;
}

/// Nothing when the text ends in it.
std::optional<std::string_view> RawEvent::take_value(std::string_view key) {
  auto end = std::string_view::npos;
  const auto* const free_text = std::ranges::find(kFreeTexts, key, &Followers::key);
  if (free_text != kFreeTexts.end()) {
    for (const auto next : free_text->next) {
      if (!next.empty()) end = std::min(end, rest_.find(next));
    }
  } else {
    end = rest_.find_first_of(" }");
  }
  if (end == std::string_view::npos) return std::nullopt;
  const auto value = rest_.substr(0, end);
  rest_.remove_prefix(value.size());
  return value;
}

/// Elements may hold brackets themselves: [192.168.1.0/24[tcp/https] 10.0.0.0/8].
bool RawEvent::take_list(std::vector<std::string_view>& values) {
  values.clear();
  rest_.remove_prefix(1);
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < rest_.size(); ++at) {
    const char c = rest_[at];
    if (c == '[') ++depth;
    if (c != ' ' && (c != ']' || depth-- != 0)) continue;
    if (at > begin) values.push_back(rest_.substr(begin, at - begin));
    begin = at + 1;
    if (c == ' ') continue;
    rest_.remove_prefix(begin);
    return true;
  }
  fault_ = "ends in the middle of a list";
  rest_ = {};
  return false;
}

// --- pretty ----------------------------------------------------------------------------------------------------------

/// The same event, an item a line.
class PrettyEvent {
 public:
  explicit PrettyEvent(Sas& sas) : sas_(sas) {}

  /// "" or why the line is not understood.
  std::string_view take(std::string_view text, const Line& line);
  [[nodiscard]] bool open() const { return depth_ != 0; }
  void begin() {
    depth_ = 1;
    list_.clear();
  }

 private:
  static constexpr unsigned kIkeDepth = 2;
  static constexpr unsigned kChildDepth = 4;

  std::string_view open_section(std::string_view name, std::size_t line);
  std::string_view close_section();
  std::string_view store_list();

  Sas& sas_;
  unsigned depth_ = 0;  ///< braces open
  std::string list_;    ///< key of the list that is open
  std::vector<std::string> elements_;
};

std::string_view PrettyEvent::open_section(std::string_view name, std::size_t line) {
  ++depth_;
  if (depth_ == kIkeDepth) {
    sas_.begin_ike(name, line);
  } else if (depth_ == kChildDepth && sas_.in_ike()) {
    sas_.begin_child(name);
  } else if (depth_ != kIkeDepth + 1 || name != "child-sas") {
    return "a section where none is known";
  }
  return {};
}

std::string_view PrettyEvent::close_section() {
  if (depth_ == kChildDepth) sas_.end_child();
  if (depth_ == kIkeDepth) sas_.end_ike();
  --depth_;
  return {};
}

std::string_view PrettyEvent::store_list() {
  const std::vector<std::string_view> values(elements_.begin(), elements_.end());
  const auto key = std::exchange(list_, {});
  if (sas_.in_child())
    sas_.child_list(key, values);
  else if (sas_.in_ike())
    sas_.ike_list(key, values);
  else
    return "a list outside of an IKE SA";
  return {};
}

std::string_view PrettyEvent::take(std::string_view text, const Line& line) {
  text = trim(text);
  if (!line.ended && text != "}") return kCutOff;
  if (!list_.empty()) {
    if (text == "]") return store_list();
    elements_.emplace_back(text);
    return {};
  }
  if (text == "}") return close_section();
  if (text.ends_with(" {") && !text.contains(" = ")) return open_section(text.substr(0, text.size() - 2), line.number);
  auto value = text;
  const auto key = take_until(value, " =");
  if (key.size() == text.size()) return "neither a section nor a key and its value";
  value = trim(value);
  if (value == "[" || value == "[]") {
    list_ = key;
    elements_.clear();
    return value == "[" ? std::string_view{} : store_list();
  }
  const bool good = sas_.in_child() ? sas_.child_value(key, value) : sas_.in_ike() && sas_.ike_value(key, value);
  return good ? std::string_view{} : "a value that does not fit its key";
}

// --- plain -----------------------------------------------------------------------------------------------------------

class PlainList {
 public:
  explicit PlainList(Sas& sas) : sas_(sas) {}

  /// "" or why the line is not understood.
  std::string_view take(const Line& line);
  /// Whether the SA that was listed last has all its lines.
  [[nodiscard]] bool is_complete() const { return (seen_ & wanted_) == wanted_; }
  /// At the end of a list.
  void end() { seen_ = wanted_ = 0; }

 private:
  // Lines of an SA.
  static constexpr unsigned kLocal = 1;
  static constexpr unsigned kRemote = 2;
  static constexpr unsigned kProposal = 4;
  static constexpr unsigned kTimes = 8;
  static constexpr unsigned kIn = 16;
  static constexpr unsigned kOut = 32;

  std::string_view take_heading(std::string_view text, std::size_t line);
  [[nodiscard]] unsigned part_of(std::string_view text) const;
  [[nodiscard]] bool is_whole(std::string_view text) const;
  bool ike_line(std::string_view text, std::size_t line);
  bool child_line(std::string_view text);
  bool end_line(std::string_view side, std::string_view text);
  bool selector_line(std::string_view side, std::string_view text);
  bool times_line(std::string_view text);
  bool spi_line(std::string_view direction, std::string_view text);
  bool proposal(std::string_view text);
  bool tasks_line(std::string_view kind, std::string_view text);
  bool value(std::string_view name, std::string_view value) {
    return sas_.in_child() ? sas_.child_value(name, value) : sas_.ike_value(name, value);
  }
  static std::vector<std::string_view> words(std::string_view text);

  Sas& sas_;
  unsigned seen_ = 0;    ///< of the SA that was begun last
  unsigned wanted_ = 0;  ///< what an SA in its state has
};

std::vector<std::string_view> PlainList::words(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) result.push_back(take_word(text));
  return result;
}

/// "gw-gw: #12, ESTABLISHED, IKEv2, 5d1e0f66c1b7a902_i* 8b20e4d3a7c5f619_r"
bool PlainList::ike_line(std::string_view text, std::size_t line) {
  const auto name = take_until(text, ": #");
  const auto id = take_until(text, ", ");
  const auto state = take_until(text, ", ");
  const auto version = take_until(text, ", ");
  auto initiator_spi = take_word(text);
  auto responder_spi = take_word(text);
  const bool initiator = initiator_spi.ends_with('*');
  if (initiator)
    initiator_spi.remove_suffix(1);
  else if (responder_spi.ends_with('*'))
    responder_spi.remove_suffix(1);
  if (!version.starts_with("IKEv") || !initiator_spi.ends_with("_i") || !responder_spi.ends_with("_r")) return false;
  initiator_spi.remove_suffix(2);
  responder_spi.remove_suffix(2);
  if (!is_hex(initiator_spi, 16) || !is_hex(responder_spi, 16) || !text.empty()) return false;
  sas_.begin_ike(name, line);
  seen_ = 0;
  wanted_ = kLocal | kRemote;
  if (state == "ESTABLISHED" || state == "PASSIVE") wanted_ |= kProposal | kTimes;
  sas_.ike_value("initiator", initiator ? "yes" : "no");
  return sas_.ike_value("uniqueid", id) && sas_.ike_value("state", state) &&
         sas_.ike_value("version", version.substr(4)) && sas_.ike_value("initiator-spi", initiator_spi) &&
         sas_.ike_value("responder-spi", responder_spi);
}

/// "net: #31, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256/ECP_256/ESN"
bool PlainList::child_line(std::string_view text) {
  const auto name = take_until(text, ": #");
  const auto id = take_until(text, ", ");
  if (!take_prefix(text, "reqid ")) return false;
  const auto reqid = take_until(text, ", ");
  const bool per_cpu = take_prefix(text, "cpu ");
  const auto cpu = per_cpu ? take_until(text, ", ") : std::string_view{};
  const auto state = take_until(text, ", ");
  auto mode = take_until(text, ", ");
  constexpr std::string_view kInUdp = "-in-UDP";
  const bool in_udp = mode.ends_with(kInUdp);
  if (in_udp) mode.remove_suffix(kInUdp.size());
  const auto protocol = take_until(text, ":");
  sas_.begin_child(name);
  seen_ = 0;
  const bool has_sa = state == "INSTALLED" || state == "REKEYING" || state == "REKEYED";
  wanted_ = has_sa ? kTimes | kIn | kOut | kLocal | kRemote : 0;
  if (per_cpu) sas_.child_value("cpu", cpu);
  if (in_udp) sas_.child_value("encap", "yes");
  if (!protocol.empty()) sas_.child_value("protocol", protocol);
  return sas_.child_value("uniqueid", id) && sas_.child_value("reqid", reqid) && sas_.child_value("state", state) &&
         sas_.child_value("mode", mode) && proposal(text);
}

/// "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256": each part says by its name what it is.
bool PlainList::proposal(std::string_view text) {
  using state::AlgorithmKind;
  using state::Dialect;
  bool first = true;
  while (!text.empty()) {
    const auto part = take_until(text, "/");
    const auto dash = part.rfind('-');
    const auto name = part.substr(0, dash);
    const auto bits = dash == std::string_view::npos ? std::string_view{} : part.substr(dash + 1);
    const auto is = [&](AlgorithmKind kind) { return find_algorithm(kind, Dialect::strongswan, name) != nullptr; };
    const bool is_integrity = is(AlgorithmKind::integrity);
    if (first && (!is_integrity || is(AlgorithmKind::encryption))) {
      value("encr-alg", name);
      if (!bits.empty()) value("encr-keysize", bits);
    } else if (is_integrity) {  // of AH it comes first
      value("integ-alg", name);
      if (!bits.empty()) value("integ-keysize", bits);
    } else if (is(AlgorithmKind::prf)) {
      value("prf-alg", name);
    } else if (is(AlgorithmKind::dh_group)) {
      value("dh-group", name);
    } else if (part == "ESN") {
      value("esn", "1");
    } else if (part == "PPK") {
      value("ppk", "yes");
    } else if (part.size() > 4 && part.starts_with("KE") && part[3] == '_') {
      const std::string key = "ake" + std::string(part.substr(2, 1));
      value(key, part.substr(4));
    } else {
      return false;
    }
    first = false;
  }
  return true;
}

/// "local  'moon' @ 192.0.2.1[500] [10.3.0.1]", "remote 'sun' @ 192.0.2.2[500] EAP: 'carol' [10.3.0.4]"
bool PlainList::end_line(std::string_view side, std::string_view text) {
  constexpr std::string_view kAt = "' @ ";
  const auto at = text.rfind(kAt);
  if (!text.starts_with('\'') || at == std::string_view::npos) return false;
  const std::string prefix = std::string(side) + '-';
  bool good = sas_.ike_value(prefix + "id", text.substr(1, at - 1));
  text.remove_prefix(at + kAt.size());
  good = sas_.ike_value(prefix + "host", take_until(text, "[")) && good;
  good = sas_.ike_value(prefix + "port", take_until(text, "]")) && good;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    if (take_prefix(text, "[")) {
      sas_.ike_list(prefix + "vips", words(take_until(text, "]")));
      continue;
    }
    const bool eap = take_prefix(text, "EAP: '");
    if (!eap && !take_prefix(text, "XAuth: '")) return false;
    good = sas_.ike_value(prefix + (eap ? "eap-id" : "xauth-id"), take_until(text, "'")) && good;
  }
  return good;
}

bool PlainList::selector_line(std::string_view side, std::string_view text) {
  if (!sas_.in_child()) return false;
  sas_.child_list(std::string(side) + "-ts", words(text));
  return true;
}

/// "established 1543s ago, rekeying in 12004s, reauth in 9s", "installed 318s ago, rekeying in 3011s, expires in 3642s"
bool PlainList::times_line(std::string_view text) {
  while (!text.empty()) {
    auto part = take_until(text, ", ");
    const auto what = take_word(part);
    const auto first = take_word(part);
    auto seconds = first == "in" ? take_word(part) : first;
    if (!seconds.ends_with('s')) return false;
    seconds.remove_suffix(1);
    if (seconds == kNull) continue;
    std::string_view name;
    if (what == "established")
      name = "established";
    else if (what == "installed")
      name = "install-time";
    else if (what == "rekeying")
      name = "rekey-time";
    else if (what == "reauth")
      name = "reauth-time";
    else if (what == "expires")
      name = "life-time";
    else
      return false;
    if (!value(name, seconds)) return false;
  }
  return true;
}

/// "in  c9a1f003,  84000 bytes,  1000 packets,     2s ago", "out 0a77b3c4/0001 (0x17/0xff|0x17),  336 bytes, ..."
bool PlainList::spi_line(std::string_view direction, std::string_view text) {
  if (!sas_.in_child()) return false;
  const auto named = [&](std::string_view name) { return std::string(name) + '-' + std::string(direction); };
  auto names = take_until(text, ",");
  auto spi = take_word(names);
  const auto cpi = spi.substr(std::min(spi.size(), spi.find('/')));
  spi.remove_suffix(cpi.size());
  if (!is_hex(spi, 8) || !sas_.child_value(named("spi"), spi)) return false;
  if (!cpi.empty()) sas_.child_value(named("cpi"), cpi.substr(1));
  if (take_prefix(names, "(") && names.ends_with(')')) {
    names.remove_suffix(1);
    const auto no_prefix = [](std::string_view hex) { return take_prefix(hex, "0x"), hex; };
    auto mark = take_until(names, "|");
    const auto value = take_until(mark, "/");
    if (!value.empty()) sas_.child_value(named("mark"), no_prefix(value));
    if (!mark.empty()) sas_.child_value(named("mark-mask"), no_prefix(mark));
    if (!names.empty()) sas_.child_value(named("if-id"), no_prefix(names));
  } else if (!names.empty()) {
    return false;
  }
  bool good = true;
  while (!text.empty()) {
    auto part = take_until(text, ",");
    auto number = take_word(part);
    if (number == kNull && (part == "bytes" || part == "packets")) continue;
    if (part == "bytes" || part == "packets") {
      good = sas_.child_value(named(part), number) && good;
    } else if (part == "ago" && number.ends_with('s')) {
      number.remove_suffix(1);
      sas_.child_value(named("use"), number);
    } else {
      return false;
    }
  }
  return good;
}

bool PlainList::tasks_line(std::string_view kind, std::string_view text) {
  sas_.ike_list("tasks-" + std::string(kind), words(text));
  return true;
}

std::string_view PlainList::take_heading(std::string_view text, std::size_t line) {
  const bool is_ike = text.contains("_i") && text.contains("IKEv");
  const bool good = is_ike ? ike_line(text, line) : sas_.in_ike() && child_line(text);
  return good ? std::string_view{} : "neither an IKE SA nor a CHILD SA";
}

unsigned PlainList::part_of(std::string_view text) const {
  const auto first = take_word(text);
  if (first == "local") return kLocal;
  if (first == "remote") return kRemote;
  if (first == "in") return kIn;
  if (first == "out") return kOut;
  if (first == "established" || first == "installed" || first == "rekeying" || first == "expires") return kTimes;
  return text.empty() && first.contains('/') && !sas_.in_child() ? kProposal : 0;
}

/// Whether a last line without its end may be all of it: nothing has to follow, and it says so itself.
bool PlainList::is_whole(std::string_view text) const {
  const auto part = part_of(text);
  if (text.contains(": #") || ((seen_ | part) & wanted_) != wanted_) return false;
  if (part != kLocal && part != kRemote) return true;
  if (!sas_.in_child()) return text.ends_with(']') || text.ends_with('\'');
  return !is_cut_selector(words(text).back());
}

std::string_view PlainList::take(const Line& line) {
  const auto text = trim(line.text);
  if (!line.ended && !is_whole(text)) return kCutOff;
  if (text.contains(": #")) return take_heading(text, line.number);
  if (!sas_.in_ike()) return "no IKE SA stands before it";
  const auto part = part_of(text);
  seen_ |= part;
  auto rest = text;
  const auto first = take_word(rest);
  bool good = false;
  if (part == kLocal || part == kRemote) {
    good = rest.starts_with('\'') ? end_line(first, rest) : selector_line(first, rest);
  } else if (part == kTimes) {
    good = times_line(text);
  } else if (part == kIn || part == kOut) {
    good = spi_line(first, rest);
  } else if (part == kProposal) {
    good = proposal(text);
  } else if (first == "queued:" || first == "active:" || first == "passive:") {
    good = tasks_line(first.substr(0, first.size() - 1), rest);
  }
  return good ? std::string_view{} : "a line of an SA that is not known";
}

// --- any of the three ------------------------------------------------------------------------------------------------

class List {
 public:
  explicit List(const ImportOptions& options) : builder_(options), sas_(builder_), pretty_(sas_), plain_(sas_) {}

  void take(const Line& line) {
    if (trim(line.text).empty()) return;
    if (line.cut) return builder_.not_understood(line, "longer than the limit of 4 MiB");
    const auto fault = fault_of(line);
    if (!fault.empty()) builder_.not_understood(line, fault);
  }

  Imported finish(const Lines& lines) {
    end_list();
    if (events_ && (!reply_ || in_reply_))
      builder_.warn(0, "the closing \"list-sas reply\" is missing: the list may be cut off");
    return std::move(builder_).finish(lines);
  }

 private:
  std::string_view fault_of(const Line& line) {
    auto text = trim(line.text);
    if (take_prefix(text, kEvent)) {
      events_ = true;
      sas_.end_ike();
      if (!trim(text).empty()) return RawEvent(text, line.number, sas_).read();
      pretty_.begin();
      return {};
    }
    if (take_prefix(text, kReply)) {
      reply_ = true;
      sas_.end_ike();
      text = trim(text);
      in_reply_ = text.empty();  // pretty: the brace follows on a line of its own
      if (text == "}" || in_reply_) return {};
      builder_.warn(line.number, "the daemon's reply says more than that it is done", line.text);
      return {};
    }
    if (in_reply_) {
      in_reply_ = text != "}";
      if (in_reply_) builder_.warn(line.number, "the daemon's reply says more than that it is done", line.text);
      return {};
    }
    if (is_shell_line(text, kCommand)) {
      end_list();
      return {};
    }
    return pretty_.open() ? pretty_.take(text, line) : plain_.take(line);
  }

  void end_list() {
    const bool is_complete = plain_.is_complete();
    if (!is_complete) builder_.warn(0, "the SA that is listed last lacks some of its lines: the list is cut off");
    if (!is_complete || pretty_.open()) sas_.cut_off();
    plain_.end();
    sas_.end_ike();
  }

  Builder builder_;
  Sas sas_;
  PrettyEvent pretty_;
  PlainList plain_;
  bool events_ = false;
  bool reply_ = false;
  bool in_reply_ = false;
};

}  // namespace

std::size_t recognize(std::string_view beginning) {
  return count_lines(beginning, [](std::string_view text) {
    text = trim(text);
    if (text.starts_with(kEvent) || text.starts_with(kReply)) return true;
    const auto named = text.find(": #");
    return named != std::string_view::npos && (text.contains(", IKEv") || text.contains(", reqid "));
  });
}

Imported import(Lines& lines, const ImportOptions& options) {
  List list(options);
  Line line;
  while (lines.next(line)) list.take(line);
  return list.finish(lines);
}

}  // namespace sasync::importer::swanctl
