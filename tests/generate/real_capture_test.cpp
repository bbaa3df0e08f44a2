// A generated stream of a real capture's life has, per IKE SA, the same messages in the same order with the same
// attributes, apart from random values and STATUS.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <map>

#include "sasync/capture/capture.hpp"
#include "scenarios.hpp"
#include "support/captured.hpp"

using namespace sasync;
namespace ha = proto::strongswan_ha;

namespace {

/// Per IKE SA, in the order of their first messages: each message as its name and those of its attributes.
class Story {
 public:
  void add(Bytes bytes) {
    ha::State state;
    ha::Message message;
    BOOST_TEST_REQUIRE(ha::decode(bytes, 1 + static_cast<std::uint32_t>(ha::Layout::v3c), state, message).has_value());
    const auto* id = message.find(ha::AttributeName::ike_id);
    if (id == nullptr) return;
    const auto& sa = std::get<ha::IkeSaId>(id->value);
    const std::string name(sa.initiator_spi.begin(), sa.initiator_spi.end());  // the first IV has no responder SPI yet
    const auto [at, is_new] = places_.try_emplace(name, sas_.size());
    if (is_new) sas_.emplace_back();
    std::string line{ha::head(message).message};
    for (const auto& attribute : message.attributes) line += fmt::format(" {}", ha::attribute_name(attribute.name));
    sas_[at->second].push_back(line);
  }
  [[nodiscard]] const std::vector<std::vector<std::string>>& sas() const { return sas_; }

 private:
  std::map<std::string, std::size_t> places_;
  std::vector<std::vector<std::string>> sas_;
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
  Story real;
  test::for_each_udp_payload(SASYNC_SOURCE_DIR "/corpus/captures/strongswan/" + name + "/sync.pcap", 4510,
                             [&](const net::Datagram& datagram) { real.add(datagram.payload); });
  Story made;
  generate::Sinks sinks;
  sinks.event = [&](const event::SyncEvent&, Bytes bytes) {
    made.add(bytes);
    return true;
  };
  test::run(test::scenario(SASYNC_SOURCE_DIR "/corpus/scenarios/" + name + ".json"), sinks);
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
BOOST_AUTO_TEST_SUITE_END()
