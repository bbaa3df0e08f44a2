// strongSwan HA messages for people and for JSON.

#include <algorithm>
#include <array>

#include "sasync/base/reader.hpp"
#include "sasync/proto/identity.hpp"
#include "sasync/proto/ike_names.hpp"
#include "sasync/proto/value_text.hpp"
#include "strongswan_ha_table.hpp"

namespace sasync::proto::strongswan_ha {
namespace {

constexpr std::array<std::string_view, 8> kLayoutNames{"1", "2a", "2b", "3a", "3b", "3c", "4", "5"};

constexpr std::array<std::string_view, 13> kMessageNames{
    "",           "IKE_ADD",   "IKE_UPDATE",   "IKE_MID_INITIATOR", "IKE_MID_RESPONDER",
    "IKE_DELETE", "CHILD_ADD", "CHILD_DELETE", "SEGMENT_DROP",      "SEGMENT_TAKE",
    "STATUS",     "RESYNC",    "IKE_IV"};

constexpr std::array kConditionNames{FlagName{0, "NAT_ANY"},
                                     FlagName{1, "NAT_HERE"},
                                     FlagName{2, "NAT_THERE"},
                                     FlagName{3, "NAT_FAKE"},
                                     FlagName{4, "EAP_AUTHENTICATED"},
                                     FlagName{5, "CERTREQ_SEEN"},
                                     FlagName{6, "ORIGINAL_INITIATOR"},
                                     FlagName{7, "STALE"},
                                     FlagName{8, "INIT_CONTACT_SEEN"},
                                     FlagName{9, "XAUTH_AUTHENTICATED"},
                                     FlagName{10, "REAUTHENTICATING"},
                                     FlagName{11, "REDIRECTED"},
                                     FlagName{12, "ONLINE_VALIDATION_SUSPENDED"},
                                     FlagName{13, "PPK"},
                                     FlagName{14, "AUTHENTICATED"},
                                     FlagName{15, "OCSP_REQUEST"}};

constexpr std::array kExtensionNames{FlagName{0, "NATT"},
                                     FlagName{1, "MOBIKE"},
                                     FlagName{2, "HASH_AND_URL"},
                                     FlagName{3, "MULTIPLE_AUTH"},
                                     FlagName{4, "STRONGSWAN"},
                                     FlagName{5, "EAP_ONLY_AUTHENTICATION"},
                                     FlagName{6, "MS_WINDOWS"},
                                     FlagName{7, "XAUTH"},
                                     FlagName{8, "DPD"},
                                     FlagName{9, "CISCO_UNITY"},
                                     FlagName{10, "NATT_DRAFT_02_03"},
                                     FlagName{11, "IKE_FRAGMENTATION"},
                                     FlagName{12, "SIGNATURE_AUTH"},
                                     FlagName{13, "IKE_REDIRECTION"},
                                     FlagName{14, "IKE_MESSAGE_ID_SYNC"},
                                     FlagName{15, "PPK"},
                                     FlagName{16, "IKE_CHILDLESS"},
                                     FlagName{17, "IKE_INTERMEDIATE"}};

// Layout 5 sends a second set, marked by its top bit, whose other bits have no public names.
constexpr std::uint32_t kPrivateSet = 1U << 31U;
constexpr std::array kPrivateSetNames{FlagName{31, "PRIVATE"}};

std::string_view mode_name(std::uint32_t mode) {
  static constexpr std::array<std::string_view, 7> kNames{"NONE", "TRANSPORT", "TUNNEL", "BEET",
                                                          "PASS", "DROP",      "IPTFS"};
  return mode < kNames.size() ? kNames[mode] : std::string_view{};
}

std::string_view auth_method_name(std::uint32_t method) {
  switch (method) {
    case 0:
      return "NONE";
    case 1:
      return "RSA";
    case 2:
      return "PSK";
    case 3:
      return "DSS";
    case 9:
      return "ECDSA_256";
    case 10:
      return "ECDSA_384";
    case 11:
      return "ECDSA_521";
    case 12:
      return "GSPM";
    case 13:
      return "NULL";
    case 14:
      return "DS";
    case 256:
      return "XAUTH_INIT_PSK";
    case 257:
      return "XAUTH_RESP_PSK";
    case 258:
      return "XAUTH_INIT_RSA";
    case 259:
      return "XAUTH_RESP_RSA";
    case 260:
      return "HYBRID_INIT_RSA";
    case 261:
      return "HYBRID_RESP_RSA";
    default:
      return {};
  }
}

Flags flags_of(std::uint32_t bits, std::span<const FlagName> names, Layout layout) {
  const bool is_private = layout == Layout::v5 && (bits & kPrivateSet) != 0;
  return {.bits = bits, .names = is_private ? std::span<const FlagName>{kPrivateSetNames} : names};
}

Value number_value(const Message& message, const AttributeInfo& info, std::uint32_t number) {
  switch (info.meaning) {
    case Meaning::boolean:
      return number <= 1 ? Value{Boolean{number == 1}} : Value{Number{number}};
    case Meaning::spi:
      return Hex{message.esp_spi(number), 8};
    case Meaning::cpi:
      return Hex{message.cpi(number), 4};
    case Meaning::encryption:
      return Enumerated{number, encryption_name(number)};
    case Meaning::integrity:
      return Enumerated{number, integrity_name(number)};
    case Meaning::prf:
      return Enumerated{number, prf_name(number)};
    case Meaning::key_exchange:
      return Enumerated{number, key_exchange_name(number)};
    case Meaning::mode:
      return Enumerated{number, mode_name(number)};
    case Meaning::ipcomp:
      return Enumerated{number, ipcomp_name(number)};
    case Meaning::esn:
      return Enumerated{number, esn_name(number)};
    case Meaning::auth_method:
      return Enumerated{number, auth_method_name(number)};
    case Meaning::conditions:
      return flags_of(number, kConditionNames, message.layout);
    case Meaning::extensions:
      return flags_of(number, kExtensionNames, message.layout);
    case Meaning::plain:
    case Meaning::secret:
    case Meaning::octets:
      break;
  }
  return Number{number};
}

IkeId shown(const IkeSaId& id) {
  return {.version = id.version,
          .initiator = id.role != 0,
          .initiator_spi = id.initiator_spi,
          .responder_spi = id.responder_spi};
}

Host shown(const HostValue& host) { return {.address = net::IpAddress::from(host.address), .port = host.port}; }

/// Of ICMP the upper byte is the type and the lower one the code; the receiver takes a single byte for a type.
std::uint16_t shown_port(const TrafficSelector& selector, std::uint16_t port) {
  constexpr std::uint8_t kIcmp = 1;
  constexpr std::uint8_t kIcmpV6 = 58;
  const bool is_icmp = selector.protocol == kIcmp || selector.protocol == kIcmpV6;
  return is_icmp && port <= 0xFFU ? static_cast<std::uint16_t>(port << 8U) : port;
}

Selector shown(const TrafficSelector& selector) {
  return {.from = net::IpAddress::from(selector.from),
          .to = net::IpAddress::from(selector.to),
          .from_port = shown_port(selector, selector.from_port),
          .to_port = shown_port(selector, selector.to_port),
          .protocol = selector.protocol,
          .dynamic = selector.dynamic != 0};
}

void describe_key_exchanges(const Attribute& attribute, const AttributeInfo& info, Fields& fields) {
  constexpr std::size_t kBeforeValue = 3;  // number, length
  fields.open_array(info.field, attribute.offset, attribute.length);
  for (Reader reader{std::get<Bytes>(attribute.value), attribute.offset + kBeforeValue}; reader.more();) {
    const auto offset = reader.offset();
    const auto number = reader.be<std::uint16_t>(info.field);
    fields.add({}, offset, sizeof(number), Enumerated{number, key_exchange_name(number)});
  }
  fields.close();
}

void describe_attribute(const Message& message, const Attribute& attribute, Fields& fields) {
  const auto& info = info_of(attribute.name);
  const auto add = [&](Value value) {
    fields.add(info.field, attribute.offset, attribute.length, std::move(value), info.list);
  };
  switch (info.encoding) {
    case Encoding::u8:
    case Encoding::u16:
    case Encoding::u32:
      return add(number_value(message, info, std::get<std::uint32_t>(attribute.value)));
    case Encoding::ike_id:
      return add(shown(std::get<IkeSaId>(attribute.value)));
    case Encoding::identity: {
      const auto& identity = std::get<IdentityValue>(attribute.value);
      return add(make_identity(identity.type, identity.data, fields));
    }
    case Encoding::host:
      return add(shown(std::get<HostValue>(attribute.value)));
    case Encoding::text:
      return add(WireText{as_text(std::get<Bytes>(attribute.value))});
    case Encoding::chunk: {
      const auto bytes = std::get<Bytes>(attribute.value);
      return add(info.meaning == Meaning::secret ? Value{Secret{bytes}} : Value{Octets{bytes}});
    }
    case Encoding::chunk_of_u16:
      return describe_key_exchanges(attribute, info, fields);
    case Encoding::selector:
      return add(shown(std::get<TrafficSelector>(attribute.value)));
  }
}

/// Whether key material can still stand behind an attribute that nobody knows: by the order in which every release
/// sends them, none does behind the last one here.
bool may_hide_keys(const Message& message) {
  using enum AttributeName;
  const auto has = [&](AttributeName name) { return message.find(name) != nullptr; };
  switch (message.type) {
    case MessageType::ike_add:
      return !has(secret) || !has(remote_addr);
    case MessageType::child_add:
      return !has(local_ts) && !has(remote_ts);
    case MessageType::ike_iv:
      return !has(iv);
    case MessageType::unknown:
      return true;
    default:
      return false;
  }
}

/// One line about one message: each part is appended with a blank before it.
class Summary {
 public:
  Summary(const Message& message, Text& out) : message_(message), out_(out) {}

  void write() {
    using enum AttributeName;
    switch (message_.type) {
      case MessageType::ike_add:
        return ike_add();
      case MessageType::ike_update:
        return ike_update();
      case MessageType::ike_mid_initiator:
        return message_id(" sends ", " next");
      case MessageType::ike_mid_responder:
        return message_id(" expects ", " next");
      case MessageType::child_add:
        return child_add();
      case MessageType::child_delete:
        sa();
        return spi(" in ", inbound_spi);
      case MessageType::segment_drop:
      case MessageType::segment_take:
        return segments(" segment ", "");
      case MessageType::status:
        return segments(" serves ", " serves none");
      case MessageType::resync:
        return segments(" asks for ", " asks for none");
      case MessageType::ike_iv:
        sa();
        return octet_count(iv, " IV of ", " bytes");
      case MessageType::ike_delete:
      case MessageType::unknown:
        return sa();
    }
  }

 private:
  template <class T>
  const T* value(AttributeName name) const {
    const auto* attribute = message_.find(name);
    return attribute == nullptr ? nullptr : &std::get<T>(attribute->value);
  }

  void text(std::string_view words) { append(out_, words); }

  void sa(AttributeName name = AttributeName::ike_id) {
    const auto* id = value<IkeSaId>(name);
    if (id == nullptr) return;
    text(" ");
    append(out_, shown(*id));
  }

  void ike_add() {
    using enum AttributeName;
    sa();
    if (const auto* version = value<std::uint32_t>(ike_version)) {
      text(" IKEv");
      append_decimal(out_, *version);
    }
    if (message_.find(ike_rekey_id) != nullptr) {
      text(" rekeys");
      sa(ike_rekey_id);
    }
    algorithms();
    host(" peer ", remote_addr);
  }

  void ike_update() {
    using enum AttributeName;
    sa();
    name();
    endpoint(local_id, local_addr, " ");
    endpoint(remote_id, remote_addr, " === ");
    for (const auto& attribute : message_.attributes) {
      if (attribute.name != remote_vip) continue;
      text(" virtual IP ");
      append(out_, net::IpAddress::from(std::get<HostValue>(attribute.value).address));
    }
  }

  void message_id(std::string_view before, std::string_view after) {
    sa();
    if (const auto* number = value<std::uint32_t>(AttributeName::mid)) {
      text(before);
      append_decimal(out_, *number);
      text(after);
    }
  }

  void child_add() {
    using enum AttributeName;
    sa();
    name();
    spi(" in ", inbound_spi);
    spi(" out ", outbound_spi);
    algorithms();
    selectors(local_ts, " ");
    selectors(remote_ts, " === ");
  }

  void segments(std::string_view before, std::string_view none) {
    auto separator = before;
    for (const auto& attribute : message_.attributes) {
      if (attribute.name != AttributeName::segment) continue;
      text(separator);
      append_decimal(out_, std::get<std::uint32_t>(attribute.value));
      separator = ",";
    }
    if (separator == before) text(none);
  }

  void octet_count(AttributeName name, std::string_view before, std::string_view after) {
    if (const auto* bytes = value<Bytes>(name)) {
      text(before);
      append_decimal(out_, bytes->size());
      text(after);
    }
  }

  void name() {
    if (const auto* bytes = value<Bytes>(AttributeName::config_name)) {
      text(" ");
      append_escaped(out_, as_text(*bytes));
    }
  }

  void spi(std::string_view before, AttributeName name) {
    if (const auto* number = value<std::uint32_t>(name)) {
      text(before);
      append_hex(out_, message_.esp_spi(*number), 8);
    }
  }

  void host(std::string_view before, AttributeName name) {
    if (const auto* host = value<HostValue>(name)) {
      text(before);
      append(out_, shown(*host));
    }
  }

  void endpoint(AttributeName id, AttributeName address, std::string_view before) {
    const auto* identity = value<IdentityValue>(id);
    if (identity == nullptr && message_.find(address) == nullptr) return;
    text(before);
    if (identity != nullptr) {
      Fields kept;
      const auto shown = make_identity(identity->type, identity->data, kept);
      if (shown.form == Identity::Form::text) {
        append_escaped(out_, as_text(shown.value));
      } else {
        append_value(out_, shown);
      }
    }
    host(" @ ", address);
  }

  // "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256", as SA lists have it.
  void algorithms() {
    using enum AttributeName;
    using Namer = std::string_view (*)(std::uint64_t);
    std::string_view separator = " ";
    const auto algorithm = [&](AttributeName attribute, Namer namer) {
      const auto* number = value<std::uint32_t>(attribute);
      if (number == nullptr) return;
      text(separator);
      separator = "/";
      append(out_, Enumerated{*number, namer(*number)});
      if (attribute != alg_encr) return;
      if (const auto* bits = value<std::uint32_t>(alg_encr_len)) {
        text("-");
        append_decimal(out_, *bits);
      }
    };
    algorithm(alg_encr, encryption_name);
    algorithm(alg_integ, integrity_name);
    algorithm(alg_prf, prf_name);
    algorithm(alg_dh, key_exchange_name);
  }

  void selectors(AttributeName name, std::string_view before) {
    auto separator = before;
    for (const auto& attribute : message_.attributes) {
      if (attribute.name != name) continue;
      text(separator);
      append(out_, shown(std::get<TrafficSelector>(attribute.value)));
      separator = ",";
    }
  }

  const Message& message_;
  Text& out_;
};

}  // namespace

std::string_view layout_name(Layout layout) { return kLayoutNames[static_cast<std::size_t>(layout)]; }

std::optional<Layout> find_layout(std::string_view name) {
  const auto found = std::ranges::find(kLayoutNames, name);
  if (found == kLayoutNames.end()) return std::nullopt;
  return static_cast<Layout>(found - kLayoutNames.begin());
}

std::uint8_t version_of(Layout layout) { return static_cast<std::uint8_t>(layout_name(layout).front() - '0'); }

std::string_view attribute_name(AttributeName name) { return info_of(name).field; }

MessageHead head(const Message& message) {
  static const auto kNumbers = [] {
    std::array<std::string, 256> numbers;
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::to_string(i);
    return numbers;
  }();
  const bool known_version = message.version >= kVersionMin && message.version <= kVersionMax;
  return {.message = message.type == MessageType::unknown ? std::string_view{kNumbers[message.type_number]}
                                                          : kMessageNames[static_cast<std::size_t>(message.type)],
          .type = message.type == MessageType::unknown ? message.type_number + 0U
                                                       : static_cast<std::uint32_t>(message.type),
          .version = message.is_empty ? std::nullopt : std::optional<std::uint32_t>{message.version},
          .layout = known_version ? layout_name(message.layout) : std::string_view{}};
}

void describe(const Message& message, Fields& fields) {
  for (const auto& attribute : message.attributes) describe_attribute(message, attribute, fields);
  if (message.unknown) {
    fields.add_unknown({.type = message.unknown->number,
                        .offset = message.unknown->offset,
                        .bytes = message.unknown->bytes,
                        .may_be_secret = may_hide_keys(message)});
  }
}

void summarize(const Message& message, Text& out) { Summary{message, out}.write(); }

}  // namespace sasync::proto::strongswan_ha
