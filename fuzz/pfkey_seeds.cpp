#include "pfkey_seeds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sasync/proto/pfkey.hpp"

namespace sasync::fuzz {
namespace {

namespace pfkey = proto::pfkey;
using pfkey::Type;
using pfkey::Value;
using enum pfkey::ExtensionType;

constexpr std::array<std::uint8_t, 16> kAddress{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> kMask{0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
constexpr std::array<std::uint8_t, 32> kZeros{};
constexpr pfkey::Sa kSa{.spi = 0x1234'5678, .replay = 64, .state = 1, .auth = 5, .encrypt = 12, .flags = 4};
constexpr std::uint8_t kFamilyIpv4 = 2;
constexpr std::uint8_t kFamilyIpv6 = 24;

struct Part {
  pfkey::ExtensionType type{};
  Value value{};
};

Bytes zeros(std::size_t count) { return Bytes{kZeros}.first(count); }

pfkey::Address ipv4(Bytes address, std::uint16_t port = 0) {
  return {.length = 16, .family = kFamilyIpv4, .port = port, .address = address.first(4), .rest = zeros(8)};
}
pfkey::Address ipv6() { return {.length = 28, .family = kFamilyIpv6, .address = Bytes{kAddress}, .rest = zeros(8)}; }
pfkey::Identity identity(std::uint16_t type, std::string_view text) {
  const auto room = (text.size() / 8 + 1) * 8;
  return {.type = type, .text = as_bytes(text), .padding = zeros(room - text.size())};
}

constexpr std::uint8_t kEsp = 2;
constexpr std::uint8_t kIpcomp = 9;

std::vector<std::uint8_t> written(Type type, bool little_endian, const std::vector<Part>& parts,
                                  std::uint8_t satype = kEsp) {
  constexpr std::size_t kUnit = 8;
  pfkey::Message message;
  message.little_endian = little_endian;
  message.header = {.type = static_cast<std::uint8_t>(type), .satype = satype, .seq = 7, .pid = 99};
  std::size_t length = 0;
  for (const auto& part : parts) {
    message.extensions.emplace_back(static_cast<std::uint16_t>(part.type)).value = part.value;
    // How long the encoder makes it is its length.
    Writer writer;
    pfkey::encode(message, writer);
    auto& last = message.extensions.back();
    last.length = static_cast<std::uint32_t>(writer.size() - std::max<std::size_t>(length, 2 * kUnit));
    length = writer.size();
  }
  message.header.length = static_cast<std::uint16_t>(std::max<std::size_t>(length, 2 * kUnit) / kUnit);
  Writer writer;
  pfkey::encode(message, writer);
  return {writer.view().begin(), writer.view().end()};
}

/// What sasyncd says of an SA, without which the kernel takes none.
std::vector<Part> with_sa(std::vector<Part> more) {
  std::vector<Part> parts{{sa, kSa}, {address_src, ipv4(kAddress)}, {address_dst, ipv4(kMask)}};
  for (auto& part : more) parts.push_back(std::move(part));
  return parts;
}

std::vector<std::pair<std::string_view, std::vector<Part>>> additions() {
  const pfkey::Lifetime lifetime{.allocations = 1, .bytes = 2, .addtime = 1'700'000'000, .usetime = 4};
  const pfkey::Key key{.bits = 128, .key = Bytes{kAddress}, .padding = zeros(0)};
  return {
      {"plain", {}},
      {"lifetimes", {{lifetime_current, lifetime}, {lifetime_hard, lifetime}, {lifetime_soft, lifetime}}},
      {"lastuse", {{x_lifetime_lastuse, lifetime}}},
      {"keys", {{key_auth, key}, {key_encrypt, key}}},
      {"proxy", {{address_proxy, ipv6()}}},
      {"identity-prefix", {{identity_src, identity(pfkey::kIdentityPrefix, "192.0.2.1/32")}}},
      {"identity-prefix6", {{identity_dst, identity(pfkey::kIdentityPrefix, "2001:db8::1/128")}}},
      {"identity-net", {{identity_dst, identity(pfkey::kIdentityPrefix, "192.0.2.0/24")}}},
      {"identity-fqdn", {{identity_src, identity(pfkey::kIdentityFqdn, "gw.example.org")}}},
      {"identity-user", {{identity_dst, identity(pfkey::kIdentityUserFqdn, "a@example.org")}}},
      {"identity-dn", {{identity_src, identity(pfkey::kIdentityAsn1Dn, "CN=a")}}},
      {"sensitivity", {{sensitivity, zeros(4)}}},
      {"proposal", {{proposal, zeros(12)}}},
      {"supported", {{supported_auth, zeros(12)}, {supported_encrypt, zeros(12)}, {x_supported_comp, zeros(12)}}},
      {"spirange", {{spirange, zeros(12)}}},
      {"selectors",
       {{x_src_mask, ipv4(kMask, 0xffff)},
        {x_dst_mask, ipv4(kMask, 0)},
        {x_protocol, pfkey::Selection{.number = 6}},
        {x_src_flow, ipv4(kAddress, 80)},
        {x_dst_flow, ipv4(kAddress)}}},
      {"flow-type", {{x_flow_type, pfkey::Selection{.number = 1, .direction = 2}}}},
      {"policy", {{x_policy, pfkey::Single{.value = 3}}}},
      {"credentials",
       {{x_local_credentials, zeros(12)},
        {x_remote_credentials, zeros(12)},
        {x_local_auth, zeros(4)},
        {x_remote_auth, zeros(4)}}},
      {"udpencap", {{x_udpencap, pfkey::UdpEncapsulation{.port = 4500}}}},
      {"tag", {{x_tag, pfkey::Tag{.length = 6, .name = as_bytes("ipsec"), .padding = zeros(3)}}}},
      {"tap", {{x_tap, pfkey::Single{.value = 1}}}},
      {"satype2", {{x_sa2, pfkey::Sa{.spi = 1}}, {x_dst2, ipv6()}, {x_satype2, pfkey::Selection{.number = 9}}}},
      {"counter", {{x_counter, pfkey::Counters{.values = {1, 2, 3, 4, 5, 6, 7, 8}}}}},
      {"rdomain", {{x_rdomain, pfkey::RoutingDomain{.before = 1, .after = 2}}}},
      {"mtu", {{x_mtu, pfkey::Single{.value = 1400}}}},
      {"replay", {{x_replay, pfkey::ReplayCounter{.counter = 9}}}},
      {"iface", {{x_iface, pfkey::Interface{.unit = 1, .direction = 1, .reserved = zeros(7)}}}},
      {"unknown", {{static_cast<pfkey::ExtensionType>(41), zeros(4)}}},
  };
}

/// Flows as OpenBSD's kernel has them, and with what it would refuse.
std::vector<std::pair<std::string_view, std::vector<Part>>> flows() {
  const Part src{x_src_flow, ipv4(kAddress, 80)};
  const Part dst{x_dst_flow, ipv4(kAddress)};
  const Part mask{x_dst_mask, ipv4(kMask)};
  const Part type{x_flow_type, pfkey::Selection{.number = 1, .direction = 2}};
  static constexpr std::array<std::uint8_t, 4> kHoles{0xff, 0x00, 0xff, 0x00};
  static constexpr std::array<std::uint8_t, 4> kHoleInByte{0xff, 0xa0, 0x00, 0x00};
  static constexpr std::array<std::uint8_t, 4> kBitsBehind{0xff, 0x80, 0x80, 0x00};
  return {
      {"source-alone", {src, type}},
      {"destination-alone", {dst}},
      {"one-mask", {src, dst, mask, type, {address_dst, ipv4(kAddress)}}},
      {"mask-with-holes", {src, dst, {x_src_mask, ipv4(kHoles)}, {x_dst_mask, ipv4(kHoleInByte)}}},
      {"mask-with-bits-behind", {src, {x_src_mask, ipv4(kBitsBehind)}}},
  };
}

/// SAs of which something is missing, or is another system's.
std::vector<std::pair<std::string_view, std::vector<Part>>> odd_sas() {
  constexpr std::uint8_t kFamilyIpv6FreeBsd = 28;
  auto freebsd = ipv6();
  freebsd.family = kFamilyIpv6FreeBsd;
  auto with_flow_info = ipv6();
  with_flow_info.flow_info = 7;
  const pfkey::Sa no_algorithms{.spi = 1, .state = 1};
  const pfkey::Sa old_algorithms{.spi = 1, .state = 1, .auth = 249, .encrypt = 249};
  std::vector<Part> many;
  for (std::size_t i = 0; i <= pfkey::kExtensionsMax; ++i) {
    many.push_back({static_cast<pfkey::ExtensionType>(100 + i), zeros(4)});
  }
  return {
      {"without-addresses", {{sa, kSa}}},
      {"without-algorithms", {{sa, no_algorithms}, {address_dst, ipv4(kAddress)}}},
      {"with-algorithms-of-before", {{sa, old_algorithms}, {address_dst, ipv4(kAddress)}}},
      {"with-an-address-of-freebsd", {{sa, kSa}, {address_dst, freebsd}}},
      {"with-flow-info", {{sa, kSa}, {address_dst, with_flow_info}}},
      {"with-half-a-filter", {{sa, kSa}, {address_dst, ipv4(kAddress)}, {x_src_flow, ipv4(kAddress)}}},
      {"with-more-extensions-than-the-limit", many},
  };
}

}  // namespace

std::vector<PfkeySeed> pfkey_seeds() {
  std::vector<PfkeySeed> seeds;
  for (const bool little_endian : {true, false}) {
    const auto* const order = little_endian ? "le" : "be";
    for (const auto& [name, parts] : additions()) {
      seeds.push_back({fmt::format("add-{}-{}", name, order), written(Type::add, little_endian, with_sa(parts))});
    }
    for (const auto& [name, parts] : flows()) {
      seeds.push_back({fmt::format("flow-{}-{}", name, order), written(Type::x_addflow, little_endian, parts)});
    }
    for (const auto& [name, parts] : odd_sas()) {
      seeds.push_back({fmt::format("sa-{}-{}", name, order), written(Type::add, little_endian, parts)});
    }
    seeds.push_back({fmt::format("add-of-ipcomp-{}", order), written(Type::add, little_endian, with_sa({}), kIpcomp)});
    for (std::uint8_t type = 0; type <= static_cast<std::uint8_t>(Type::x_spddump); ++type) {
      const auto bytes = written(static_cast<Type>(type), little_endian, with_sa({}));
      seeds.push_back({fmt::format("{}-{}", pfkey::type_name(type), order), bytes});
    }
  }
  return seeds;
}

}  // namespace sasync::fuzz
