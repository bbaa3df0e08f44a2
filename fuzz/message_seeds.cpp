#include "message_seeds.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "sasync/base/writer.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"
#include "sasync/proto/ike.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::fuzz {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets joined(std::initializer_list<Octets> parts) {
  Octets all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Octets octets(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

// --- FGCP heartbeats: docs/protocols/fgcp-frames.md

namespace heartbeat = proto::fgcp_heartbeat;

Octets heartbeat_header(std::string_view port_name = "port3") {
  Writer out;
  out.le(std::uint16_t{0x4711});
  out.u8(2);
  out.u8(0);
  out.padded(as_bytes("ha-lab"), 32);
  out.zeros(16);
  out.padded(as_bytes(port_name), 16);
  out.zeros(4);
  out.padded(as_bytes("FGT60E4Q16000001"), 16);
  return std::move(out).take();
}

Octets tlv(heartbeat::TlvType type, Bytes value) {
  Writer out;
  out.le(static_cast<std::uint16_t>(type));
  out.le(static_cast<std::uint16_t>(value.size()));
  out.bytes(value);
  return std::move(out).take();
}

Octets inventory(std::size_t count, Bytes records, Bytes after_stream = {}) {
  Octets compressed(compressBound(records.size()));
  auto size = static_cast<uLongf>(compressed.size());
  compress2(compressed.data(), &size, records.data(), records.size(), Z_BEST_COMPRESSION);
  Writer out;
  out.le(static_cast<std::uint16_t>(count));
  out.bytes(Bytes{compressed}.first(size));
  out.bytes(after_stream);
  return tlv(heartbeat::TlvType::interface_inventory, out.view());
}

/// One record; the MAC is that of a virtual cluster's interface, by the prefix of its group.
Octets interface_record(std::string_view name, std::array<std::uint8_t, 4> prefix, std::uint8_t last) {
  Writer out;
  out.padded(as_bytes(name), 16);
  out.bytes(prefix);
  out.u8(88);
  out.u8(last);
  out.u8(heartbeat::kAdminUp | heartbeat::kLinkUp);
  return std::move(out).take();
}

void add_inventories(std::vector<MessageSeed>& seeds) {
  const auto add = [&](std::string_view name, const Octets& tlvs) {
    seeds.push_back(
        {.protocol = "fgcp-heartbeat", .name = std::string{name}, .bytes = joined({heartbeat_header(), tlvs})});
  };
  constexpr std::array<std::uint8_t, 4> kGroup0{0x00, 0x09, 0x0F, 0x09};
  constexpr std::array<std::uint8_t, 4> kGroup256{0xE0, 0x23, 0xFF, 0xFC};
  constexpr std::array<std::uint8_t, 4> kOther{0x70, 0x4C, 0xA5, 0x01};
  const auto records = joined({interface_record("port1", kGroup0, 0), interface_record("port2", kGroup256, 0x21),
                               interface_record("dmz", kOther, 1)});
  add("inventory-with-virtual-macs", inventory(3, records));
  add("inventory-with-records-not-announced", inventory(2, records));
  add("inventory-with-bytes-behind-the-stream", inventory(3, records, Octets{0x55, 0x66}));
  add("inventory-of-fewer-than-announced", inventory(4, records));
  add("inventory-announced-beyond-the-limit", inventory(UINT16_MAX, records));
  add("inventory-inflated-beyond-the-limit", inventory(3, Octets(heartbeat::kInflatedBytesMax + 1)));
  const auto half = inventory(0, Octets(heartbeat::kInflatedBytesMax / 2));
  add("inventories-beyond-the-limit-together", joined({half, half, half}));
}

void add_heartbeats(std::vector<MessageSeed>& seeds) {
  add_inventories(seeds);
  const auto priority = tlv(heartbeat::TlvType::priority, Octets{200});
  Octets many = heartbeat_header();
  for (int i = 0; i < 40; ++i) many.insert(many.end(), priority.begin(), priority.end());
  seeds.push_back({.protocol = "fgcp-heartbeat", .name = "more-tlvs-than-a-line-shows", .bytes = many});
  for (const std::string_view port : {"port\\3", "port\x7F", "port\t"}) {
    // What is no text there is another protocol's.
    seeds.push_back({.protocol = "fgcp-heartbeat",
                     .name = fmt::format("port-name-with-{:02x}", port[4]),
                     .bytes = heartbeat_header(port)});
  }
}

// --- IKE

constexpr std::uint8_t kIkeV2 = 0x20;
constexpr std::uint8_t kInformational = 37;

Octets ike_header(std::uint8_t first_payload, std::size_t payload_bytes) {
  Writer out;
  for (std::uint8_t i = 1; i <= 16; ++i) out.u8(i);
  out.u8(first_payload);
  out.u8(kIkeV2);
  out.u8(kInformational);
  out.u8(0x08);
  out.be(std::uint32_t{7});
  out.be(static_cast<std::uint32_t>(proto::ike::kHeaderBytes + payload_bytes));
  return std::move(out).take();
}

Octets ike_payload(std::uint8_t next, Bytes body) {
  Writer out;
  out.u8(next);
  out.u8(0);
  out.be(static_cast<std::uint16_t>(4 + body.size()));
  out.bytes(body);
  return std::move(out).take();
}

MessageSeed ike_message(std::string name, std::uint8_t type, const Octets& body) {
  const auto payload = ike_payload(0, body);
  return {.protocol = "ike", .name = std::move(name), .bytes = joined({ike_header(type, payload.size()), payload})};
}

/// RFC 7296 section 3.13.1.
Octets selector(std::uint8_t type, std::uint8_t protocol, const Octets& ends) {
  Writer out;
  out.u8(type);
  out.u8(protocol);
  out.be(static_cast<std::uint16_t>(8 + ends.size()));
  out.be(std::uint16_t{0});
  out.be(std::uint16_t{0xFFFF});
  out.bytes(ends);
  return std::move(out).take();
}

void add_selectors(std::vector<MessageSeed>& seeds) {
  constexpr std::uint8_t kInitiatorSelectors = 44;
  constexpr std::uint8_t kIpv4Range = 7;
  constexpr std::uint8_t kIpv6Range = 8;
  constexpr std::uint8_t kFibreChannel = 9;
  const auto ipv4 = selector(kIpv4Range, 6, {10, 0, 0, 0, 10, 0, 0, 255});
  const auto ipv6 = selector(kIpv6Range, 58, Octets(32, 0xFD));
  const auto other = selector(kFibreChannel, 0, Octets(8, 0x01));
  const Octets count{3, 0, 0, 0};
  seeds.push_back(ike_message("selectors-of-each-type", kInitiatorSelectors, joined({count, ipv4, ipv6, other})));
}

void add_many_payloads(std::vector<MessageSeed>& seeds) {
  constexpr std::uint8_t kVendorId = 43;
  const auto payload = ike_payload(kVendorId, {});
  const auto count = proto::ike::kPayloadsMax + 1;
  auto bytes = ike_header(kVendorId, count * payload.size());
  for (std::size_t i = 0; i < count; ++i) bytes.insert(bytes.end(), payload.begin(), payload.end());
  seeds.push_back({.protocol = "ike", .name = "more-payloads-than-the-limit", .bytes = bytes});
}

// --- Identities

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kSet = 0x31;
constexpr std::uint8_t kObjectIdentifier = 0x06;
constexpr std::uint8_t kUtf8String = 0x0C;
constexpr std::uint8_t kPrintableString = 0x13;
constexpr std::uint8_t kIa5String = 0x16;
constexpr std::uint8_t kBmpString = 0x1E;
constexpr std::string_view kCommonName = "\x55\x04\x03";
constexpr std::string_view kOrganization = "\x55\x04\x0a";
constexpr std::string_view kSerialNumber = "\x55\x04\x05";
constexpr std::string_view kEmailAddress = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";

/// X.690, with the short form of lengths while it can be.
Octets der(std::uint8_t tag, const Octets& content) {
  Octets out{tag};
  if (content.size() >= 0x80) out.push_back(0x81);
  out.push_back(static_cast<std::uint8_t>(content.size()));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Octets attribute(std::string_view type, std::string_view value, std::uint8_t tag = kUtf8String) {
  return der(kSequence, joined({der(kObjectIdentifier, octets(type)), der(tag, octets(value))}));
}

Octets name_of(std::initializer_list<Octets> attributes) {
  Octets rdns;
  for (const auto& one : attributes) {
    const auto rdn = der(kSet, one);
    rdns.insert(rdns.end(), rdn.begin(), rdn.end());
  }
  return der(kSequence, rdns);
}

std::vector<std::pair<std::string_view, Octets>> distinguished_names() {
  const auto plain = name_of({attribute(kOrganization, "Example", kPrintableString), attribute(kCommonName, "gw")});
  return {
      {"plain", plain},
      {"every-plain-character", name_of({attribute(kCommonName, "Gw 1.a-b_c@d:e/Z9")})},
      {"email", name_of({attribute(kEmailAddress, "gw@example.org", kIa5String)})},
      {"type-without-a-short-name", name_of({attribute(kSerialNumber, "7")})},
      {"of-two-bytes-a-character", name_of({attribute(kCommonName, std::string_view{"\0g\0w", 4}, kBmpString)})},
      {"empty-value", name_of({attribute(kCommonName, "")})},
      {"blank-in-front", name_of({attribute(kCommonName, " gw")})},
      {"blank-behind", name_of({attribute(kCommonName, "gw ")})},
      {"with-a-comma", name_of({attribute(kOrganization, "Example, Inc.")})},
      {"two-attributes-in-one", name_of({joined({attribute(kCommonName, "a"), attribute(kOrganization, "b")})})},
      {"bytes-behind-the-value", name_of({der(kSequence, joined({der(kObjectIdentifier, octets(kCommonName)),
                                                                 der(kUtf8String, octets("gw")), Octets{5, 0}}))})},
      {"bytes-behind-the-name", joined({plain, Octets{5, 0}})},
      {"long", name_of({attribute(kCommonName, std::string(90, 'g')), attribute(kOrganization, std::string(60, 'o'))})},
      {"cut", Octets(plain.begin(), plain.end() - 1)},
      {"cut-inside", joined({Octets{kSequence, 3}, Octets{kSet, 9, 0}})},
      {"of-nothing", der(kSequence, {})},
      {"of-another-tag", der(kSet, {})},
  };
}

void add_identities(std::vector<MessageSeed>& seeds) {
  constexpr std::uint8_t kInitiatorIdentity = 35;
  constexpr std::uint8_t kIpv6Address = 5;
  constexpr std::uint8_t kDerName = 9;
  constexpr std::uint8_t kKeyId = 11;
  const auto add = [&](std::string_view name, std::uint8_t type, const Octets& data) {
    seeds.push_back(
        ike_message(fmt::format("identity-{}", name), kInitiatorIdentity, joined({Octets{type, 0, 0, 0}, data})));
  };
  for (const auto& [name, data] : distinguished_names()) add(fmt::format("name-{}", name), kDerName, data);
  add("ipv6", kIpv6Address, Octets(16, 0x20));
  add("key-of-text", kKeyId, octets("key"));
}

// --- strongSwan HA

/// The numbers of strongSwan's auth_method_t, and one that has no name.
void add_authentication_methods(std::vector<MessageSeed>& seeds) {
  namespace ha = proto::strongswan_ha;
  constexpr auto kMethods =
      std::to_array<std::uint32_t>({0, 1, 2, 3, 9, 10, 11, 12, 13, 14, 256, 257, 258, 259, 260, 261, 4711});
  for (const auto layout : {ha::Layout::v4, ha::Layout::v5}) {
    ha::Message message;
    message.version = ha::version_of(layout);
    message.type_number = static_cast<std::uint8_t>(ha::MessageType::ike_add);
    for (const auto method : kMethods) {
      message.attributes.push_back(*ha::make_attribute(layout, ha::AttributeName::auth_method, method));
    }
    Writer out;
    ha::encode(message, out);
    seeds.push_back({.protocol = "strongswan-ha",
                     .hint = 1 + static_cast<std::uint32_t>(layout),
                     .name = fmt::format("authentication-methods-{}", ha::layout_name(layout)),
                     .bytes = std::move(out).take()});
  }
}

/// Traffic selectors of ICMP, whose port is type and code.
void add_icmp_selectors(std::vector<MessageSeed>& seeds) {
  namespace ha = proto::strongswan_ha;
  constexpr std::uint8_t kIpv4Range = 7;
  constexpr std::uint8_t kIpv6Range = 8;
  constexpr std::array<std::uint8_t, 16> kAny{};
  ha::Message message;
  message.version = ha::version_of(ha::Layout::v5);
  message.type_number = static_cast<std::uint8_t>(ha::MessageType::child_add);
  const auto add = [&](std::uint8_t type, std::uint8_t protocol, std::uint16_t port, Bytes address) {
    const ha::TrafficSelector value{
        .type = type, .protocol = protocol, .from_port = port, .to_port = port, .from = address, .to = address};
    message.attributes.push_back(*ha::make_attribute(ha::Layout::v5, ha::AttributeName::local_ts, value));
  };
  add(kIpv4Range, 1, 8, Bytes{kAny}.first(4));
  add(kIpv6Range, 58, 128, kAny);
  add(kIpv6Range, 58, 128U << 8U, kAny);
  Writer out;
  ha::encode(message, out);
  seeds.push_back({.protocol = "strongswan-ha",
                   .hint = 1 + static_cast<std::uint32_t>(ha::Layout::v5),
                   .name = "selectors-of-icmp",
                   .bytes = std::move(out).take()});
}

}  // namespace

std::vector<MessageSeed> message_seeds() {
  std::vector<MessageSeed> seeds;
  add_heartbeats(seeds);
  add_selectors(seeds);
  add_many_payloads(seeds);
  add_identities(seeds);
  add_authentication_methods(seeds);
  add_icmp_selectors(seeds);
  return seeds;
}

}  // namespace sasync::fuzz
