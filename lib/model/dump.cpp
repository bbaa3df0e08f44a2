#include "sasync/model/dump.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "sasync/base/text.hpp"
#include "sasync/event/address_text.hpp"
#include "sasync/state/algorithms.hpp"

namespace sasync::model {
namespace {

using state::AlgorithmKind;
using state::Interned;
using state::Texts;

class Dump {
 public:
  Dump(const State& from, Texts& texts) : state_(from), texts_(texts) {}

  state::Member member(MemberIndex index) {
    const auto& from = state_.members[index];
    state::Member to;
    to.name = texts_.intern(from.name);
    to.time = state_.now;
    to.source = texts_.intern("replay");
    set_role(to, index);
    to.ike_sas.emplace();
    if (state_.settings->model == Model::openbsd) add_peers(*to.ike_sas, index);
    for (const auto& ike : state_.ike_sas) {
      if (ike.views[index].held()) to.ike_sas->push_back(ike_sa(ike, index));
    }
    std::ranges::sort(*to.ike_sas, {},
                      [](const state::IkeSa& sa) { return std::pair{sa.initiator_spi, sa.responder_spi}; });
    set_routes(to, index);
    if (state_.settings->model == Model::fgcp) set_counters(to, from.counters);
    return to;
  }

 private:
  void set_role(state::Member& to, MemberIndex index) {
    if (state_.settings->model == Model::strongswan) {
      to.role = state::Role::shared;
      to.active_segments.emplace();
      for (std::uint32_t segment = 1; segment <= kSegmentsMax; ++segment) {
        if ((state_.members[index].segments >> (segment - 1) & 1U) != 0) to.active_segments->push_back(segment);
      }
      return;
    }
    const auto& role = state_.members[index].role;
    if (role == event::Role::primary) to.role = state::Role::primary;
    if (role == event::Role::subordinate) to.role = state::Role::subordinate;
  }

  Interned algorithm(AlgorithmKind kind, const std::optional<std::uint16_t>& number, unsigned bits = 0) {
    if (!number) return {};
    const auto name = state::canonical_name(kind, *number, bits);
    return texts_.intern(name ? *name : std::to_string(*number));
  }

  Interned integrity(const event::Proposal& proposal) {
    if (proposal.integrity) return algorithm(AlgorithmKind::integrity, proposal.integrity);
    const auto* cipher =
        proposal.encryption ? state::find_algorithm(AlgorithmKind::encryption, *proposal.encryption) : nullptr;
    return cipher != nullptr && state::is_aead(*cipher) ? texts_.intern("") : Interned{};
  }

  Interned identity(const std::optional<event::Identity>& id) {
    if (!id) return {};
    using enum event::IdentityType;
    switch (id->type) {
      case any:
        return texts_.intern("%any");
      case ipv4:
      case ipv6:
        return texts_.intern(net::to_string(net::IpAddress::from(id->value)));
      case fqdn:
      case rfc822:
      case key_id:
        return texts_.intern({reinterpret_cast<const char*>(id->value.data()), id->value.size()});
      default:
        return texts_.intern(hex(id->value));
    }
  }
  static std::string hex(const event::Octets& octets) {
    Text text;
    append_hex(text, octets);
    return std::string{view(text)};
  }

  state::Endpoint endpoint(const event::Host& host, const std::optional<event::Identity>& id) {
    state::Endpoint to;
    to.address = host.address;
    if (host.address.present()) to.port = host.port;
    to.id = identity(id);
    return to;
  }

  state::IkeSa ike_sa(const IkeRecord& from, MemberIndex member) {
    const auto& view = from.views[member];
    const auto& facts = *view.facts;
    state::IkeSa to;
    if (!facts.tunnel.empty()) to.name = texts_.intern(facts.tunnel);
    if (!facts.terms->vdom.empty()) to.vdom = texts_.intern(facts.terms->vdom);
    if (!facts.terms->interface.empty()) to.interface = texts_.intern(facts.terms->interface);
    to.version = from.id.version;
    to.initiator_spi = from.id.initiator_spi;
    to.responder_spi = from.id.responder_spi;
    to.initiator = from.id.initiator;
    to.state = phase(view.phase);
    to.local = endpoint(facts.terms->local, facts.terms->local_id);
    to.remote = endpoint(facts.remote, facts.remote_id);
    to.encryption = algorithm(AlgorithmKind::encryption, facts.terms->proposal.encryption,
                              facts.terms->proposal.encryption_bits.value_or(0));
    to.integrity = integrity(facts.terms->proposal);
    to.prf = algorithm(AlgorithmKind::prf, facts.terms->proposal.prf);
    to.dh_group = algorithm(AlgorithmKind::dh_group, facts.terms->proposal.key_exchange);
    if (from.id.version == 2) {
      to.message_id.send = view.next_send;
      to.message_id.receive = view.next_receive;
    }
    if (state_.settings->model == Model::fgcp) to.dialup = facts.terms->dialup;
    std::vector<Interned> addresses;
    addresses.reserve(facts.client->virtual_ips.size());
    for (const auto& address : facts.client->virtual_ips) addresses.push_back(texts_.intern(net::to_string(address)));
    to.virtual_ips = texts_.list(addresses);
    to.child_sas.emplace();
    auto children = view.children;
    std::ranges::sort(children, {}, [&](Index child) { return state_.children[child].spi_in; });
    for (const auto child : children) {
      if (state_.children[child].views[member].held()) {
        to.child_sas->push_back(child_sa(state_.children[child], member, facts));
      }
    }
    return to;
  }

  /// Addresses and routing domain.
  using Ends = std::tuple<net::IpAddress, net::IpAddress, std::uint16_t>;
  static Ends ends_of(const ChildFacts& facts) {
    const auto& ends = *facts.ends;
    return {ends.local.address, ends.remote.address, ends.rdomain};
  }

  /// OpenBSD synchronizes no IKE SA: IPsec SAs stand under their ends, without SPIs and state.
  void add_peers(std::vector<state::IkeSa>& to, MemberIndex member) {
    std::map<Ends, std::vector<Index>> by_ends;
    for (Index child = 0; child < state_.children.size(); ++child) {
      const auto& view = state_.children[child].views[member];
      if (!view.held()) continue;
      by_ends[ends_of(*view.facts)].push_back(child);
    }
    for (auto& [ends, children] : by_ends) {
      auto& ike = to.emplace_back();
      ike.local.address = std::get<0>(ends);
      ike.remote.address = std::get<1>(ends);
      for (const auto child : children) {
        const auto& facts = *state_.children[child].views[member].facts;
        if (!ike.local.id) ike.local.id = identity(facts.ends->local_id);
        if (!ike.remote.id) ike.remote.id = identity(facts.ends->remote_id);
      }
      if (std::get<2>(ends) != 0) ike.vdom = texts_.intern(std::to_string(std::get<2>(ends)));
      ike.child_sas.emplace();
      std::ranges::sort(children, {}, [&](Index child) {
        return std::pair{state_.children[child].spi_in, state_.children[child].spi_out};
      });
      for (const auto child : children) ike.child_sas->push_back(child_of_halves(state_.children[child], member));
    }
  }

  state::ChildSa child_of_halves(const ChildRecord& from, MemberIndex member) {
    const auto& view = from.views[member];
    auto to = child_sa(from, member, {});
    if ((view.halves & kInbound) == 0) {
      to.spi_in.reset();
      to.replay = {};
    }
    if ((view.halves & kOutbound) == 0) {
      to.spi_out.reset();
      to.seq_out.reset();
    }
    if (view.facts->terms->local_ts.empty()) to.local_ts = {};
    if (view.facts->remote_ts.empty()) to.remote_ts = {};
    to.dh_group = {};
    return to;
  }

  /// strongSwan's stream does not say that an SA is replaced: the node that drives it knows more than it tells.
  [[nodiscard]] bool says_state(const ChildView& view, MemberIndex member) const {
    if (state_.settings->model != Model::strongswan || view.ike == kNone) return true;
    return state_.ike_sas[view.ike].views[member].phase == IkePhase::passive;
  }

  static state::IkeState phase(IkePhase phase) {
    switch (phase) {
      case IkePhase::connecting:
        return state::IkeState::connecting;
      case IkePhase::passive:
        return state::IkeState::passive;
      case IkePhase::rekeyed:
        return state::IkeState::rekeyed;
      case IkePhase::absent:
      case IkePhase::established:
        break;
    }
    return state::IkeState::established;
  }

  static state::ChildState phase(ChildPhase phase) {
    if (phase == ChildPhase::rekeying) return state::ChildState::rekeying;
    return phase == ChildPhase::rekeyed ? state::ChildState::rekeyed : state::ChildState::installed;
  }

  state::TextList selectors(const SelectorList& from) {
    std::vector<Interned> texts;
    for (const auto& selector : from) {
      std::string text;
      event::append_selector(text, selector);
      texts.push_back(texts_.intern(text));
    }
    return texts_.list(texts);
  }

  state::ChildSa child_sa(const ChildRecord& from, MemberIndex member, const IkeFacts& ike) {
    const auto& view = from.views[member];
    const auto& facts = *view.facts;
    state::ChildSa to;
    if (!facts.name.empty()) to.name = texts_.intern(facts.name);
    if (says_state(view, member)) to.state = phase(view.phase);
    to.spi_in = from.spi_in;
    to.spi_out = from.spi_out;
    to.protocol = facts.terms->protocol == event::IpsecProtocol::ah ? state::Protocol::ah : state::Protocol::esp;
    if (facts.terms->mode == event::IpsecMode::tunnel) to.mode = state::Mode::tunnel;
    if (facts.terms->mode == event::IpsecMode::transport) to.mode = state::Mode::transport;
    if (facts.terms->mode == event::IpsecMode::beet) to.mode = state::Mode::beet;
    if (facts.terms->mode == event::IpsecMode::iptfs) to.mode = state::Mode::iptfs;
    to.encapsulation = encapsulation(facts, ike);
    to.encryption = algorithm(AlgorithmKind::encryption, facts.terms->proposal.encryption,
                              facts.terms->proposal.encryption_bits.value_or(0));
    to.integrity = integrity(facts.terms->proposal);
    to.dh_group = facts.terms->proposal.key_exchange.value_or(0) == 0
                      ? texts_.intern("")
                      : algorithm(AlgorithmKind::dh_group, facts.terms->proposal.key_exchange);
    to.esn = facts.terms->esn;
    to.local_ts = selectors(facts.terms->local_ts);
    to.remote_ts = selectors(facts.remote_ts);
    to.seq_out = view.seq_out;
    to.replay.last = view.inbound.highest();
    to.replay.window = facts.terms->replay_window;
    return to;
  }

  /// strongSwan says it by a condition of the IKE SA (NAT_ANY), FGCP's reference encoding by itself.
  static std::optional<state::Encapsulation> encapsulation(const ChildFacts& child, const IkeFacts& ike) {
    constexpr std::uint32_t kNatAny = 1;
    std::optional<bool> udp = child.terms->udp_encapsulation;
    if (!udp) udp = ike.terms->nat_traversal;
    if (!udp && ike.terms->conditions) udp = (*ike.terms->conditions & kNatAny) != 0;
    if (!udp) return std::nullopt;
    return *udp ? state::Encapsulation::udp : state::Encapsulation::none;
  }

  void set_routes(state::Member& to, MemberIndex index) {
    if (state_.settings->model != Model::fgcp) return;
    to.routes.emplace();
    for (const auto& tunnel : state_.tunnels) {
      for (const auto& route : tunnel.routes) {
        if (!contains(route.holders, index)) continue;
        const auto prefix = net::to_string(route.prefix.address) + "/" + std::to_string(route.prefix.length);
        to.routes->push_back({.prefix = texts_.intern(prefix), .tunnel = texts_.intern(tunnel.name)});
      }
    }
  }

  void set_counters(state::Member& to, const Counters& from) {
    to.counters.emplace();
    for (const auto& [name, value] : named(from)) to.counters->push_back({texts_.intern(name), value});
  }

  const State& state_;
  Texts& texts_;
};

}  // namespace

// FG-27: every name begins with "ha".
std::array<std::pair<std::string_view, std::uint64_t>, 10> named(const Counters& counters) {
  return {{{"ha.resync", counters.resync},
           {"ha.vike.sync", counters.vike_sync},
           {"ha.conn.sync", counters.conn_sync},
           {"ha.sync.tx", counters.sync_tx},
           {"ha.sync.rx", counters.sync_rx},
           {"ha.sync.rx.len.bad", counters.sync_rx_len_bad},
           {"ha.ike.sa.add.tx.queued", counters.ike_add_queued},
           {"ha.ike.sa.del.tx", counters.ike_del_tx},
           {"ha.ipsec.sa.add.tx", counters.ipsec_add_tx},
           {"ha.ipsec.sa.del.tx", counters.ipsec_del_tx}}};
}

state::Document to_document(const State& from) {
  state::Document document;
  for (std::size_t i = 0; i < from.members.size(); ++i) {
    document.members.push_back(to_member(from, static_cast<MemberIndex>(i), *document.texts));
  }
  return document;
}

state::Member to_member(const State& from, MemberIndex member, state::Texts& texts) {
  return Dump{from, texts}.member(member);
}

}  // namespace sasync::model
