#include "outside.hpp"

#include "sasync/proto/esp.hpp"

namespace sasync::generate {
namespace {

namespace ike = proto::ike;
using ike::PayloadType;

constexpr std::array<std::uint8_t, 6> kClusterMac{0x02, 0x00, 0x00, 0x00, 0x01, 0x01};
constexpr std::array<std::uint8_t, 6> kRouterMac{0x02, 0x00, 0x00, 0x00, 0x01, 0xFE};
constexpr std::uint8_t kVersion1 = 0x10;
constexpr std::uint8_t kVersion2 = 0x20;
constexpr std::size_t kNonceBytes = 32;
constexpr std::uint16_t kIkePort = 500;
constexpr std::uint16_t kNatPort = 4500;
constexpr std::size_t kInformationalBytes = 64;
constexpr std::size_t kNewChildBytes = 208;

// RFC 7296 section 3.3.2 and RFC 2409 appendix A.
ike::Attribute short_attribute(std::uint16_t number, std::uint16_t value) {
  constexpr std::uint16_t kShort = 0x8000;
  return {.type = static_cast<std::uint16_t>(kShort | number), .is_short = true, .value = value};
}

ike::Transform transform(std::uint8_t type, std::uint16_t id, bool last) {
  ike::Transform out;
  out.more = last ? 0 : 3;
  out.type = type;
  out.id = id;
  return out;
}

ike::Payload payload(PayloadType type, ike::Body body) {
  ike::Payload out;
  out.type = type;
  out.body = std::move(body);
  return out;
}

// RFC 2409 appendix A: IKEv1's own numbers; groups have the same ones.
void append_v1_attributes(const event::Proposal& agreed, ike::Transform& to) {
  constexpr std::uint16_t kAesCbc = 7;
  constexpr std::uint16_t kPreSharedKey = 1;
  const auto hash = [&]() -> std::uint16_t {
    switch (agreed.integrity.value_or(0)) {
      case event::kIntegrityHmacSha1_96:
        return 2;
      case event::kIntegrityHmacSha2_384_192:
        return 5;
      case event::kIntegrityHmacSha2_512_256:
        return 6;
      default:
        return 4;  // SHA2-256
    }
  };
  const std::array<std::array<std::uint16_t, 2>, 5> attributes{{{1, kAesCbc},
                                                                {14, agreed.encryption_bits.value_or(0)},
                                                                {2, hash()},
                                                                {4, agreed.key_exchange.value_or(0)},
                                                                {3, kPreSharedKey}}};
  for (const auto& [number, value] : attributes) to.attributes.push_back(short_attribute(number, value));
}

}  // namespace

ike::SecurityAssociation Outside::proposal(std::uint32_t tunnel) const {
  const auto agreed = plan_.ike_proposal(tunnel);
  ike::Proposal one;
  one.number = 1;
  one.protocol = 1;  // IKE
  ike::SecurityAssociation sa;
  if (plan_.version(tunnel) == 1) {
    auto all = transform(1, 1, true);  // KEY_IKE
    append_v1_attributes(agreed, all);
    one.transforms.push_back(std::move(all));
    sa.doi = 1;
    sa.situation = 1;
  } else {
    constexpr std::uint16_t kKeyLength = 14;
    one.transforms.push_back(transform(1, *agreed.encryption, false));
    one.transforms.back().attributes.push_back(short_attribute(kKeyLength, *agreed.encryption_bits));
    if (agreed.integrity) one.transforms.push_back(transform(3, *agreed.integrity, false));
    one.transforms.push_back(transform(2, *agreed.prf, false));
    one.transforms.push_back(transform(4, *agreed.key_exchange, true));
  }
  sa.proposals.push_back(std::move(one));
  return sa;
}

void Outside::negotiate(const Live& live, std::int64_t now_us) {
  if (plan_.version(live.tunnel) == 1) return main_mode(live, now_us);
  init(live, now_us);
  constexpr std::size_t kAuthBytes = 224;
  const bool by_cluster = generate::by_cluster(live.ike);
  Header header{.tunnel = live.tunnel,
                .ike = live.ike,
                .exchange_type = static_cast<std::uint8_t>(ike::ExchangeType::ike_auth),
                .message_id = 1,
                .from_cluster = by_cluster};
  sealed(header, kAuthBytes, now_us);
  header.from_cluster = !by_cluster;
  header.response = true;
  sealed(header, kAuthBytes - 32, now_us);
}

// strongSwan tells nonces (and for IKEv1 public values), in the order of Narrator::ike_keys. FGCP tells keys, made of
// other octets.
Random Outside::exchanged_in_the_clear(Serial ike) const {
  constexpr std::uint64_t kClear = std::uint64_t{1} << 63U;
  const auto seed = plan_.settings().seed;
  if (plan_.is_fgcp()) return {seed, static_cast<std::uint64_t>(Purpose::outside), kClear | ike};
  return {seed, static_cast<std::uint64_t>(Purpose::ike_keys), ike};
}

void Outside::init(const Live& live, std::int64_t now_us) {
  const bool by_cluster = generate::by_cluster(live.ike);
  auto nonces = exchanged_in_the_clear(live.ike);
  Random publics(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::outside), live.ike);
  for (const bool response : {false, true}) {
    std::vector<std::uint8_t> nonce;
    std::vector<std::uint8_t> public_value;
    nonces.fill(nonce, kNonceBytes);
    publics.fill(public_value, plan_.public_bytes(live.tunnel));
    const std::array payloads{
        payload(PayloadType::security_association, proposal(live.tunnel)),
        payload(PayloadType::key_exchange,
                ike::KeyExchange{.group = *plan_.ike_proposal(live.tunnel).key_exchange, .data = public_value}),
        payload(PayloadType::nonce, ike::Opaque{.data = nonce})};
    ike_message({.tunnel = live.tunnel,
                 .ike = live.ike,
                 .exchange_type = static_cast<std::uint8_t>(ike::ExchangeType::ike_sa_init),
                 .from_cluster = by_cluster != response,
                 .response = response,
                 .unanswered = !response,
                 .encrypted = false,
                 .on_port_500 = true},
                payloads, now_us);
  }
}

void Outside::main_mode(const Live& live, std::int64_t now_us) {
  const bool by_cluster = generate::by_cluster(live.ike);
  auto clear = exchanged_in_the_clear(live.ike);
  std::vector<std::uint8_t> secret;
  std::array<std::vector<std::uint8_t>, 2> nonces;   // of the initiator, of the responder
  std::array<std::vector<std::uint8_t>, 2> publics;  // of the cluster, of the peer
  for (auto& nonce : nonces) clear.fill(nonce, kNonceBytes);
  clear.fill(secret, plan_.secret_bytes(live.tunnel));
  for (auto& value : publics) clear.fill(value, plan_.public_bytes(live.tunnel));
  Header header{.tunnel = live.tunnel,
                .ike = live.ike,
                .exchange_type = static_cast<std::uint8_t>(ike::ExchangeType::v1_identity_protection),
                .encrypted = false,
                .on_port_500 = !live.again};
  for (unsigned i = 0; i < 4; ++i) {
    header.from_cluster = by_cluster == (i % 2 == 0);
    header.unanswered = i == 0;
    std::vector<ike::Payload> payloads;
    if (i < 2) {
      payloads.push_back(payload(PayloadType::v1_security_association, proposal(live.tunnel)));
    } else {
      const auto& value = publics.at(header.from_cluster ? 0 : 1);
      payloads.push_back(payload(PayloadType::v1_key_exchange, ike::KeyExchange{.data = value}));
      payloads.push_back(payload(PayloadType::v1_nonce, ike::Opaque{.data = nonces.at(i % 2)}));
    }
    ike_message(header, payloads, now_us);
  }
  constexpr std::size_t kIdentityBytes = 64;
  header.encrypted = true;
  header.unanswered = header.on_port_500 = false;
  for (const bool from_cluster : {by_cluster, !by_cluster}) {
    header.from_cluster = from_cluster;
    sealed(header, kIdentityBytes, now_us);
  }
}

void Outside::exchange(const Live& live, Serial ike, event::ExchangeType type, std::uint32_t message_id,
                       bool by_cluster, std::int64_t now_us) {
  const bool makes_child = type == event::ExchangeType::create_child_sa;
  Header header{.tunnel = live.tunnel,
                .ike = ike,
                .exchange_type = static_cast<std::uint8_t>(type),
                .message_id = message_id,
                .from_cluster = by_cluster};
  if (plan_.version(live.tunnel) == 1) return exchange_v1(header, makes_child, now_us);
  const std::size_t bytes = makes_child ? kNewChildBytes : kInformationalBytes;
  sealed(header, bytes, now_us);
  header.from_cluster = !by_cluster;
  header.response = true;
  sealed(header, bytes, now_us);
}

// RFC 2409 section 5.5: three messages of one Message ID. RFC 3706: R-U-THERE and its ACK are an exchange each.
void Outside::exchange_v1(Header header, bool is_quick_mode, std::int64_t now_us) {
  constexpr std::size_t kHashBytes = 48;
  header.exchange_type =
      static_cast<std::uint8_t>(is_quick_mode ? ike::ExchangeType::v1_quick_mode : ike::ExchangeType::v1_informational);
  header.message_id = new_message_id();
  sealed(header, is_quick_mode ? kNewChildBytes : kInformationalBytes, now_us);
  header.from_cluster = !header.from_cluster;
  if (!is_quick_mode) header.message_id = new_message_id();
  sealed(header, is_quick_mode ? kNewChildBytes : kInformationalBytes, now_us);
  if (!is_quick_mode) return;
  header.from_cluster = !header.from_cluster;
  sealed(header, kHashBytes, now_us);
}

void Outside::tell_of_delete(const Live& live, Serial ike, bool by_cluster, std::int64_t now_us) {
  sealed({.tunnel = live.tunnel,
          .ike = ike,
          .exchange_type = static_cast<std::uint8_t>(ike::ExchangeType::v1_informational),
          .message_id = new_message_id(),
          .from_cluster = by_cluster},
         kInformationalBytes, now_us);
}

/// IKEv1: one that no other exchange has, and not zero, which is Main Mode's.
std::uint32_t Outside::new_message_id() {
  for (;;) {
    const auto id = mix32(static_cast<std::uint32_t>(plan_.settings().seed) + ++exchanges_);
    if (id != 0) return id;
  }
}

/// The payload of random octets in place of what would be encrypted: IKEv2 an SK payload, IKEv1 all after the header.
void Outside::sealed(const Header& header, std::size_t octets, std::int64_t now_us) {
  Random random(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::outside), ~frames_);
  random.fill(octets_, octets);
  if (plan_.version(header.tunnel) == 1) return ike_message(header, {}, now_us);
  auto sk = payload(PayloadType::encrypted, ike::Opaque{.data = octets_});
  sk.next = header.exchange_type == static_cast<std::uint8_t>(ike::ExchangeType::ike_auth)
                ? (header.response ? PayloadType::identification_responder : PayloadType::identification_initiator)
                : PayloadType::none;
  if (header.exchange_type == static_cast<std::uint8_t>(ike::ExchangeType::create_child_sa)) {
    sk.next = PayloadType::security_association;
  }
  ike_message(header, {&sk, 1}, now_us);
}

void Outside::ike_message(const Header& header, std::span<const ike::Payload> payloads, std::int64_t now_us) {
  const auto id = plan_.ike_id(header.tunnel, header.ike);
  Writer spis;
  spis.be(id.initiator_spi);
  spis.be(header.unanswered ? std::uint64_t{0} : id.responder_spi);
  const bool version_1 = plan_.version(header.tunnel) == 1;
  ike::Message message;
  if (plan_.remote(header.tunnel).port == kNatPort && !header.on_port_500) {
    message.framing = ike::Framing::non_esp_marker;
  }
  message.initiator_spi = spis.view().first(ike::kSpiBytes);
  message.responder_spi = spis.view().last(ike::kSpiBytes);
  message.version = version_1 ? kVersion1 : kVersion2;
  message.exchange_type = header.exchange_type;
  message.message_id = header.message_id;
  message.payloads.assign(payloads.begin(), payloads.end());
  if (version_1 && header.encrypted) {
    message.flags = ike::kFlagV1Encryption;
    message.next_payload = header.message_id == 0 ? PayloadType::v1_identification : PayloadType::v1_hash;
    message.encrypted = octets_;
  } else if (!version_1) {
    const bool from_initiator = header.from_cluster == by_cluster(header.ike);
    message.flags = static_cast<std::uint8_t>((from_initiator ? ike::kFlagInitiator : 0) |
                                              (header.response ? ike::kFlagResponse : 0));
  }
  message_.clear();
  ike::encode(message, message_);
  send({.tunnel = header.tunnel, .from_cluster = header.from_cluster, .on_port_500 = header.on_port_500},
       message_.view(), now_us);
}

void Outside::packets(const Live& live, std::uint32_t out, std::uint32_t in, std::int64_t now_us) {
  for (std::uint32_t i = 0; i < out; ++i) esp(live, live.packets_out - out + i + 1, true, now_us);
  for (std::uint32_t i = 0; i < in; ++i) esp(live, live.packets_in - in + i + 1, false, now_us);
}

void Outside::esp(const Live& live, std::uint32_t sequence, bool from_cluster, std::int64_t now_us) {
  constexpr std::size_t kBytesMin = 96;
  const auto child = live.child[0];
  Random random(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::outside),
                std::uint64_t{from_cluster ? plan_.spi_out(child) : plan_.spi_in(child)} << 32U | sequence);
  random.fill(octets_, kBytesMin + random.below(64) * 16);
  message_.clear();
  proto::esp::encode({.spi = from_cluster ? plan_.spi_out(child) : plan_.spi_in(child),
                      .sequence = sequence,
                      .data = octets_,
                      .notes = {}},
                     message_);
  send({.tunnel = live.tunnel, .from_cluster = from_cluster, .is_esp = true}, message_.view(), now_us);
}

void Outside::send(const Way& way, Bytes payload, std::int64_t now_us) {
  auto cluster = plan_.local(way.tunnel);
  auto peer = plan_.remote(way.tunnel);
  if (way.on_port_500 && peer.port == kNatPort) cluster.port = peer.port = kIkePort;
  const auto& from = way.from_cluster ? cluster : peer;
  const auto& to = way.from_cluster ? peer : cluster;
  const auto cluster_mac = net::MacAddress::from(kClusterMac);
  const auto router_mac = net::MacAddress::from(kRouterMac);
  frame_.clear();
  net::write_ethernet(frame_, way.from_cluster ? cluster_mac : router_mac, way.from_cluster ? router_mac : cluster_mac,
                      net::kEtherTypeIpv4);
  ++identification_;
  if (way.is_esp && peer.port != kNatPort) {
    net::write_ipv4(frame_, from.address, to.address,
                    {.identification = identification_, .protocol = net::kIpProtocolEsp}, payload);
  } else {
    net::write_udp(frame_, from.address, from.port, to.address, to.port, identification_, payload);
  }
  last_us_ = std::max(last_us_, now_us);
  ++frames_;
  good_ = good_ && sink_(plan_.time(last_us_), frame_.view());
}

}  // namespace sasync::generate
