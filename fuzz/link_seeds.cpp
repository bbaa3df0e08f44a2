#include "link_seeds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frame_list.hpp"
#include "link_options.hpp"
#include "sasync/net/frame_writer.hpp"
#include "sasync/proto/fgcp_sync.hpp"
#include "support/hex.hpp"

namespace sasync::fuzz {
namespace {

using Octets = std::vector<std::uint8_t>;
using test::hex;

constexpr std::array<std::uint8_t, 4> kNodeA{10, 9, 0, 1};
constexpr std::array<std::uint8_t, 4> kNodeB{10, 9, 0, 2};

std::uint8_t option_of(net::LinkType type) {
  return static_cast<std::uint8_t>(std::ranges::find(kLinkTypes, type) - kLinkTypes.begin());
}

Octets input(std::uint8_t options, const std::vector<Octets>& frames, std::uint8_t seconds = 1) {
  return frame_list(options, {frames.begin(), frames.end()}, seconds);
}

/// An IPv4 packet with no link layer before it.
Octets datagram(Bytes from, std::uint16_t from_port, Bytes to, std::uint16_t to_port, Bytes payload) {
  Writer out;
  net::write_udp(out, net::IpAddress::from(from), from_port, net::IpAddress::from(to), to_port, 7, payload);
  return std::move(out).take();
}

// --- strongSwan HA: docs/protocols/strongswan-ha.md, sections 3.3, 5.2 and 9.2

constexpr std::uint16_t kHaPort = 4510;

Octets from_a(std::string_view message) { return datagram(kNodeA, kHaPort, kNodeB, kHaPort, hex(message)); }
Octets from_b(std::string_view message) { return datagram(kNodeB, kHaPort, kNodeA, kHaPort, hex(message)); }

const std::string kOld = "02 1122334455667788 99aabbccddeeff00 00 ";
const std::string kNew = "02 aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb 01 ";
const std::string kStatusOf3a = "03 0a 21 00 01";
const std::string kStatusOf3c = "03 0a 22 00 01";
const std::string kResyncOf3c = "03 0b 22 00 01";

std::string ike_add(const std::string& sa) { return "03 01 24 02 01 " + sa + "15 00 0c 0f 00 01 aa 10 00 01 bb"; }
std::string ike_add_for(const std::string& sa, const std::string& replaced) {
  return "03 01 24 02 01 " + sa + "02 " + replaced + "14 00 05 15 00 0c";
}
std::string ike_add_4(const std::string& sa) { return "04 01 26 02 01 " + sa + "16 00 0c 0f 00 01 aa 10 00 01 bb"; }
std::string ike_add_4_further(const std::string& sa) { return "04 01 26 02 01 " + sa + "0f 00 01 aa 10 00 01 bb"; }
std::string ike_update(const std::string& sa) { return "03 02 01 " + sa + "03 02 01 61 04 02 01 62"; }
std::string virtual_ip(const std::string& sa) { return "03 02 01 " + sa + "0c 00 00 02 0a 03 00 01"; }
std::string ike_delete(const std::string& sa) { return "03 05 01 " + sa; }
std::string child_add(const std::string& sa) { return "03 06 01 " + sa + "0e 00 1b 01 ee ff c0"; }

struct Story {
  std::string_view name;
  std::vector<Octets> frames;
};

std::vector<Story> stories_of_sas() {
  return {
      {"healthy-life",
       {from_a(kStatusOf3c), from_a(ike_add(kOld)), from_a(ike_update(kOld)), from_a(child_add(kOld)),
        from_a(virtual_ip(kOld)), from_a(ike_add_for(kNew, kOld)), from_a(ike_delete(kOld)), from_a(ike_update(kNew)),
        from_a(child_add(kNew)), from_a(ike_delete(kNew))}},
      {"update-without-add", {from_a(kStatusOf3c), from_a(ike_update(kOld)), from_a(ike_add(kOld))}},
      {"add-cut-before-its-sa", {from_a(kStatusOf3c), from_a("03 01 24 02 01 02"), from_a(ike_update(kOld))}},
      {"child-before-update", {from_a(ike_add(kOld)), from_a(virtual_ip(kOld)), from_a(child_add(kOld))}},
      {"update-cut-behind-its-sa", {from_a(ike_add(kOld)), from_a("03 02 01 " + kOld), from_a(child_add(kOld))}},
      {"add-again", {from_a(ike_add(kOld)), from_a(ike_update(kOld)), from_a(ike_add(kOld)), from_a(child_add(kOld))}},
      {"add-again-in-layout-4", {from_a(ike_add_4(kOld)), from_a(ike_add_4(kOld))}},
      {"further-key-exchanges", {from_a(ike_add_4(kOld)), from_a(ike_add_4_further(kOld))}},
      {"add-again-as-was-asked", {from_a(ike_add(kOld)), from_b(kResyncOf3c), from_a(ike_add(kOld))}},
      {"rekeyed-before-update", {from_a(ike_add(kOld)), from_a(ike_add_for(kNew, kOld))}},
      {"rekeyed-after-update", {from_a(ike_add(kOld)), from_a(ike_update(kOld)), from_a(ike_add_for(kNew, kOld))}},
      {"rekey-cut-in-the-replaced-sa", {from_a(ike_add(kOld)), from_a("03 01 24 02 01 " + kNew + "02 02 1122")}},
      {"sa-cut-in-its-spi", {from_a(ike_add(kOld)), from_a("03 06 01 02 1122"), from_a("03 02 01 02 1122")}},
      {"messages-without-an-sa", {from_a("03 01 14 00 05"), from_a("03 06 0e 00 1b"), from_a("03 05")}},
      {"mixed-layouts", {from_a(kStatusOf3a), from_b(kStatusOf3c), from_a(kStatusOf3a)}},
      {"mixed-versions", {from_a("03 0a"), from_b("05 0a"), from_a("03 0a")}},
      {"nothing-but-datagrams", {from_a(""), from_b("03"), from_b("09 01 01")}},
  };
}

void add_strongswan(std::vector<LinkSeed>& seeds) {
  const auto ipv4 = option_of(net::LinkType::ipv4);
  for (const auto& [name, frames] : stories_of_sas()) {
    seeds.push_back({"link", fmt::format("strongswan-{}", name), input(ipv4, frames)});
  }
  const auto chosen = static_cast<std::uint8_t>(ipv4 | kLinkChosen);
  seeds.push_back(
      {"link", "strongswan-layout-as-the-user-says", input(chosen, {from_a(kStatusOf3c), from_a("05 0a 24 00 01")})});
  constexpr std::size_t kBurst = 257;
  seeds.push_back({"link", "strongswan-burst", input(ipv4, std::vector<Octets>(kBurst, from_a("03 0a")), 0)});
}

// --- FGCP

Octets ethernet(std::uint8_t sender, std::uint16_t type, Bytes payload) {
  const auto mac = [](std::uint8_t last) {
    return net::MacAddress::from(std::array<std::uint8_t, 6>{0x70, 0x4C, 0xA5, 0, 0, last});
  };
  Writer out;
  net::write_ethernet(out, mac(sender), mac(0xFF), type);
  out.bytes(payload);
  return std::move(out).take();
}

/// As Linux captures it on all interfaces: the frame came over a link without addresses.
Octets cooked_without_address(std::uint16_t type, Bytes payload) {
  Writer out;
  out.zeros(2 + 2 + 2 + 8);
  out.be(type);
  out.bytes(payload);
  return std::move(out).take();
}

constexpr std::uint16_t kHeartbeat = 0x8890;
constexpr std::uint16_t kSessionSync = 0x8892;
constexpr std::uint16_t kSession = 0x8893;

Octets heartbeat() {
  Writer out;
  out.le(std::uint16_t{0x4711});
  out.zeros(2);
  out.padded(as_bytes("ha-lab"), 32);
  out.zeros(16);
  out.padded(as_bytes("port3"), 16);
  out.zeros(4);
  out.padded(as_bytes("FGT60E4Q16000001"), 16);
  return std::move(out).take();
}

void add_speakers(std::vector<LinkSeed>& seeds) {
  const Octets sync{1, 2, 3, 4};
  const Octets packet{1, 0, 2, 0, 0x45, 0};
  const Octets no_packet{1, 0, 2, 0, 0x99};
  const auto ethernets = option_of(net::LinkType::ethernet);
  const auto chosen = static_cast<std::uint8_t>(ethernets | kLinkChosen);
  const auto add = [&](std::string_view name, std::uint8_t options, const std::vector<Octets>& frames) {
    seeds.push_back({"link", fmt::format("fgcp-{}", name), input(options, frames)});
  };
  add("session-sync-of-a-stranger", ethernets, {ethernet(1, kSessionSync, sync)});
  add("session-sync-as-the-user-says", ethernets | kLinkSessionSync, {ethernet(1, kSessionSync, sync)});
  add("session-sync-after-a-heartbeat", ethernets,
      {ethernet(1, kHeartbeat, heartbeat()), ethernet(1, kHeartbeat, heartbeat()), ethernet(1, kSessionSync, sync),
       ethernet(2, kSessionSync, sync)});
  add("session-sync-after-a-packet", ethernets,
      {ethernet(1, kSession, packet), ethernet(1, kSession, packet), ethernet(2, kSession, packet),
       ethernet(1, kSessionSync, sync)});
  add("session-sync-after-no-fgcp", ethernets,
      {ethernet(1, kHeartbeat, Octets(120, 0xA5)), ethernet(1, kSession, no_packet), ethernet(1, kSessionSync, sync)});
  const auto forgotten = [&](bool is_last) {
    std::vector<Octets> frames{ethernet(1, kHeartbeat, heartbeat()), ethernet(2, kHeartbeat, heartbeat())};
    if (is_last) frames.push_back(ethernet(1, kSessionSync, sync));
    for (const std::uint8_t sender : std::to_array<std::uint8_t>({3, 4})) {
      frames.push_back(ethernet(sender, kHeartbeat, heartbeat()));
      frames.push_back(ethernet(1, kSessionSync, sync));
    }
    return frames;
  };
  add("session-sync-of-a-forgotten-speaker", chosen, forgotten(false));
  add("session-sync-of-a-forgotten-last-speaker", chosen, forgotten(true));
  add("session-sync-without-a-sender", option_of(net::LinkType::linux_cooked_v1),
      {cooked_without_address(kHeartbeat, heartbeat()), cooked_without_address(kSessionSync, sync)});
}

// --- fgcp-sync: what its receiver counts as a fault (docs/protocols/fgcp-sync.md)

namespace sync = proto::fgcp_sync;

constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kTypeAt = 5;
constexpr std::size_t kLengthAt = 10;
constexpr std::size_t kChecksumAt = 32;

void put(Octets& bytes, std::size_t at, Bytes value) {
  std::ranges::copy(value, bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Length and checksum made good.
Octets mended(Octets bytes) {
  Writer length;
  length.le(static_cast<std::uint16_t>(bytes.size()));
  put(bytes, kLengthAt, length.view());
  Writer checksum;
  checksum.le(sync::checksum(bytes));
  put(bytes, kChecksumAt, checksum.view());
  return bytes;
}

Octets route_add(std::string_view password) {
  proto::DecodeOptions options;
  options.ha_password = password;
  sync::EventEncoder encoder{sync::make_state(options)};
  event::SyncEvent event;
  event.member = "FGT60E4Q16000001";
  event.body = event::RouteAdd{};
  const auto bytes = encoder.encode(event);
  return {bytes->begin(), bytes->end()};
}

void add_sync_faults(std::vector<LinkSeed>& seeds) {
  const auto add = [&](std::string_view name, Bytes message, std::uint8_t options = 0) {
    const auto link = static_cast<std::uint8_t>(option_of(net::LinkType::ipv4) | options);
    const auto frame = datagram(kNodeA, sync::kUdpPort, kNodeB, sync::kUdpPort, message);
    seeds.push_back({"link", fmt::format("fgcp-sync-{}", name), input(link, {frame})});
  };
  const auto whole = route_add("");
  add("authenticated", route_add("fuzz"), kLinkKeys);
  add("authenticated-by-another-password", route_add("other"), kLinkKeys);
  add("authenticated-and-not-checked", route_add("fuzz"));
  add("not-authenticated", whole, kLinkKeys);
  add("fields-missing", mended(Octets(whole.begin(), whole.begin() + sync::kHeaderBytes)));
  auto bytes = whole;
  bytes.push_back(0);
  add("tlv-cut-in-its-head", mended(bytes));
  add("longer-than-it-says", bytes);
  add("cut-in-its-header", Bytes{whole}.first(sync::kHeaderBytes - 1));
  bytes = whole;
  bytes[kVersionAt] = 9;
  add("of-another-version", mended(bytes));
  bytes = whole;
  bytes[kTypeAt] = 200;
  add("of-an-unknown-type", mended(bytes));
  bytes = whole;
  bytes[kChecksumAt] ^= 1U;
  add("checksum-wrong", bytes);
  add("foreign", hex("01 02 03 04 05"));
}

// --- IKE and ESP on a port that the user named, and on IKE's own

void add_ike(std::vector<LinkSeed>& seeds) {
  const auto ike = hex("1122334455667788 0000000000000000 00 20 22 08 00000000 0000001c");
  const auto marked = hex("00000000 1122334455667788 0000000000000000 00 20 22 08 00000000 0000001c");
  const auto esp = hex("c66ade2d 00000001 0102030405060708 090a0b0c0d0e0f10");
  const auto keepalive = hex("ff");
  for (const std::uint16_t port : std::to_array<std::uint16_t>({500, 4500, kLinkIkePort})) {
    std::vector<Octets> frames;
    for (const auto& payload : {ike, marked, esp, keepalive}) {
      frames.push_back(datagram(kNodeA, port, kNodeB, port, payload));
      frames.push_back(datagram(kNodeB, port, kNodeA, 40'000, payload));
    }
    const auto options = static_cast<std::uint8_t>(option_of(net::LinkType::ipv4) | kLinkChosen);
    seeds.push_back({"link", fmt::format("ike-and-esp-on-port-{}", port), input(options, frames)});
  }
}

// --- fragments

/// The first fragments of two datagrams with the same identification, more seconds apart than one is waited for.
void add_fragments(std::vector<LinkSeed>& seeds) {
  constexpr std::size_t kFlagsAt = 6;
  constexpr std::uint8_t kMoreFragments = 0x20;
  auto first = datagram(kNodeA, kHaPort, kNodeB, kHaPort, Octets(32, 0xAB));
  first[kFlagsAt] = kMoreFragments;
  seeds.push_back(
      {"frames", "fragments-too-far-apart", input(option_of(net::LinkType::ipv4), {first, first}, UINT8_MAX)});
}

}  // namespace

std::vector<LinkSeed> link_seeds() {
  std::vector<LinkSeed> seeds;
  add_strongswan(seeds);
  add_speakers(seeds);
  add_sync_faults(seeds);
  add_ike(seeds);
  add_fragments(seeds);
  return seeds;
}

}  // namespace sasync::fuzz
