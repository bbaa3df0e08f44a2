#include "sayings.hpp"

#include <array>
#include <charconv>
#include <functional>
#include <stdexcept>

namespace sasync::test {
namespace {

using Make = std::function<event::Body(const Command&, std::string_view, Labels&)>;

std::optional<std::uint32_t> number32(const Command& command, std::string_view option) {
  if (!command.has(option)) return std::nullopt;
  return static_cast<std::uint32_t>(number_in(command.option(option)));
}
std::optional<std::uint64_t> number64(const Command& command, std::string_view option) {
  if (!command.has(option)) return std::nullopt;
  return number_in(command.option(option));
}

template <class Enum>
std::optional<Enum> named(const Command& command, std::string_view option) {
  if (!command.has(option)) return std::nullopt;
  return event::from_name<Enum>(command.option(option));
}

bool flag(const Command& command, std::string_view name) {
  for (std::size_t i = 2; i < command.words.size(); ++i) {
    if (command.words[i] == name) return true;
  }
  return false;
}

template <class Sa>
Sa ike_sa(const Command& command, std::string_view label, Labels& labels) {
  if (command.has("v")) labels.set_version(label, static_cast<std::uint8_t>(number_in(command.option("v"))));
  Sa sa;
  sa.ike_id = labels.ike(label);
  if (!flag(command, "unnamed")) sa.tunnel = tunnel_of(label);
  if (flag(command, "dialup")) sa.dialup = true;
  if (flag(command, "rfc6311")) sa.message_id_sync_supported = true;
  if (flag(command, "replay-sync")) sa.replay_counter_sync_supported = true;
  if (command.has("parent")) sa.parent = std::string{command.option("parent")};
  if (command.has("replaces")) sa.replaces = labels.ike(command.option("replaces"));
  sa.next_send = number32(command, "send");
  sa.next_receive = number32(command, "receive");
  return sa;
}

event::Body child_add(const Command& command, std::string_view label, Labels& labels) {
  event::IpsecSaAdd sa;
  if (command.has("ike")) sa.ike_id = labels.ike(command.option("ike"));
  sa.tunnel = tunnel_of(label);
  sa.child = child_name_of(label);
  sa.spi_in = labels.spi_in(command.option("spi", label));
  sa.spi_out = labels.spi_out(label);
  if (flag(command, "esn")) sa.esn = true;
  sa.replay_window = number32(command, "window");
  return sa;
}

// OpenBSD: one SA of the pair, or its delete, or its counter, by the fourth word: "in" or "out".
const std::array<std::uint8_t, 4> kOwnAddress{198, 51, 100, 1};

std::uint32_t spi_of(std::string_view label, Labels& labels, bool inbound) {
  return inbound ? labels.spi_in(label) : labels.spi_out(label);
}

event::Host destination_of(std::string_view label, Labels& labels, bool inbound) {
  return inbound ? event::Host{.address = net::IpAddress::from(kOwnAddress)} : labels.remote(label);
}

std::optional<event::Identity> identity_in(const Command& command, std::string_view option) {
  if (!command.has(option)) return std::nullopt;
  const auto text = command.option(option);
  return event::Identity{.type = event::IdentityType::fqdn, .value = {text.begin(), text.end()}};
}

event::Body sa_add(const Command& command, std::string_view label, Labels& labels) {
  event::IpsecSaAdd sa;
  const bool inbound = command.word(3) == "in";
  (inbound ? sa.spi_in : sa.spi_out) = spi_of(label, labels, inbound);
  sa.local = event::Host{.address = net::IpAddress::from(kOwnAddress)};
  sa.remote = labels.remote(label);
  if (flag(command, "guessed-wrong")) {  // what the decoder makes of it when it takes the other direction for true
    std::swap(sa.spi_in, sa.spi_out);
    std::swap(sa.local, sa.remote);
  }
  sa.sequence = number64(command, "sent");
  sa.highest = number64(command, "received");
  sa.bytes = number64(command, "bytes");
  sa.local_id = identity_in(command, "local-id");
  sa.remote_id = identity_in(command, "remote-id");
  if (flag(command, "refused")) sa.refused = true;
  sa.mode = event::IpsecMode::tunnel;
  if (flag(command, "esn")) sa.esn = true;
  sa.replay_window = number32(command, "window").value_or(64);
  if (command.has("created")) {
    sa.created = Timestamp{.seconds = static_cast<std::int64_t>(number_in(command.option("created"))), .digits = 0};
  }
  return sa;
}

event::Body sa_delete(const Command& command, std::string_view label, Labels& labels) {
  event::IpsecSaDelete gone;
  const bool inbound = command.word(3) == "in";
  (inbound ? gone.spi_in : gone.spi_out) = spi_of(label, labels, inbound);
  gone.destination = destination_of(label, labels, inbound);
  return gone;
}

event::Body flow(const Command& /*command*/, std::string_view label, Labels& labels) {
  return event::ConnSync{.local = event::Host{.address = net::IpAddress::from(kOwnAddress)},
                         .remote = labels.remote(label)};
}

/// What pfsync's decoder makes of a TDB: it does not know the direction.
event::Body tdb(const Command& command, std::string_view label, Labels& labels) {
  const bool inbound = command.word(3) == "in";
  const auto rpl = number_in(command.option("rpl"));
  return event::EspSeqno{.spi = spi_of(label, labels, inbound),
                         .sequence = rpl == 0 ? 0 : rpl - 1,
                         .bytes = number64(command, "bytes"),
                         .destination = destination_of(label, labels, inbound)};
}

template <class Barrier>
event::Body barrier(const Command& command) {
  Barrier body;
  body.phase = command.word(2) == "ipsec" ? event::Phase::ipsec : event::Phase::ike;
  body.count = number32(command, "count");
  body.receiver = command.option("to");
  body.process = number32(command, "process");
  return body;
}

event::Body agreed(const Command& command, std::string_view label, Labels& labels) {
  return event::MessageIdSyncExchange{.ike_id = labels.ike(label),
                                      .nonce = 1,
                                      .proposed_send = number32(command, "m1").value_or(0),
                                      .proposed_receive = number32(command, "p1").value_or(0),
                                      .answered_send = number32(command, "p2"),
                                      .answered_receive = number32(command, "m2"),
                                      .by_peer = flag(command, "by-peer")};
}

template <class Route>
event::Body route(const Command& command, std::string_view label) {
  Route body;
  body.prefix = prefix_of(static_cast<std::uint8_t>(number_in(command.option("net", "1"))));
  body.tunnel = label;
  return body;
}

template <class Segments>
event::Body segments(const Command& /*command*/, std::string_view label, Labels& /*labels*/) {
  Segments body;
  body.segments = {label.empty() ? std::uint16_t{1} : static_cast<std::uint16_t>(number_in(label))};
  return body;
}

/// `serves=1,2` is strongSwan's STATUS; `serves=` one without segments.
event::Body heartbeat(const Command& command, std::string_view /*label*/, Labels& /*labels*/) {
  event::Heartbeat body{.role = named<event::Role>(command, "role")};
  if (!command.has("serves")) return body;
  body.segments.emplace();
  for (auto rest = command.option("serves"); !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    body.segments->push_back(static_cast<std::uint16_t>(number_in(rest.substr(0, comma))));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return body;
}

const std::map<std::string_view, Make>& makers() {
  using namespace event;
  static const std::map<std::string_view, Make> kMakers{
      {"join",
       [](const Command& c, std::string_view subject, Labels&) {
         return MemberJoin{
             .subject = std::string{subject}, .role = named<Role>(c, "role"), .reason = named<Reason>(c, "reason")};
       }},
      {"leave",
       [](const Command& c, std::string_view subject, Labels&) {
         return MemberLeave{.subject = std::string{subject}, .reason = named<Reason>(c, "reason")};
       }},
      {"primary",
       [](const Command& c, std::string_view /*label*/, Labels&) {
         return RoleChange{.old_primary = std::string{c.option("old")},
                           .new_primary = std::string{c.option("new", c.word(0))},
                           .reason = named<Reason>(c, "reason")};
       }},
      {"heartbeat", heartbeat},
      {"take-segment", segments<SegmentTake>},
      {"drop-segment", segments<SegmentDrop>},
      {"tunnel-role",
       [](const Command& c, std::string_view label, Labels&) {
         return TunnelRole{.tunnel = std::string{label},
                           .role = named<Role>(c, "role").value_or(Role::standby),
                           .subject = std::string{c.option("of")}};
       }},
      {"ask",
       [](const Command& c, std::string_view /*label*/, Labels&) {
         return ResyncRequest{.reason = named<Reason>(c, "reason"), .receiver = std::string{c.option("of")}};
       }},
      {"begin", [](const Command& c, std::string_view, Labels&) { return barrier<ResyncBegin>(c); }},
      {"end", [](const Command& c, std::string_view, Labels&) { return barrier<ResyncEnd>(c); }},
      {"ack", [](const Command&, std::string_view, Labels&) { return SyncAck{}; }},
      {"error",
       [](const Command& c, std::string_view, Labels&) {
         return SyncError{.fault = named<SyncFault>(c, "fault").value_or(SyncFault::malformed),
                          .expected_length = number32(c, "expected"),
                          .found_length = number32(c, "found"),
                          .message_type = number32(c, "about")};
       }},
      {"conn",
       [](const Command& c, std::string_view label, Labels&) {
         ConnSync conn{.tunnel = std::string{label}};
         if (flag(c, "dialup")) conn.dialup = true;
         return conn;
       }},
      {"vike", [](const Command&, std::string_view, Labels&) { return VikeSync{}; }},
      {"ike", [](const Command& c, std::string_view label, Labels& l) { return ike_sa<IkeSaAdd>(c, label, l); }},
      {"ike-update",
       [](const Command& c, std::string_view label, Labels& l) { return ike_sa<IkeSaUpdate>(c, label, l); }},
      {"ike-delete",
       [](const Command&, std::string_view label, Labels& l) { return IkeSaDelete{.ike_id = l.ike(label)}; }},
      {"ids",
       [](const Command& c, std::string_view label, Labels& l) {
         return MessageIdSync{.ike_id = l.ike(label),
                              .next_send = number32(c, "send"),
                              .next_receive = number32(c, "receive"),
                              .window = number32(c, "window")};
       }},
      {"agreed", agreed},
      {"iv", [](const Command&, std::string_view label, Labels& l) { return Phase1Iv{.ike_id = l.ike(label)}; }},
      {"dialup",
       [](const Command&, std::string_view label, Labels&) { return DialupCreate{{.tunnel = std::string{label}}}; }},
      {"dialup-delete",
       [](const Command&, std::string_view label, Labels&) { return DialupDelete{{.tunnel = std::string{label}}}; }},
      {"ike-restart",
       [](const Command& c, std::string_view subject, Labels&) {
         return IkeRestart{.subject = std::string{subject}, .reason = named<Reason>(c, "reason")};
       }},
      {"dpd",
       [](const Command& c, std::string_view label, Labels&) {
         return Dpd{.tunnel = std::string{label}, .result = named<DpdResult>(c, "result").value_or(DpdResult::alive)};
       }},
      {"child", child_add},
      {"sa", sa_add},
      {"sa-delete", sa_delete},
      {"sa-delete-all", [](const Command&, std::string_view, Labels&) { return IpsecSaDelete{}; }},
      {"tdb", tdb},
      {"flow", flow},
      {"child-delete",
       [](const Command& c, std::string_view label, Labels& l) {
         if (flag(c, "out")) return IpsecSaDelete{.spi_out = l.spi_out(label)};
         return IpsecSaDelete{.spi_in = l.spi_in(label)};
       }},
      {"seqno",
       [](const Command& c, std::string_view label, Labels& l) {
         return EspSeqno{
             .spi = l.spi_out(label), .sequence = number64(c, "number").value_or(0), .jump = number64(c, "jump")};
       }},
      {"replay",
       [](const Command& c, std::string_view label, Labels& l) {
         return ReplayState{.spi = l.spi_in(label), .highest = number64(c, "highest").value_or(0)};
       }},
      {"route", [](const Command& c, std::string_view label, Labels&) { return route<RouteAdd>(c, label); }},
      {"route-delete", [](const Command& c, std::string_view label, Labels&) { return route<RouteDelete>(c, label); }},
      {"mtu", [](const Command&, std::string_view label, Labels&) { return Mtu{std::string{label}, 1400}; }},
  };
  return kMakers;
}

}  // namespace

std::uint64_t number_in(std::string_view text) {
  if (text == "max") return model::kSequenceMax;
  std::uint64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
    throw std::invalid_argument("no number: " + std::string{text});
  }
  return number;
}

event::Prefix prefix_of(std::uint8_t number) {
  const std::array<std::uint8_t, 4> octets{10, 0, number, 0};
  return {.address = net::IpAddress::from(octets), .length = 24};
}

std::optional<event::Body> body_of(const Command& command, Labels& labels) {
  const auto found = makers().find(command.word(1));
  if (found == makers().end()) return std::nullopt;
  return found->second(command, command.word(2), labels);
}

}  // namespace sasync::test
