#pragma once
// Our decoder of layout 3c against the plugin's parser: where they disagree about a message. What they are known to
// disagree on is named here and in docs/fuzz-your-parser.md.

#include <algorithm>
#include <array>
#include <string>

#include "sasync/proto/strongswan_ha.hpp"
#include "strongswan_plugin.hpp"

namespace sasync::oracle {

using namespace proto::strongswan_ha;  // NOLINT(google-global-names-in-headers): the names of the protocol compared
using enum AttributeName;

inline constexpr auto kLayout = Layout::v3c;
inline constexpr std::uint32_t kHint = static_cast<std::uint32_t>(kLayout) + 1;
inline constexpr std::uint8_t kVersion = 3;

/// Every attribute of the layout, and what kind of value it has.
struct Kind {
  AttributeName name;
  Passing passing;
};
inline constexpr std::array kKinds{Kind{ike_id, Passing::object},
                                   Kind{ike_rekey_id, Passing::object},
                                   Kind{local_id, Passing::object},
                                   Kind{remote_id, Passing::object},
                                   Kind{remote_eap_id, Passing::object},
                                   Kind{local_addr, Passing::object},
                                   Kind{remote_addr, Passing::object},
                                   Kind{config_name, Passing::text},
                                   Kind{conditions, Passing::u32},
                                   Kind{extensions, Passing::u32},
                                   Kind{local_vip, Passing::object},
                                   Kind{remote_vip, Passing::object},
                                   Kind{peer_addr, Passing::object},
                                   Kind{initiator, Passing::u8},
                                   Kind{nonce_i, Passing::chunk},
                                   Kind{nonce_r, Passing::chunk},
                                   Kind{secret, Passing::chunk},
                                   Kind{old_skd, Passing::chunk},
                                   Kind{alg_prf, Passing::u16},
                                   Kind{alg_old_prf, Passing::u16},
                                   Kind{alg_encr, Passing::u16},
                                   Kind{alg_encr_len, Passing::u16},
                                   Kind{alg_integ, Passing::u16},
                                   Kind{alg_dh, Passing::u16},
                                   Kind{ipsec_mode, Passing::u8},
                                   Kind{ipcomp, Passing::u8},
                                   Kind{inbound_spi, Passing::u32},
                                   Kind{outbound_spi, Passing::u32},
                                   Kind{inbound_cpi, Passing::u16},
                                   Kind{outbound_cpi, Passing::u16},
                                   Kind{local_ts, Passing::object},
                                   Kind{remote_ts, Passing::object},
                                   Kind{mid, Passing::u32},
                                   Kind{segment, Passing::u16},
                                   Kind{esn, Passing::u16},
                                   Kind{ike_version, Passing::u8},
                                   Kind{local_dh, Passing::chunk},
                                   Kind{remote_dh, Passing::chunk},
                                   Kind{psk, Passing::chunk},
                                   Kind{iv, Passing::chunk},
                                   Kind{auth_method, Passing::u16}};

inline std::uint8_t number_of(AttributeName name) {
  const auto attribute = make_attribute(kLayout, name, std::uint32_t{0});
  return attribute ? attribute->number : std::uint8_t{0};
}

inline const std::vector<Passing>& passing_of() {
  static const auto kPassing = [] {
    std::vector<Passing> passing(256, Passing::object);
    for (const auto& kind : kKinds) passing[number_of(kind.name)] = kind.passing;
    return passing;
  }();
  return kPassing;
}

inline Octets octets(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// Our encoder's bytes of one attribute.
inline Octets our_bytes(const Attribute& attribute) {
  Message message;
  message.version = kVersion;
  message.type_number = 1;
  message.layout = kLayout;
  message.attributes.push_back(attribute);
  Writer out;
  encode(message, out);
  return octets(out.view().subspan(2));
}

inline constexpr std::uint8_t kInet = 2;
inline constexpr std::uint8_t kInet6 = 10;

/// An address family that we know and that this system's daemon does not: it stops there, and we go on.
inline bool is_foreign(const Attribute& attribute) {
  const auto* host = std::get_if<HostValue>(&attribute.value);
  return host != nullptr && host->family != kInet && host->family != kInet6;
}

/// A host of family 0 in the last 4 or 16 bytes of a message: the daemon goes by the size, to us the family is unknown.
inline bool is_host_by_size(Bytes message, const DecodeStatus& status) {
  if (status || status.error().code != DecodeErrc::unknown_family || status.error().announced != 0) return false;
  const auto left = message.size() - status.error().offset - 1;
  return left == 4 || left == 16;
}

/// Selectors that the daemon changes as it reads them (docs/protocols/strongswan-ha.md, encodings): dynamic ones, and
/// ports that stand for ICMP types and codes.
inline bool is_changed_by_the_daemon(const TrafficSelector& selector) {
  constexpr std::uint8_t kIcmp = 1;
  constexpr std::uint8_t kIcmpV6 = 58;
  const bool is_icmp = selector.protocol == kIcmp || selector.protocol == kIcmpV6;
  return selector.dynamic != 0 || is_icmp;
}

/// Whether the plugin read the same value. Objects are compared by what the plugin's encoder makes of them.
inline bool same_value(const Attribute& ours, const PluginAttribute& theirs) {
  switch (passing_of()[ours.number]) {
    case Passing::u8:
    case Passing::u16:
    case Passing::u32:
      return std::get<std::uint32_t>(theirs.value) == std::get<std::uint32_t>(ours.value);
    case Passing::text:
      return as_bytes(std::get<PluginText>(theirs.value).text).size() == std::get<Bytes>(ours.value).size() &&
             theirs.encoded == our_bytes(ours);
    case Passing::chunk:
      return std::get<Octets>(theirs.value) == octets(std::get<Bytes>(ours.value));
    case Passing::object:
      break;
  }
  if (const auto* selector = std::get_if<TrafficSelector>(&ours.value)) {
    if (is_changed_by_the_daemon(*selector)) return true;
  }
  if (const auto* identity = std::get_if<IdentityValue>(&ours.value); identity != nullptr && identity->type == 0) {
    return theirs.encoded == Octets{ours.number, 0, 0};  // "any" has no data: the daemon passes over what is there
  }
  if (const auto* id = std::get_if<IkeSaId>(&ours.value)) {
    auto with_role = ours;
    std::get<IkeSaId>(with_role.value).role = id->role == 0 ? 0 : 1;  // the daemon keeps a truth value
    return theirs.encoded == our_bytes(with_role);
  }
  return theirs.encoded == our_bytes(ours);
}

/// What both parsers made of a message, as long as they agree.
struct Comparison {
  std::string disagreement{};  ///< "" when there is none
  std::size_t attributes = 0;
  bool refused = false;
  bool stopped_early = false;
};

/// Reads a message with both parsers: the same attributes with the same values until each stops, at the same place.
inline Comparison compare(const Plugin& plugin, Bytes bytes) {
  State state;
  Message message;
  const auto status = decode(bytes, kHint, state, message);
  const auto theirs = plugin.parse(bytes, passing_of());
  Comparison result;
  const bool we_refuse = bytes.size() < 2 || message.version != kVersion;
  result.refused = !theirs;
  if (theirs.has_value() == we_refuse) result.disagreement = "one refuses the message, the other does not";
  if (!theirs || we_refuse) return result;
  result.stopped_early = !status || message.unknown;

  auto ours = message.attributes;
  ours.erase(std::ranges::find_if(ours, is_foreign), ours.end());
  const auto more = ours.size() == message.attributes.size() && is_host_by_size(bytes, status) ? 1U : 0U;
  for (const auto& attribute : ours) {
    if (result.attributes == theirs->size()) break;
    const auto& other = (*theirs)[result.attributes];
    if (other.number != attribute.number || !same_value(attribute, other)) {
      result.disagreement = "another value of ";
      result.disagreement += attribute_name(attribute.name);
      return result;
    }
    ++result.attributes;
  }
  if (theirs->size() != ours.size() + more) result.disagreement = "one reads more attributes than the other";
  return result;
}

}  // namespace sasync::oracle
