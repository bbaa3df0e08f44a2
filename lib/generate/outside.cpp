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
constexpr std::uint16_t kNatPort = 4500;

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

}  // namespace

ike::SecurityAssociation Outside::proposal(std::uint32_t tunnel) const {
  const auto agreed = plan_.ike_proposal(tunnel);
  ike::Proposal one;
  one.number = 1;
  one.protocol = 1;  // IKE
  ike::SecurityAssociation sa;
  if (plan_.version(tunnel) == 1) {
    auto all = transform(1, 1, true);  // KEY_IKE
    constexpr std::array<std::array<std::uint16_t, 2>, 5> kAttributes{
        {{1, 7}, {14, 128}, {2, 4}, {4, 14}, {3, 1}}};  // AES-CBC, 128 bits, SHA2-256, MODP-2048, pre-shared key
    for (const auto& [number, value] : kAttributes) all.attributes.push_back(short_attribute(number, value));
    one.transforms.push_back(std::move(all));
    sa.doi = 1;
    sa.situation = 1;
  } else {
    constexpr std::uint16_t kKeyLength = 14;
    one.transforms.push_back(transform(1, *agreed.encryption, false));
    one.transforms.back().attributes.push_back(short_attribute(kKeyLength, *agreed.encryption_bits));
    one.transforms.push_back(transform(3, *agreed.integrity, false));
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

// IKE_SA_INIT with the nonces that the sync link tells.
void Outside::init(const Live& live, std::int64_t now_us) {
  const bool by_cluster = generate::by_cluster(live.ike);
  Random nonces(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::ike_keys), live.ike);
  Random publics(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::outside), live.ike);
  for (const bool response : {false, true}) {
    std::vector<std::uint8_t> nonce;
    std::vector<std::uint8_t> public_value;
    nonces.fill(nonce, kNonceBytes);
    publics.fill(public_value, 2 * plan_.secret_bytes(live.tunnel));  // both coordinates (RFC 5903)
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
                 .encrypted = false},
                payloads, now_us);
  }
}

void Outside::main_mode(const Live& live, std::int64_t now_us) {
  const bool by_cluster = generate::by_cluster(live.ike);
  Random publics(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::outside), live.ike);
  Header header{.tunnel = live.tunnel,
                .ike = live.ike,
                .exchange_type = static_cast<std::uint8_t>(ike::ExchangeType::v1_identity_protection),
                .encrypted = false};
  for (unsigned i = 0; i < 4; ++i) {
    header.from_cluster = by_cluster == (i % 2 == 0);
    header.unanswered = i == 0;
    std::vector<std::uint8_t> nonce;
    std::vector<std::uint8_t> public_value;
    publics.fill(nonce, kNonceBytes);
    publics.fill(public_value, plan_.secret_bytes(live.tunnel));
    std::vector<ike::Payload> payloads;
    if (i < 2) {
      payloads.push_back(payload(PayloadType::v1_security_association, proposal(live.tunnel)));
    } else {
      payloads.push_back(payload(PayloadType::v1_key_exchange, ike::KeyExchange{.data = public_value}));
      payloads.push_back(payload(PayloadType::v1_nonce, ike::Opaque{.data = nonce}));
    }
    ike_message(header, payloads, now_us);
  }
  constexpr std::size_t kIdentityBytes = 64;
  header.encrypted = true;
  header.unanswered = false;
  for (const bool from_cluster : {by_cluster, !by_cluster}) {
    header.from_cluster = from_cluster;
    sealed(header, kIdentityBytes, now_us);
  }
}

void Outside::exchange(const Live& live, Serial ike, event::ExchangeType type, std::uint32_t message_id,
                       bool by_cluster, std::int64_t now_us) {
  if (type == event::ExchangeType::main_mode) return;  // negotiate() shows it
  const bool version_1 = plan_.version(live.tunnel) == 1;
  auto number = static_cast<std::uint8_t>(type);
  if (version_1 && type == event::ExchangeType::create_child_sa) {
    number = static_cast<std::uint8_t>(ike::ExchangeType::v1_quick_mode);
  }
  Header header{
      .tunnel = live.tunnel, .ike = ike, .exchange_type = number, .message_id = message_id, .from_cluster = by_cluster};
  if (version_1) header.message_id = mix32(ike + live.packets_out + live.send + live.receive) | 1U;  // any but zero
  const std::size_t bytes = type == event::ExchangeType::create_child_sa ? 208 : 64;
  sealed(header, bytes, now_us);
  header.from_cluster = !by_cluster;
  header.response = !version_1;
  sealed(header, bytes, now_us);
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
  if (plan_.remote(header.tunnel).port == kNatPort) message.framing = ike::Framing::non_esp_marker;
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
  send(header.tunnel, header.from_cluster, false, message_.view(), now_us);
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
  send(live.tunnel, from_cluster, true, message_.view(), now_us);
}

void Outside::send(std::uint32_t tunnel, bool from_cluster, bool is_esp, Bytes payload, std::int64_t now_us) {
  const auto cluster = plan_.local(tunnel);
  const auto peer = plan_.remote(tunnel);
  const auto& from = from_cluster ? cluster : peer;
  const auto& to = from_cluster ? peer : cluster;
  const auto cluster_mac = net::MacAddress::from(kClusterMac);
  const auto router_mac = net::MacAddress::from(kRouterMac);
  frame_.clear();
  net::write_ethernet(frame_, from_cluster ? cluster_mac : router_mac, from_cluster ? router_mac : cluster_mac,
                      net::kEtherTypeIpv4);
  ++identification_;
  if (is_esp && peer.port != kNatPort) {
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
