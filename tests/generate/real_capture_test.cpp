// A generated stream of a real capture's life has, per IKE SA, the same messages in the same order with the same
// attributes and values, apart from random ones and STATUS. Random are SPIs, nonces, secrets, public values, IVs, and
// the number with which IKEv1's DPD begins: of those the lengths are compared, what is the same as what, and how
// numbers go on.
//
// There is no scenario of many-tunnels: its cluster has two segments, refused logins and a half-open IKE SA, none of
// which is generated.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <map>

#include "sasync/capture/capture.hpp"
#include "sasync/event/address_text.hpp"
#include "sasync/event/event_json.hpp"
#include "scenarios.hpp"
#include "support/captured.hpp"

using namespace sasync;
namespace ha = proto::strongswan_ha;

namespace {

/// Per IKE SA, in the order of their first messages: each message as its attributes' names, and as its event.
class Story {
 public:
  explicit Story(ha::Layout layout) : hint_(1 + static_cast<std::uint32_t>(layout)) {}

  void add(Bytes bytes, const net::Origin& origin) {
    ha::State state;
    ha::Message message;
    BOOST_TEST_REQUIRE(ha::decode(bytes, hint_, state, message).has_value());
    const auto* id = message.find(ha::AttributeName::ike_id);
    if (id == nullptr) return;
    const auto& sa = std::get<ha::IkeSaId>(id->value);
    const std::string name(sa.initiator_spi.begin(), sa.initiator_spi.end());  // the first IV has no responder SPI yet
    const auto [at, is_new] = places_.try_emplace(name, sas_.size());
    if (is_new) sas_.emplace_back();
    std::string line{ha::head(message).message};
    for (const auto& attribute : message.attributes) line += fmt::format(" {}", ha::attribute_name(attribute.name));
    auto event = ha::to_event(message, origin).value();
    event.time = {};
    event.frame = 0;
    std::visit([&](auto& body) { name_what_is_random(body); }, event.body);
    Text text;
    event::append_json(text, event, {.show_secrets = true});
    sas_[at->second].push_back(fmt::format("{} {} bytes\n      {}", line, bytes.size(), view(text)));
  }
  [[nodiscard]] const std::vector<std::vector<std::string>>& sas() const { return sas_; }

 private:
  /// Numbers from 1 in the order in which the values come.
  template <class Value>
  static Value number_of(std::map<Value, Value>& known, const Value& value) {
    return value == 0 ? 0 : known.try_emplace(value, static_cast<Value>(known.size() + 1)).first->second;
  }

  void rename(event::IkeId& id) {
    id.initiator_spi = number_of(spis_, id.initiator_spi);
    id.responder_spi = number_of(spis_, id.responder_spi);
  }
  /// The child's SPIs by its name and how many of that name were made: a delete says which of them.
  void rename(std::optional<std::uint32_t>& spi) {
    if (spi) spi = number_of(child_spis_, *spi);
  }
  static void hide(event::KeyMaterial& keys) {
    const std::vector<event::Key> all{keys.all().begin(), keys.all().end()};
    for (const auto& key : all) {
      if (key.kind == event::KeyKind::psk) continue;
      keys.set(key.kind, event::Secret::of(std::vector<std::uint8_t>(key.value.length)));
    }
  }
  void rebase(const event::IkeId& id, std::optional<std::uint32_t>& number, bool own) {
    if (!number || id.version != 1) return;
    const auto [first, is_new] = first_numbers_.try_emplace({id.initiator_spi, own}, *number);
    *number -= first->second;
  }

  template <class Body>
  void name_what_is_random(Body& body) {
    if constexpr (requires { body.spi_in; }) {
      rename(body.spi_in);
      rename(body.spi_out);
    }
    if constexpr (requires { body.keys; }) hide(body.keys);
    if constexpr (requires { body.iv; }) body.iv = event::Secret::of(std::vector<std::uint8_t>(body.iv.length));
    if constexpr (requires { body.replaces; }) {
      if (body.replaces) rename(*body.replaces);
    }
    if constexpr (requires { body.ike_id.version; }) {
      rename(body.ike_id);
    } else if constexpr (requires { body.ike_id->version; }) {
      if (body.ike_id) rename(*body.ike_id);
    }
    if constexpr (std::is_same_v<Body, event::MessageIdSync>) {
      rebase(body.ike_id, body.next_send, true);
      rebase(body.ike_id, body.next_receive, false);
    }
  }

  std::uint32_t hint_;
  std::map<std::string, std::size_t> places_;
  std::vector<std::vector<std::string>> sas_;
  std::map<std::uint64_t, std::uint64_t> spis_;
  std::map<std::uint32_t, std::uint32_t> child_spis_;
  std::map<std::pair<std::uint64_t, bool>, std::uint32_t> first_numbers_;
};

/// Both side by side, a mark before what differs.
std::string table(const std::vector<std::string>& real, const std::vector<std::string>& made) {
  std::string out;
  for (std::size_t i = 0; i < std::max(real.size(), made.size()); ++i) {
    const auto& left = i < real.size() ? real[i] : "";
    const auto& right = i < made.size() ? made[i] : "";
    out += left == right ? fmt::format("    {}\n", left) : fmt::format("  ! {}\n  ? {}\n", left, right);
  }
  return out;
}

void compare(const std::string& name) {
  const auto settings = test::scenario(SASYNC_SOURCE_DIR "/corpus/scenarios/" + name + ".json");
  Story real(settings.layout);
  test::for_each_udp_payload(SASYNC_SOURCE_DIR "/corpus/captures/strongswan/" + name + "/sync.pcap", 4510,
                             [&](const net::Datagram& datagram) { real.add(datagram.payload, *datagram.origin); });
  Story made(settings.layout);
  generate::Sinks sinks;
  sinks.event = [&](const event::SyncEvent& event, Bytes bytes) {
    net::Origin origin;
    origin.src = event::parse_address(event.member).value();
    made.add(bytes, origin);
    return true;
  };
  test::run(settings, sinks);
  BOOST_TEST_REQUIRE(made.sas().size() == real.sas().size());
  for (std::size_t i = 0; i < real.sas().size(); ++i) {
    const auto shown = table(real.sas()[i], made.sas()[i]);
    BOOST_TEST_MESSAGE(name << ", IKE SA " << i + 1 << ", " << real.sas()[i].size() << " messages\n" << shown);
    BOOST_TEST((real.sas()[i] == made.sas()[i]), "IKE SA " << i + 1 << " (! captured, ? generated):\n" << shown);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(real_capture)
BOOST_AUTO_TEST_CASE(ikev2_psk_establish_has_the_same_messages) { compare("ikev2-psk-establish"); }
BOOST_AUTO_TEST_CASE(ikev1_main_psk_has_the_same_messages) { compare("ikev1-main-psk"); }
BOOST_AUTO_TEST_CASE(ikev2_failover_has_the_same_messages) { compare("ikev2-failover"); }
BOOST_AUTO_TEST_CASE(release_6_0_1_has_the_same_messages) { compare("6.0.1-ikev2-psk-establish"); }
BOOST_AUTO_TEST_CASE(release_6_1_0_has_the_same_messages) { compare("6.1.0-ikev2-psk-establish"); }
BOOST_AUTO_TEST_SUITE_END()
