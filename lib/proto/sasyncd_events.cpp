// sasyncd messages as sync events, and back.

#include <algorithm>
#include <bit>
#include <deque>
#include <utility>

#include "sasync/event/address_text.hpp"
#include "sasync/proto/sasyncd.hpp"

namespace sasync::proto::sasyncd {
namespace {

using event::Direction;
using event::KeyKind;
using pfkey::ExtensionType;

constexpr std::uint8_t kIpv4Bytes = 4;
constexpr std::uint8_t kFamilyIpv4 = 2;
constexpr std::uint8_t kFamilyIpv6 = 24;
constexpr std::uint16_t kSaltBits = 32;

event::SyncEvent event_without_body(const net::Origin& origin) {
  event::SyncEvent event;
  event.time = origin.time;
  event.frame = origin.frame;
  event.file = origin.file;
  event.member = net::to_string(origin.src);
  event.protocol = "sasyncd";
  return event;
}

std::optional<event::Role> role_of(std::uint32_t state) {
  switch (static_cast<RunState>(state)) {
    case RunState::init:
      return event::Role::starting;
    case RunState::slave:
      return event::Role::subordinate;
    case RunState::master:
      return event::Role::primary;
    case RunState::fail:
      return event::Role::failed;
  }
  return std::nullopt;
}

std::optional<event::Body> body_of(const Control& control, const std::string& receiver) {
  switch (static_cast<ControlType>(control.ctl)) {
    case ControlType::state:
      return event::Heartbeat{.role = role_of(control.data)};
    case ControlType::ack:
      return event::Heartbeat{.role = role_of(control.data2)};
    case ControlType::error:
      return event::SyncError{.fault = event::SyncFault::malformed, .message_type = control.data};
    case ControlType::endsnap:
      return event::ResyncEnd{{.phase = event::Phase::ipsec, .receiver = receiver}};
    default:
      return std::nullopt;
  }
}

// --- from PF_KEY

event::Host host_of(const pfkey::Message& message, ExtensionType type) {
  const auto* address = message.find<pfkey::Address>(type);
  return address == nullptr ? event::Host{} : event::Host{.address = pfkey::ip_address(*address)};
}

std::optional<event::IpsecProtocol> protocol_of(std::uint8_t satype) {
  if (satype == static_cast<std::uint8_t>(pfkey::SaType::esp)) return event::IpsecProtocol::esp;
  if (satype == static_cast<std::uint8_t>(pfkey::SaType::ah)) return event::IpsecProtocol::ah;
  return std::nullopt;
}

/// Which of two fields the direction names.
template <class T>
T& by_direction(Direction direction, T& in, T& out) {
  return direction == Direction::inbound ? in : out;
}

struct Lifetimes {
  std::optional<std::uint32_t> seconds;
  std::optional<std::uint64_t> bytes;
};
Lifetimes lifetimes_of(const pfkey::Message& message, ExtensionType type) {
  const auto* lifetime = message.find<pfkey::Lifetime>(type);
  if (lifetime == nullptr) return {};
  Lifetimes found;
  if (lifetime->addtime != 0)
    found.seconds = static_cast<std::uint32_t>(std::min<std::uint64_t>(lifetime->addtime, UINT32_MAX));
  found.bytes = lifetime->bytes;
  return found;
}

event::Proposal proposal_of(const pfkey::Message& message, const pfkey::Sa& sa) {
  event::Proposal proposal;
  proposal.encryption = pfkey::encryption_transform(sa.encrypt);
  proposal.integrity = pfkey::integrity_transform(sa.auth);
  const auto* key = message.find<pfkey::Key>(ExtensionType::key_encrypt);
  if (proposal.encryption && key != nullptr) {
    const auto salt = pfkey::has_salt(sa.encrypt) ? kSaltBits : std::uint16_t{0};
    if (key->bits > salt) proposal.encryption_bits = static_cast<std::uint16_t>(key->bits - salt);
  }
  return proposal;
}

void take_keys(const pfkey::Message& message, Direction direction, event::KeyMaterial& keys) {
  const bool in = direction == Direction::inbound;
  if (const auto* key = message.find<pfkey::Key>(ExtensionType::key_encrypt)) {
    keys.set(in ? KeyKind::encryption_in : KeyKind::encryption_out, key->key);
  }
  if (const auto* key = message.find<pfkey::Key>(ExtensionType::key_auth)) {
    keys.set(in ? KeyKind::integrity_in : KeyKind::integrity_out, key->key);
  }
}

/// The flow filter of an SA: its selectors, seen from the cluster.
void take_selectors(const pfkey::Message& message, Direction direction, event::IpsecSaAdd& add) {
  using enum ExtensionType;
  const auto selector = [&](ExtensionType network_type, ExtensionType mask_type) -> std::optional<event::Selector> {
    const auto* network = message.find<pfkey::Address>(network_type);
    const auto* mask = message.find<pfkey::Address>(mask_type);
    if (network == nullptr || mask == nullptr || network->address.size() != mask->address.size()) return std::nullopt;
    event::Selector made{.from = pfkey::ip_address(*network), .to = pfkey::ip_address(*network)};
    if (!made.from.present()) return std::nullopt;
    auto octet = made.to.octets.begin();
    for (const auto bits : mask->address) *octet++ |= static_cast<std::uint8_t>(~bits);
    if (mask->port != 0) made.from_port = made.to_port = network->port;
    if (const auto* protocol = message.find<pfkey::Selection>(x_protocol)) made.protocol = protocol->number;
    return made;
  };
  const auto src = selector(x_src_flow, x_src_mask);
  const auto dst = selector(x_dst_flow, x_dst_mask);
  const bool in = direction == Direction::inbound;
  if (src) (in ? add.remote_ts : add.local_ts).push_back(*src);
  if (dst) (in ? add.local_ts : add.remote_ts).push_back(*dst);
}

/// OpenBSD's identities are texts, a distinguished name too; a prefix of one address is that address.
std::optional<event::Identity> identity_of(const pfkey::Message& message, ExtensionType type) {
  const auto* identity = message.find<pfkey::Identity>(type);
  if (identity == nullptr || identity->text.empty()) return std::nullopt;
  const auto text = as_text(identity->text);
  const auto made = [](event::IdentityType kind, Bytes value) {
    return event::Identity{.type = kind, .value = {value.begin(), value.end()}};
  };
  switch (identity->type) {
    case pfkey::kIdentityPrefix: {
      const auto prefix = event::parse_prefix(text);
      const bool is_host = prefix && prefix->length == prefix->address.size * 8U;
      if (!is_host) break;
      const bool is_ipv4 = prefix->address.size == kIpv4Bytes;
      return made(is_ipv4 ? event::IdentityType::ipv4 : event::IdentityType::ipv6, prefix->address.bytes());
    }
    case pfkey::kIdentityFqdn:
      return made(event::IdentityType::fqdn, identity->text);
    case pfkey::kIdentityUserFqdn:
      return made(event::IdentityType::rfc822, identity->text);
    default:
      break;
  }
  return made(event::IdentityType::key_id, identity->text);
}

std::optional<std::uint16_t> rdomain_of(const pfkey::Message& message) {
  const auto* domain = message.find<pfkey::RoutingDomain>(ExtensionType::x_rdomain);
  if (domain == nullptr || domain->before == 0) return std::nullopt;
  return domain->before;
}

/// How far the SA has got at the master, as its snapshot says. Kernels without X_REPLAY count the packets all the same
/// (inferred: the first has number 1).
void take_counters(const pfkey::Message& message, Direction direction, event::SyncEvent& event,
                   event::IpsecSaAdd& add) {
  const auto* replay = message.find<pfkey::ReplayCounter>(ExtensionType::x_replay);
  const auto* counters = message.find<pfkey::Counters>(ExtensionType::x_counter);
  const bool is_outbound = direction == Direction::outbound;
  if (replay != nullptr && is_outbound) add.sequence = replay->counter == 0 ? 0 : replay->counter - 1;
  if (replay != nullptr && !is_outbound) add.highest = replay->counter;
  if (replay != nullptr || counters == nullptr || !is_outbound) return;
  add.sequence = counters->values[1];
  event.inferred_fields.add(event::Field::sequence);
}

event::IpsecSaAdd sa_add(const pfkey::Message& message, const pfkey::Sa& sa, Direction direction) {
  event::IpsecSaAdd add;
  by_direction(direction, add.spi_in, add.spi_out) = sa.spi;
  add.ipsec_protocol = protocol_of(message.header.satype);
  add.mode = (sa.flags & pfkey::kFlagTunnel) != 0 ? event::IpsecMode::tunnel : event::IpsecMode::transport;
  add.proposal = proposal_of(message, sa);
  add.esn = (sa.flags & pfkey::kFlagEsn) != 0;
  take_keys(message, direction, add.keys);
  const auto src = host_of(message, ExtensionType::address_src);
  const auto dst = host_of(message, ExtensionType::address_dst);
  auto& src_side = direction == Direction::inbound ? add.remote : add.local;
  auto& dst_side = direction == Direction::inbound ? add.local : add.remote;
  if (src.address.present()) src_side = src;
  if (dst.address.present()) dst_side = dst;
  take_selectors(message, direction, add);
  add.replay_window = sa.replay;
  const auto soft = lifetimes_of(message, ExtensionType::lifetime_soft);
  const auto hard = lifetimes_of(message, ExtensionType::lifetime_hard);
  add.soft_seconds = soft.seconds;
  add.soft_bytes = soft.bytes;
  add.hard_seconds = hard.seconds;
  add.hard_bytes = hard.bytes;
  const auto* current = message.find<pfkey::Lifetime>(ExtensionType::lifetime_current);
  if (current != nullptr) add.bytes = current->bytes;
  if (current != nullptr && current->addtime != 0 && current->addtime <= std::uint64_t{Timestamp::kSecondsMax}) {
    add.created = Timestamp{.seconds = static_cast<std::int64_t>(current->addtime), .digits = 0};
  }
  const auto* encapsulation = message.find<pfkey::UdpEncapsulation>(ExtensionType::x_udpencap);
  add.udp_encapsulation = encapsulation != nullptr || (sa.flags & pfkey::kFlagUdpEncapsulation) != 0;
  if (encapsulation != nullptr && add.remote) add.remote->port = encapsulation->port;
  by_direction(direction, add.remote_id, add.local_id) = identity_of(message, ExtensionType::identity_src);
  by_direction(direction, add.local_id, add.remote_id) = identity_of(message, ExtensionType::identity_dst);
  add.rdomain = rdomain_of(message);
  return add;
}

/// What an outbound flow says of the gateways. Of inbound ones the sources do not tell which address is whose.
std::optional<event::ConnSync> flow_of(const Message& message) {
  if (message.direction != Direction::outbound) return std::nullopt;
  event::ConnSync conn;
  const auto local = host_of(message.pfkey, ExtensionType::address_src);
  const auto remote = host_of(message.pfkey, ExtensionType::address_dst);
  if (local.address.present()) conn.local = local;
  if (remote.address.present()) conn.remote = remote;
  if (!conn.local && !conn.remote) return std::nullopt;
  conn.remote_id = identity_of(message.pfkey, ExtensionType::identity_dst);
  return conn;
}

/// A snapshot's, or a process's: the two look alike. That of one kind of SA is no snapshot's.
std::optional<event::Body> flush_of(const pfkey::Header& header, const std::string& receiver) {
  if (header.satype == static_cast<std::uint8_t>(pfkey::SaType::unspecified)) {
    return event::ResyncBegin{{.phase = event::Phase::ipsec, .receiver = receiver, .process = header.pid}};
  }
  const auto protocol = protocol_of(header.satype);
  if (!protocol) return std::nullopt;
  return event::IpsecSaDelete{.ipsec_protocol = protocol};
}

/// False when the message says nothing that an event can say.
bool take_pfkey(const Message& message, const std::string& receiver, event::SyncEvent& event) {
  const auto& pfkey = message.pfkey;
  const auto type = static_cast<pfkey::Type>(pfkey.header.type);
  const bool snapshot = pfkey.header.seq == 0 && pfkey.header.pid == 0;
  if (type == pfkey::Type::flush) {
    auto flush = flush_of(pfkey.header, receiver);
    if (!flush) return false;
    event.resync = std::holds_alternative<event::ResyncBegin>(*flush);
    event.body = std::move(*flush);
    return true;
  }
  if (type == pfkey::Type::x_addflow) {
    auto flow = flow_of(message);
    if (!flow) return false;
    event.resync = snapshot;
    event.body = std::move(*flow);
    return true;
  }
  const auto* sa = pfkey.find<pfkey::Sa>(ExtensionType::sa);
  if (sa == nullptr) return false;
  const auto direction = message.direction.value_or(Direction::outbound);
  if (!message.direction_said)
    event.inferred_fields.add(direction == Direction::inbound ? event::Field::spi_in : event::Field::spi_out);
  if (type == pfkey::Type::add || type == pfkey::Type::update) {
    auto add = sa_add(pfkey, *sa, direction);
    if (snapshot) take_counters(pfkey, direction, event, add);
    if (message.refused) add.refused = true;
    event.body = std::move(add);
    event.resync = snapshot;
    return true;
  }
  if (type != pfkey::Type::delete_) return false;
  event::IpsecSaDelete gone;
  by_direction(direction, gone.spi_in, gone.spi_out) = sa->spi;
  const auto destination = host_of(pfkey, ExtensionType::address_dst);
  if (destination.address.present()) gone.destination = destination;
  gone.rdomain = rdomain_of(pfkey);
  if (protocol_of(pfkey.header.satype) == event::IpsecProtocol::ah) gone.ipsec_protocol = event::IpsecProtocol::ah;
  event.body = gone;
  return true;
}

}  // namespace

std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin) {
  auto event = event_without_body(origin);
  const auto receiver = origin.dst.present() ? net::to_string(origin.dst) : std::string{};
  if (message.control) {
    auto body = body_of(*message.control, receiver);
    if (!body) return std::nullopt;
    event.resync = std::holds_alternative<event::ResyncEnd>(*body);
    event.body = std::move(*body);
    return event;
  }
  if (!message.has_pfkey || !take_pfkey(message, receiver, event)) return std::nullopt;
  return event;
}

event::SyncEvent to_event(const Message& message, const DecodeError& fault, const net::Origin& origin) {
  auto event = event_without_body(origin);
  event::SyncError error{.fault = event::SyncFault::malformed};
  if (fault.code == DecodeErrc::bad_checksum) error.fault = event::SyncFault::bad_checksum;
  if (fault.code == DecodeErrc::bad_length || fault.code == DecodeErrc::truncated ||
      fault.code == DecodeErrc::limit_exceeded) {
    error.fault = event::SyncFault::bad_length;
    error.found_length = static_cast<std::uint32_t>(std::min<std::uint64_t>(fault.announced, UINT32_MAX));
    error.expected_length = static_cast<std::uint32_t>(std::min<std::uint64_t>(fault.available, UINT32_MAX));
  }
  if (message.has_header) error.message_type = message.type;
  event.body = error;
  event.inferred = true;
  return event;
}

// --- to frames

void seal(FrameType type, Bytes plaintext, const Sender& sender, Writer& out) {
  Writer padded;
  padded.bytes(plaintext);
  const auto pad = (kBlockBytes - plaintext.size() % kBlockBytes) % kBlockBytes;
  for (auto left = pad; left > 0; --left) padded.u8(static_cast<std::uint8_t>(left));
  const auto iv = sender.next_iv();
  std::vector<std::uint8_t> ciphertext;
  sender.cipher.encrypt(iv, padded.view(), ciphertext);
  out.be(static_cast<std::uint32_t>(kHeaderBytes - kLengthBytes + ciphertext.size()));
  out.be(static_cast<std::uint32_t>(type));
  out.be(static_cast<std::uint32_t>(pad));
  out.bytes(sender.hasher(plaintext));
  out.bytes(iv);
  out.bytes(ciphertext);
}

void encode_control(const Control& control, Writer& plaintext) {
  plaintext.be(control.ctl);
  plaintext.be(control.data);
  plaintext.be(control.data2);
}

namespace {

constexpr std::string_view kNoMessage = "the protocol has no message for it";

/// One PF_KEY message, extension after extension.
class PfkeyBuilder {
 public:
  PfkeyBuilder(pfkey::Type type, pfkey::SaType satype, bool live, const Sender& sender) {
    message_.little_endian = sender.little_endian;
    message_.header.type = static_cast<std::uint8_t>(type);
    message_.header.satype = static_cast<std::uint8_t>(satype);
    if (!live) return;
    message_.header.seq = sender.seq;
    message_.header.pid = sender.pid;
  }

  void add(ExtensionType type, std::size_t bytes, const pfkey::Value& value) {
    auto& extension = message_.extensions.emplace_back(static_cast<std::uint16_t>(type));
    extension.length = static_cast<std::uint32_t>(bytes);
    extension.value = value;
  }
  void address(ExtensionType type, const net::IpAddress& address, std::uint16_t port = 0) {
    if (!address.present()) return;
    const bool is_ipv4 = address.size == kIpv4Bytes;
    add(type, is_ipv4 ? 24 : 40,
        pfkey::Address{.length = static_cast<std::uint8_t>(is_ipv4 ? 16 : 28),
                       .family = is_ipv4 ? kFamilyIpv4 : kFamilyIpv6,
                       .port = port,
                       .address = keep(address.bytes()),
                       .rest = zeros(8)});
  }
  void address(ExtensionType type, const std::optional<event::Host>& host) {
    if (host) address(type, host->address);
  }
  void key(ExtensionType type, const event::Secret* secret) {
    if (secret == nullptr || secret->octets.empty()) return;
    const auto bytes = secret->octets.size();
    const auto room = (bytes + 7) / 8 * 8;
    add(type, 8 + room,
        pfkey::Key{
            .bits = static_cast<std::uint16_t>(bytes * 8), .key = secret->octets, .padding = zeros(room - bytes)});
  }
  void lifetime(ExtensionType type, const std::optional<std::uint32_t>& seconds,
                const std::optional<std::uint64_t>& bytes) {
    if (!seconds && !bytes) return;
    add(type, 32, pfkey::Lifetime{.bytes = bytes.value_or(0), .addtime = seconds.value_or(0)});
  }
  void identity(ExtensionType type, const std::optional<event::Identity>& identity) {
    if (!identity || identity->value.empty()) return;
    using enum event::IdentityType;
    const bool is_address = identity->type == ipv4 || identity->type == ipv6;
    const auto address = net::IpAddress::from(identity->value);
    const auto text = is_address ? net::to_string(address) + (address.size == kIpv4Bytes ? "/32" : "/128")
                                 : std::string{as_text(identity->value)};
    const auto room = (text.size() + 1 + 7) / 8 * 8;  // with its closing zero byte
    const auto number = is_address                 ? pfkey::kIdentityPrefix
                        : identity->type == fqdn   ? pfkey::kIdentityFqdn
                        : identity->type == rfc822 ? pfkey::kIdentityUserFqdn
                                                   : pfkey::kIdentityAsn1Dn;
    add(type, 16 + room,
        pfkey::Identity{.type = number, .text = keep(as_bytes(text)), .padding = zeros(room - text.size())});
  }
  void rdomain(const std::optional<std::uint16_t>& rdomain) {
    if (rdomain) add(ExtensionType::x_rdomain, 8, pfkey::RoutingDomain{.before = *rdomain, .after = *rdomain});
  }
  void seal_to(const Sender& sender, Writer& out) {
    std::size_t bytes = pfkey::kHeaderBytes;
    for (const auto& extension : message_.extensions) bytes += extension.length;
    message_.header.length = static_cast<std::uint16_t>(bytes / pfkey::kUnitBytes);
    Writer plaintext;
    pfkey::encode(message_, plaintext);
    seal(FrameType::pfkey, plaintext.view(), sender, out);
  }

 private:
  Bytes keep(Bytes bytes) { return kept_.emplace_back(bytes.begin(), bytes.end()); }
  Bytes zeros(std::size_t count) { return kept_.emplace_back(count, std::uint8_t{0}); }

  pfkey::Message message_;
  std::deque<std::vector<std::uint8_t>> kept_;
};

pfkey::SaType satype_of(const std::optional<event::IpsecProtocol>& protocol) {
  return protocol == event::IpsecProtocol::ah ? pfkey::SaType::ah : pfkey::SaType::esp;
}

/// The authenticator of AES-GCM and ChaCha20-Poly1305 has a number of its own.
std::uint8_t auth_number(const event::Proposal& proposal) {
  constexpr std::uint8_t kAesGmac128 = 9;
  constexpr std::uint8_t kChacha20Poly1305 = 12;
  constexpr std::uint16_t kBits128 = 128;
  constexpr std::uint16_t kBitsStep = 64;
  if (proposal.integrity) return pfkey::auth_of(*proposal.integrity).value_or(0);
  if (proposal.encryption == event::kEncryptionChacha20Poly1305) return kChacha20Poly1305;
  const bool is_gcm =
      proposal.encryption >= event::kEncryptionAesGcm8 && proposal.encryption <= event::kEncryptionAesGcm16;
  if (!is_gcm) return 0;
  const auto bits = std::max(proposal.encryption_bits.value_or(kBits128), kBits128);
  return static_cast<std::uint8_t>(kAesGmac128 + (bits - kBits128) / kBitsStep);
}

pfkey::Sa sa_value(const event::IpsecSaAdd& add, std::uint32_t spi) {
  const auto& encryption = add.proposal.encryption;
  return {.spi = spi,
          .replay = static_cast<std::uint8_t>(std::min<std::uint32_t>(add.replay_window.value_or(0), UINT8_MAX)),
          .state = pfkey::kStateMature,
          .auth = auth_number(add.proposal),
          .encrypt = encryption ? pfkey::encrypt_of(*encryption).value_or(0) : std::uint8_t{0},
          .flags = (add.mode == event::IpsecMode::tunnel ? pfkey::kFlagTunnel : 0) |
                   (add.udp_encapsulation.value_or(false) ? pfkey::kFlagUdpEncapsulation : 0) |
                   (add.esn.value_or(false) ? pfkey::kFlagEsn : 0)};
}

/// The extensions of a snapshot's entry, in its order.
void write_add(const event::IpsecSaAdd& add, Direction direction, bool live, const Sender& sender, Writer& out) {
  using enum ExtensionType;
  const bool in = direction == Direction::inbound;
  PfkeyBuilder builder{pfkey::Type::add, satype_of(add.ipsec_protocol), live, sender};
  builder.add(sa, 16, sa_value(add, in ? *add.spi_in : *add.spi_out));
  if ((add.created || add.bytes) && !live) {
    const auto seconds = add.created ? static_cast<std::uint64_t>(add.created->seconds) : 0;
    builder.add(lifetime_current, 32, pfkey::Lifetime{.bytes = add.bytes.value_or(0), .addtime = seconds});
  }
  builder.lifetime(lifetime_soft, add.soft_seconds, add.soft_bytes);
  builder.lifetime(lifetime_hard, add.hard_seconds, add.hard_bytes);
  builder.address(address_src, in ? add.remote : add.local);
  builder.address(address_dst, in ? add.local : add.remote);
  builder.identity(identity_src, in ? add.remote_id : add.local_id);
  builder.identity(identity_dst, in ? add.local_id : add.remote_id);
  builder.key(key_auth, add.keys.find(in ? KeyKind::integrity_in : KeyKind::integrity_out));
  builder.key(key_encrypt, add.keys.find(in ? KeyKind::encryption_in : KeyKind::encryption_out));
  if (add.udp_encapsulation.value_or(false) && add.remote && add.remote->port != 0) {
    builder.add(x_udpencap, 8, pfkey::UdpEncapsulation{.port = add.remote->port});
  }
  if (!live && in && add.highest) builder.add(x_replay, 16, pfkey::ReplayCounter{.counter = *add.highest});
  if (!live && !in && add.sequence) builder.add(x_replay, 16, pfkey::ReplayCounter{.counter = *add.sequence + 1});
  builder.rdomain(add.rdomain);
  builder.seal_to(sender, out);
}

std::expected<void, std::string_view> write_body(const event::SyncEvent& event, const event::IpsecSaAdd& add,
                                                 const Sender& sender, Writer& out) {
  if (!add.spi_in && !add.spi_out) return std::unexpected(kNoMessage);
  for (const auto& key : add.keys.all()) {
    if (!key.value.known()) return std::unexpected("key material is not known");
  }
  if (add.spi_in) write_add(add, Direction::inbound, !event.resync, sender, out);
  if (add.spi_out) write_add(add, Direction::outbound, !event.resync, sender, out);
  return {};
}

std::expected<void, std::string_view> write_body(const event::SyncEvent& /*event*/, const event::IpsecSaDelete& gone,
                                                 const Sender& sender, Writer& out) {
  const auto satype = satype_of(gone.ipsec_protocol);
  const auto spi = gone.spi_in ? gone.spi_in : gone.spi_out;
  if (!spi) {
    PfkeyBuilder{pfkey::Type::flush, satype, true, sender}.seal_to(sender, out);
    return {};
  }
  const auto ends = sender.ends_of ? sender.ends_of(*spi) : std::nullopt;
  if (!ends) return std::unexpected("the SA's addresses, which name it, are not known");
  using enum ExtensionType;
  PfkeyBuilder builder{pfkey::Type::delete_, satype, true, sender};
  builder.add(sa, 16, pfkey::Sa{.spi = *spi});
  builder.address(address_src, ends->src);
  builder.address(address_dst, gone.destination ? gone.destination->address : ends->dst);
  builder.rdomain(gone.rdomain);
  builder.seal_to(sender, out);
  return {};
}

std::expected<void, std::string_view> write_body(const event::SyncEvent& /*event*/, const event::ResyncBegin& /*body*/,
                                                 const Sender& sender, Writer& out) {
  PfkeyBuilder{pfkey::Type::flush, pfkey::SaType::unspecified, true, sender}.seal_to(sender, out);
  return {};
}

void write_control(const Control& control, const Sender& sender, Writer& out) {
  Writer plaintext;
  encode_control(control, plaintext);
  seal(FrameType::control, plaintext.view(), sender, out);
}

std::expected<void, std::string_view> write_body(const event::SyncEvent& /*event*/, const event::ResyncEnd& /*body*/,
                                                 const Sender& sender, Writer& out) {
  write_control({.ctl = static_cast<std::uint32_t>(ControlType::endsnap)}, sender, out);
  return {};
}

std::expected<void, std::string_view> write_body(const event::SyncEvent& /*event*/, const event::SyncError& error,
                                                 const Sender& sender, Writer& out) {
  write_control({.ctl = static_cast<std::uint32_t>(ControlType::error), .data = error.message_type.value_or(0)}, sender,
                out);
  return {};
}

std::expected<void, std::string_view> write_body(const event::SyncEvent& /*event*/, const event::Heartbeat& beat,
                                                 const Sender& sender, Writer& out) {
  if (!beat.role) return std::unexpected(kNoMessage);
  const auto state = *beat.role == event::Role::primary    ? RunState::master
                     : *beat.role == event::Role::starting ? RunState::init
                     : *beat.role == event::Role::failed   ? RunState::fail
                                                           : RunState::slave;
  write_control({.ctl = static_cast<std::uint32_t>(ControlType::state), .data = static_cast<std::uint32_t>(state)},
                sender, out);
  return {};
}

template <class Other>
std::expected<void, std::string_view> write_body(const event::SyncEvent& /*event*/, const Other& /*body*/,
                                                 const Sender& /*sender*/, Writer& /*out*/) {
  return std::unexpected(kNoMessage);
}

}  // namespace

void encode_flow(const Flow& flow, const Sender& sender, Writer& out) {
  using enum ExtensionType;
  constexpr std::uint8_t kRequire = 3;
  const bool is_out = flow.direction == Direction::outbound;
  PfkeyBuilder builder{pfkey::Type::x_addflow, pfkey::SaType::esp, false, sender};
  builder.address(address_src, is_out ? flow.local : flow.remote);
  builder.address(address_dst, is_out ? flow.remote : flow.local);
  builder.add(x_flow_type, 8,
              pfkey::Selection{.number = kRequire, .direction = static_cast<std::uint8_t>(is_out ? 2 : 1)});
  builder.add(x_protocol, 8, pfkey::Selection{.number = flow.src.protocol});
  const auto network = [&](const event::Selector& selector, ExtensionType address_type, ExtensionType mask_type) {
    auto mask = selector.from;
    bool differs = false;  // all bits behind the first that differs are the host's
    for (std::size_t i = 0; i < mask.size; ++i) {
      const auto differing = static_cast<std::uint8_t>(selector.from.octets.at(i) ^ selector.to.octets.at(i));
      const auto kept = 0xFF00U >> static_cast<unsigned>(std::countl_zero(differing));
      mask.octets.at(i) = differs ? std::uint8_t{0} : static_cast<std::uint8_t>(kept);
      differs = differs || differing != 0;
    }
    builder.address(address_type, selector.from);
    builder.address(mask_type, mask);
  };
  network(flow.src, x_src_flow, x_src_mask);
  network(flow.dst, x_dst_flow, x_dst_mask);
  builder.seal_to(sender, out);
}

std::expected<void, std::string_view> encode_event(const event::SyncEvent& event, const Sender& sender, Writer& out) {
  return std::visit([&](const auto& body) { return write_body(event, body, sender, out); }, event.body);
}

}  // namespace sasync::proto::sasyncd
