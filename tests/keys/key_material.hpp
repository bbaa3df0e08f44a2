#pragma once
// Key stores filled from captures and from messages that tests build.

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sasync/base/text.hpp"
#include "sasync/keys/key_store.hpp"
#include "support/captured.hpp"

namespace sasync::test {

namespace ha = proto::strongswan_ha;

inline constexpr std::uint16_t kSyncPort = 4510;

inline std::string to_hex(Bytes bytes) {
  Text out;
  append_hex(out, bytes);
  return std::string{view(out)};
}

/// Adds an IKE_SA or an ESP SA that must be taken.
template <class Sa>
void must_add(keys::KeyStore& store, Sa sa) {
  const bool added = store.add(std::move(sa)).has_value();
  BOOST_REQUIRE(added);
}

/// All that the sync capture says. `refused`: what add() said of single messages.
inline keys::KeyStore keys_of(const std::string& sync_capture, std::vector<std::string>& refused) {
  keys::KeyStore store;
  const auto tracker = ha::make_tracker({});
  ha::State state;
  ha::Message message;
  for_each_udp_payload(sync_capture, kSyncPort, [&](const net::Datagram& datagram) {
    const auto hint = tracker->observe(0, datagram).hint;
    BOOST_REQUIRE(ha::decode(datagram.payload, hint, state, message));
    if (const auto added = store.add(message); !added) refused.push_back(added.error().text);
  });
  return store;
}

/// The sync capture that lies beside an outside capture.
inline keys::KeyStore keys_beside(const std::string& outside_capture) {
  std::vector<std::string> refused;
  auto store = keys_of((std::filesystem::path{outside_capture}.parent_path() / "sync.pcap").string(), refused);
  BOOST_TEST(refused.empty());
  return store;
}

}  // namespace sasync::test
