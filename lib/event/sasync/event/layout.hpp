#pragma once
// Which fields a body has: the one description of every body, from which JSON (both ways), the wire encoding and the
// tests' generators are made. A new field is a member, a row in field.hpp and an entry here.

#include <type_traits>
#include <utility>

#include "sasync/event/event.hpp"

namespace sasync::event {

/// A member and the field that it is.
template <Field Id, auto Pointer>
struct Member {
  static constexpr Field field = Id;
  template <class Object>
  static constexpr auto& of(Object& object) {
    return object.*Pointer;
  }
};

template <class... Entries>
struct Members {};

/// Calls `f` with each Member, in order.
template <class... Entries, class Function>
constexpr void for_each(Members<Entries...>, Function&& f) {
  (f(Entries{}), ...);
}

/// Layout<T>::Fields is the Members<...> of T: of every body, and of Proposal.
template <class T>
struct Layout;

template <class Body, class Function>
constexpr void for_each_member(Function&& f) {
  for_each(typename Layout<Body>::Fields{}, std::forward<Function>(f));
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Fields whose integer is an identifier: shown as hex of so many digits. 0: an ordinary number.
constexpr unsigned hex_digits(Field field) {
  switch (field) {
    case Field::spi:
    case Field::spi_in:
    case Field::spi_out:
    case Field::nonce:
      return 8;
    case Field::cpi_in:
    case Field::cpi_out:
      return 4;
    case Field::first_octets:
      return 16;
    default:
      return 0;
  }
}

/// The field of a kind of key, and back.
constexpr Field field_of(KeyKind kind) {
  return static_cast<Field>(index_of(Field::nonce_i) + static_cast<std::size_t>(kind));
}
constexpr std::optional<KeyKind> key_kind_of(Field field) {
  if (index_of(field) < index_of(Field::nonce_i)) return std::nullopt;
  return static_cast<KeyKind>(index_of(field) - index_of(Field::nonce_i));
}
static_assert(field_of(KeyKind::nonce_i) == Field::nonce_i && field_of(KeyKind::psk) == Field::psk &&
              field_of(KeyKind::sk_pr) == Field::sk_pr && field_of(KeyKind::integrity_out) == Field::integrity_out &&
              index_of(Field::integrity_out) + 1 == kFieldCount);

template <class T>
concept MustBeSaid = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, IkeId> ||
                     std::is_same_v<T, Prefix> || std::is_same_v<T, Secret>;

template <>
struct Layout<Proposal> {
  using Fields = Members<Member<Field::encryption, &Proposal::encryption>,
                         Member<Field::encryption_bits, &Proposal::encryption_bits>,
                         Member<Field::integrity, &Proposal::integrity>, Member<Field::prf, &Proposal::prf>,
                         Member<Field::key_exchange, &Proposal::key_exchange>,
                         Member<Field::additional_key_exchanges, &Proposal::additional_key_exchanges>>;
};
template <>
struct Layout<MemberJoin> {
  using Fields = Members<Member<Field::subject, &MemberJoin::subject>, Member<Field::role, &MemberJoin::role>,
                         Member<Field::priority, &MemberJoin::priority>, Member<Field::address, &MemberJoin::address>,
                         Member<Field::reason, &MemberJoin::reason>>;
};
template <>
struct Layout<MemberLeave> {
  using Fields = Members<Member<Field::subject, &MemberLeave::subject>, Member<Field::role, &MemberLeave::role>,
                         Member<Field::reason, &MemberLeave::reason>>;
};
template <>
struct Layout<RoleChange> {
  using Fields =
      Members<Member<Field::old_primary, &RoleChange::old_primary>,
              Member<Field::new_primary, &RoleChange::new_primary>, Member<Field::reason, &RoleChange::reason>>;
};
template <>
struct Layout<Heartbeat> {
  using Fields = Members<Member<Field::role, &Heartbeat::role>, Member<Field::segments, &Heartbeat::segments>,
                         Member<Field::priority, &Heartbeat::priority>, Member<Field::override_, &Heartbeat::override_>,
                         Member<Field::interface, &Heartbeat::interface>, Member<Field::mac, &Heartbeat::mac>>;
};
template <>
struct Layout<Segments> {
  using Fields = Members<Member<Field::segments, &Segments::segments>>;
};
template <>
struct Layout<TunnelRole> {
  using Fields = Members<Member<Field::tunnel, &TunnelRole::tunnel>, Member<Field::role, &TunnelRole::role>,
                         Member<Field::subject, &TunnelRole::subject>>;
};
template <>
struct Layout<ResyncRequest> {
  using Fields = Members<Member<Field::scope, &ResyncRequest::scope>, Member<Field::reason, &ResyncRequest::reason>,
                         Member<Field::receiver, &ResyncRequest::receiver>, Member<Field::vdom, &ResyncRequest::vdom>,
                         Member<Field::segments, &ResyncRequest::segments>,
                         Member<Field::expected_sequence, &ResyncRequest::expected_sequence>,
                         Member<Field::found_sequence, &ResyncRequest::found_sequence>>;
};
template <>
struct Layout<ResyncBarrier> {
  using Fields =
      Members<Member<Field::phase, &ResyncBarrier::phase>, Member<Field::count, &ResyncBarrier::count>,
              Member<Field::receiver, &ResyncBarrier::receiver>, Member<Field::process, &ResyncBarrier::process>>;
};
template <>
struct Layout<SyncAck> {
  using Fields =
      Members<Member<Field::acknowledged, &SyncAck::acknowledged>, Member<Field::receiver, &SyncAck::receiver>>;
};
template <>
struct Layout<SyncError> {
  using Fields =
      Members<Member<Field::fault, &SyncError::fault>, Member<Field::expected_length, &SyncError::expected_length>,
              Member<Field::found_length, &SyncError::found_length>,
              Member<Field::message_type, &SyncError::message_type>,
              Member<Field::expected_sequence, &SyncError::expected_sequence>,
              Member<Field::found_sequence, &SyncError::found_sequence>>;
};
template <>
struct Layout<ConnSync> {
  using Fields =
      Members<Member<Field::vdom, &ConnSync::vdom>, Member<Field::tunnel, &ConnSync::tunnel>,
              Member<Field::parent, &ConnSync::parent>, Member<Field::index, &ConnSync::index>,
              Member<Field::dialup, &ConnSync::dialup>, Member<Field::version, &ConnSync::version>,
              Member<Field::interface, &ConnSync::interface>, Member<Field::local, &ConnSync::local>,
              Member<Field::remote, &ConnSync::remote>, Member<Field::nat_traversal, &ConnSync::nat_traversal>,
              Member<Field::remote_id, &ConnSync::remote_id>,
              Member<Field::remote_virtual_ips, &ConnSync::remote_virtual_ips>,
              Member<Field::xauth_user, &ConnSync::xauth_user>, Member<Field::eap_user, &ConnSync::eap_user>>;
};
template <>
struct Layout<VikeSync> {
  using Fields = Members<Member<Field::payload, &VikeSync::payload>>;
};
template <>
struct Layout<IkeSa> {
  using Fields = Members<
      Member<Field::ike_id, &IkeSa::ike_id>, Member<Field::tunnel, &IkeSa::tunnel>, Member<Field::vdom, &IkeSa::vdom>,
      Member<Field::interface, &IkeSa::interface>, Member<Field::parent, &IkeSa::parent>,
      Member<Field::index, &IkeSa::index>, Member<Field::dialup, &IkeSa::dialup>,
      Member<Field::replaces, &IkeSa::replaces>, Member<Field::old_prf, &IkeSa::old_prf>,
      Member<Field::proposal, &IkeSa::proposal>, Member<Field::auth_method, &IkeSa::auth_method>,
      Member<Field::keys, &IkeSa::keys>, Member<Field::local, &IkeSa::local>, Member<Field::remote, &IkeSa::remote>,
      Member<Field::local_id, &IkeSa::local_id>, Member<Field::remote_id, &IkeSa::remote_id>,
      Member<Field::remote_eap_id, &IkeSa::remote_eap_id>, Member<Field::created, &IkeSa::created>,
      Member<Field::lifetime_seconds, &IkeSa::lifetime_seconds>,
      Member<Field::rekey_in_seconds, &IkeSa::rekey_in_seconds>, Member<Field::nat_traversal, &IkeSa::nat_traversal>,
      Member<Field::dpd_sent, &IkeSa::dpd_sent>, Member<Field::dpd_received, &IkeSa::dpd_received>,
      Member<Field::message_id_sync_supported, &IkeSa::message_id_sync_supported>,
      Member<Field::replay_counter_sync_supported, &IkeSa::replay_counter_sync_supported>,
      Member<Field::conditions, &IkeSa::conditions>, Member<Field::extensions, &IkeSa::extensions>,
      Member<Field::private_conditions, &IkeSa::private_conditions>,
      Member<Field::private_extensions, &IkeSa::private_extensions>,
      Member<Field::peer_addresses, &IkeSa::peer_addresses>,
      Member<Field::local_virtual_ips, &IkeSa::local_virtual_ips>,
      Member<Field::remote_virtual_ips, &IkeSa::remote_virtual_ips>, Member<Field::next_send, &IkeSa::next_send>,
      Member<Field::next_receive, &IkeSa::next_receive>>;
};
template <>
struct Layout<IkeSaDelete> {
  using Fields = Members<Member<Field::ike_id, &IkeSaDelete::ike_id>, Member<Field::tunnel, &IkeSaDelete::tunnel>,
                         Member<Field::reason, &IkeSaDelete::reason>>;
};
template <>
struct Layout<MessageIdSync> {
  using Fields =
      Members<Member<Field::ike_id, &MessageIdSync::ike_id>, Member<Field::next_send, &MessageIdSync::next_send>,
              Member<Field::next_receive, &MessageIdSync::next_receive>, Member<Field::window, &MessageIdSync::window>>;
};
template <>
struct Layout<MessageIdSyncExchange> {
  using Fields = Members<Member<Field::ike_id, &MessageIdSyncExchange::ike_id>,
                         Member<Field::nonce, &MessageIdSyncExchange::nonce>,
                         Member<Field::proposed_send, &MessageIdSyncExchange::proposed_send>,
                         Member<Field::proposed_receive, &MessageIdSyncExchange::proposed_receive>,
                         Member<Field::answered_send, &MessageIdSyncExchange::answered_send>,
                         Member<Field::answered_receive, &MessageIdSyncExchange::answered_receive>,
                         Member<Field::replay_delta, &MessageIdSyncExchange::replay_delta>,
                         Member<Field::by_peer, &MessageIdSyncExchange::by_peer>>;
};
template <>
struct Layout<Phase1Iv> {
  using Fields = Members<Member<Field::ike_id, &Phase1Iv::ike_id>, Member<Field::iv, &Phase1Iv::iv>>;
};
template <>
struct Layout<Dialup> {
  using Fields = Members<Member<Field::tunnel, &Dialup::tunnel>, Member<Field::parent, &Dialup::parent>,
                         Member<Field::index, &Dialup::index>, Member<Field::vdom, &Dialup::vdom>,
                         Member<Field::interface, &Dialup::interface>, Member<Field::ike_id, &Dialup::ike_id>>;
};
template <>
struct Layout<IkeRestart> {
  using Fields = Members<Member<Field::subject, &IkeRestart::subject>, Member<Field::reason, &IkeRestart::reason>>;
};
template <>
struct Layout<Dpd> {
  using Fields = Members<Member<Field::ike_id, &Dpd::ike_id>, Member<Field::tunnel, &Dpd::tunnel>,
                         Member<Field::result, &Dpd::result>, Member<Field::retries, &Dpd::retries>>;
};
template <>
struct Layout<IpsecSaAdd> {
  using Fields = Members<
      Member<Field::ike_id, &IpsecSaAdd::ike_id>, Member<Field::tunnel, &IpsecSaAdd::tunnel>,
      Member<Field::child, &IpsecSaAdd::child>, Member<Field::vdom, &IpsecSaAdd::vdom>,
      Member<Field::serial, &IpsecSaAdd::serial>, Member<Field::initiator, &IpsecSaAdd::initiator>,
      Member<Field::spi_in, &IpsecSaAdd::spi_in>, Member<Field::spi_out, &IpsecSaAdd::spi_out>,
      Member<Field::cpi_in, &IpsecSaAdd::cpi_in>, Member<Field::cpi_out, &IpsecSaAdd::cpi_out>,
      Member<Field::ipsec_protocol, &IpsecSaAdd::ipsec_protocol>, Member<Field::mode, &IpsecSaAdd::mode>,
      Member<Field::ipcomp, &IpsecSaAdd::ipcomp>, Member<Field::proposal, &IpsecSaAdd::proposal>,
      Member<Field::esn, &IpsecSaAdd::esn>, Member<Field::keys, &IpsecSaAdd::keys>,
      Member<Field::local, &IpsecSaAdd::local>, Member<Field::remote, &IpsecSaAdd::remote>,
      Member<Field::local_ts, &IpsecSaAdd::local_ts>, Member<Field::remote_ts, &IpsecSaAdd::remote_ts>,
      Member<Field::replay_window, &IpsecSaAdd::replay_window>, Member<Field::soft_seconds, &IpsecSaAdd::soft_seconds>,
      Member<Field::hard_seconds, &IpsecSaAdd::hard_seconds>, Member<Field::soft_bytes, &IpsecSaAdd::soft_bytes>,
      Member<Field::hard_bytes, &IpsecSaAdd::hard_bytes>, Member<Field::created, &IpsecSaAdd::created>,
      Member<Field::udp_encapsulation, &IpsecSaAdd::udp_encapsulation>,
      Member<Field::add_route, &IpsecSaAdd::add_route>, Member<Field::local_id, &IpsecSaAdd::local_id>,
      Member<Field::remote_id, &IpsecSaAdd::remote_id>, Member<Field::sequence, &IpsecSaAdd::sequence>,
      Member<Field::highest, &IpsecSaAdd::highest>, Member<Field::bytes, &IpsecSaAdd::bytes>,
      Member<Field::rdomain, &IpsecSaAdd::rdomain>, Member<Field::refused, &IpsecSaAdd::refused>>;
};
template <>
struct Layout<IpsecSaDelete> {
  using Fields =
      Members<Member<Field::ike_id, &IpsecSaDelete::ike_id>, Member<Field::tunnel, &IpsecSaDelete::tunnel>,
              Member<Field::spi_in, &IpsecSaDelete::spi_in>, Member<Field::spi_out, &IpsecSaDelete::spi_out>,
              Member<Field::reason, &IpsecSaDelete::reason>, Member<Field::destination, &IpsecSaDelete::destination>,
              Member<Field::rdomain, &IpsecSaDelete::rdomain>,
              Member<Field::ipsec_protocol, &IpsecSaDelete::ipsec_protocol>>;
};
template <>
struct Layout<EspSeqno> {
  using Fields =
      Members<Member<Field::tunnel, &EspSeqno::tunnel>, Member<Field::spi, &EspSeqno::spi>,
              Member<Field::sequence, &EspSeqno::sequence>, Member<Field::jump, &EspSeqno::jump>,
              Member<Field::bytes, &EspSeqno::bytes>, Member<Field::destination, &EspSeqno::destination>,
              Member<Field::rdomain, &EspSeqno::rdomain>, Member<Field::ipsec_protocol, &EspSeqno::ipsec_protocol>>;
};
template <>
struct Layout<ReplayState> {
  using Fields =
      Members<Member<Field::tunnel, &ReplayState::tunnel>, Member<Field::spi, &ReplayState::spi>,
              Member<Field::highest, &ReplayState::highest>, Member<Field::window, &ReplayState::window>,
              Member<Field::bitmap, &ReplayState::bitmap>, Member<Field::bytes, &ReplayState::bytes>,
              Member<Field::destination, &ReplayState::destination>, Member<Field::rdomain, &ReplayState::rdomain>,
              Member<Field::ipsec_protocol, &ReplayState::ipsec_protocol>>;
};
template <>
struct Layout<Route> {
  using Fields = Members<Member<Field::prefix, &Route::prefix>, Member<Field::tunnel, &Route::tunnel>,
                         Member<Field::vdom, &Route::vdom>>;
};
template <>
struct Layout<Mtu> {
  using Fields = Members<Member<Field::tunnel, &Mtu::tunnel>, Member<Field::mtu, &Mtu::mtu>>;
};
template <>
struct Layout<EspPacket> {
  using Fields =
      Members<Member<Field::direction, &EspPacket::direction>, Member<Field::spi, &EspPacket::spi>,
              Member<Field::sequence, &EspPacket::sequence>, Member<Field::length, &EspPacket::length>,
              Member<Field::first_octets, &EspPacket::first_octets>, Member<Field::source, &EspPacket::source>,
              Member<Field::destination, &EspPacket::destination>>;
};
template <>
struct Layout<IkeMessage> {
  using Fields =
      Members<Member<Field::ike_id, &IkeMessage::ike_id>, Member<Field::direction, &IkeMessage::direction>,
              Member<Field::exchange_type, &IkeMessage::exchange_type>,
              Member<Field::message_id, &IkeMessage::message_id>, Member<Field::flags, &IkeMessage::flags>,
              Member<Field::length, &IkeMessage::length>, Member<Field::source, &IkeMessage::source>,
              Member<Field::destination, &IkeMessage::destination>, Member<Field::opened, &IkeMessage::opened>,
              Member<Field::message_id_sync_supported, &IkeMessage::message_id_sync_supported>,
              Member<Field::replay_counter_sync_supported, &IkeMessage::replay_counter_sync_supported>,
              Member<Field::nonce, &IkeMessage::nonce>, Member<Field::next_send, &IkeMessage::next_send>,
              Member<Field::next_receive, &IkeMessage::next_receive>,
              Member<Field::replay_delta, &IkeMessage::replay_delta>, Member<Field::esn, &IkeMessage::esn>,
              Member<Field::further_payloads, &IkeMessage::further_payloads>>;
};
template <>
struct Layout<SegmentTake> : Layout<Segments> {};
template <>
struct Layout<SegmentDrop> : Layout<Segments> {};
template <>
struct Layout<ResyncBegin> : Layout<ResyncBarrier> {};
template <>
struct Layout<ResyncEnd> : Layout<ResyncBarrier> {};
template <>
struct Layout<IkeSaAdd> : Layout<IkeSa> {};
template <>
struct Layout<IkeSaUpdate> : Layout<IkeSa> {};
template <>
struct Layout<DialupCreate> : Layout<Dialup> {};
template <>
struct Layout<DialupDelete> : Layout<Dialup> {};
template <>
struct Layout<RouteAdd> : Layout<Route> {};
template <>
struct Layout<RouteDelete> : Layout<Route> {};

}  // namespace sasync::event
