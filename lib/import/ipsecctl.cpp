#include "sasync/import/ipsecctl.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <utility>

#include "halves.hpp"
#include "selector.hpp"
#include "words.hpp"

// The layout: linux-sa-dumps.md, section 5.

namespace sasync::importer::ipsecctl {
namespace {

using state::AlgorithmKind;
using state::Dialect;

bool is_rule(std::string_view text) {
  if (take_prefix(text, "@")) take_word(text);
  const auto protocol = take_word(text);
  const bool known = protocol == "esp" || protocol == "ah" || protocol == "ipcomp" || protocol == "ipip";
  return known && text.contains("from ") && text.contains(" spi 0x");
}

constexpr std::size_t kSpiLength = 10;  // "0x5a6b7c8d"

/// Whether a last line without its end may be all of it.
bool is_whole(std::string_view text) {
  constexpr auto kCounterEnds =
      std::to_array<std::string_view>({"packets", "packet", "bytes", "uncompressed", "input", "output"});
  const auto ends = [&](std::string_view end) { return text.ends_with(end); };
  if (text.starts_with("flow ")) return text.contains(" type ");
  if (text.ends_with(" enc aes") || text.ends_with('-')) return false;  // of "aes-256"
  const bool is_counter = text.front() >= '0' && text.front() <= '9';
  return !is_counter || std::ranges::any_of(kCounterEnds, ends);
}

/// A flow: which inner networks go to which peer.
struct Flow {
  std::vector<state::Interned> local_ts{};
  std::vector<state::Interned> remote_ts{};
  state::Interned local_id{};
  state::Interned remote_id{};
};

/// Lines of -v that an SA has in all releases, or in all of a listing or none.
constexpr auto kParts =
    std::to_array<std::string_view>({"sa", "state", "lifetime_cur", "address_src", "address_dst",  // in all releases
                                     "lifetime_hard", "lifetime_soft", "replay", "counter"});
constexpr std::size_t kPartsOfAll = 5;
using Parts = std::bitset<kParts.size()>;

/// The SA whose lines come.
struct Record {
  HalfSa sa{};
  DetailList details{};
  std::optional<std::uint64_t> replay_counter{};
  bool continued = false;   ///< the rule goes on on the next line
  bool authentic = false;   ///< an algorithm for integrity, or one that is not needed
  bool has_cipher = false;  ///< one that is known
  Parts parts{};
  bool counts = false;  ///< a line stands below "counter:"
};

class List {
 public:
  explicit List(const ImportOptions& options) : builder_(options) {}

  void take(const Line& line);
  Imported finish(const Lines& lines);

 private:
  bool flow_line(std::string_view text);
  bool rule_line(std::string_view text, std::size_t line);
  bool rule_words(std::string_view text);
  void encryption(std::string_view spelling);
  bool state_line(std::string_view text);
  bool counter_line(std::string_view text);
  bool lifetime_line(std::string_view kind, std::string_view text);
  bool attribute_line(std::string_view name, std::string_view text);
  bool line_of_sa(std::string_view text);
  bool take_line(std::string_view text, const Line& line);
  void take_unended(std::string_view text, const Line& line);
  void saw(std::string_view part);
  [[nodiscard]] bool is_complete() const;
  void end_sa();
  void end_list();
  void add_flows(state::Member& member);
  void detail(std::string_view name, std::string_view value) { builder_.detail(now_.details, name, value); }

  Builder builder_;
  std::vector<HalfSa> halves_;
  std::map<net::IpAddress, Flow> flows_;  ///< by peer
  Record now_{};
  std::optional<Parts> parts_of_all_{};  ///< of the SAs with -v so far
  bool open_ = false;
  bool sad_to_come_ = false;
};

/// "0x0a0b": without the prefix.
std::string_view without_prefix(std::string_view hex) { return take_prefix(hex, "0x"), hex; }

/// "FQDN/left.example.org": without the type.
std::string_view without_type(std::string_view id) {
  const auto slash = id.find('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

// --- flows -----------------------------------------------------------------------------------------------------------

/// "flow esp out from 10.1.0.0/16 to 10.2.0.0/16 peer 192.0.2.2 srcid FQDN/a dstid FQDN/b type require"
bool List::flow_line(std::string_view text) {
  take_word(text);
  take_word(text);
  const auto direction = take_word(text);
  Selector from;
  Selector to;
  std::optional<net::IpAddress> peer;
  state::Interned source_id;
  state::Interned destination_id;
  bool good = direction == "in" || direction == "out";
  while (!text.empty()) {
    const auto name = take_word(text);
    const auto value = take_word(text);
    if (name == "from")
      good = parse_range(value, from) && good;
    else if (name == "to")
      good = parse_range(value, to) && good;
    else if (name == "peer")
      peer = state::parse_address(value);
    else if (name == "srcid")
      source_id = builder_.text(without_type(value));
    else if (name == "dstid")
      destination_id = builder_.text(without_type(value));
  }
  if (!good) return false;
  if (!peer) return true;  // "type bypass" and the like belong to no SA
  auto& flow = flows_[*peer];
  const bool out = direction == "out";
  const auto add = [&](std::vector<state::Interned>& list, const Selector& selector) {
    const auto written = builder_.text(to_string(selector));
    if (std::ranges::find(list, written) == list.end()) list.push_back(written);
  };
  add(flow.local_ts, out ? from : to);
  add(flow.remote_ts, out ? to : from);
  if (source_id) flow.local_id = source_id;  // srcid and dstid are the local and the peer's in both directions
  if (destination_id) flow.remote_id = destination_id;
  return true;
}

/// The selectors of an SA that does not say its own are those of the flows to its peer.
void List::add_flows(state::Member& member) {
  for (auto& ike : *member.ike_sas) {
    const auto found = flows_.find(ike.remote.address);
    if (found == flows_.end()) continue;
    const auto& flow = found->second;
    if (!ike.local.id) ike.local.id = flow.local_id;
    if (!ike.remote.id) ike.remote.id = flow.remote_id;
    const auto local_ts = builder_.texts().list(flow.local_ts);
    const auto remote_ts = builder_.texts().list(flow.remote_ts);
    for (auto& child : *ike.child_sas) {
      if (!child.local_ts) child.local_ts = local_ts;
      if (!child.remote_ts) child.remote_ts = remote_ts;
    }
  }
}

// --- the rule --------------------------------------------------------------------------------------------------------

/// "aes-256", "aes-256-gcm", "3des-cbc": the key length stands in the middle of the name. "aes" alone is 128.
void List::encryption(std::string_view spelling) {
  std::string stem;
  unsigned bits = 0;
  auto rest = spelling;
  while (!rest.empty()) {
    const auto part = take_until(rest, "-");
    const auto number = state::parse_number<unsigned>(part);
    if (number && *number >= 128)
      bits = *number;
    else
      stem.append(stem.empty() ? "" : "-").append(part);
  }
  const auto* const row = state::find_algorithm(AlgorithmKind::encryption, Dialect::openbsd, stem);
  if (row == nullptr) {
    now_.sa.encryption = builder_.text(spelling);
    return;
  }
  constexpr unsigned kDefaultBits = 128;
  now_.has_cipher = true;
  now_.authentic = now_.authentic || state::is_aead(*row);
  now_.sa.encryption = builder_.text(state::canonical_name(*row, bits != 0 ? bits : kDefaultBits));
  if (state::is_aead(*row)) now_.sa.integrity = builder_.text("");
}

/// What follows "esp tunnel": "from A to B spi 0x5a6b7c8d auth hmac-sha2-256 enc aes-256 \"
bool List::rule_words(std::string_view text) {
  bool good = true;
  while (!text.empty()) {
    const auto name = take_word(text);
    if (name == "\\") {
      now_.continued = true;
      continue;
    }
    if (name == "tunnel" || name == "transport" || name == "beet") {
      now_.sa.mode = state::parse<state::Mode>(name);
      continue;
    }
    if (name == "udpencap") {
      now_.sa.encapsulation = state::Encapsulation::udp;
      continue;
    }
    const auto value = take_word(text);
    const auto address = state::parse_address(value);
    if (name == "from")
      good = (address ? (now_.sa.source = *address, true) : false) && good;
    else if (name == "to")
      good = (address ? (now_.sa.destination = *address, true) : false) && good;
    else if (name == "spi")
      good = value.size() == kSpiLength && (now_.sa.spi = parse_hex<std::uint32_t>(value)) && good;
    else if (name == "enc")
      encryption(value);
    else if (name == "auth")
      now_.authentic = true,
      now_.sa.integrity = builder_.algorithm(AlgorithmKind::integrity, Dialect::openbsd, value, 0);
    else if (name == "authkey" || name == "enckey")
      builder_.secret(now_.details, name, "", without_prefix(value));
    else
      detail(name, value);
  }
  return good;
}

bool List::rule_line(std::string_view text, std::size_t line) {
  end_sa();
  now_.sa.line = line;
  open_ = true;
  if (take_prefix(text, "@")) detail("rule", take_word(text));
  const auto protocol = take_word(text);
  now_.sa.protocol = state::parse<state::Protocol>(protocol);
  if (!now_.sa.protocol) detail("proto", protocol);
  return rule_words(text);
}

// --- what -v adds ----------------------------------------------------------------------------------------------------

/// "state mature replay 64 flags 0x404<tunnel,esn>"
bool List::state_line(std::string_view text) {
  saw("state");
  while (!text.empty()) {
    const auto name = take_word(text);
    const auto value = take_word(text);
    if (name == "state") {
      if (value == "dead")
        now_.sa.state = state::ChildState::deleted;
      else if (value != "larval")
        now_.sa.state = state::ChildState::installed;
      if (value != "mature") detail("state", value);
    } else if (name == "replay") {
      now_.sa.window = state::parse_number<std::uint32_t>(value);
    } else {
      detail(name, value);
    }
    if (name != "flags" || !value.contains('<')) continue;
    now_.sa.esn = value.contains("esn");
    now_.sa.encapsulation = value.contains("udpencap") ? state::Encapsulation::udp : state::Encapsulation::none;
  }
  return true;
}

/// "1500 output packets", "126000 output bytes, uncompressed": the direction is that of the SA.
bool List::counter_line(std::string_view text) {
  const auto number = take_word(text);
  const auto value = state::parse_number(number);
  if (!value || text.empty()) return false;
  now_.counts = true;
  if (text == "input packets" || text == "input packet") {
    now_.sa.packets = value;
    now_.sa.direction = Direction::in;
  } else if (text == "output packets" || text == "output packet") {
    now_.sa.packets = value;
    now_.sa.direction = Direction::out;
  } else {
    builder_.detail(now_.details, "counter.", text, number);
  }
  return true;
}

/// "alloc 0 bytes 126000 add 1763631242 first 1763631243": times since the epoch (cur), durations (hard, soft)
bool List::lifetime_line(std::string_view kind, std::string_view text) {
  while (!text.empty()) {
    const auto name = take_word(text);
    const auto value = take_word(text);
    const auto number = state::parse_number(value);
    if (!number) return false;
    const auto seconds = static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, UINT32_MAX));
    if (kind == "cur" && name == "bytes") {
      now_.sa.bytes = number;
    } else if (kind == "hard" && name == "add") {
      if (seconds != 0) now_.sa.hard_seconds = seconds;
    } else if (kind == "soft" && name == "add") {
      if (seconds != 0) now_.sa.soft_seconds = seconds;
    } else if (*number != 0) {
      detail(fmt::format("lifetime_{}.{}", kind, name), value);
    }
    if (kind == "cur" && name == "add") now_.sa.created = builder_.text(value);
  }
  return true;
}

bool List::attribute_line(std::string_view name, std::string_view text) {
  saw(name);
  if (name == "sa") return true;  // says again what the rule says
  if (take_prefix(name, "lifetime_")) return lifetime_line(name, text);
  if (name == "address_src" || name == "address_dst") return state::parse_address(text).has_value();  // the rule's
  if (name == "identity_src" || name == "identity_dst") {  // "type fqdn id 0: left.example.org"
    const auto id = builder_.text(text.substr(text.find(": ") == std::string_view::npos ? 0 : text.find(": ") + 2));
    (name == "identity_src" ? now_.sa.source_id : now_.sa.destination_id) = id;
    return true;
  }
  if (name == "replay") {
    auto rest = text;
    now_.replay_counter = take_prefix(rest, "rpl ") ? state::parse_number(rest) : std::nullopt;
    return now_.replay_counter.has_value();
  }
  if (name == "counter") return true;
  if (name == "mtu") return (now_.sa.mtu = state::parse_number<std::uint32_t>(text)).has_value();
  if (name == "key_auth" || name == "key_encrypt") {  // "bits 256: 0a0b..."
    take_until(text, ": ");
    builder_.secret(now_.details, name, "", text);
    return true;
  }
  if (name == "udpencap") now_.sa.encapsulation = state::Encapsulation::udp;
  if (text.ends_with("direction in")) now_.sa.direction = Direction::in;
  if (text.ends_with("direction out")) now_.sa.direction = Direction::out;
  detail(name, text);
  return true;
}

bool List::line_of_sa(std::string_view text) {
  if (text.starts_with("state ")) return state_line(text);
  if (text.front() >= '0' && text.front() <= '9') return counter_line(text);
  auto rest = text;
  const auto name = take_until(rest, ":");
  if (rest.empty() && !text.ends_with(':')) return false;
  if (name.find_first_of(" \t") != std::string_view::npos) return false;
  return attribute_line(name, trim(rest));
}

void List::saw(std::string_view part) {
  const auto* found = std::ranges::find(kParts, part);
  if (found != kParts.end()) now_.parts.set(static_cast<std::size_t>(found - kParts.begin()));
}

/// False: not understood.
bool List::take_line(std::string_view text, const Line& line) {
  if (text.starts_with("flow ")) {
    end_sa();
    return flow_line(text);
  }
  if (is_rule(text)) {
    now_.continued = false;
    return rule_line(text, line.number);
  }
  if (std::exchange(now_.continued, false)) return rule_words(text);
  return open_ && line_of_sa(text);
}

void List::take(const Line& line) {
  const auto text = trim(line.text);
  if (text == "FLOWS:") sad_to_come_ = true;  // of -s all
  if (text == "SAD:") sad_to_come_ = false;
  if (text.empty() || text == "FLOWS:" || text == "SAD:" || text == "No flows" || text == "No entries") return;
  if (line.cut) return builder_.not_understood(line, "longer than the limit of 4 MiB");
  if (is_shell_line(text, "ipsecctl")) return end_list();
  if (!line.ended) return take_unended(text, line);
  if (take_line(text, line)) return;
  builder_.not_understood(line, open_ ? "a line of an SA that is not known" : "no SA stands before it");
}

/// A last line without its end counts only if nothing has to follow.
void List::take_unended(std::string_view text, const Line& line) {
  if (is_rule(text) || text.starts_with("flow ")) end_sa();
  const bool was_open = open_;
  auto before = now_;
  if (take_line(text, line) && is_complete() && is_whole(text) && (now_.has_cipher || !is_rule(text))) return;
  now_ = std::move(before);
  open_ = was_open;
  builder_.cut_off(line);
}

// --- ends ------------------------------------------------------------------------------------------------------------

/// Of the SA that is listed last.
bool List::is_complete() const {
  if (!open_) return true;
  const bool has_algorithms =
      now_.sa.protocol == state::Protocol::ah ? now_.authentic : !now_.sa.encryption.view().empty();
  if (!now_.sa.spi || !has_algorithms) return false;
  if (now_.parts.none() && !parts_of_all_) return true;  // without -v
  const auto wanted = parts_of_all_.value_or(Parts{}) | Parts{(1U << kPartsOfAll) - 1U};
  return (now_.parts & wanted) == wanted;
}

/// The counter of an outbound SA is the next number, that of an inbound one the highest so far (pfsync-tdb.md).
void List::end_sa() {
  if (!open_) return;
  now_.sa.received = now_.replay_counter;
  if (now_.replay_counter) now_.sa.sent = *now_.replay_counter == 0 ? 0 : *now_.replay_counter - 1;
  if (!now_.sa.integrity && now_.sa.encryption) now_.sa.integrity = builder_.text("none");
  now_.sa.details = builder_.freeze(now_.details);
  halves_.push_back(now_.sa);
  if (now_.parts.any()) parts_of_all_ = parts_of_all_.value_or(~Parts{}) & now_.parts;
  now_ = {};
  open_ = false;
}

void List::end_list() {
  if (!is_complete()) builder_.warn(now_.sa.line, "the SA lacks some of its lines: the listing is cut off");
  if (std::exchange(sad_to_come_, false)) builder_.warn(0, "flows, but no heading of the SAs: the listing is cut off");
  end_sa();
}

Imported List::finish(const Lines& lines) {
  end_list();
  // Flows tell who the peers are, when the SAs do not say their direction themselves.
  for (auto& half : halves_) {
    const bool to_peer = flows_.contains(half.destination);
    const bool from_peer = flows_.contains(half.source);
    if (!half.direction && to_peer != from_peer) half.direction = to_peer ? Direction::out : Direction::in;
  }
  auto& member = builder_.add_member("ipsecctl");
  assemble(builder_, member, std::move(halves_));
  add_flows(member);
  return std::move(builder_).finish(lines);
}

}  // namespace

std::size_t recognize(std::string_view beginning) {
  return count_lines(beginning, [](std::string_view text) {
    text = trim(text);
    return text == "SAD:" || text == "FLOWS:" || is_rule(text) ||
           (text.starts_with("flow ") && text.contains(" from ") && text.contains(" to "));
  });
}

Imported import(Lines& lines, const ImportOptions& options) {
  List list(options);
  Line line;
  while (lines.next(line)) list.take(line);
  return list.finish(lines);
}

}  // namespace sasync::importer::ipsecctl
