// strongSwan HA messages as sync events, and back.

#include <deque>
#include <expected>

#include "sasync/base/reader.hpp"
#include "strongswan_ha_table.hpp"

namespace sasync::proto::strongswan_ha {
namespace {

constexpr std::uint32_t kPrivateSet = 1U << 31U;
constexpr std::uint8_t kFamilyIpv4 = 2;
constexpr std::uint8_t kFamilyIpv6OnLinux = 10;

std::uint64_t spi_of(Bytes bytes) {
  Reader reader{bytes};
  return reader.be<std::uint64_t>("spi");
}

event::IkeId to_event(const IkeSaId& id) {
  return {.initiator_spi = spi_of(id.initiator_spi),
          .responder_spi = spi_of(id.responder_spi),
          .version = id.version,
          .initiator = id.role != 0};
}

event::Host to_event(const HostValue& host) {
  return {.address = net::IpAddress::from(host.address), .port = host.port};
}

event::Identity to_event(const IdentityValue& identity) {
  return {.type = static_cast<event::IdentityType>(identity.type),
          .value = {identity.data.begin(), identity.data.end()}};
}

event::Selector to_event(const TrafficSelector& selector) {
  return {.from = net::IpAddress::from(selector.from),
          .to = net::IpAddress::from(selector.to),
          .from_port = selector.from_port,
          .to_port = selector.to_port,
          .protocol = selector.protocol,
          .dynamic = selector.dynamic != 0};
}

/// Reads attributes of a message into the members of an event's body. A repeated attribute: the last one counts, as for
/// the receiver.
class ToEvent {
 public:
  explicit ToEvent(const Message& message) : message_(message) {}

  [[nodiscard]] std::optional<event::Body> body() const {
    switch (message_.type) {
      case MessageType::ike_add:
        return with_ike_id(ike_sa<event::IkeSaAdd>());
      case MessageType::ike_update:
        return with_ike_id(ike_sa<event::IkeSaUpdate>());
      case MessageType::ike_delete:
        return with_ike_id(event::IkeSaDelete{.ike_id = sa_id()});
      case MessageType::ike_mid_initiator:
        return with_ike_id(event::MessageIdSync{.ike_id = sa_id(), .next_send = number(AttributeName::mid)});
      case MessageType::ike_mid_responder:
        return with_ike_id(event::MessageIdSync{.ike_id = sa_id(), .next_receive = number(AttributeName::mid)});
      case MessageType::ike_iv:
        return with_ike_id(event::Phase1Iv{.ike_id = sa_id(), .iv = event::Secret::of(octets(AttributeName::iv))});
      case MessageType::child_add:
        return with_ike_id(child_add());
      case MessageType::child_delete:
        return with_ike_id(event::IpsecSaDelete{.ike_id = sa_id(), .spi_in = spi(AttributeName::inbound_spi)});
      case MessageType::segment_take:
        return event::SegmentTake{{.segments = segments()}};
      case MessageType::segment_drop:
        return event::SegmentDrop{{.segments = segments()}};
      case MessageType::status:
        return event::Heartbeat{.segments = segments()};
      case MessageType::resync:
        return event::ResyncRequest{.scope = event::Scope::segments, .segments = segments()};
      case MessageType::unknown:
        return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<event::Body> with_ike_id(event::Body body) const {
    if (message_.find(AttributeName::ike_id) == nullptr) return std::nullopt;
    return body;
  }

  template <class T>
  [[nodiscard]] const T* last(AttributeName name) const {
    const T* found = nullptr;
    for (const auto& attribute : message_.attributes) {
      if (attribute.name == name) found = &std::get<T>(attribute.value);
    }
    return found;
  }
  [[nodiscard]] event::IkeId sa_id() const {
    const auto* id = last<IkeSaId>(AttributeName::ike_id);
    return id == nullptr ? event::IkeId{} : to_event(*id);
  }
  [[nodiscard]] std::optional<std::uint32_t> number(AttributeName name) const {
    const auto* value = last<std::uint32_t>(name);
    return value == nullptr ? std::nullopt : std::optional{*value};
  }
  template <class T>
  [[nodiscard]] std::optional<T> number_as(AttributeName name) const {
    const auto value = number(name);
    return value ? std::optional{static_cast<T>(*value)} : std::nullopt;
  }
  [[nodiscard]] std::optional<std::uint32_t> spi(AttributeName name) const {
    const auto value = number(name);
    return value ? std::optional{message_.esp_spi(*value)} : std::nullopt;
  }
  [[nodiscard]] std::optional<std::uint16_t> cpi(AttributeName name) const {
    const auto value = number(name);
    return value ? std::optional{message_.cpi(*value)} : std::nullopt;
  }
  [[nodiscard]] Bytes octets(AttributeName name) const {
    const auto* bytes = last<Bytes>(name);
    return bytes == nullptr ? Bytes{} : *bytes;
  }
  [[nodiscard]] std::string text(AttributeName name) const { return std::string{as_text(octets(name))}; }
  template <class T, class Wire>
  [[nodiscard]] std::optional<T> single(AttributeName name) const {
    const auto* value = last<Wire>(name);
    return value == nullptr ? std::nullopt : std::optional<T>{to_event(*value)};
  }
  template <class T, class Wire>
  [[nodiscard]] std::vector<T> list(AttributeName name) const {
    std::vector<T> values;
    for (const auto& attribute : message_.attributes) {
      if (attribute.name == name) values.push_back(to_event(std::get<Wire>(attribute.value)));
    }
    return values;
  }
  [[nodiscard]] std::vector<net::IpAddress> addresses(AttributeName name) const {
    std::vector<net::IpAddress> values;
    for (const auto& host : list<event::Host, HostValue>(name)) values.push_back(host.address);
    return values;
  }
  [[nodiscard]] std::vector<std::uint16_t> segments() const {
    std::vector<std::uint16_t> values;
    for (const auto& attribute : message_.attributes) {
      if (attribute.name != AttributeName::segment) continue;
      values.push_back(static_cast<std::uint16_t>(std::get<std::uint32_t>(attribute.value)));
    }
    return values;
  }

  [[nodiscard]] event::Proposal proposal() const {
    using enum AttributeName;
    event::Proposal proposal{.encryption = number_as<std::uint16_t>(alg_encr),
                             .encryption_bits = number_as<std::uint16_t>(alg_encr_len),
                             .integrity = number_as<std::uint16_t>(alg_integ),
                             .prf = number_as<std::uint16_t>(alg_prf),
                             .key_exchange = number_as<std::uint16_t>(alg_dh)};
    for (Reader reader{octets(alg_add_kes)}; reader.more();) {
      proposal.additional_key_exchanges.push_back(reader.be<std::uint16_t>("alg_add_kes"));
    }
    return proposal;
  }

  [[nodiscard]] event::KeyMaterial keys() const {
    using enum AttributeName;
    event::KeyMaterial keys;
    const auto take = [&](AttributeName name, event::KeyKind kind) {
      if (const auto* bytes = last<Bytes>(name)) keys.set(kind, *bytes);
    };
    take(nonce_i, event::KeyKind::nonce_i);
    take(nonce_r, event::KeyKind::nonce_r);
    take(secret, event::KeyKind::secret);
    take(add_secret, event::KeyKind::additional_secret);
    take(old_skd, event::KeyKind::old_sk_d);
    take(local_dh, event::KeyKind::local_dh);
    take(remote_dh, event::KeyKind::remote_dh);
    take(psk, event::KeyKind::psk);
    return keys;
  }

  /// Layout 5 says these bits twice; the second set is marked.
  void bits(AttributeName name, std::optional<std::uint32_t>& bits, std::optional<std::uint32_t>& private_bits) const {
    for (const auto& attribute : message_.attributes) {
      if (attribute.name != name) continue;
      const auto value = std::get<std::uint32_t>(attribute.value);
      const bool is_private = message_.layout == Layout::v5 && (value & kPrivateSet) != 0;
      (is_private ? private_bits : bits) = is_private ? value & ~kPrivateSet : value;
    }
  }

  template <class Body>
  [[nodiscard]] Body ike_sa() const {
    using enum AttributeName;
    Body sa;
    sa.ike_id = sa_id();
    sa.tunnel = text(config_name);
    sa.replaces = single<event::IkeId, IkeSaId>(ike_rekey_id);
    sa.old_prf = number_as<std::uint16_t>(alg_old_prf);
    sa.proposal = proposal();
    sa.auth_method = number_as<std::uint16_t>(auth_method);
    sa.keys = keys();
    sa.local = single<event::Host, HostValue>(local_addr);
    sa.remote = single<event::Host, HostValue>(remote_addr);
    sa.local_id = single<event::Identity, IdentityValue>(local_id);
    sa.remote_id = single<event::Identity, IdentityValue>(remote_id);
    sa.remote_eap_id = single<event::Identity, IdentityValue>(remote_eap_id);
    bits(conditions, sa.conditions, sa.private_conditions);
    bits(extensions, sa.extensions, sa.private_extensions);
    sa.peer_addresses = list<event::Host, HostValue>(peer_addr);
    sa.local_virtual_ips = addresses(local_vip);
    sa.remote_virtual_ips = addresses(remote_vip);
    sa.next_send = number(initiate_mid);
    sa.next_receive = number(respond_mid);
    if (const auto version = number_as<std::uint8_t>(ike_version)) sa.ike_id.version = *version;
    return sa;
  }

  [[nodiscard]] event::IpsecSaAdd child_add() const {
    using enum AttributeName;
    const auto is_true = [](std::uint32_t value) { return value != 0; };
    return {.ike_id = sa_id(),
            .child = text(config_name),
            .initiator = number(initiator).transform(is_true),
            .spi_in = spi(inbound_spi),
            .spi_out = spi(outbound_spi),
            .cpi_in = cpi(inbound_cpi),
            .cpi_out = cpi(outbound_cpi),
            .mode = number_as<event::IpsecMode>(ipsec_mode),
            .ipcomp = number_as<event::Ipcomp>(ipcomp),
            .proposal = proposal(),
            .esn = number(esn).transform(is_true),
            .keys = keys(),
            .local_ts = list<event::Selector, TrafficSelector>(local_ts),
            .remote_ts = list<event::Selector, TrafficSelector>(remote_ts)};
  }

  const Message& message_;
};

/// Writes one message, attribute after attribute; keeps the first reason why there can be none.
class FromEvent {
 public:
  FromEvent(Layout layout, ByteOrder order, Writer& out) : layout_(layout), order_(order), out_(out) {}

  void head(MessageType type) {
    message_.version = version_of(layout_);
    message_.layout = layout_;
    message_.spis_reversed = order_ != ByteOrder::big;
    auto number = static_cast<std::uint8_t>(type);
    if (layout_ == Layout::v1) number = version_1_number(type);
    if (number == 0 || (layout_ < Layout::v3a && type == MessageType::ike_iv)) error_ = kNoMessage;
    message_.type_number = number;
  }
  void add(AttributeName name, AttributeValue value) {
    if (auto attribute = make_attribute(layout_, name, std::move(value))) {
      message_.attributes.push_back(std::move(*attribute));
    }
  }
  template <class T>
  void number(AttributeName name, const std::optional<T>& value) {
    if (value) add(name, static_cast<std::uint32_t>(*value));
  }
  void spi(AttributeName name, const std::optional<std::uint32_t>& value) {
    if (value) add(name, message_.esp_spi(*value));  // its own inverse
  }
  void cpi(AttributeName name, const std::optional<std::uint16_t>& value) {
    if (value) add(name, std::uint32_t{message_.cpi(*value)});
  }
  void ike_id(AttributeName name, const event::IkeId& id) {
    Writer spis;
    spis.be(id.initiator_spi);
    spis.be(id.responder_spi);
    const Bytes kept = keep(std::move(spis).take());
    add(name, IkeSaId{.version = id.version,
                      .initiator_spi = kept.first(kept.size() / 2),
                      .responder_spi = kept.last(kept.size() / 2),
                      .role = static_cast<std::uint8_t>(id.initiator.value_or(false) ? 1 : 0)});
  }
  void text(AttributeName name, std::string_view value) {
    if (!value.empty()) add(name, as_bytes(value));
  }
  void host(AttributeName name, const net::IpAddress& address, std::uint16_t port) {
    add(name,
        HostValue{
            .port = port, .family = address.size == 4 ? kFamilyIpv4 : kFamilyIpv6OnLinux, .address = address.bytes()});
  }
  void host(AttributeName name, const std::optional<event::Host>& value) {
    if (value) host(name, value->address, value->port);
  }
  void identity(AttributeName name, const std::optional<event::Identity>& value) {
    if (value) add(name, IdentityValue{static_cast<std::uint8_t>(value->type), value->value});
  }
  void key(AttributeName name, const event::KeyMaterial& keys, event::KeyKind kind) {
    const auto* secret = keys.find(kind);
    if (secret == nullptr) return;
    if (!secret->known()) error_ = kUnknownKey;
    add(name, Bytes{secret->octets});
  }
  void algorithms(const event::Proposal& proposal) {
    using enum AttributeName;
    number(alg_encr, proposal.encryption);
    number(alg_encr_len, proposal.encryption_bits);
    number(alg_integ, proposal.integrity);
    number(alg_prf, proposal.prf);
    number(alg_dh, proposal.key_exchange);
    if (proposal.additional_key_exchanges.empty()) return;
    Writer numbers;
    for (const auto number : proposal.additional_key_exchanges) numbers.be(number);
    add(alg_add_kes, keep(std::move(numbers).take()));
  }
  void bits(AttributeName name, const std::optional<std::uint32_t>& bits,
            const std::optional<std::uint32_t>& private_bits) {
    if (layout_ == Layout::v5 && bits && (*bits & kPrivateSet) != 0) error_ = kMarkInUse;
    number(name, bits);
    if (layout_ == Layout::v5 && private_bits) add(name, *private_bits | kPrivateSet);
  }
  void selectors(AttributeName name, const std::vector<event::Selector>& values) {
    constexpr std::uint8_t kIpv4Range = 7;
    constexpr std::uint8_t kIpv6Range = 8;
    for (const auto& selector : values) {
      add(name, TrafficSelector{.type = selector.from.size == 4 ? kIpv4Range : kIpv6Range,
                                .protocol = selector.protocol,
                                .from_port = selector.from_port,
                                .to_port = selector.to_port,
                                .dynamic = static_cast<std::uint8_t>(selector.dynamic ? 1 : 0),
                                .from = selector.from.bytes(),
                                .to = selector.to.bytes()});
    }
  }
  void segments(MessageType type, const std::vector<std::uint16_t>& values) {
    head(type);
    for (const auto segment : values) add(AttributeName::segment, std::uint32_t{segment});
  }

  std::expected<void, std::string_view> finish() {
    if (!error_.empty()) return std::unexpected(error_);
    encode(message_, out_);
    return {};
  }
  void fail() { error_ = kNoMessage; }

 private:
  static constexpr std::string_view kNoMessage = "the protocol has no message for it";
  static constexpr std::string_view kUnknownKey = "key material is not known";
  static constexpr std::string_view kMarkInUse = "bit 31 of conditions and extensions marks the second set in layout 5";

  static std::uint8_t version_1_number(MessageType type) {
    switch (type) {
      case MessageType::ike_add:
      case MessageType::ike_update:
        return static_cast<std::uint8_t>(type);
      case MessageType::unknown:
      case MessageType::ike_mid_initiator:
      case MessageType::ike_mid_responder:
      case MessageType::ike_iv:
        return 0;
      default:
        return static_cast<std::uint8_t>(static_cast<std::uint8_t>(type) - 2);
    }
  }
  Bytes keep(std::vector<std::uint8_t> bytes) { return kept_.emplace_back(std::move(bytes)); }

  Layout layout_;
  ByteOrder order_;
  Writer& out_;
  Message message_;
  std::deque<std::vector<std::uint8_t>> kept_;
  std::string_view error_;
};

// One function a kind of event: the attributes in the order of the documentation's table of what is really sent.
void write(FromEvent& to, const event::IkeSaAdd& sa) {
  using enum AttributeName;
  to.head(MessageType::ike_add);
  to.add(ike_version, std::uint32_t{sa.ike_id.version});
  to.ike_id(ike_id, sa.ike_id);
  if (sa.replaces) to.ike_id(ike_rekey_id, *sa.replaces);
  to.number(alg_old_prf, sa.old_prf);
  to.key(old_skd, sa.keys, event::KeyKind::old_sk_d);
  to.algorithms(sa.proposal);
  to.key(nonce_i, sa.keys, event::KeyKind::nonce_i);
  to.key(nonce_r, sa.keys, event::KeyKind::nonce_r);
  to.key(secret, sa.keys, event::KeyKind::secret);
  to.key(add_secret, sa.keys, event::KeyKind::additional_secret);
  to.key(local_dh, sa.keys, event::KeyKind::local_dh);
  to.key(remote_dh, sa.keys, event::KeyKind::remote_dh);
  to.key(psk, sa.keys, event::KeyKind::psk);
  to.number(auth_method, sa.auth_method);
  to.host(remote_addr, sa.remote);
}

void write(FromEvent& to, const event::IkeSaUpdate& sa) {
  using enum AttributeName;
  to.head(MessageType::ike_update);
  to.ike_id(ike_id, sa.ike_id);
  to.identity(local_id, sa.local_id);
  to.identity(remote_id, sa.remote_id);
  to.identity(remote_eap_id, sa.remote_eap_id);
  to.host(local_addr, sa.local);
  to.host(remote_addr, sa.remote);
  to.bits(conditions, sa.conditions, sa.private_conditions);
  to.bits(extensions, sa.extensions, sa.private_extensions);
  to.text(config_name, sa.tunnel);
  for (const auto& address : sa.local_virtual_ips) to.host(local_vip, address, 0);
  for (const auto& address : sa.remote_virtual_ips) to.host(remote_vip, address, 0);
  for (const auto& host : sa.peer_addresses) to.host(peer_addr, host.address, host.port);
  to.number(initiate_mid, sa.next_send);
  to.number(respond_mid, sa.next_receive);
}

void write(FromEvent& to, const event::IkeSaDelete& sa) {
  to.head(MessageType::ike_delete);
  to.ike_id(AttributeName::ike_id, sa.ike_id);
}

void write(FromEvent& to, const event::MessageIdSync& sync) {
  if (sync.next_send.has_value() == sync.next_receive.has_value()) return to.fail();  // a message carries one of them
  to.head(sync.next_send ? MessageType::ike_mid_initiator : MessageType::ike_mid_responder);
  to.ike_id(AttributeName::ike_id, sync.ike_id);
  to.number(AttributeName::mid, sync.next_send ? sync.next_send : sync.next_receive);
}

void write(FromEvent& to, const event::Phase1Iv& phase1) {
  to.head(MessageType::ike_iv);
  to.ike_id(AttributeName::ike_id, phase1.ike_id);
  to.add(AttributeName::iv, Bytes{phase1.iv.octets});
}

void write(FromEvent& to, const event::IpsecSaAdd& sa) {
  using enum AttributeName;
  if (!sa.ike_id) return to.fail();
  to.head(MessageType::child_add);
  to.ike_id(ike_id, *sa.ike_id);
  to.number(initiator, sa.initiator);
  to.spi(inbound_spi, sa.spi_in);
  to.spi(outbound_spi, sa.spi_out);
  to.cpi(inbound_cpi, sa.cpi_in);
  to.cpi(outbound_cpi, sa.cpi_out);
  to.number(ipsec_mode, sa.mode);
  to.number(ipcomp, sa.ipcomp);
  to.text(config_name, sa.child);
  to.algorithms(sa.proposal);
  to.number(esn, sa.esn);
  to.key(nonce_i, sa.keys, event::KeyKind::nonce_i);
  to.key(nonce_r, sa.keys, event::KeyKind::nonce_r);
  to.key(secret, sa.keys, event::KeyKind::secret);
  to.key(add_secret, sa.keys, event::KeyKind::additional_secret);
  to.selectors(local_ts, sa.local_ts);
  to.selectors(remote_ts, sa.remote_ts);
}

void write(FromEvent& to, const event::IpsecSaDelete& sa) {
  if (!sa.ike_id || !sa.spi_in) return to.fail();
  to.head(MessageType::child_delete);
  to.ike_id(AttributeName::ike_id, *sa.ike_id);
  to.spi(AttributeName::inbound_spi, sa.spi_in);
}

void write(FromEvent& to, const event::SegmentTake& take) { to.segments(MessageType::segment_take, take.segments); }
void write(FromEvent& to, const event::SegmentDrop& drop) { to.segments(MessageType::segment_drop, drop.segments); }
void write(FromEvent& to, const event::Heartbeat& beat) {
  to.segments(MessageType::status, beat.segments.value_or(std::vector<std::uint16_t>{}));
}
void write(FromEvent& to, const event::ResyncRequest& request) { to.segments(MessageType::resync, request.segments); }
template <class Other>
void write(FromEvent& to, const Other& /*body*/) {
  to.fail();
}

}  // namespace

std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin) {
  auto body = ToEvent{message}.body();
  if (!body) return std::nullopt;
  event::SyncEvent event;
  event.time = origin.time;
  event.frame = origin.frame;
  event.file = origin.file;
  event.member = net::to_string(origin.src);
  event.protocol = "strongswan-ha";
  event.layout = layout_name(message.layout);
  event.body = std::move(*body);
  return event;
}

std::expected<void, std::string_view> encode_event(const event::SyncEvent& event, Layout layout, ByteOrder order,
                                                   Writer& out) {
  FromEvent to{layout, order, out};
  std::visit([&](const auto& body) { write(to, body); }, event.body);
  return to.finish();
}

}  // namespace sasync::proto::strongswan_ha
