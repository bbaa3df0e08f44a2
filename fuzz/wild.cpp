#include "wild.hpp"

#include <algorithm>

namespace sasync::fuzz {
namespace {

using event::Kind;

constexpr std::array<std::uint64_t, 16> kNumbers{0,
                                                 1,
                                                 2,
                                                 3,
                                                 5,
                                                 63,
                                                 64,
                                                 65,
                                                 70,
                                                 300,
                                                 0x7FFF'FFFF,
                                                 0xFFFF'FFFE,
                                                 0xFFFF'FFFF,
                                                 0x1'0000'0000,
                                                 ~std::uint64_t{0} - 1,
                                                 ~std::uint64_t{0}};
/// The last two are dialup instances (FX-21), whatever else is said of them.
constexpr std::array<std::string_view, 4> kTunnelNames{"t0", "t1", "ra_0", "ra_1"};
constexpr std::array<std::string_view, 8> kSenders{"A", "B", "C", "D", "E", "", "A", "A"};
constexpr std::uint32_t kFirstSpi = 1000;
constexpr std::uint32_t kOutbound = 5000;  // from the inbound SPI to the outbound one
constexpr std::size_t kTimersMax = 64;
constexpr std::uint8_t kBeyond = 40;  // no virtual cluster of the machine's

std::string a_member(unsigned number) { return std::string{kSenders[number & 7U]}; }

template <class Enum>
std::optional<Enum> maybe(unsigned number, unsigned count) {
  return number < count ? std::optional{static_cast<Enum>(number)} : std::nullopt;
}

event::Host host(std::uint8_t network, std::uint8_t number) {
  const std::array<std::uint8_t, 4> octets{network, 0, 0, number};
  return {.address = net::IpAddress::from(octets)};
}

}  // namespace

Wild::Wild(Reader& in, std::span<const std::uint8_t> kinds) : in_(in), kinds_(kinds) {
  const auto cluster = in_.u8("cluster");
  const auto policies = in_.u8("policies");
  const auto limits = in_.u8("limits");
  const auto times = in_.u8("times");
  settings_.model = static_cast<model::Model>((cluster & 3U) % 3);
  for (unsigned i = 0; i < 1U + (cluster >> 2U & 3U); ++i) members_.emplace_back(1, static_cast<char>('A' + i));
  layouts_ = cluster >> 4U & 3U;
  settings_.peer_dpd = (cluster >> 6U & 1U) == 0;
  if (cluster >> 7U != 0) {
    settings_.tunnels["t0"] = {.esp_seqno = model::SeqnoPolicy::none, .peer_rfc6311 = model::PeerSupport::yes};
  }
  settings_.esp_seqno_ikev1 = static_cast<model::SeqnoPolicy>((policies & 3U) % 3);
  settings_.esp_seqno_ikev2 = static_cast<model::SeqnoPolicy>((policies >> 2U & 3U) % 3);
  settings_.peer_rfc6311 = static_cast<model::PeerSupport>((policies >> 4U & 3U) % 3);
  settings_.seq_jump = std::array<std::uint64_t, 4>{0x8000'0000, 50, 0xFFFF'FFF0, ~std::uint64_t{0}}[policies >> 6U];
  settings_.replay_window = std::array<std::uint32_t, 4>{64, 32, 0, 1000}[limits & 3U];
  settings_.output_margin = std::array<std::uint64_t, 2>{16'384, 0}[limits >> 2U & 1U];
  settings_.segment_count = std::array<std::uint16_t, 4>{0, 1, 2, 16}[limits >> 3U & 3U];
  settings_.message_id_slack = std::array<std::uint32_t, 2>{1, 8}[limits >> 5U & 1U];
  settings_.rekey_rate_per_second = std::array<std::uint32_t, 2>{0, 2}[limits >> 6U & 1U];
  if ((times & 1U) != 0) settings_.route_gap_ns = 2'000'000'000;
  two_clusters_ = (times & 4U) != 0;
  numbered_ = (times & 8U) != 0;
  if ((times & 2U) != 0) settings_.heartbeat_timeout_ns = 5'000'000'000;
}

event::IkeId Wild::ike(bool other) const {
  const auto which = (record_.who >> (other ? 6U : 2U)) & 1U;
  return {.initiator_spi = 100 + 2 * tunnel() + which,
          .responder_spi = 7,
          .version = static_cast<std::uint8_t>(tunnel() % 2 == 1 ? 1 : 2),
          .initiator = true};
}

std::uint32_t Wild::spi_in() const { return kFirstSpi + 2 * tunnel() + (record_.who >> 2U & 1U); }
std::uint32_t Wild::spi_out() const { return spi_in() + kOutbound; }
std::string_view Wild::sender() const { return kSenders[record_.who >> 3U & 7U]; }
std::string Wild::tunnel_name() const { return std::string{kTunnelNames[tunnel()]}; }
std::uint64_t Wild::a_number() const { return kNumbers[record_.value & 15U]; }
event::Host Wild::peer() const { return host(100, static_cast<std::uint8_t>(tunnel() + 1)); }

void Wild::note(const model::Effects& effects) {
  for (const auto& effect : effects) {
    if (effect.kind != model::EffectKind::timer_set || timers_.size() >= kTimersMax) continue;
    const auto due = static_cast<std::int64_t>(effect.value);
    constexpr std::int64_t kSecond = 1'000'000'000;
    const auto kind = static_cast<model::TimerKind>(effect.value2);
    const bool about_ike = kind == model::TimerKind::peer_gives_up || kind == model::TimerKind::negotiation_done;
    timers_.push_back({.time = {.seconds = due / kSecond, .nanoseconds = static_cast<std::uint32_t>(due % kSecond)},
                       .kind = kind,
                       .member = effect.member,
                       .index = about_ike && effect.ike != model::kNone ? effect.ike : effect.child});
  }
}

std::optional<model::Input> Wild::next() {
  record_ = {in_.u8("kind"), in_.u8("who"), in_.u8("value"), in_.u8("link")};
  if (in_.failed() || ++inputs_ > kInputsMax) return std::nullopt;
  ++clock_;
  record_.kind = kinds_[record_.kind % kinds_.size()];
  if (record_.kind >= event::kKindCount) return no_event();
  set_head(event_);
  event_.body = body(static_cast<Kind>(record_.kind));
  return model::Said{.event = &event_,
                     .lost = static_cast<model::MemberSet>(record_.link & 15U),
                     .again = (record_.link >> 4U & 1U) != 0};
}

void Wild::set_head(event::SyncEvent& event) const {
  event.time = {.seconds = clock_};
  event.member = sender();
  event.resync = (record_.link >> 5U & 1U) != 0;
  event.inferred = (record_.link >> 6U & 1U) != 0;
  event.inferred_fields = {};
  if (event.inferred) event.inferred_fields.add(event::Field::spi_out);
  // A tunnel stays in its virtual cluster.
  const bool in_second = two_clusters_ && tunnel() % 2 != 0;
  event.virtual_cluster = in_second ? 2 : record_.who >> 7U != 0 ? 1 : 0;
  if (record_.link >> 7U != 0) event.virtual_cluster = kBeyond;
  event.sync_sequence = std::nullopt;
  if (numbered_) event.sync_sequence = static_cast<std::uint32_t>(record_.value & 7U);
  const bool new_release = layouts_ == 1 || (layouts_ == 2 && event.member == "B");
  event.layout = layouts_ == 3 ? "" : new_release ? "5" : "3c";
}

model::Input Wild::no_event() {
  const auto member = static_cast<model::MemberIndex>(std::array{0, 1, 2, 3, 4, 255, 0, 1}[record_.who >> 3U & 7U]);
  const auto other = static_cast<model::MemberIndex>(std::array{0, 1, 2, 3, 4, 255, 0, 1}[bits(0, 3)]);
  const Timestamp now{.seconds = clock_};
  if (record_.kind == kWildPacket) {
    const bool inbound = (record_.link & 1U) != 0;
    model::Packet packet{.time = now,
                         .child = record_.who & 7U,
                         .direction = inbound ? event::Direction::inbound : event::Direction::outbound,
                         .length = (record_.link & 2U) != 0 ? 1400U : 100U};
    if ((record_.link & 4U) != 0) packet.sequence = a_number();
    return packet;
  }
  if (record_.kind == kWildTimer) {
    return model::Timer{.time = now,
                        .kind = static_cast<model::TimerKind>(bits(0, 3) % 5),
                        .member = member,
                        .index = (record_.who & 7U) == 7 ? model::kNone : record_.who & 7U};
  }
  if (record_.kind == kWildDue) {
    const auto due = std::ranges::min_element(timers_, {}, &model::Timer::time);
    if (due == timers_.end()) return model::Timer{.time = now, .kind = model::TimerKind::routes_back};
    const auto timer = *due;
    timers_.erase(due);
    clock_ = std::max(clock_, timer.time.seconds);
    return timer;
  }
  return model::Failover{.time = now,
                         .from = member,
                         .to = other,
                         .virtual_cluster = std::array<std::uint8_t, 4>{0, 1, 2, kBeyond}[bits(4, 2)],
                         .from_dies = bits(6, 1) == 0};
}

event::Body Wild::body(Kind kind) const {
  if (kind <= Kind::tunnel_role) return members_body(kind);
  if (kind <= Kind::vike_sync) return link_body(kind);
  if (kind <= Kind::ike_sa_delete) return ike_body(kind);
  if (kind <= Kind::dpd) return ids_body(kind);
  if (kind <= Kind::mtu) return child_body(kind);
  return outside_body(kind);
}

event::Body Wild::members_body(Kind kind) const {
  std::vector<std::uint16_t> segments;
  if (bits(0, 3) != 7) segments.push_back(static_cast<std::uint16_t>(std::array{0, 1, 2, 3, 16, 17, 1}[bits(0, 3)]));
  if (bits(3, 1) != 0) segments.push_back(2);
  const auto subject = bits(0, 1) != 0 ? a_member(bits(1, 3)) : std::string{};
  switch (kind) {
    case Kind::member_join:
      return event::MemberJoin{.subject = subject,
                               .role = maybe<event::Role>(bits(4, 2), 3),
                               .priority = bits(6, 1) != 0 ? std::optional{bits(4, 2)} : std::nullopt,
                               .reason = maybe<event::Reason>(6 + bits(4, 3), 11)};
    case Kind::member_leave:
      return event::MemberLeave{.subject = subject};
    case Kind::role_change:
      return event::RoleChange{.old_primary = a_member(bits(3, 3)), .new_primary = a_member(bits(0, 3))};
    case Kind::heartbeat: {
      event::Heartbeat beat{.role = maybe<event::Role>(bits(4, 3), 6),
                            .priority = bits(7, 1) != 0 ? std::optional{bits(4, 3)} : std::nullopt};
      if (bits(0, 4) != 15) beat.segments = segments;
      return beat;
    }
    case Kind::segment_take:
      return event::SegmentTake{{.segments = segments}};
    case Kind::segment_drop:
      return event::SegmentDrop{{.segments = segments}};
    default:
      return event::TunnelRole{
          .tunnel = tunnel_name(), .role = static_cast<event::Role>(bits(4, 3) % 6), .subject = subject};
  }
}

event::Body Wild::link_body(Kind kind) const {
  const auto receiver = bits(0, 1) != 0 ? a_member(bits(1, 3)) : std::string{};
  const event::ResyncBarrier barrier{.phase = bits(4, 1) != 0 ? event::Phase::ipsec : event::Phase::ike,
                                     .count = bits(5, 1) != 0 ? std::optional{bits(6, 2)} : std::nullopt,
                                     .receiver = receiver};
  switch (kind) {
    case Kind::resync_request:
      return event::ResyncRequest{.receiver = receiver, .segments = {static_cast<std::uint16_t>(bits(4, 2))}};
    case Kind::resync_begin:
      return event::ResyncBegin{barrier};
    case Kind::resync_end:
      return event::ResyncEnd{barrier};
    case Kind::sync_ack:
      return event::SyncAck{.acknowledged = record_.value, .receiver = receiver};
    case Kind::sync_error:
      return event::SyncError{.fault = static_cast<event::SyncFault>(bits(0, 3)), .message_type = bits(3, 1)};
    case Kind::conn_sync:
      return event::ConnSync{.tunnel = bits(1, 1) != 0 ? "" : tunnel_name(),
                             .dialup = bits(2, 1) != 0 ? std::optional{bits(3, 1) != 0} : std::nullopt};
    default:
      return event::VikeSync{};
  }
}

template <class Body>
Body Wild::ike_sa() const {
  Body sa;
  sa.ike_id = ike(false);
  if (bits(0, 1) == 0) sa.tunnel = tunnel_name();
  if (tunnel() >= 2 || bits(1, 1) != 0) sa.dialup = bits(1, 1) == 0;
  if (bits(2, 1) != 0) sa.replaces = ike(true);
  if (bits(3, 1) != 0) sa.message_id_sync_supported = true;
  if (bits(4, 1) != 0) sa.replay_counter_sync_supported = true;
  if (bits(5, 1) != 0) sa.next_send = bits(6, 2);
  sa.remote = peer();
  // strongSwan: an add without algorithms is a further key exchange (layouts 4 and 5).
  if (bits(6, 1) == 0) sa.proposal.encryption = event::kEncryptionAesCbc;
  if (bits(7, 1) != 0) sa.proposal.additional_key_exchanges = {event::kKeyExchangeMlKem768};
  return sa;
}

event::Body Wild::ike_body(Kind kind) const {
  auto id = ike(false);
  if (bits(7, 1) != 0 && kind == Kind::ike_sa_delete) id.version = 0;
  switch (kind) {
    case Kind::ike_sa_add:
      return ike_sa<event::IkeSaAdd>();
    case Kind::ike_sa_update:
      return ike_sa<event::IkeSaUpdate>();
    default:
      return event::IkeSaDelete{.ike_id = id};
  }
}

event::Body Wild::ids_body(Kind kind) const {
  const auto small = [&](unsigned from) -> std::optional<std::uint32_t> {
    const auto number = bits(from, 3);
    return number == 7 ? std::nullopt : std::optional{number == 6 ? 0xFFFF'FFFFU : number};
  };
  switch (kind) {
    case Kind::message_id_sync:
      return event::MessageIdSync{.ike_id = ike(false),
                                  .next_send = small(0),
                                  .next_receive = small(3),
                                  .window = bits(6, 2) != 0 ? std::optional{bits(6, 2)} : std::nullopt};
    case Kind::message_id_sync_exchange:
      return event::MessageIdSyncExchange{.ike_id = ike(false),
                                          .nonce = 9,
                                          .proposed_send = bits(0, 3),
                                          .proposed_receive = bits(3, 3),
                                          .answered_send = small(3),
                                          .answered_receive = small(0),
                                          .by_peer = bits(6, 1) != 0};
    case Kind::phase1_iv:
      return event::Phase1Iv{.ike_id = ike(false), .iv = event::Secret::unknown(bits(0, 1) * 16)};
    case Kind::dialup_create:
      return event::DialupCreate{{.tunnel = tunnel_name()}};
    case Kind::dialup_delete:
      return event::DialupDelete{{.tunnel = tunnel_name()}};
    case Kind::ike_restart:
      return event::IkeRestart{.subject = bits(0, 1) != 0 ? a_member(bits(1, 3)) : ""};
    default: {
      event::Dpd dpd{.result = static_cast<event::DpdResult>(bits(0, 2))};
      if (bits(2, 1) != 0) dpd.ike_id = ike(false);
      if (bits(3, 1) == 0) dpd.tunnel = tunnel_name();
      return dpd;
    }
  }
}

event::IpsecSaAdd Wild::child_add() const {
  event::IpsecSaAdd add;
  if (bits(0, 1) == 0) add.ike_id = ike(bits(1, 1) != 0);
  add.tunnel = tunnel_name();
  add.child = "net";
  const bool by_halves = settings_.model == model::Model::openbsd;
  if (bits(2, 2) != (by_halves ? 0U : 3U)) add.spi_in = spi_in();
  if (bits(2, 2) != (by_halves ? 1U : 2U)) add.spi_out = spi_out();
  if (by_halves && bits(2, 2) == 3) add.spi_out = spi_in();  // one SPI in both directions
  add.esn = bits(4, 1) != 0;
  if (bits(5, 1) != 0) add.replay_window = static_cast<std::uint32_t>(std::array{0, 64}[bits(6, 1)]);
  if (bits(6, 1) != 0 && by_halves) add.created = Timestamp{.seconds = clock_ - std::int64_t{4} * bits(7, 1)};
  add.local = host(198, 1);
  add.remote = peer();
  if (bits(7, 1) != 0) std::swap(add.local, add.remote);
  return add;
}

event::ReplayState Wild::replay() const {
  event::ReplayState state{.spi = bits(4, 1) != 0 ? spi_out() : spi_in(), .highest = a_number()};
  if (bits(5, 1) != 0) state.bitmap = {static_cast<std::uint8_t>(record_.value), 1};
  if (bits(6, 1) != 0) state.bytes = bits(7, 1);
  if (bits(7, 1) != 0) state.destination = peer();
  return state;
}

event::Body Wild::child_body(Kind kind) const {
  const event::Route route{.prefix = {.address = host(10, static_cast<std::uint8_t>(bits(0, 1))).address, .length = 32},
                           .tunnel = tunnel_name()};
  switch (kind) {
    case Kind::ipsec_sa_add:
      return child_add();
    case Kind::ipsec_sa_delete: {
      event::IpsecSaDelete gone;
      if (bits(0, 1) == 0) gone.spi_in = spi_in();
      if (bits(1, 1) != 0) gone.spi_out = spi_out();
      return gone;
    }
    case Kind::esp_seqno: {
      event::EspSeqno seqno{.spi = bits(4, 1) != 0 ? spi_in() : spi_out(), .sequence = a_number()};
      if (bits(5, 1) != 0) seqno.jump = kNumbers[std::size_t{2} * bits(5, 3)];
      if (bits(6, 1) != 0) seqno.bytes = bits(7, 1);
      return seqno;
    }
    case Kind::replay_state:
      return replay();
    case Kind::route_add:
      return event::RouteAdd{route};
    case Kind::route_delete:
      return event::RouteDelete{route};
    default:
      return event::Mtu{.tunnel = tunnel_name(), .mtu = 1400};
  }
}

event::Body Wild::outside_body(Kind kind) const {
  const auto direction = maybe<event::Direction>(bits(4, 2), 2);
  if (kind == Kind::esp_packet) {
    const bool inbound = bits(6, 1) != 0;
    return event::EspPacket{.direction = direction, .spi = inbound ? spi_in() : spi_out(), .sequence = a_number()};
  }
  event::IkeMessage message{.ike_id = ike(false), .direction = direction, .message_id = bits(0, 3)};
  message.flags = static_cast<std::uint8_t>((bits(3, 1) << 5U) | (bits(6, 1) << 3U));
  if (bits(7, 1) != 0) {
    message.nonce = 9;
    message.next_send = bits(0, 3);
    message.next_receive = tunnel();
    message.message_id = 0;
  }
  if (bits(5, 2) == 3) message.exchange_type = event::ExchangeType::ike_auth;
  message.message_id_sync_supported = bits(5, 2) == 3 ? std::optional{true} : std::nullopt;
  return message;
}

}  // namespace sasync::fuzz
