// Writes a capture of a sync link that never was, for measuring: strongSwan HA messages or FGCP heartbeats. The same
// arguments give the same bytes (and the same zlib, for the heartbeats' inventories).
#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <charconv>
#include <deque>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sasync/base/writer.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace {

using namespace sasync;
using Octets = std::vector<std::uint8_t>;

/// splitmix64: the standard library's distributions differ from one implementation to the next.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// 0 to bound - 1, evenly enough.
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>((next() >> 32U) * bound >> 32U); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(next()); }
  Octets octets(std::size_t count) {
    Octets out(count);
    for (auto& octet : out) octet = static_cast<std::uint8_t>(next());
    return out;
  }

 private:
  std::uint64_t state_;
};

/// A pcap file of Ethernet frames with microseconds.
class PcapFile {
 public:
  explicit PcapFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    constexpr std::uint32_t kMagic = 0xA1B2C3D4;
    constexpr std::uint32_t kSnapshotLength = 262'144;
    constexpr std::uint32_t kEthernet = 1;
    buffer_.le(kMagic);
    buffer_.le(std::uint16_t{2});
    buffer_.le(std::uint16_t{4});
    buffer_.zeros(8);
    buffer_.le(kSnapshotLength);
    buffer_.le(kEthernet);
  }

  void add(std::uint64_t time_us, Bytes frame) {
    constexpr std::uint64_t kMicroseconds = 1'000'000;
    constexpr std::size_t kFlushBytes = 1U << 20U;
    buffer_.le(static_cast<std::uint32_t>(time_us / kMicroseconds));
    buffer_.le(static_cast<std::uint32_t>(time_us % kMicroseconds));
    buffer_.le(static_cast<std::uint32_t>(frame.size()));
    buffer_.le(static_cast<std::uint32_t>(frame.size()));
    buffer_.bytes(frame);
    if (buffer_.size() > kFlushBytes) flush();
  }

  void close() {
    flush();
    file_.close();
    if (!file_) throw std::runtime_error(path_ + ": cannot be written");
  }

 private:
  void flush() {
    const auto text = as_text(buffer_.view());
    file_.write(text.data(), static_cast<std::streamsize>(text.size()));
    buffer_.clear();
  }

  std::string path_;
  std::ofstream file_;
  Writer buffer_;
};

constexpr std::uint64_t kFirstTimeUs = 1'795'000'000'000'000;

// ---- Ethernet, IPv4, UDP ----

struct Node {
  std::array<std::uint8_t, 6> mac;
  std::array<std::uint8_t, 4> address;
};

void add_to_checksum(std::uint32_t& sum, Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
}

std::uint16_t folded(std::uint32_t sum) {
  while (sum >> 16U != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

/// One datagram of the sync link, checksums and all, in `frame`.
void write_udp_frame(Writer& frame, const Node& from, const Node& to, std::uint16_t identification, Bytes payload) {
  constexpr std::uint16_t kIpv4 = 0x0800;
  constexpr std::uint16_t kDontFragment = 0x4000;
  constexpr std::uint16_t kPort = 4510;
  constexpr std::uint8_t kUdp = 17;
  const auto udp_bytes = static_cast<std::uint16_t>(payload.size() + 8);

  const auto ip_header = [&](std::uint16_t checksum) {
    Writer out;
    out.be(std::uint16_t{0x4500});
    out.be(static_cast<std::uint16_t>(udp_bytes + 20));
    out.be(identification);
    out.be(kDontFragment);
    out.u8(64);
    out.u8(kUdp);
    out.be(checksum);
    out.bytes(from.address);
    out.bytes(to.address);
    return out;
  };
  std::uint32_t ip_sum = 0;
  add_to_checksum(ip_sum, ip_header(0).view());
  std::uint32_t udp_sum = 0U + kUdp + udp_bytes + kPort + kPort + udp_bytes;
  add_to_checksum(udp_sum, from.address);
  add_to_checksum(udp_sum, to.address);
  add_to_checksum(udp_sum, payload);
  const auto udp_checksum = folded(udp_sum);

  frame.clear();
  frame.bytes(to.mac);
  frame.bytes(from.mac);
  frame.be(kIpv4);
  frame.bytes(ip_header(folded(ip_sum)).view());
  frame.be(kPort);
  frame.be(kPort);
  frame.be(udp_bytes);
  frame.be(udp_checksum == 0 ? std::uint16_t{0xFFFF} : udp_checksum);
  frame.bytes(payload);
}

// ---- strongSwan HA: the life of many tunnels ----

using namespace proto::strongswan_ha;

struct Child {
  std::uint32_t inbound_spi = 0;  ///< as ESP shows it
  std::string name;
  std::uint8_t net = 0;
};

struct Tunnel {
  std::uint32_t number = 0;
  bool is_ikev1 = false;
  bool we_initiated = false;
  bool has_virtual_ip = false;
  bool uses_pfs = false;
  bool uses_modp = false;
  bool has_ipv6 = false;
  bool has_certificate = false;
  std::uint32_t stage = 0;
  std::uint32_t rekeys_left = 0;
  std::uint32_t next_mid_own = 2;
  std::uint32_t next_mid_peer = 2;
  Octets initiator_spi, responder_spi, peer;
  std::string name, remote_id;
  std::vector<Child> children;
};

/// A message under construction; keeps the bytes that its attributes look at.
class MessageBuilder {
 public:
  explicit MessageBuilder(MessageType type) {
    message_.version = version_of(kLayout);
    message_.type_number = static_cast<std::uint8_t>(type);
    message_.type = type;
    message_.layout = kLayout;
  }
  MessageBuilder& add(AttributeName name, AttributeValue value) {
    const auto attribute = make_attribute(kLayout, name, std::move(value));
    if (!attribute) throw std::logic_error("the layout has no such attribute");
    message_.attributes.push_back(*attribute);
    return *this;
  }
  MessageBuilder& number(AttributeName name, std::uint32_t value) { return add(name, value); }
  MessageBuilder& chunk(AttributeName name, Octets value) { return add(name, keep(std::move(value))); }
  MessageBuilder& text(AttributeName name, std::string_view value) { return chunk(name, {value.begin(), value.end()}); }
  MessageBuilder& identity(AttributeName name, std::uint8_t type, Bytes value) {
    return add(name, IdentityValue{type, keep({value.begin(), value.end()})});
  }
  /// C=CH, O=Example Networks, CN=`common_name`, in DER.
  MessageBuilder& distinguished_name(AttributeName name, std::string_view common_name) {
    constexpr std::uint8_t kDerDn = 9;
    constexpr std::uint8_t kSequence = 0x30;
    Octets names;
    for (const auto& part : {rdn(6, "CH"), rdn(10, "Example Networks"), rdn(3, common_name)}) {
      names.insert(names.end(), part.begin(), part.end());
    }
    return identity(name, kDerDn, der(kSequence, names));
  }
  MessageBuilder& host(AttributeName name, Octets address, std::uint16_t port) {
    constexpr std::uint8_t kInet = 2;
    return add(name, HostValue{port, kInet, keep(std::move(address))});
  }
  /// The range from `first` to `last` with any protocol and port.
  MessageBuilder& range(AttributeName name, Octets first, Octets last) {
    constexpr std::uint8_t kIpv4Range = 7;
    constexpr std::uint8_t kIpv6Range = 8;
    constexpr std::uint16_t kPortMax = 65535;
    const auto type = first.size() == 4 ? kIpv4Range : kIpv6Range;
    return add(name,
               TrafficSelector{
                   .type = type, .to_port = kPortMax, .from = keep(std::move(first)), .to = keep(std::move(last))});
  }
  MessageBuilder& ike_id(const Tunnel& tunnel) {
    return add(AttributeName::ike_id, IkeSaId{.version = static_cast<std::uint8_t>(tunnel.is_ikev1 ? 1 : 2),
                                              .initiator_spi = tunnel.initiator_spi,
                                              .responder_spi = tunnel.responder_spi,
                                              .role = static_cast<std::uint8_t>(tunnel.we_initiated ? 1 : 0)});
  }
  [[nodiscard]] Bytes encoded(Writer& out) const {
    out.clear();
    encode(message_, out);
    return out.view();
  }

 private:
  static constexpr Layout kLayout = Layout::v3c;

  /// A DER value of fewer than 128 bytes.
  static Octets der(std::uint8_t tag, Bytes value) {
    Writer out;
    out.u8(tag);
    out.u8(static_cast<std::uint8_t>(value.size()));
    out.bytes(value);
    return std::move(out).take();
  }
  /// A relative distinguished name of attribute 2.5.4.`attribute`.
  static Octets rdn(std::uint8_t attribute, std::string_view text) {
    constexpr std::uint8_t kObjectIdentifier = 0x06;
    constexpr std::uint8_t kUtf8String = 0x0C;
    constexpr std::uint8_t kSequence = 0x30;
    constexpr std::uint8_t kSet = 0x31;
    const std::array<std::uint8_t, 3> identifier{0x55, 0x04, attribute};
    Writer pair;
    pair.bytes(der(kObjectIdentifier, identifier));
    pair.bytes(der(kUtf8String, as_bytes(text)));
    return der(kSet, der(kSequence, pair.view()));
  }

  Bytes keep(Octets octets) { return kept_.emplace_back(std::move(octets)); }

  Message message_;
  std::deque<Octets> kept_;
};

Octets ipv6_net(std::uint8_t net, std::uint8_t number, std::uint8_t host) {
  Octets address(16, host);
  const std::array<std::uint8_t, 8> prefix{0xFD, 0x00, 0x00, 0x10, 0x00, net, 0x00, number};
  std::copy(prefix.begin(), prefix.end(), address.begin());
  return address;
}

class StrongswanCapture {
 public:
  StrongswanCapture(PcapFile& file, std::uint64_t count) : file_(file), left_(count) {}

  void write() {
    std::vector<Tunnel> tunnels(kTunnels);
    for (auto& tunnel : tunnels) tunnel = make_tunnel();
    while (left_ > 0) {
      auto& tunnel = tunnels[random_.below(kTunnels)];
      if (!live(tunnel)) tunnel = make_tunnel();
    }
  }

 private:
  static constexpr std::uint32_t kTunnels = 4096;
  static constexpr std::uint64_t kHeartbeatUs = 1'000'000;
  using enum AttributeName;

  /// The next thing that happens to the tunnel; false when it was the last.
  bool live(Tunnel& tunnel) {
    constexpr std::uint32_t kChildStages = 3;
    if (tunnel.stage == 0) {
      establish(tunnel);
    } else if (tunnel.stage < kChildStages && !tunnel.is_ikev1 && random_.below(4) == 0) {
      exchange(tunnel);
      child_add(tunnel, tunnel.children.emplace_back(make_child(tunnel)), tunnel.uses_pfs);
    } else if (tunnel.rekeys_left > 0) {
      --tunnel.rekeys_left;
      if (random_.below(3) == 0) {
        exchange(tunnel);  // a liveness check
      } else {
        child_rekey(tunnel);
      }
    } else {
      exchange(tunnel);
      send(MessageBuilder{MessageType::ike_delete}.ike_id(tunnel));
      return false;
    }
    ++tunnel.stage;
    return true;
  }

  Tunnel make_tunnel() {
    constexpr std::uint32_t kIkev1In = 6;
    Tunnel tunnel;
    tunnel.number = tunnels_made_++;
    tunnel.is_ikev1 = random_.below(kIkev1In) == 0;
    tunnel.we_initiated = random_.below(3) == 0;
    tunnel.has_virtual_ip = random_.below(4) == 0;
    tunnel.uses_pfs = random_.below(8) != 0;
    tunnel.uses_modp = tunnel.is_ikev1 || random_.below(3) != 0;
    tunnel.has_ipv6 = random_.below(2) == 0;
    tunnel.has_certificate = random_.below(3) == 0;
    tunnel.rekeys_left = 1 + random_.below(2);
    tunnel.initiator_spi = random_.octets(8);
    tunnel.responder_spi = random_.octets(8);
    tunnel.peer = {203, 0, static_cast<std::uint8_t>(tunnel.number >> 8U), static_cast<std::uint8_t>(tunnel.number)};
    tunnel.name = fmt::format("branch-{:05}", tunnel.number % 50'000);
    tunnel.remote_id = fmt::format("gw-{:05}.branches.example.net", tunnel.number % 50'000);
    return tunnel;
  }

  Child make_child(const Tunnel& tunnel) {
    const auto net = static_cast<std::uint8_t>(tunnel.children.size());
    return {.inbound_spi = random_.u32(), .name = fmt::format("net-{}", net), .net = net};
  }

  void establish(Tunnel& tunnel) {
    if (tunnel.is_ikev1) {
      ike_iv(tunnel, 0);
      ike_iv(tunnel, 0);
    }
    ike_add(tunnel);
    if (tunnel.is_ikev1) {
      ike_iv(tunnel, 16);
    } else {
      exchange(tunnel);
    }
    ike_update(tunnel);
    child_add(tunnel, tunnel.children.emplace_back(make_child(tunnel)), tunnel.is_ikev1 && tunnel.uses_pfs);
    if (tunnel.has_virtual_ip) {
      send(MessageBuilder{MessageType::ike_update}.ike_id(tunnel).host(remote_vip,
                                                                       {10, 3, tunnel.peer[2], tunnel.peer[3]}, 0));
    }
  }

  void ike_add(const Tunnel& tunnel) {
    constexpr std::size_t kModp2048Bytes = 256;
    const bool modp = tunnel.uses_modp;
    MessageBuilder message{MessageType::ike_add};
    message.number(ike_version, tunnel.is_ikev1 ? 1 : 2).ike_id(tunnel);
    message.number(alg_encr, 12).number(alg_encr_len, 256).number(alg_integ, 12).number(alg_prf, 5);
    message.number(alg_dh, modp ? 14 : 31);
    message.chunk(nonce_i, random_.octets(32)).chunk(nonce_r, random_.octets(32));
    message.chunk(secret, random_.octets(modp ? kModp2048Bytes : 32));
    if (tunnel.is_ikev1) {
      message.chunk(local_dh, random_.octets(kModp2048Bytes)).chunk(remote_dh, random_.octets(kModp2048Bytes));
      message.text(psk, "an example of a shared key");
    }
    send(message.host(remote_addr, tunnel.peer, 500));
  }

  void ike_update(const Tunnel& tunnel) {
    constexpr std::uint32_t kConditions = 0x4005;  // NAT_ANY, NAT_THERE, AUTHENTICATED
    constexpr std::uint32_t kExtensions = 0x1911;  // NATT, STRONGSWAN, DPD, IKE_FRAGMENTATION, SIGNATURE_AUTH
    constexpr std::uint8_t kFqdn = 2;
    MessageBuilder message{MessageType::ike_update};
    message.ike_id(tunnel);
    if (tunnel.has_certificate) {
      message.distinguished_name(local_id, "gw.cluster.example.net").distinguished_name(remote_id, tunnel.remote_id);
    } else {
      message.identity(local_id, kFqdn, as_bytes("gw.cluster.example.net"));
      message.identity(remote_id, kFqdn, as_bytes(tunnel.remote_id));
    }
    message.host(local_addr, {198, 51, 100, 1}, 4500).host(remote_addr, tunnel.peer, 4500);
    message.number(conditions, kConditions).number(extensions, kExtensions).text(config_name, tunnel.name);
    send(message.host(peer_addr, tunnel.peer, 4500));
  }

  void child_add(const Tunnel& tunnel, const Child& child, bool pfs) {
    const auto low = static_cast<std::uint8_t>(tunnel.number);
    const auto high = static_cast<std::uint8_t>(tunnel.number >> 8U);
    MessageBuilder message{MessageType::child_add};
    message.ike_id(tunnel).number(initiator, random_.below(2));
    message.number(inbound_spi, std::byteswap(child.inbound_spi)).number(outbound_spi, random_.u32());
    message.number(inbound_cpi, 0).number(outbound_cpi, 0).number(ipsec_mode, 2).number(ipcomp, 0);
    message.text(config_name, child.name).number(alg_encr, 20).number(alg_encr_len, 256);
    if (pfs) message.number(alg_dh, 14);
    message.number(esn, 0).chunk(nonce_i, random_.octets(32)).chunk(nonce_r, random_.octets(32));
    if (pfs) message.chunk(secret, random_.octets(256));
    message.range(local_ts, {10, 1, child.net, 0}, {10, 1, child.net, 255});
    if (tunnel.has_ipv6) message.range(local_ts, ipv6_net(child.net, 0, 0), ipv6_net(child.net, 0, 0xFF));
    message.range(remote_ts, {10, high, low, 0}, {10, high, low, 255});
    if (tunnel.has_ipv6) message.range(remote_ts, ipv6_net(high, low, 0), ipv6_net(high, low, 0xFF));
    send(message);
  }

  void child_rekey(Tunnel& tunnel) {
    auto& child = tunnel.children[random_.below(static_cast<std::uint32_t>(tunnel.children.size()))];
    const auto old_spi = child.inbound_spi;
    child.inbound_spi = random_.u32();
    exchange(tunnel);
    child_add(tunnel, child, tunnel.uses_pfs);
    exchange(tunnel);
    send(MessageBuilder{MessageType::child_delete}.ike_id(tunnel).number(inbound_spi, std::byteswap(old_spi)));
  }

  /// What every exchange leaves in the stream.
  void exchange(Tunnel& tunnel) {
    const bool ours = random_.below(2) == 0;
    const auto type = ours ? MessageType::ike_mid_initiator : MessageType::ike_mid_responder;
    send(MessageBuilder{type}.ike_id(tunnel).number(mid, ours ? tunnel.next_mid_own++ : tunnel.next_mid_peer++));
  }

  void ike_iv(const Tunnel& tunnel, std::size_t bytes) {
    send(MessageBuilder{MessageType::ike_iv}.ike_id(tunnel).chunk(AttributeName::iv, random_.octets(bytes)));
  }

  void send(const MessageBuilder& message) {
    time_us_ += 1'000 + random_.below(1'500);  // slow enough for no receiver's buffer to overflow
    if (time_us_ >= next_heartbeat_us_) {
      next_heartbeat_us_ += kHeartbeatUs;
      write(MessageBuilder{MessageType::status}.number(segment, 1).number(segment, 2), true);
      write(MessageBuilder{MessageType::status}, false);
    }
    write(message, true);
  }

  void write(const MessageBuilder& message, bool from_active) {
    static constexpr Node kActive{{0x02, 0x00, 0x5E, 0x00, 0x00, 0x0A}, {10, 9, 0, 1}};
    static constexpr Node kPassive{{0x02, 0x00, 0x5E, 0x00, 0x00, 0x0B}, {10, 9, 0, 2}};
    if (left_ == 0) return;
    --left_;
    const auto& from = from_active ? kActive : kPassive;
    const auto& to = from_active ? kPassive : kActive;
    write_udp_frame(frame_, from, to, identification_++, message.encoded(payload_));
    file_.add(time_us_, frame_.view());
  }

  PcapFile& file_;
  std::uint64_t left_;
  Random random_{20'260'701};
  std::uint64_t time_us_ = kFirstTimeUs;
  std::uint64_t next_heartbeat_us_ = kFirstTimeUs + kHeartbeatUs;
  std::uint32_t tunnels_made_ = 0;
  std::uint16_t identification_ = 1;
  Writer payload_, frame_;
};

// ---- FGCP heartbeats: three clusters of two, three and four members on one wire ----

namespace fgcp = proto::fgcp_heartbeat;

struct Member {
  std::uint16_t group_id = 0;
  std::string group_name, serial_number;
  std::uint8_t priority = 0;
  std::vector<std::uint8_t> interface_flags;
  std::array<std::uint8_t, 6> mac{};
  Octets inventory;
  Octets checksums;
};

class HeartbeatCapture {
 public:
  HeartbeatCapture(PcapFile& file, std::uint64_t count) : file_(file), count_(count) {
    for (std::uint16_t size = 2; size <= 4; ++size) {
      for (std::uint16_t i = 0; i < size; ++i) members_.push_back(make_member(size, i));
    }
  }

  void write() {
    constexpr std::uint32_t kPorts = 2;
    constexpr std::uint64_t kIntervalUs = 200'000;
    constexpr std::uint32_t kChangeIn = 400;
    const std::uint64_t senders = members_.size() * kPorts;
    for (std::uint64_t i = 0; i < count_; ++i) {
      auto& member = members_[i / kPorts % members_.size()];
      if (i % kPorts == 0 && random_.below(kChangeIn) == 0) change(member);
      const auto time_us = kFirstTimeUs + i * kIntervalUs / senders + random_.below(200);
      heartbeat(member, i % kPorts == 0 ? "ha1" : "ha2", static_cast<std::uint8_t>(i % kPorts));
      file_.add(time_us, frame_.view());
    }
  }

 private:
  Member make_member(std::uint16_t cluster, std::uint16_t index) {
    Member member;
    member.group_id = static_cast<std::uint16_t>(cluster * 16);
    member.group_name = fmt::format("cluster-{}", cluster);
    member.serial_number = fmt::format("FGT60EXA{:08}", cluster * 100 + index);
    member.priority = static_cast<std::uint8_t>(200 - index * 50);
    member.interface_flags.assign(8U + 4U * cluster,
                                  fgcp::kAdminUp | fgcp::kLinkUp | fgcp::kLinkMonitored | fgcp::kHaEligible);
    member.mac = {0x02, 0x09, 0x0F, static_cast<std::uint8_t>(cluster), static_cast<std::uint8_t>(index), 0x00};
    member.checksums = random_.octets(std::size_t{3} * 16);
    compress_inventory(member);
    return member;
  }

  /// A link goes down or comes back.
  void change(Member& member) {
    member.interface_flags[random_.below(static_cast<std::uint32_t>(member.interface_flags.size()))] ^= fgcp::kLinkUp;
    compress_inventory(member);
  }

  static void compress_inventory(Member& member) {
    Writer plain;
    for (std::size_t i = 0; i < member.interface_flags.size(); ++i) {
      plain.padded(as_bytes(fmt::format("port{}", i + 1)), 16);
      plain.bytes(Bytes{member.mac}.first(5));
      plain.u8(static_cast<std::uint8_t>(i));
      plain.u8(member.interface_flags[i]);
    }
    Octets compressed(compressBound(plain.size()));
    auto size = static_cast<uLongf>(compressed.size());
    if (compress(compressed.data(), &size, plain.view().data(), plain.size()) != Z_OK) {
      throw std::runtime_error("zlib does not compress");
    }
    Writer value;
    value.le(static_cast<std::uint16_t>(member.interface_flags.size()));
    value.bytes(Bytes{compressed}.first(size));
    member.inventory = std::move(value).take();
  }

  void heartbeat(const Member& member, std::string_view port, std::uint8_t port_index) {
    constexpr std::uint16_t kMagic = 0x4711;
    constexpr std::uint8_t kActivePassive = 2;
    constexpr std::uint16_t kEtherType = 0x8890;
    constexpr std::array<std::uint8_t, 12> kUnknown{};
    constexpr std::array<std::uint8_t, 1> kOne{1};
    constexpr std::array<std::uint8_t, 1> kZero{0};
    const auto padded = [](std::string_view text, std::size_t width) {
      Writer out;
      out.padded(as_bytes(text), width);
      return std::move(out).take();
    };
    const auto group_name = padded(member.group_name, 32);
    const auto port_name = padded(port, 16);
    const auto serial_number = padded(member.serial_number, 16);
    const std::array<std::uint8_t, 1> priority{member.priority};

    fgcp::Message message;
    message.magic = kMagic;
    message.mode = kActivePassive;
    message.group_name = group_name;
    message.unknown_36 = Bytes{kUnknown}.first(2);
    message.group_id = member.group_id;
    message.unknown_40 = kUnknown;
    message.port_name = port_name;
    message.revision = 17;
    message.unknown_70 = Bytes{kUnknown}.first(2);
    message.serial_number = serial_number;
    const auto add = [&](fgcp::TlvType type, Bytes value) {
      fgcp::Tlv tlv;
      tlv.type = static_cast<std::uint16_t>(type);
      tlv.value = value;
      message.tlvs.push_back(std::move(tlv));
    };
    add(fgcp::TlvType::vcluster_id, kOne);
    add(fgcp::TlvType::priority, priority);
    add(fgcp::TlvType::override_flag, kZero);
    add(fgcp::TlvType::interface_inventory, member.inventory);
    add(fgcp::TlvType::ha_checksums, member.checksums);
    message.end.emplace();

    frame_.clear();
    for (std::size_t i = 0; i < 6; ++i) frame_.u8(0xFF);
    frame_.bytes(Bytes{member.mac}.first(5));
    frame_.u8(static_cast<std::uint8_t>(0xF0U + port_index));
    frame_.be(kEtherType);
    encode(message, frame_);
  }

  PcapFile& file_;
  std::uint64_t count_;
  Random random_{20'260'702};
  std::vector<Member> members_;
  Writer frame_;
};

int run(std::span<char*> arguments) {
  const std::string_view kind = arguments.size() == 4 ? arguments[1] : "";
  std::uint64_t count = 0;
  if (arguments.size() == 4) {
    const std::string_view text = arguments[2];
    std::from_chars(text.data(), text.data() + text.size(), count);
  }
  if (count == 0 || (kind != "strongswan-ha" && kind != "fgcp-heartbeat")) {
    fmt::print(stderr, "usage: bench_make_capture strongswan-ha|fgcp-heartbeat COUNT FILE\n");
    return 2;
  }
  PcapFile file{arguments[3]};
  if (kind == "strongswan-ha") {
    StrongswanCapture{file, count}.write();
  } else {
    HeartbeatCapture{file, count}.write();
  }
  file.close();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_make_capture: {}\n", error.what());
    return 2;
  }
}
