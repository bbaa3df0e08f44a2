#include "speech.hpp"

#include <array>

namespace sasync::fuzz {
namespace {

using model::kNoMember;
using model::MemberIndex;
using model::Model;

constexpr std::uint32_t kReplayWindow = 64;
constexpr std::uint8_t kFlagInitiator = 0x08;  // of the IKE header: the SA's original initiator, here the cluster
constexpr std::uint8_t kFlagResponse = 0x20;

std::string tunnel_name(std::uint8_t tunnel) {
  static constexpr std::array<std::string_view, kTunnels> kNames{"t0", "t1", "ra_2", "ra_3"};
  return std::string{kNames.at(tunnel)};
}

event::Host host(std::uint8_t network, std::uint8_t number) {
  const std::array<std::uint8_t, 4> octets{network, 0, 0, number};
  return {.address = net::IpAddress::from(octets)};
}
event::Host cluster_host() { return host(198, 1); }
event::Host peer_host(std::uint8_t tunnel) { return host(100, static_cast<std::uint8_t>(tunnel + 1)); }

class Speaker {
 public:
  Speaker(const Saying& saying, const Tongue& tongue, std::vector<event::SyncEvent>& out)
      : saying_(saying), tongue_(tongue), out_(out) {}

  void speak() {
    if (saying_.what == What::exchange) return exchange();
    switch (tongue_.system) {
      case Model::fgcp:
        return fgcp();
      case Model::strongswan:
        return strongswan();
      case Model::openbsd:
        return openbsd();
    }
  }

 private:
  event::SyncEvent& say(event::Body body) { return say(saying_.sender, std::move(body)); }
  event::SyncEvent& say(MemberIndex member, event::Body body) {
    auto& event = out_.emplace_back();
    if (member != kNoMember) event.member = member_name(member);
    event.body = std::move(body);
    if (tongue_.system == Model::strongswan) event.layout = tongue_.layout;
    if (tongue_.system != Model::strongswan) event.resync = saying_.resync;
    if (tongue_.system == Model::fgcp) event.virtual_cluster = saying_.virtual_cluster;
    if (tongue_.system == Model::fgcp && tongue_.numbered && saying_.what != What::heartbeat) {
      event.sync_sequence = saying_.sequence;
    }
    return event;
  }

  [[nodiscard]] event::IkeId ike() const { return ike_id(saying_.tunnel, saying_.ike); }
  [[nodiscard]] std::string tunnel() const { return tunnel_name(saying_.tunnel); }
  [[nodiscard]] std::string other() const {
    return saying_.other == kNoMember ? std::string{} : member_name(saying_.other);
  }

  // --- FGCP

  void fgcp() {
    switch (saying_.what) {
      case What::join:
        say(event::MemberJoin{
            .role = event::Role::starting, .priority = 128 - saying_.sender, .reason = event::Reason::restart});
        return;
      case What::leave: {
        const bool itself = saying_.other == saying_.sender;
        say(event::MemberLeave{.subject = other(),
                               .reason = itself ? event::Reason::restart : event::Reason::heartbeat_lost});
        return;
      }
      case What::hand_over:
        say(event::RoleChange{.old_primary = other(),
                              .new_primary = member_name(saying_.sender),
                              .reason = event::Reason::heartbeat_lost});
        return;
      case What::heartbeat:
        say(event::Heartbeat{.priority = 128 - saying_.sender});
        return;
      case What::resync_request:
        say(event::ResyncRequest{
            .scope = event::Scope::virtual_cluster, .reason = event::Reason::start, .receiver = other()});
        return;
      case What::sync_begin:
        say(event::ResyncBegin{{.phase = saying_.phase, .count = saying_.count, .receiver = other()}});
        return;
      case What::sync_end:
        say(event::ResyncEnd{{.phase = saying_.phase, .count = saying_.count, .receiver = other()}});
        return;
      case What::ike_restart:
        say(event::IkeRestart{.reason = event::Reason::crash});
        return;
      default:
        return fgcp_tunnel();
    }
  }

  void fgcp_tunnel() {
    const bool dialup = is_dialup(saying_.tunnel);
    switch (saying_.what) {
      case What::connection:
        say(event::ConnSync{.tunnel = tunnel(), .parent = dialup ? "ra" : "", .dialup = dialup});
        return;
      case What::ike_add:
        say(fgcp_ike_add());
        return;
      case What::dialup_create:
        say(event::DialupCreate{{.tunnel = tunnel(), .parent = "ra", .index = saying_.tunnel, .ike_id = ike()}});
        return;
      case What::dialup_delete:
        say(event::DialupDelete{{.tunnel = tunnel(), .parent = "ra", .index = saying_.tunnel, .ike_id = ike()}});
        return;
      case What::ids:
        return fgcp_ids();
      case What::child_add: {
        auto add = child_add();
        add.tunnel = tunnel();
        add.replay_window = kReplayWindow;
        say(std::move(add));
        return;
      }
      case What::child_delete:
        say(event::IpsecSaDelete{
            .ike_id = ike(), .tunnel = tunnel(), .spi_in = spi_in(saying_.child), .spi_out = spi_out(saying_.child)});
        return;
      case What::ike_delete:
        say(event::IkeSaDelete{.ike_id = ike(), .tunnel = tunnel()});
        return;
      case What::counters:
        say(event::EspSeqno{.tunnel = tunnel(), .spi = spi_out(saying_.child), .sequence = saying_.out});
        return;
      case What::route_add:
        say(event::RouteAdd{route()});
        return;
      case What::route_delete:
        say(event::RouteDelete{route()});
        return;
      default:
        return;
    }
  }

  [[nodiscard]] event::IkeSaAdd fgcp_ike_add() const {
    event::IkeSaAdd add;
    add.ike_id = ike();
    add.tunnel = tunnel();
    add.dialup = is_dialup(saying_.tunnel);
    if (*add.dialup) {
      add.parent = "ra";
      add.index = saying_.tunnel;
    }
    if (saying_.replaced != 0) add.replaces = ike_id(saying_.tunnel, saying_.replaced);
    if (version_of(saying_.tunnel) == 2) add.message_id_sync_supported = true;
    return add;
  }
  void fgcp_ids() {
    if (version_of(saying_.tunnel) == 2) {
      say(event::MessageIdSync{.ike_id = ike(), .next_send = saying_.send, .next_receive = saying_.receive});
      return;
    }
    event::IkeSaUpdate update;
    update.ike_id = ike();
    update.dpd_sent = saying_.send;
    update.dpd_received = saying_.receive;
    say(std::move(update));
  }
  [[nodiscard]] event::Route route() const {
    return {.prefix = {.address = host(10, saying_.tunnel).address, .length = 32}, .tunnel = tunnel()};
  }
  [[nodiscard]] event::IpsecSaAdd child_add() const {
    event::IpsecSaAdd add;
    add.ike_id = ike();
    add.child = "net";
    add.spi_in = spi_in(saying_.child);
    add.spi_out = spi_out(saying_.child);
    return add;
  }

  // --- strongSwan

  void strongswan() {
    const std::vector<std::uint16_t> all{1};
    switch (saying_.what) {
      case What::join:
        say(event::ResyncRequest{.scope = event::Scope::segments, .segments = all});
        return;
      case What::leave:  // as ICMP tells it
        say(kNoMember, event::MemberLeave{.subject = other(), .reason = event::Reason::crash}).inferred = true;
        return;
      case What::hand_over:
        if (saying_.other == kNoMember || saying_.dies) {
          say(event::SegmentTake{{.segments = all}});
        } else {
          say(saying_.other, event::SegmentDrop{{.segments = all}});
        }
        return;
      case What::heartbeat:
        say(event::Heartbeat{.segments = saying_.count != 0 ? all : std::vector<std::uint16_t>{}});
        return;
      case What::ike_add:
        return strongswan_ike();
      case What::ids:
        // Zero is ignored, and nobody says it.
        if (saying_.send != 0) say(event::MessageIdSync{.ike_id = ike(), .next_send = saying_.send});
        if (saying_.receive != 0) say(event::MessageIdSync{.ike_id = ike(), .next_receive = saying_.receive});
        return;
      case What::child_add:
        say(child_add());
        return;
      case What::child_delete:
        say(event::IpsecSaDelete{.ike_id = ike(), .spi_in = spi_in(saying_.child)});
        return;
      case What::ike_delete:
        say(event::IkeSaDelete{.ike_id = ike()});
        return;
      default:
        return;
    }
  }

  void strongswan_ike() {
    event::IkeSaAdd add;
    add.ike_id = ike();
    add.proposal.encryption = event::kEncryptionAesCbc;
    add.remote = peer_host(saying_.tunnel);
    // IKEv1 has no such message: the daemons look for the same connection and peer.
    if (saying_.replaced != 0 && version_of(saying_.tunnel) == 2) {
      add.replaces = ike_id(saying_.tunnel, saying_.replaced);
    }
    say(std::move(add));
    event::IkeSaUpdate update;
    update.ike_id = ike();
    update.tunnel = tunnel();
    update.local = cluster_host();
    update.remote = peer_host(saying_.tunnel);
    update.remote_id = event::Identity{.type = event::IdentityType::key_id, .value = {saying_.tunnel}};
    say(std::move(update));
  }

  // --- OpenBSD

  void openbsd() {
    switch (saying_.what) {
      case What::join:
        say(event::Heartbeat{.role = event::Role::subordinate});
        return;
      case What::leave:
        say(kNoMember, event::MemberLeave{.subject = other(), .reason = event::Reason::crash}).inferred = true;
        return;
      case What::hand_over:
        if (saying_.other != kNoMember && !saying_.dies) {
          say(saying_.other, event::Heartbeat{.role = event::Role::subordinate});
        }
        say(event::Heartbeat{.role = event::Role::primary});
        return;
      case What::heartbeat:
        say(event::Heartbeat{.role = saying_.count != 0 ? event::Role::primary : event::Role::subordinate});
        return;
      case What::sync_begin:
        // The master acknowledges the state of who has connected.
        say(event::Heartbeat{.role = event::Role::primary});
        say(event::ResyncBegin{{.phase = event::Phase::ipsec, .receiver = other()}});
        return;
      case What::sync_end:
        say(event::ResyncEnd{{.phase = event::Phase::ipsec, .receiver = other()}});
        return;
      case What::child_add:
        say(half(false));
        say(half(true));
        return;
      case What::child_delete: {
        event::IpsecSaDelete out;
        event::IpsecSaDelete in;
        out.spi_out = spi_out(saying_.child);
        in.spi_in = spi_in(saying_.child);
        say(std::move(out));
        say(std::move(in));
        return;
      }
      case What::counters:
        return pfsync();
      default:
        return;
    }
  }

  [[nodiscard]] event::IpsecSaAdd half(bool inbound) const {
    event::IpsecSaAdd add;
    if (inbound) {
      add.spi_in = spi_in(saying_.child);
    } else {
      add.spi_out = spi_out(saying_.child);
    }
    add.local = cluster_host();
    add.remote = peer_host(saying_.tunnel);
    add.replay_window = kReplayWindow;
    // Distinct, so that nothing else can be the partner.
    add.created = Timestamp{.seconds = 100 * std::int64_t{saying_.child}};
    return add;
  }

  /// The outbound counter is the next number and the margin; neither direction is said.
  void pfsync() {
    const auto next = saying_.out + 1 + tongue_.output_margin;
    say(event::EspSeqno{.spi = spi_out(saying_.child), .sequence = next - 1, .destination = peer_host(saying_.tunnel)});
    if (saying_.in == 0) return;
    say(event::EspSeqno{.spi = spi_in(saying_.child), .sequence = saying_.in - 1, .destination = cluster_host()});
  }

  // --- outside

  void exchange() {
    if (tongue_.system == Model::openbsd || version_of(saying_.tunnel) != 2) return;
    event::IkeMessage request{.ike_id = ike()};
    request.direction = saying_.by_cluster ? event::Direction::outbound : event::Direction::inbound;
    request.message_id = (saying_.by_cluster ? saying_.send : saying_.receive) - 1;
    request.flags = saying_.by_cluster ? kFlagInitiator : 0;
    auto response = request;
    response.direction = saying_.by_cluster ? event::Direction::inbound : event::Direction::outbound;
    response.flags = static_cast<std::uint8_t>(kFlagResponse | (saying_.by_cluster ? 0 : kFlagInitiator));
    say(kNoMember, std::move(request));
    say(kNoMember, std::move(response));
  }

  const Saying& saying_;
  const Tongue& tongue_;
  std::vector<event::SyncEvent>& out_;
};

}  // namespace

std::string member_name(MemberIndex member) {
  static constexpr std::array<std::string_view, model::kMembersMax> kNames{"node-0", "node-1", "node-2", "node-3"};
  return std::string{kNames.at(member)};
}

event::IkeId ike_id(std::uint8_t tunnel, Serial ike) {
  constexpr std::uint64_t kFirst = 0x1000;
  return {.initiator_spi = kFirst + ike, .responder_spi = 7, .version = version_of(tunnel), .initiator = true};
}
std::uint32_t spi_in(Serial child) { return 0x0001'0000U + child; }
std::uint32_t spi_out(Serial child) { return 0x0002'0000U + child; }

void speak(const Saying& saying, const Tongue& tongue, std::vector<event::SyncEvent>& out) {
  Speaker{saying, tongue, out}.speak();
}

}  // namespace sasync::fuzz
