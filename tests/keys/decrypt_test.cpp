#include "sasync/keys/decrypt.hpp"

#include "keys/key_material.hpp"
#include "support/ike_captured.hpp"

using namespace sasync;
using namespace sasync::keys;
using namespace sasync::test;
namespace ike = proto::ike;

BOOST_AUTO_TEST_SUITE(x)
BOOST_AUTO_TEST_CASE(explore) {
  for (const auto& capture : captures("outside.pcap")) {
    const auto keys = keys_beside(capture);
    Decryptor decryptor{keys};
    std::map<std::string, int> counts;
    ike::State state;
    ike::Message message;
    for (const auto& captured : captured_ike(capture)) {
      const auto status = ike::decode(captured.bytes, captured.hint, state, message);
      if (!status) {
        printf("%s frame %lu: %s at %zu %s\n", capture.c_str(), captured.frame, describe(status.error()).c_str(),
               status.error().offset, status.error().field);
        continue;
      }
      auto d = decryptor.decrypt(message);
      counts[std::to_string(int(message.major_version())) + " outcome " + std::to_string(int(d.outcome)) + " proof " +
             std::to_string(int(d.proof)) + (d.status ? "" : " inner malformed") + " " + d.problem.text.substr(0, 100)]++;
      message.decrypted = d.payloads;
      Text t;
      summarize(message, t);
      if (getenv("V")) printf("%s\n", std::string(view(t)).c_str());
    }
    printf("%s\n", capture.c_str());
    for (auto& [k, v] : counts) printf("   %d  %s\n", v, k.c_str());
  }
}
BOOST_AUTO_TEST_SUITE_END()
