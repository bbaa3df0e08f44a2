#include "narrator.hpp"

#include "algorithms.hpp"
#include "sasync/proto/value_text.hpp"

namespace sasync::generate {
namespace {

using event::KeyKind;

constexpr std::size_t kNonceBytes = 32;
constexpr std::size_t kPskBytes = 32;
constexpr std::size_t kBlockBytes = 16;  // of AES
constexpr std::uint32_t kIkeLifetimeSeconds = 86'400;
constexpr std::uint32_t kChildLifetimeSeconds = 3600;
constexpr std::uint16_t kPreSharedKey = 2;  // IKEv2 authentication method: shared key message integrity code
constexpr std::uint32_t kReplayWindow = 64;

// strongSwan's bits, as the captures of the corpus show them (docs/protocols/strongswan-ha.md).
constexpr std::uint32_t kConditionsNat = 0x5;            // NAT_ANY, NAT_THERE
constexpr std::uint32_t kConditionInitiator = 1U << 6U;  // ORIGINAL_INITIATOR
constexpr std::uint32_t kConditionInitialContact = 1U << 8U;
constexpr std::uint32_t kConditionAuthenticated = 1U << 14U;
constexpr std::uint32_t kExtensionsV2 = 0x1909;           // NATT, MULTIPLE_AUTH, DPD, IKE_FRAGMENTATION, SIGNATURE_AUTH
constexpr std::uint32_t kExtensionsOfInitiator = 0x2020;  // EAP_ONLY_AUTHENTICATION, IKE_REDIRECTION: it announces them
constexpr std::uint32_t kExtensionsOfResponder = 0x10000;  // IKE_CHILDLESS
constexpr std::uint32_t kExtensionsV1 = 0x0981;            // NATT, XAUTH, DPD, IKE_FRAGMENTATION

/// Keys in the order of their kinds, each from one series of random octets.
class KeyMaker {
 public:
  KeyMaker(Random random, event::KeyMaterial& keys) : random_(random), keys_(keys) {}
  void make(KeyKind kind, std::size_t bytes) {
    event::Secret secret;
    random_.fill(secret.octets, bytes);
    secret.length = static_cast<std::uint32_t>(bytes);
    keys_.set(kind, std::move(secret));
  }

 private:
  Random random_;
  event::KeyMaterial& keys_;
};

}  // namespace

Narrator::Narrator(const Plan& plan) : plan_(plan) {
  namespace ha = proto::strongswan_ha;
  const auto layout = plan.settings().layout;
  says_group_ = plan.is_fgcp() || ha::make_attribute(layout, ha::AttributeName::alg_dh, std::uint32_t{0}).has_value();
}

event::Heartbeat Narrator::heartbeat(std::uint8_t member) const {
  event::Heartbeat beat{.priority = 128U - member, .override_ = false, .interface = std::string{kHeartbeatPort}};
  Text mac;
  proto::append(mac, plan_.station(member).mac);
  beat.mac = view(mac);
  return beat;
}

event::Proposal Narrator::said(event::Proposal proposal) const {
  if (!says_group_) proposal.key_exchange.reset();
  return proposal;
}

void Narrator::tell(const Step& step, std::int64_t time_us, event::SyncEvent& event) {
  event.member = plan_.member_name(step.sender);
  event.resync = plan_.is_fgcp() && step.resync;
  event.virtual_cluster = static_cast<std::uint8_t>(plan_.is_fgcp() ? step.virtual_cluster + 1 : 0);
  event.body = body(step, time_us);
}

event::Body Narrator::body(const Step& step, std::int64_t time_us) {
  const auto segments = [&] {
    std::vector<std::uint16_t> numbers;
    for (std::uint16_t i = 1; i <= 16; ++i) {
      if ((step.segments >> (i - 1U) & 1U) != 0) numbers.push_back(i);
    }
    return numbers;
  };
  const auto id = [&] { return plan_.ike_id(step.tunnel, step.ike); };
  switch (step.what) {
    case What::member_join:
      return event::MemberJoin{.role = event::Role::starting,
                               .priority = 128 - step.sender,
                               .address = plan_.station(step.sender).address,
                               .reason = step.reason};
    case What::member_leave:
      return event::MemberLeave{.subject = name(step.subject), .reason = step.reason};
    case What::role_change:
      return event::RoleChange{
          .old_primary = name(step.other), .new_primary = name(step.subject), .reason = step.reason};
    case What::heartbeat:
      if (!plan_.is_fgcp()) return event::Heartbeat{.segments = segments()};
      return heartbeat(step.sender);
    case What::segment_take:
      return event::SegmentTake{{.segments = segments()}};
    case What::segment_drop:
      return event::SegmentDrop{{.segments = segments()}};
    case What::resync_request:
      if (!plan_.is_fgcp()) return event::ResyncRequest{.scope = event::Scope::segments, .segments = segments()};
      {
        event::ResyncRequest request{
            .scope = event::Scope::virtual_cluster, .reason = step.reason, .receiver = name(step.receiver)};
        if (step.reason == event::Reason::sequence_gap) {
          request.expected_sequence = step.count;
          request.found_sequence = step.found;
        }
        return request;
      }
    case What::resync_begin:
      return event::ResyncBegin{{.phase = step.phase, .count = step.count, .receiver = name(step.receiver)}};
    case What::resync_end:
      return event::ResyncEnd{{.phase = step.phase, .count = step.count, .receiver = name(step.receiver)}};
    case What::sync_ack:
      return event::SyncAck{.acknowledged = step.count, .receiver = name(step.receiver)};
    case What::conn_sync:
      return conn_sync(step);
    case What::ike_add:
      return ike_add(step, time_us);
    case What::ike_update:
      return ike_update(step);
    case What::ike_update_virtual_ip: {
      event::IkeSaUpdate update;
      update.ike_id = id();
      update.remote_virtual_ips.push_back(Plan::virtual_ip(step.tunnel));
      return update;
    }
    case What::ike_delete:
      return event::IkeSaDelete{.ike_id = id(), .tunnel = plan_.is_fgcp() ? tunnel_name(step.tunnel) : ""};
    case What::next_send:
      return event::MessageIdSync{.ike_id = id(), .next_send = step.send};
    case What::next_receive:
      return event::MessageIdSync{.ike_id = id(), .next_receive = step.receive};
    case What::message_ids:
      return event::MessageIdSync{.ike_id = id(), .next_send = step.send, .next_receive = step.receive};
    case What::phase1_iv: {
      event::Phase1Iv iv{.ike_id = id()};
      if (step.unanswered) iv.ike_id.responder_spi = 0;
      if (!step.first) {
        Random random(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::outside),
                      std::uint64_t{step.ike} << 32U | step.count);
        random.fill(iv.iv.octets, kBlockBytes);
        iv.iv.length = kBlockBytes;
      }
      return iv;
    }
    case What::dialup_create:
      return dialup<event::DialupCreate>(step);
    case What::dialup_delete:
      return dialup<event::DialupDelete>(step);
    case What::ike_restart:
      return event::IkeRestart{.reason = step.reason};
    case What::child_add:
      return child_add(step, time_us);
    case What::child_delete: {
      event::IpsecSaDelete gone{.ike_id = id(), .spi_in = plan_.spi_in(step.child)};
      if (plan_.is_fgcp()) {
        gone.tunnel = tunnel_name(step.tunnel);
        gone.spi_out = plan_.spi_out(step.child);
      }
      return gone;
    }
    case What::esp_seqno:
      return event::EspSeqno{
          .tunnel = tunnel_name(step.tunnel), .spi = plan_.spi_out(step.child), .sequence = step.sequence};
    case What::route_add:
      return route<event::RouteAdd>(step);
    case What::route_delete:
      return route<event::RouteDelete>(step);
  }
  return event::VikeSync{};
}

std::string Narrator::tunnel_name(std::uint32_t tunnel) const {
  std::string name;
  plan_.append_tunnel_name(name, tunnel);
  return name;
}

event::ConnSync Narrator::conn_sync(const Step& step) {
  const auto tunnel = step.tunnel;
  event::ConnSync conn{.vdom = std::string{plan_.vdom(tunnel)},
                       .tunnel = tunnel_name(tunnel),
                       .dialup = plan_.dialup(tunnel),
                       .version = plan_.version(tunnel),
                       .interface = "wan1",
                       .local = plan_.local(tunnel),
                       .remote = plan_.remote(tunnel),
                       .nat_traversal = plan_.remote(tunnel).port == 4500,
                       .remote_id = plan_.remote_id(tunnel)};
  if (plan_.dialup(tunnel)) {
    conn.parent = Plan::parent_name();
    conn.index = plan_.dialup_index(tunnel);
    conn.remote_virtual_ips.push_back(Plan::virtual_ip(tunnel));
  }
  return conn;
}

template <class Body>
Body Narrator::dialup(const Step& step) {
  Body body;
  body.tunnel = tunnel_name(step.tunnel);
  body.parent = Plan::parent_name();
  body.index = plan_.dialup_index(step.tunnel);
  body.vdom = plan_.vdom(step.tunnel);
  body.interface = body.tunnel;  // the instance's interface has its name
  if (step.ike != 0) body.ike_id = plan_.ike_id(step.tunnel, step.ike);
  return body;
}

template <class Body>
Body Narrator::route(const Step& step) {
  Body body;
  body.prefix = {.address = Plan::virtual_ip(step.tunnel), .length = 32};
  body.tunnel = tunnel_name(step.tunnel);
  body.vdom = plan_.vdom(step.tunnel);
  return body;
}

event::IkeSaAdd Narrator::ike_add(const Step& step, std::int64_t time_us) {
  const auto tunnel = step.tunnel;
  event::IkeSaAdd sa;
  sa.ike_id = plan_.ike_id(tunnel, step.ike);
  sa.proposal = said(plan_.ike_proposal(tunnel));
  sa.remote = plan_.remote(tunnel);
  if (step.replaced != 0) sa.replaces = plan_.ike_id(tunnel, step.replaced);
  ike_keys(step, sa.keys);
  if (!plan_.is_fgcp()) {
    // The responder tells the keys before both ends move to port 4500; IKEv1's initiator does, too.
    const bool moved = step.replaced != 0 || step.again || (plan_.version(tunnel) == 2 && by_cluster(step.ike));
    if (!moved) sa.remote->port = 500;
    if (step.replaced != 0) sa.old_prf = sa.proposal.prf;
    return sa;
  }
  sa.tunnel = tunnel_name(tunnel);
  sa.vdom = plan_.vdom(tunnel);
  sa.interface = "wan1";
  sa.dialup = plan_.dialup(tunnel);
  if (*sa.dialup) {
    sa.parent = Plan::parent_name();
    sa.index = plan_.dialup_index(tunnel);
    sa.remote_virtual_ips.push_back(Plan::virtual_ip(tunnel));
  }
  sa.auth_method = kPreSharedKey;
  sa.local = plan_.local(tunnel);
  sa.local_id = plan_.local_id(tunnel);
  sa.remote_id = plan_.remote_id(tunnel);
  if (!step.resync) sa.created = plan_.time(time_us);
  sa.lifetime_seconds = kIkeLifetimeSeconds;
  sa.nat_traversal = sa.remote->port == 4500;
  if (plan_.version(tunnel) == 2) sa.message_id_sync_supported = true;
  return sa;
}

void Narrator::ike_keys(const Step& step, event::KeyMaterial& keys) {
  const auto seed = plan_.settings().seed;
  KeyMaker maker(Random(seed, static_cast<std::uint64_t>(Purpose::ike_keys), step.ike), keys);
  const bool version_1 = plan_.version(step.tunnel) == 1;
  const auto proposal = plan_.ike_proposal(step.tunnel);
  const std::size_t prf_bytes = algorithm(state::AlgorithmKind::prf, proposal.prf).octets;
  if (plan_.is_fgcp()) {
    const std::size_t key_bytes = encryption_of(proposal).octets;
    if (version_1) {
      for (const auto kind : {KeyKind::skeyid_d, KeyKind::skeyid_a, KeyKind::skeyid_e}) maker.make(kind, prf_bytes);
      maker.make(KeyKind::phase1_key, key_bytes);
      return;
    }
    maker.make(KeyKind::sk_d, prf_bytes);
    for (const auto kind : {KeyKind::sk_ai, KeyKind::sk_ar}) {
      if (proposal.integrity) maker.make(kind, algorithm(state::AlgorithmKind::integrity, proposal.integrity).octets);
    }
    for (const auto kind : {KeyKind::sk_ei, KeyKind::sk_er}) maker.make(kind, key_bytes);
    for (const auto kind : {KeyKind::sk_pi, KeyKind::sk_pr}) maker.make(kind, prf_bytes);
    return;
  }
  // In this order the outside link draws them, too.
  maker.make(KeyKind::nonce_i, kNonceBytes);
  maker.make(KeyKind::nonce_r, kNonceBytes);
  maker.make(KeyKind::secret, plan_.secret_bytes(step.tunnel));
  if (version_1) {
    maker.make(KeyKind::local_dh, plan_.public_bytes(step.tunnel));
    maker.make(KeyKind::remote_dh, plan_.public_bytes(step.tunnel));
    psk(step.tunnel, keys);
  } else if (step.replaced != 0) {
    KeyMaker(Random(~seed, static_cast<std::uint64_t>(Purpose::ike_keys), step.replaced), keys)
        .make(KeyKind::old_sk_d, prf_bytes);
  }
}

void Narrator::psk(std::uint32_t tunnel, event::KeyMaterial& keys) const {
  const auto* connection = plan_.scripted(tunnel);
  if (connection == nullptr || !connection->psk) {
    const auto seed = plan_.settings().seed;
    KeyMaker(Random(seed, static_cast<std::uint64_t>(Purpose::psk), 0), keys).make(KeyKind::psk, kPskBytes);
    return;
  }
  const auto& text = *connection->psk;
  event::Secret secret;
  secret.octets.assign(text.begin(), text.end());
  secret.length = static_cast<std::uint32_t>(text.size());
  keys.set(KeyKind::psk, std::move(secret));
}

event::IkeSaUpdate Narrator::ike_update(const Step& step) {
  event::IkeSaUpdate update;
  update.ike_id = plan_.ike_id(step.tunnel, step.ike);
  if (plan_.is_fgcp()) {
    update.dpd_sent = step.send;
    update.dpd_received = step.receive;
    return update;
  }
  const bool version_1 = plan_.version(step.tunnel) == 1;
  update.tunnel = tunnel_name(step.tunnel);
  update.local = plan_.local(step.tunnel);
  update.remote = plan_.remote(step.tunnel);
  update.local_id = plan_.local_id(step.tunnel);
  update.remote_id = plan_.remote_id(step.tunnel);
  update.conditions = (update.remote->port == 4500 ? kConditionsNat : 0) |
                      (by_cluster(step.ike) ? kConditionInitiator : 0) | (version_1 ? 0 : kConditionAuthenticated) |
                      (version_1 && !by_cluster(step.ike) && !step.again ? kConditionInitialContact : 0);
  // What the peer announced when they met first; a re-keyed SA inherits it.
  const bool peer_responded = plan_.cluster_initiates(step.tunnel);
  update.extensions =
      version_1 ? kExtensionsV1 : kExtensionsV2 | (peer_responded ? kExtensionsOfResponder : kExtensionsOfInitiator);
  if (plan_.settings().layout == proto::strongswan_ha::Layout::v5) {
    update.private_conditions = 0;
    update.private_extensions = 0;
  }
  update.peer_addresses.push_back(*update.remote);
  return update;
}

event::IpsecSaAdd Narrator::child_add(const Step& step, std::int64_t time_us) {
  const auto tunnel = step.tunnel;
  event::IpsecSaAdd sa;
  sa.ike_id = plan_.ike_id(tunnel, step.ike);
  plan_.append_child_name(sa.child, tunnel, step.child_index);
  sa.initiator = by_cluster(step.child);
  sa.spi_in = plan_.spi_in(step.child);
  sa.spi_out = plan_.spi_out(step.child);
  sa.mode = event::IpsecMode::tunnel;
  sa.proposal = said(plan_.child_proposal(tunnel, step.child_index, step.first));
  sa.esn = false;
  child_keys(step, sa.keys);
  plan_.selectors(tunnel, step.child_index, sa.local_ts, sa.remote_ts);
  if (!plan_.is_fgcp()) {
    sa.cpi_in = 0;
    sa.cpi_out = 0;
    sa.ipcomp = event::Ipcomp::none;
    return sa;
  }
  sa.tunnel = tunnel_name(tunnel);
  sa.vdom = plan_.vdom(tunnel);
  sa.serial = step.child_index + 1U;
  sa.ipsec_protocol = event::IpsecProtocol::esp;
  sa.replay_window = kReplayWindow;
  sa.hard_seconds = kChildLifetimeSeconds;
  if (!step.resync) sa.created = plan_.time(time_us);
  sa.udp_encapsulation = plan_.remote(tunnel).port == 4500;
  sa.add_route = plan_.dialup(tunnel);
  return sa;
}

void Narrator::child_keys(const Step& step, event::KeyMaterial& keys) {
  const auto seed = plan_.settings().seed;
  KeyMaker maker(Random(seed, static_cast<std::uint64_t>(Purpose::child_keys), step.child), keys);
  const auto proposal = plan_.child_proposal(step.tunnel, step.child_index, step.first);
  if (plan_.is_fgcp()) {
    const std::size_t key_bytes = encryption_of(proposal).octets;
    for (const auto kind : {KeyKind::encryption_in, KeyKind::encryption_out}) maker.make(kind, key_bytes);
    if (!proposal.integrity) return;
    const std::size_t integrity_bytes = algorithm(state::AlgorithmKind::integrity, proposal.integrity).octets;
    for (const auto kind : {KeyKind::integrity_in, KeyKind::integrity_out}) maker.make(kind, integrity_bytes);
    return;
  }
  // The first child of an IKEv2 SA has no nonces of its own: those of IKE_SA_INIT (RFC 7296 section 2.17).
  const bool inherited = step.first && plan_.version(step.tunnel) == 2;
  KeyMaker nonces(Random(seed, static_cast<std::uint64_t>(inherited ? Purpose::ike_keys : Purpose::child_keys),
                         inherited ? step.ike : step.child),
                  keys);
  nonces.make(KeyKind::nonce_i, kNonceBytes);
  nonces.make(KeyKind::nonce_r, kNonceBytes);
  if (plan_.child_has_secret(step.tunnel, step.first)) nonces.make(KeyKind::secret, plan_.secret_bytes(step.tunnel));
}

}  // namespace sasync::generate
