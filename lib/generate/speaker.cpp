#include "speaker.hpp"

#include <stdexcept>

#include "sasync/proto/fgcp_frames.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::generate {
namespace {

constexpr std::uint16_t kHeartbeatType = 0x8890;
constexpr std::uint16_t kLayer2EndPointType = 0x8893;
constexpr std::uint16_t kStrongswanPort = 4510;
constexpr std::uint32_t kBroadcast = 0xA9FE'00FF;  // 169.254.0.255: fgcp-sync speaks to the whole cluster
constexpr std::array<std::uint8_t, 6> kBroadcastMac{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

proto::fgcp_sync::State sync_state(const Settings& settings) {
  proto::fgcp_sync::State state;
  if (!settings.ha_password.empty()) state.key.emplace(settings.ha_password);
  return state;
}

/// A zlib stream (RFC 1950) of one stored block: compressed bytes would differ from one zlib to the next.
void write_stored(Writer& out, Bytes data) {
  constexpr std::uint32_t kAdlerModulus = 65'521;
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const auto octet : data) {
    a = (a + octet) % kAdlerModulus;
    b = (b + a) % kAdlerModulus;
  }
  out.be(std::uint16_t{0x7801});
  out.u8(1);  // the last block, stored
  out.le(static_cast<std::uint16_t>(data.size()));
  out.le(static_cast<std::uint16_t>(~data.size()));
  out.bytes(data);
  out.be(b << 16U | a);
}

void write_inventory(Writer& out, const net::MacAddress& mac) {
  namespace heartbeat = proto::fgcp_heartbeat;
  constexpr std::size_t kNameBytes = 16;
  const std::array<std::string_view, 3> names{kHeartbeatPort, "wan1", "internal"};
  Writer records;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto own = mac;
    own.octets[4] = static_cast<std::uint8_t>(i);
    std::string name{names.at(i)};
    name.resize(kNameBytes);
    records.bytes(as_bytes(name));
    records.bytes(own.bytes());
    records.u8(heartbeat::kAdminUp | heartbeat::kLinkUp | (i == 1 ? heartbeat::kLinkMonitored : 0));
  }
  out.le(static_cast<std::uint16_t>(names.size()));
  write_stored(out, records.view());
}

}  // namespace

Speaker::Speaker(const Plan& plan) : plan_(plan), fgcp_(sync_state(plan.settings())) {}

Bytes Speaker::message(const event::SyncEvent& event) {
  if (plan_.is_fgcp()) {
    const auto bytes = fgcp_.encode(event);
    if (!bytes) throw std::logic_error("sasync-gen made an event without a message: " + std::string{bytes.error()});
    return *bytes;
  }
  message_.clear();
  const auto done =
      proto::strongswan_ha::encode_event(event, plan_.settings().layout, proto::ByteOrder::little, message_);
  if (!done) throw std::logic_error("sasync-gen made an event without a message: " + std::string{done.error()});
  return message_.view();
}

Bytes Speaker::frame(std::uint8_t sender, Bytes message) {
  const auto& from = plan_.station(sender);
  const auto identification = ++identification_.at(sender);
  frame_.clear();
  if (!plan_.is_fgcp()) {
    const auto& to = plan_.station(1U - sender);
    net::write_ethernet(frame_, from.mac, to.mac, net::kEtherTypeIpv4);
    net::write_udp(frame_, from.address, kStrongswanPort, to.address, kStrongswanPort, identification, message);
    return frame_.view();
  }
  const bool encapsulated = plan_.settings().encapsulate;
  const auto type = encapsulated ? kLayer2EndPointType : net::kEtherTypeIpv4;
  net::write_ethernet(frame_, from.mac, net::MacAddress::from(kBroadcastMac), type);
  if (encapsulated) proto::fgcp_session::encode({}, frame_);
  net::write_udp(frame_, from.address, proto::fgcp_sync::kUdpPort, ipv4(kBroadcast), proto::fgcp_sync::kUdpPort,
                 identification, message);
  return frame_.view();
}

Bytes Speaker::heartbeat(std::uint8_t member, std::uint8_t virtual_cluster) {
  namespace heartbeat = proto::fgcp_heartbeat;
  constexpr std::size_t kGroupNameBytes = 32;
  constexpr std::size_t kPortNameBytes = 16;
  constexpr std::size_t kSerialBytes = 16;
  constexpr std::size_t kChecksumsBytes = 48;
  constexpr std::uint8_t kActivePassive = 2;
  const auto padded = [](std::string text, std::size_t width) {
    text.resize(width);
    return text;
  };
  const auto group = padded("sasync-gen", kGroupNameBytes);
  const auto port = padded(std::string{kHeartbeatPort}, kPortNameBytes);
  const auto serial = padded(plan_.member_name(member), kSerialBytes);
  const std::array<std::uint8_t, 12> zeros{};
  const std::array<std::uint8_t, 1> cluster{static_cast<std::uint8_t>(virtual_cluster + 1)};
  const std::array<std::uint8_t, 1> priority{static_cast<std::uint8_t>(128 - member)};
  const std::array<std::uint8_t, 1> override_flag{0};
  Writer inventory;
  write_inventory(inventory, plan_.station(member).mac);
  std::vector<std::uint8_t> checksums;
  Random(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::tunnel), 0).fill(checksums, kChecksumsBytes);

  heartbeat::Message beat;
  beat.magic = 0x1;
  beat.mode = kActivePassive;
  beat.group_name = as_bytes(group);
  beat.unknown_36 = Bytes{zeros}.first(2);
  beat.group_id = kGroupId;
  beat.unknown_40 = zeros;
  beat.port_name = as_bytes(port);
  beat.revision = 1;
  beat.unknown_70 = Bytes{zeros}.first(2);
  beat.serial_number = as_bytes(serial);
  const auto add = [&](heartbeat::TlvType type, Bytes value) {
    beat.tlvs.push_back({.type = static_cast<std::uint16_t>(type), .value = value, .inventory = {}});
  };
  add(heartbeat::TlvType::vcluster_id, cluster);
  add(heartbeat::TlvType::priority, priority);
  add(heartbeat::TlvType::override_flag, override_flag);
  add(heartbeat::TlvType::interface_inventory, inventory.view());
  add(heartbeat::TlvType::ha_checksums, checksums);
  beat.end.emplace();
  message_.clear();
  heartbeat::encode(beat, message_);
  return message_.view();
}

Bytes Speaker::heartbeat_frame(std::uint8_t member, Bytes message) {
  frame_.clear();
  net::write_ethernet(frame_, plan_.station(member).mac, net::MacAddress::from(kBroadcastMac), kHeartbeatType);
  frame_.bytes(message);
  return frame_.view();
}

}  // namespace sasync::generate
