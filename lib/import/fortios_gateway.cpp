#include "fortios_gateway.hpp"

#include <algorithm>
#include <array>

#include "words.hpp"

namespace sasync::importer::fortios {
namespace {

using state::AlgorithmKind;
using state::Dialect;
using state::parse_number;

// Beyond this many a repeated SA is no longer looked for: real gateways have one, or two during a re-key.
constexpr std::size_t kSasOfGatewayMax = 64;

// Items that may stand behind another one on its line.
constexpr auto kSharedLine = std::to_array<std::string_view>(
    {" peer-id: ", " peer-id-auth: ", " peer-SN: ", " xauth-user: ", " eap-user: ", " 2FA: ", " groups: ",
     " FortiClient UID: ", " assigned IPv4 address: ", " assigned IPv6 address: "});

/// "203.0.113.10:500", "2001:db8::1:500"; "" (anonymised) leaves the end point as it is.
bool parse_end(std::string_view text, state::Endpoint& end) {
  text = trim(text);
  if (text.empty()) return true;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto address = state::parse_address(text.substr(0, colon));
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port) return false;
  end.address = *address;
  end.port = port;
  return true;
}

}  // namespace

bool Gateways::begin(MemberData& member, std::string_view vdom, std::size_t listing, std::size_t line) {
  end();
  auto index = vdom;
  const auto name = take_until(index, "/");
  const auto vd = parse_number<std::uint32_t>(index);
  if (!vd) return false;
  member.use();
  member.name_vdom(*vd, builder_.text(name));
  member_ = &member;
  vd_ = *vd;
  listing_ = listing;
  line_ = line;
  name_ = {};
  common_ = {};
  sas_.clear();
  gateway_details_.clear();
  builder_.detail(gateway_details_, "vd", index);
  virtual_ips_.clear();
  open_ = true;
  in_sa_ = false;
  announced_sas_ = 0;
  is_summed_up_ = false;
  return true;
}

/// An IKE SA ends with its DPD numbers, one that is not established with its status; a gateway without any with the
/// count of IPsec SAs. In 7.x the identity of the peer is said once more.
bool Gateways::is_last(std::string_view text) const {
  if (!open_) return true;
  if (!in_sa_) return text.starts_with("IPsec SA") && announced_sas_ == 0;
  if (has_dpd_) return !text.starts_with("peer-id") && !text.starts_with('v');  // the next gateway
  constexpr std::size_t kNumberLength = 9;                                      // "/00000000"
  const bool is_whole = text.rfind('/') > text.rfind(':') && text.size() - text.rfind('/') == kNumberLength;
  return (text.starts_with("DPD sent/recv: ") && is_whole) ||
         (text.starts_with("status: connecting") && text.ends_with(" ago"));
}

bool Gateways::take(std::string_view text) {
  if (!open_) return false;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  auto name = text.substr(0, colon);
  auto value = trim(text.substr(colon + 1));
  for (const std::string_view sums : {"IKE SA", "IPsec SA"}) {  // "IKE SA  created: 2/2  established: 2/2 ..."
    if (!name.starts_with(sums)) continue;
    name = sums;
    value = trim(text.substr(sums.size()));
    take_prefix(value, ": ");
    return item(name, value);
  }
  for (;;) {
    auto end = std::string_view::npos;
    for (const auto shared : kSharedLine) end = std::min(end, value.find(shared));
    if (!item(name, trim(value.substr(0, end)))) return false;
    if (end == std::string_view::npos) return true;
    value = value.substr(end + 1);
    name = take_until(value, ": ");
  }
}

bool Gateways::item(std::string_view name, std::string_view value) {
  if (name == "id/spi") return spis(value);
  if (in_sa_) return sa_item(name, value);
  return gateway_item(name, value);
}

// --- the gateway -----------------------------------------------------------------------------------------------------

bool Gateways::addresses(std::string_view value) {
  const auto arrow = value.find("->");
  if (arrow == std::string_view::npos) return false;
  return parse_end(value.substr(0, arrow), common_.local) && parse_end(value.substr(arrow + 2), common_.remote);
}

/// "created 1/2  established 1/2  time 10/15/20 ms", "created: 2/2 ...": now and in all
void Gateways::announce(std::string_view value) {
  if (!take_prefix(value, "created")) return;
  take_prefix(value, ":");
  value = trim(value);
  announced_sas_ = take_number<std::uint32_t>(value).value_or(0);
}

bool Gateways::gateway_item(std::string_view name, std::string_view value) {
  if (name == "name") {
    name_ = builder_.text(value);
    return true;
  }
  if (name == "version") return (common_.version = parse_number<std::uint8_t>(value)).has_value();
  if (name == "addr") return addresses(value);
  if (name == "interface") {  // "wan1 5"; in transparent mode "0" alone
    const auto blank = value.rfind(' ');
    const bool has_name = blank != std::string_view::npos;
    common_.interface = builder_.text(has_name ? trim(value.substr(0, blank)) : std::string_view{});
    builder_.detail(gateway_details_, "interface_index", has_name ? value.substr(blank + 1) : value);
    return true;
  }
  if (name == "peer-id") {
    common_.remote.id = builder_.text(value);
    return true;
  }
  if (name == "IKE SA") announce(value);
  if (name == "IPsec SA") is_summed_up_ = true;
  if (name.starts_with("assigned IP")) {
    virtual_ips_.push_back(builder_.text(value.substr(0, value.find('/'))));
    return true;
  }
  builder_.detail(gateway_details_, name, value);
  return true;
}

// --- an IKE SA -------------------------------------------------------------------------------------------------------

/// "7 d7698fd5d21aa734/2f00ce7f200b3558"
bool Gateways::spis(std::string_view value) {
  end_sa();
  in_sa_ = true;
  sa_done_ = has_dpd_ = false;
  auto responder = value;
  sa_.unique_id = parse_number<std::uint32_t>(take_word(responder));
  const auto initiator = take_until(responder, "/");
  constexpr std::size_t kDigits = 16;
  if (initiator.size() != kDigits || responder.size() != kDigits) return false;
  sa_.initiator_spi = parse_number(initiator, 16);
  sa_.responder_spi = parse_number(responder, 16);
  return sa_.initiator_spi && sa_.responder_spi;
}

/// "established 5210-5209s ago = 20ms" (begun and done so long ago), "connecting, state 3, started 15s ago"
bool Gateways::status(std::string_view value) {
  builder_.detail(sa_details_, "status", value);
  if (value.starts_with("connecting")) {
    sa_.state = state::IkeState::connecting;
    sa_done_ = value.ends_with(" ago");
    return true;
  }
  if (!take_prefix(value, "established ")) return false;
  sa_.state = state::IkeState::established;
  take_until(value, "-");
  sa_.age_seconds = take_number<std::uint32_t>(value);
  return sa_.age_seconds && value.starts_with('s');
}

/// "aes128-sha256", "aes-256-sha512", "3des-sha1", "aes256gcm", "aes256gcm-prfsha384", "chacha20poly1305-prfsha256".
/// The hash of the proposal is taken for the PRF's, too (inferred: FortiOS has no other setting for it).
void Gateways::proposal(std::string_view value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string cipher;
  const auto dash = value.find('-');
  const bool spaced = dash + 1 < value.size() && is_digit(value[dash + 1]);  // "aes-256"
  if (spaced) {
    cipher.assign(value.substr(0, dash));
    value.remove_prefix(dash + 1);
  }
  cipher += take_until(value, "-");
  unsigned bits = 0;
  const auto* row = state::find_algorithm(AlgorithmKind::encryption, Dialect::fortios, cipher);
  if (row == nullptr) {  // "aes256gcm" is "aes-gcm" and 256
    const auto begin = cipher.find_first_of("0123456789");
    const auto end = cipher.find_first_not_of("0123456789", begin);
    if (begin != std::string::npos) {
      bits = parse_number<std::uint16_t>(std::string_view(cipher).substr(begin, end - begin)).value_or(0);
      const auto mode = end == std::string::npos ? std::string{} : "-" + cipher.substr(end);
      cipher = cipher.substr(0, begin) + mode;
    }
    row = state::find_algorithm(AlgorithmKind::encryption, Dialect::fortios, cipher);
  }
  sa_.encryption = builder_.algorithm(AlgorithmKind::encryption, Dialect::fortios, cipher, bits);
  const bool aead = row != nullptr && state::is_aead(*row);
  take_prefix(value, "prf");
  if (aead)
    sa_.integrity = builder_.text("");
  else if (!value.empty())
    sa_.integrity = builder_.algorithm(AlgorithmKind::integrity, Dialect::fortios, value, 0);
  if (!value.empty()) sa_.prf = builder_.algorithm(AlgorithmKind::prf, Dialect::fortios, value, 0);
}

bool Gateways::sa_item(std::string_view name, std::string_view value) {
  if (name == "lifetime/rekey" || name == "DPD sent/recv") sa_done_ = true;
  has_dpd_ = has_dpd_ || name == "DPD sent/recv";
  if (name == "direction") {
    sa_.initiator = value == "initiator";
    return value == "initiator" || value == "responder";
  }
  if (name == "status") return status(value);
  if (name == "proposal") return proposal(value), true;
  if (name == "key" || name.starts_with("SK_")) return builder_.secret(sa_details_, "", name, value), true;
  auto second = value;
  const auto first = take_until(second, "/");
  if (name == "message-id sent/recv") {  // taken for the next ones (inferred: a fresh initiator shows 2/0)
    sa_.message_id.send = parse_number<std::uint32_t>(first);
    sa_.message_id.receive = parse_number<std::uint32_t>(second);
    return sa_.message_id.send && sa_.message_id.receive;
  }
  if (name == "lifetime/rekey") {
    sa_.lifetime_seconds = parse_number<std::uint32_t>(first);
    sa_.rekey_in_seconds = parse_number<std::uint32_t>(second);
    if (!sa_.rekey_in_seconds) builder_.detail(sa_details_, name, value);  // "28800/-12": overdue
    return sa_.lifetime_seconds.has_value();
  }
  if (name == "peer-id") {
    sa_.remote.id = builder_.text(value);
    return true;
  }
  builder_.detail(sa_details_, name, value);
  return true;
}

// --- ends ------------------------------------------------------------------------------------------------------------

void Gateways::end_sa() {
  if (!in_sa_) return;
  in_sa_ = false;
  sa_.details = builder_.freeze(sa_details_);
  sas_.push_back(std::move(sa_));
  sa_ = {};
  sa_details_.clear();
}

/// Of the gateway that is listed last. One that says of two IKE SAs may list one: the count is not that of the same
/// moment (inferred).
bool Gateways::is_complete() const {
  if (in_sa_) return sa_done_;
  return is_summed_up_ && (announced_sas_ == 0 || !sas_.empty());
}

void Gateways::end() {
  if (!open_) return;
  if (!is_complete()) {
    builder_.warn(line_, "the gateway lacks some of its lines: the list is cut off", name_.view());
  }
  end_sa();
  open_ = false;
  if (!name_) return builder_.warn(line_, "the gateway has no name: it is left out");
  auto& tunnel = member_->tunnel(name_, vd_);
  auto& known = tunnel.common;
  if (tunnel.gateway_listing != 0 && tunnel.gateway_listing != listing_) {
    builder_.warn(line_, "the gateway is listed again: the later listing counts", name_.view());
    tunnel.ike_sas.clear();
  }
  tunnel.gateway_listing = listing_;
  fill(common_.dialup, known.dialup);  // what the tunnel list and the summary know
  common_.selectors_total = known.selectors_total;
  common_.selectors_up = known.selectors_up;
  if (!common_.local.address.present()) common_.local = known.local;
  if (!common_.remote.address.present()) common_.remote = known.remote;
  common_.name = name_;
  common_.virtual_ips = builder_.texts().list(virtual_ips_);
  known = std::move(common_);
  tunnel.gateway_details = builder_.freeze(gateway_details_);
  for (auto& sa : sas_) {
    const auto same = [&](const state::IkeSa& other) {
      return other.initiator_spi == sa.initiator_spi && other.responder_spi == sa.responder_spi;
    };
    const auto found =
        tunnel.ike_sas.size() > kSasOfGatewayMax ? tunnel.ike_sas.end() : std::ranges::find_if(tunnel.ike_sas, same);
    if (found != tunnel.ike_sas.end())
      *found = std::move(sa);
    else
      tunnel.ike_sas.push_back(std::move(sa));
  }
}

}  // namespace sasync::importer::fortios
