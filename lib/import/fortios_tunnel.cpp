#include "fortios_tunnel.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "selector.hpp"
#include "words.hpp"

namespace sasync::importer::fortios {
namespace {

using state::AlgorithmKind;
using state::Dialect;
using state::parse_number;

/// "dial_inst/3": without the number that newer releases add.
std::string_view without_number(std::string_view value) { return value.substr(0, value.find('/')); }

bool parse_end(std::string_view text, state::Endpoint& end) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto address = state::parse_address(text.substr(0, colon));
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port) return false;
  end.address = *address;
  if (*port != 0) end.port = port;  // 0: no NAT traversal, the port is not said
  return true;
}

/// What stands between `first` and `last`, which are parts of one text.
std::string_view span_of(std::string_view first, std::string_view last) {
  const auto* const begin = first.data();
  return {begin, last.size() + static_cast<std::size_t>(last.data() - begin)};
}

}  // namespace

bool TunnelList::is_heading(std::string_view text) {
  return text.starts_with("list all ipsec tunnel in vd ") || text.starts_with("list ipsec tunnel by names in vd ") ||
         (text.starts_with("list all instance of tunnel ") && text.contains(" in vd "));
}

void TunnelList::begin(MemberData& member, std::string_view heading, std::size_t listing) {
  end();
  member.use();
  member_ = &member;
  listing_ = listing;
  vd_ = parse_number<std::uint32_t>(heading.substr(heading.rfind(' ') + 1));
  if (heading.starts_with("list all ipsec tunnel ")) member.listed_all_tunnels(vd_);
}

void TunnelList::end() {
  end_tunnel();
  if (std::exchange(tunnel_to_come_, false)) builder_.warn(tunnel_line_, "another tunnel follows: the list is cut off");
  member_ = nullptr;
}

/// An SA ends with its traffic, and what comes behind it is a detail; a phase 2 without one with its selectors.
bool TunnelList::is_last(std::string_view text) const {
  if (text.starts_with("run_tally=")) return true;
  if (!in_tunnel_ || text.starts_with('-')) return false;  // a tunnel follows
  const bool all_phase2 = announced_phase2_ == seen_phase2_;
  if (in_sa_) return has_traffic_ || (text.starts_with("dec:pkts/bytes=") && text.contains(" enc:pkts/bytes="));
  return all_phase2 && (!in_phase2_ || (announced_sas_ == 0U && text.starts_with("dst:")));
}

bool TunnelList::take(std::string_view text, std::size_t line) {
  if (member_ == nullptr) return false;
  if (text.starts_with("---") && text.find_first_not_of('-') == std::string_view::npos) {
    end_tunnel();
    tunnel_to_come_ = true;
    return true;
  }
  if (text.starts_with("run_tally=")) return end_tunnel(), true;
  if (take_prefix(text, "name=")) return begin_tunnel(text, line);
  if (!in_tunnel_) return false;
  if (take_prefix(text, "proxyid=")) return begin_phase2(text, line);
  if (in_phase2_ && take_prefix(text, "src:")) return selector(local_ts_, trim(text));
  if (in_phase2_ && take_prefix(text, "dst:")) return selector(remote_ts_, trim(text));
  if (in_phase2_ && take_prefix(text, "SA:")) return begin_sa(text);
  if (in_sa_ && text.starts_with("dec:pkts/bytes=")) return traffic(text);
  auto rest = text;
  auto prefix = take_word(rest);
  if (prefix.ends_with(':')) {
    prefix.remove_suffix(1);
  } else {
    prefix = {};
    rest = text;
  }
  return in_sa_ ? sa_line(prefix, rest) : tunnel_line(prefix, rest);
}

/// "a=1 options[0218]=npu create_dev  key=16 0a0b word": items, and the words that belong to none.
void TunnelList::split(std::string_view text) {
  items_.clear();
  words_.clear();
  while (!text.empty()) {
    const auto word = take_word(text);
    const auto equals = word.find('=');
    if (equals != std::string_view::npos && equals != 0) {
      items_.push_back({word.substr(0, equals), word.substr(equals + 1)});
    } else if (!items_.empty() && (items_.back().name.starts_with("options[") || items_.back().name == "key")) {
      items_.back().value = span_of(items_.back().value, word);
    } else {
      words_.push_back(word);
    }
  }
}

// --- the tunnel ------------------------------------------------------------------------------------------------------

/// "toBranchA ver=1 serial=1 203.0.113.10:0->198.51.100.33:0 lgwy=static": the name may have blanks.
bool TunnelList::begin_tunnel(std::string_view text, std::size_t line) {
  end_tunnel();
  in_tunnel_ = true;
  tunnel_to_come_ = false;
  tunnel_line_ = line;
  common_ = {};
  tunnel_details_.clear();
  if (vd_) builder_.detail(tunnel_details_, "vd", std::to_string(*vd_));
  encapsulation_ = std::nullopt;
  announced_phase2_ = std::nullopt;
  seen_phase2_ = 0;
  auto end = text.find(" ver=");
  if (end == std::string_view::npos) end = text.find(' ');
  common_.name = builder_.text(text.substr(0, end));
  if (end != std::string_view::npos)
    text.remove_prefix(end);
  else
    text = {};
  return tunnel_line({}, text);
}

bool TunnelList::end_points(std::string_view text) {
  const auto arrow = text.find("->");
  if (arrow == std::string_view::npos) return false;
  return parse_end(text.substr(0, arrow), common_.local) && parse_end(text.substr(arrow + 2), common_.remote);
}

bool TunnelList::tunnel_line(std::string_view prefix, std::string_view text) {
  split(text);
  bool good = !prefix.empty() || !items_.empty() || text.empty();
  for (const auto& item : items_) good = tunnel_item(prefix, item) && good;
  auto& details = in_phase2_ ? phase2_details_ : tunnel_details_;
  for (const auto word : words_) {
    if (prefix.empty() && word.contains("->"))
      good = end_points(word) && good;
    else if (!prefix.empty() && items_.empty())
      builder_.detail(details, "tunnel.", prefix, word);  // encap-addr: a->b
    else
      good = false;
  }
  return good;
}

bool TunnelList::tunnel_item(std::string_view prefix, const Item& item) {
  auto& details = in_phase2_ ? phase2_details_ : tunnel_details_;
  const auto& [name, value] = item;
  if (prefix.empty() && name == "ver") {
    const auto version = parse_number<std::uint8_t>(value);
    if (version && *version != 0) common_.version = version;  // 0: policy mode, not said
    return version.has_value();
  }
  if (name == "proxyid_num") announced_phase2_ = parse_number<std::uint32_t>(value);
  if (prefix.empty() && name == "mode") {
    const auto mode = without_number(value);
    if (mode == "auto") common_.dialup = false;
    if (mode == "dial_inst" || mode == "dialup") common_.dialup = true;
  }
  if (prefix == "natt" && name == "mode") {
    encapsulation_ = value == "none" ? state::Encapsulation::none : state::Encapsulation::udp;
  }
  std::string full(in_phase2_ ? "proxyid." : "tunnel.");
  if (!prefix.empty()) full.append(prefix).append(".");
  builder_.detail(details, full, name, value);
  return true;
}

// --- phase 2 ---------------------------------------------------------------------------------------------------------

/// "toBranchA-p2 proto=0 sa=1 ref=2 serial=1 auto-negotiate": the name may have blanks.
bool TunnelList::begin_phase2(std::string_view text, std::size_t line) {
  end_phase2();
  in_phase2_ = true;
  phase2_line_ = line;
  phase2_ = {};
  phase2_details_.clear();
  local_ts_.clear();
  remote_ts_.clear();
  announced_sas_ = std::nullopt;
  seen_sas_ = 0;
  ++seen_phase2_;
  const auto end = text.find(" proto=");
  phase2_.name = builder_.text(text.substr(0, end));
  split(end == std::string_view::npos ? std::string_view{} : text.substr(end));
  bool good = end != std::string_view::npos;
  for (const auto& item : items_) {
    if (item.name != "sa")
      builder_.detail(phase2_details_, "proxyid.", item.name, item.value);
    else
      good = (announced_sas_ = parse_number<std::uint32_t>(item.value)) && good;
  }
  std::string flags;
  for (const auto word : words_) flags.append(flags.empty() ? "" : " ").append(word);
  if (!flags.empty()) builder_.detail(phase2_details_, "proxyid.", "flags", flags);
  phase2_.mode = flags.contains("transport-mode") ? state::Mode::transport : state::Mode::tunnel;
  phase2_.protocol = state::Protocol::esp;
  return good;
}

/// "0:10.20.0.0/255.255.0.0:0"
bool TunnelList::selector(std::vector<state::Interned>& list, std::string_view text) {
  const auto parsed = parse_fortios_selector(text);
  if (parsed) list.push_back(builder_.text(to_string(*parsed)));
  return parsed.has_value();
}

// --- an SA -----------------------------------------------------------------------------------------------------------

bool TunnelList::begin_sa(std::string_view text) {
  end_sa();
  in_sa_ = true;
  ++seen_sas_;
  sa_ = phase2_;
  sa_.local_ts = builder_.texts().list(local_ts_);
  sa_.remote_ts = builder_.texts().list(remote_ts_);
  sa_.state = state::ChildState::installed;
  sa_.encapsulation = encapsulation_;
  if (!encapsulation_ && common_.remote.address.present()) {
    sa_.encapsulation = common_.remote.port ? state::Encapsulation::udp : state::Encapsulation::none;
  }
  sa_details_ = phase2_details_;
  in_ = out_ = {};
  has_traffic_ = false;
  return sa_line({}, text);
}

bool TunnelList::sa_line(std::string_view prefix, std::string_view text) {
  split(text);
  bool good = !items_.empty() && words_.empty();
  if (prefix == "dec" || prefix == "enc") outbound_ = prefix == "enc";
  std::string_view cipher;
  const bool half = prefix == "dec" || prefix == "enc" || (prefix.empty() && !items_.empty() && items_[0].name == "ah");
  for (const auto& item : items_) {
    if (half)
      good = half_item(cipher, item) && good;
    else if (prefix == "life")
      good = life_item(item) && good;
    else if (prefix.empty())
      good = sa_item(item) && good;
    else
      builder_.detail(sa_details_, std::string(prefix) + '.', item.name, item.value);
  }
  return good;
}

bool TunnelList::sa_item(const Item& item) {
  const auto& [name, value] = item;
  if (name == "mtu") return (sa_.mtu = parse_number<std::uint32_t>(value)).has_value();
  if (name == "replaywin") return (sa_.replay.window = parse_number<std::uint32_t>(value)).has_value();
  if (name == "replaywin_lastseq") return (sa_.replay.last = parse_number(value, 16)).has_value();
  if (name == "seqno") return (sa_.seq_out = parse_number(value, 16)).has_value();  // the last one used (FX-23)
  if (name == "esn") {
    sa_.esn = value != "0";
    return value == "0" || value == "1";
  }
  if (name == "expire") {  // "41710/0B"
    sa_.expires_in_seconds = parse_number<std::uint32_t>(value.substr(0, value.find('/')));
    if (!value.ends_with("/0B")) builder_.detail(sa_details_, name, value);
    return sa_.expires_in_seconds.has_value();
  }
  builder_.detail(sa_details_, name, value);
  return true;
}

/// "timeout=42910/43200": in effect and configured
bool TunnelList::life_item(const Item& item) {
  builder_.detail(sa_details_, "life.", item.name, item.value);
  if (item.name != "timeout") return true;
  sa_.lifetime_seconds = parse_number<std::uint32_t>(without_number(item.value));
  return sa_.lifetime_seconds.has_value();
}

/// "spi=05c14b5a", "esp=aes", "ah=sha1", "key=16 945f7d97a6bca387": `cipher` is the algorithm the key is for.
bool TunnelList::half_item(std::string_view& cipher, const Item& item) {
  const auto& [name, value] = item;
  if (name == "spi") {
    auto& spi = outbound_ ? sa_.spi_out : sa_.spi_in;
    spi = parse_number<std::uint32_t>(value, 16);
    return spi.has_value();
  }
  if (name == "esp" || name == "ah") {
    cipher = span_of(name, value);  // "esp=aes"
    return true;
  }
  if (name != "key" || cipher.empty()) {
    builder_.detail(sa_details_, outbound_ ? "enc." : "dec.", name, value);
    return true;
  }
  auto algorithm = cipher;
  const bool authentication = take_until(algorithm, "=") == "ah";
  key(algorithm, authentication, value);
  return true;
}

void TunnelList::key(std::string_view cipher, bool authentication, std::string_view value) {
  auto& half = outbound_ ? out_ : in_;
  const auto octets = take_number<std::uint16_t>(value).value_or(0);
  if (octets != 0) {
    builder_.secret(sa_details_, outbound_ ? "enc." : "dec.", authentication ? "ah_key" : "esp_key", trim(value));
  }
  if (authentication) {
    const bool none = half.aead && cipher == "null";
    half.integrity =
        none ? builder_.text("") : builder_.algorithm(AlgorithmKind::integrity, Dialect::fortios, cipher, 0);
    return;
  }
  const auto* const row = state::find_algorithm(AlgorithmKind::encryption, Dialect::fortios, cipher);
  const auto salt = row != nullptr ? row->salt_octets : 0U;
  const auto bits = octets > salt ? (octets - salt) * 8U : 0U;
  half.encryption = builder_.algorithm(AlgorithmKind::encryption, Dialect::fortios, cipher, bits);
  half.aead = row != nullptr && state::is_aead(*row);
}

/// "dec:pkts/bytes=7300/613200, enc:pkts/bytes=7278/1106256"
bool TunnelList::traffic(std::string_view text) {
  bool good = true;
  while (!text.empty()) {
    auto value = take_word(text);
    if (value.ends_with(',')) value.remove_suffix(1);
    const auto name = take_until(value, "=");
    const auto packets = parse_number(take_until(value, "/"));
    const auto bytes = parse_number(value);
    good = good && packets && bytes;
    if (name == "dec:pkts/bytes") {
      sa_.packets_in = packets;
      sa_.bytes_in = bytes;
    } else if (name == "enc:pkts/bytes") {
      sa_.packets_out = packets;
      sa_.bytes_out = bytes;
      has_traffic_ = true;
    } else {
      good = false;
    }
  }
  return good;
}

// --- ends ------------------------------------------------------------------------------------------------------------

void TunnelList::end_sa() {
  if (!in_sa_) return;
  in_sa_ = false;
  sa_.encryption = out_.encryption ? out_.encryption : in_.encryption;
  sa_.integrity = out_.integrity ? out_.integrity : in_.integrity;
  if (in_.encryption && in_.encryption != sa_.encryption) {
    builder_.detail(sa_details_, "in.encryption", in_.encryption.view());
  }
  if (in_.integrity && in_.integrity != sa_.integrity) {
    builder_.detail(sa_details_, "in.integrity", in_.integrity.view());
  }
  if (sa_.lifetime_seconds && sa_.expires_in_seconds && *sa_.lifetime_seconds >= *sa_.expires_in_seconds) {
    sa_.age_seconds = *sa_.lifetime_seconds - *sa_.expires_in_seconds;  // inferred
  }
  if (!sa_.spi_in || !sa_.spi_out || !has_traffic_) {
    builder_.warn(phase2_line_, "the SA lacks some of its lines: the list is cut off", phase2_.name.view());
  }
  sa_.details = builder_.freeze(sa_details_);
  children_.push_back(sa_);
}

void TunnelList::end_phase2() {
  end_sa();
  if (!in_phase2_) return;
  in_phase2_ = false;
  if (announced_sas_ && *announced_sas_ != seen_sas_) {
    builder_.warn(phase2_line_,
                  fmt::format("phase 2 says sa={}, but {} follow: the list is cut off", *announced_sas_, seen_sas_),
                  phase2_.name.view());
  }
  if (announced_sas_ != 0U || seen_sas_ != 0) return;
  if (local_ts_.empty() || remote_ts_.empty()) {
    builder_.warn(phase2_line_, "phase 2 lacks its selectors: the list is cut off", phase2_.name.view());
  }
  phase2_.local_ts = builder_.texts().list(local_ts_);
  phase2_.remote_ts = builder_.texts().list(remote_ts_);
  phase2_.details = builder_.freeze(phase2_details_);
  children_down_.push_back(phase2_);
}

void TunnelList::end_tunnel() {
  end_phase2();
  if (!in_tunnel_) return;
  in_tunnel_ = false;
  if (announced_phase2_ ? *announced_phase2_ != seen_phase2_ : seen_phase2_ == 0) {
    builder_.warn(tunnel_line_, "the tunnel lacks some of its phase 2: the list is cut off", common_.name.view());
  }
  auto& tunnel = member_->tunnel(common_.name, vd_);
  if (tunnel.tunnel_listing != 0 && tunnel.tunnel_listing != listing_) {
    builder_.warn(tunnel_line_, "the tunnel is listed again: the later listing counts", common_.name.view());
    tunnel.children.clear();
    tunnel.children_down.clear();
  }
  tunnel.tunnel_listing = listing_;
  auto& known = tunnel.common;
  fill(known.version, common_.version);
  known.dialup = common_.dialup;
  if (tunnel.gateway_listing == 0 || !known.local.address.present()) known.local = common_.local;
  if (tunnel.gateway_listing == 0 || !known.remote.address.present()) known.remote = common_.remote;
  tunnel.tunnel_details = builder_.freeze(tunnel_details_);
  const auto move_to = [](std::vector<state::ChildSa>& target, std::vector<state::ChildSa>& source) {
    target.insert(target.end(), source.begin(), source.end());
    source.clear();
  };
  move_to(tunnel.children, children_);
  move_to(tunnel.children_down, children_down_);
}

}  // namespace sasync::importer::fortios
