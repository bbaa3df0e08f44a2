// The outside link fits the sync link: every SA was negotiated on it, with the nonces and public values that the sync
// link tells, under message IDs as the RFCs want them, and nothing comes of an SA that is gone.
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "sasync/net/dissector.hpp"
#include "sasync/proto/esp.hpp"
#include "sasync/proto/ike.hpp"
#include "scenarios.hpp"

using namespace sasync;
namespace ike = proto::ike;

namespace {

using Name = std::pair<std::uint64_t, std::uint64_t>;  // of an IKE SA: its SPIs
using Octets = std::vector<std::uint8_t>;

std::uint64_t number_of(Bytes spi) {
  std::uint64_t number = 0;
  for (const auto octet : spi) number = number << 8U | octet;
  return number;
}

/// What the sync link says of an IKE SA.
struct Said {
  std::int64_t from_ns = 0, to_ns = INT64_MAX;
  std::uint8_t version = 0;
  bool replaces = false;
  bool cluster_initiates = false;
  bool has_heir = false;
  std::size_t children = 0;  ///< made under it, those of a full synchronization not counted
  event::KeyMaterial keys{};
};

/// What the outside link shows of it.
struct Seen {
  std::map<ike::ExchangeType, std::size_t> exchanges{};              ///< IKEv2: requests
  std::map<std::uint32_t, std::vector<std::uint8_t>> quick_modes{};  ///< by message ID: 1 from the cluster, 0 to it
  std::set<std::uint32_t> informational{};
  std::map<bool, std::uint32_t> requests{};  ///< IKEv2: by side, how many; each ID is the last one plus 1
  std::map<bool, std::uint32_t> responses{};
  std::map<bool, Octets> nonces{}, publics{};  ///< by the sender: true is the cluster
  ike::ExchangeType last{};
};

class Links {
 public:
  explicit Links(const generate::Settings& settings) {
    generate::Sinks sinks;
    sinks.event = [&](const event::SyncEvent& event, Bytes) {
      hear(event);
      return true;
    };
    std::uint64_t number = 0;
    sinks.outside = [&](const Timestamp& time, Bytes bytes) {
      const net::Frame frame{.link = net::LinkType::ethernet,
                             .captured = bytes,
                             .wire_length = static_cast<std::uint32_t>(bytes.size()),
                             .number = ++number,
                             .time = time};
      dissector_.dissect(frame, [&](const net::Datagram& datagram) { see(datagram); });
      return true;
    };
    BOOST_TEST(test::run(settings, sinks).complete);
    BOOST_TEST(said_.size() > 20U);
    BOOST_TEST(packets_ > 100U);
  }

  void check() {
    for (const auto& [name, said] : said_) check(name, said);
    for (const auto& [spi, from_ns] : first_packets_) {
      const auto child = children_.find(spi);
      BOOST_TEST_REQUIRE((child != children_.end()), "ESP with an SPI that nobody negotiated");
      BOOST_TEST(from_ns >= child->second);
    }
    for (const auto& [name, seen] : seen_) BOOST_TEST(said_.contains(name), "IKE of an SA that nobody told of");
  }

 private:
  static Name name_of(const event::IkeId& id) { return {id.initiator_spi, id.responder_spi}; }

  void hear(const event::SyncEvent& event) {
    const auto now = event.time.total_nanoseconds();
    if (const auto* add = std::get_if<event::IkeSaAdd>(&event.body)) {
      auto [at, is_new] = said_.try_emplace(name_of(add->ike_id));
      if (!is_new) return;
      at->second = {.from_ns = now,
                    .version = add->ike_id.version,
                    .replaces = add->replaces.has_value(),
                    .cluster_initiates = add->ike_id.initiator.value_or(false),
                    .keys = add->keys};
      if (add->replaces) said_[name_of(*add->replaces)].has_heir = true;
    }
    if (const auto* gone = std::get_if<event::IkeSaDelete>(&event.body)) said_[name_of(gone->ike_id)].to_ns = now;
    if (const auto* child = std::get_if<event::IpsecSaAdd>(&event.body); child != nullptr && !event.resync) {
      const auto is_new = children_.try_emplace(child->spi_in.value(), now).second;
      children_.try_emplace(child->spi_out.value(), now);
      if (is_new) ++said_[name_of(child->ike_id.value())].children;
    }
  }

  void see(const net::Datagram& datagram) {
    const bool from_cluster = net::to_string(datagram.origin->src) == "198.51.100.1";
    BOOST_TEST((from_cluster || net::to_string(datagram.origin->dst) == "198.51.100.1"));
    const bool is_ike = datagram.carrier == net::Carrier::udp_port &&
                        (datagram.number == 500 || std::ranges::equal(datagram.payload.first(4), Octets(4)));
    if (!is_ike) {
      proto::esp::State state;
      proto::esp::Message message;
      BOOST_TEST_REQUIRE(proto::esp::decode(datagram.payload, 0, state, message).has_value());
      ++packets_;
      first_packets_.try_emplace(message.spi, datagram.origin->time.total_nanoseconds());
      BOOST_TEST(message.sequence == ++sequences_[message.spi]);
      return;
    }
    ike::State state;
    ike::Message message;
    const auto hint = datagram.number == 500 ? ike::kHintPlain : ike::kHintMarker;
    BOOST_TEST_REQUIRE(ike::decode(datagram.payload, hint, state, message).has_value());
    see(message, from_cluster, *datagram.origin);
  }

  void see(const ike::Message& message, bool from_cluster, const net::Origin& origin) {
    const auto initiator = number_of(message.initiator_spi);
    if (number_of(message.responder_spi) != 0) responders_[initiator] = number_of(message.responder_spi);
    const auto type = static_cast<ike::ExchangeType>(message.exchange_type);
    auto& early = early_[initiator];
    const bool unanswered = number_of(message.responder_spi) == 0;
    auto& seen = unanswered ? early : seen_.try_emplace({initiator, responders_[initiator]}, early).first->second;
    seen.last = type;
    if (const auto* nonce = find_nonce(message)) seen.nonces[from_cluster].assign(nonce->begin(), nonce->end());
    if (const auto* value = find_public(message)) seen.publics[from_cluster].assign(value->begin(), value->end());
    if (const auto said = said_.find({initiator, responders_[initiator]}); said != said_.end()) {
      // The real daemon tells of the end of a replaced IKEv2 SA just before its last exchange (ikev2-failover).
      constexpr std::int64_t kLastExchangeNs = 5000;
      const auto last = said->second.to_ns == INT64_MAX ? INT64_MAX : said->second.to_ns + kLastExchangeNs;
      BOOST_TEST(origin.time.total_nanoseconds() <= last, "IKE of an SA that is gone");
    }
    if (message.major_version() == 1) return see_version_1(message, type, from_cluster, seen);
    const bool response = (message.flags & ike::kFlagResponse) != 0;
    auto& count = response ? seen.responses[from_cluster] : seen.requests[from_cluster];
    BOOST_TEST(message.message_id == count++);
    if (response) BOOST_TEST(seen.requests[!from_cluster] == count);
    if (!response) ++seen.exchanges[type];
  }

  void see_version_1(const ike::Message& message, ike::ExchangeType type, bool from_cluster, Seen& seen) {
    ++seen.exchanges[type];
    if (type == ike::ExchangeType::v1_identity_protection) {
      BOOST_TEST(message.message_id == 0U);
      return;
    }
    BOOST_TEST(message.message_id != 0U);
    if (type == ike::ExchangeType::v1_quick_mode) {
      auto& steps = seen.quick_modes[message.message_id];
      if (steps.empty()) BOOST_TEST(message_ids_.insert(message.message_id).second);
      steps.push_back(from_cluster ? 1 : 0);
      return;
    }
    BOOST_TEST(message_ids_.insert(message.message_id).second, "a message ID of IKEv1 comes twice");
  }

  static const Bytes* find_nonce(const ike::Message& message) {
    for (const auto type : {ike::PayloadType::nonce, ike::PayloadType::v1_nonce}) {
      if (const auto* payload = message.find(type)) return &std::get<ike::Opaque>(payload->body).data;
    }
    return nullptr;
  }
  static const Bytes* find_public(const ike::Message& message) {
    for (const auto type : {ike::PayloadType::key_exchange, ike::PayloadType::v1_key_exchange}) {
      if (const auto* payload = message.find(type)) return &std::get<ike::KeyExchange>(payload->body).data;
    }
    return nullptr;
  }

  void check(const Name& name, const Said& said) {
    using enum ike::ExchangeType;
    const auto at = seen_.find(name);
    if (at == seen_.end()) {
      BOOST_TEST((said.version == 2 && said.replaces), "an IKE SA that nobody negotiated");  // under the old one
      return;
    }
    auto seen = at->second;
    if (said.version == 1) {
      BOOST_TEST(seen.exchanges[v1_identity_protection] == 6U);
      BOOST_TEST(seen.quick_modes.size() == said.children);
      for (const auto& [id, steps] : seen.quick_modes) {
        BOOST_TEST_REQUIRE(steps.size() == 3U);
        BOOST_TEST((steps[0] == steps[2] && steps[0] != steps[1]));
      }
    } else {
      BOOST_TEST(seen.exchanges[ike_sa_init] == (said.replaces ? 0U : 1U));
      BOOST_TEST(seen.exchanges[ike_auth] == (said.replaces ? 0U : 1U));
      if (said.has_heir) BOOST_TEST((seen.last == informational), "a replaced IKE SA is not deleted");
    }
    check_secrets(said, seen);
  }

  /// strongSwan tells what was in the clear; FGCP tells keys, which are nowhere in the clear.
  static void check_secrets(const Said& said, Seen& seen) {
    using event::KeyKind;
    const auto octets = [&](KeyKind kind) {
      const auto* secret = said.keys.find(kind);
      return secret == nullptr ? Octets{} : secret->octets;
    };
    const bool by_cluster = said.cluster_initiates;
    if (!octets(KeyKind::nonce_i).empty() && !said.replaces) {
      BOOST_TEST((seen.nonces[by_cluster] == octets(KeyKind::nonce_i)));
      BOOST_TEST((seen.nonces[!by_cluster] == octets(KeyKind::nonce_r)));
    }
    if (!octets(KeyKind::local_dh).empty()) {
      BOOST_TEST((seen.publics[true] == octets(KeyKind::local_dh)));
      BOOST_TEST((seen.publics[false] == octets(KeyKind::remote_dh)));
    }
    for (const auto kind : {KeyKind::sk_d, KeyKind::skeyid_d}) {
      if (octets(kind).empty()) continue;
      for (const auto& [side, nonce] : seen.nonces) BOOST_TEST((nonce != octets(kind)));
    }
  }

  net::Dissector dissector_;
  std::map<Name, Said> said_;
  std::map<Name, Seen> seen_;
  std::map<std::uint64_t, Seen> early_;  ///< by the initiator's SPI: before there is an answer
  std::map<std::uint64_t, std::uint64_t> responders_;
  std::map<std::uint32_t, std::int64_t> children_, first_packets_;
  std::map<std::uint32_t, std::uint32_t> sequences_;
  std::set<std::uint32_t> message_ids_;
  std::size_t packets_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(outside)

BOOST_AUTO_TEST_CASE(every_sa_was_negotiated_and_ends_on_the_outside_link) {
  using generate::IkeChoice;
  for (const auto protocol : {generate::Protocol::fgcp_sync, generate::Protocol::strongswan_ha}) {
    for (const auto version : {IkeChoice::version_1, IkeChoice::version_2}) {
      generate::Settings settings{.protocol = protocol, .tunnels = 20, .ike = version, .dialup = generate::kOne / 4};
      settings.deleted = generate::kOne / 4;
      settings.rekey_us = 6'000'000;
      settings.dpd_us = 4'000'000;
      BOOST_TEST_CONTEXT("protocol " << static_cast<int>(protocol) << ", IKE " << static_cast<int>(version)) {
        Links(settings).check();
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
