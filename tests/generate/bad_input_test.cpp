#include <boost/test/unit_test.hpp>

#include "sasync/generate/scenario.hpp"

using namespace sasync;

namespace {

std::string error_of(std::string_view rest) {
  auto settings = generate::read_scenario(R"({"format":"sasync-scenario/1")" + std::string{rest} + "}");
  if (!settings) return settings.error();
  generate::settle(*settings);
  return generate::contradiction(*settings);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input)

BOOST_AUTO_TEST_CASE(an_error_names_the_key) {
  BOOST_TEST(error_of("") == "");
  BOOST_TEST(error_of(R"(,"tunels":3)") == "tunels: unknown key");
  BOOST_TEST(error_of(R"(,"seed":1,"seed":2)") == "seed: comes twice");
  BOOST_TEST(error_of(R"(,"ike":3)") == "ike: expected 1, 2 or mixed");
  BOOST_TEST(error_of(R"(,"loss":1.5)") == "loss: expected a share from 0 to 1, such as 0.25");
  BOOST_TEST(error_of(R"(,"connections":[{"name":"a","ipv":4}])") == "connections[0].ipv: unknown key");
  BOOST_TEST(error_of(R"(,"timeline":[{"at":"+1s","do":"dance"}])").starts_with("timeline[0].do: expected failover, "));
  BOOST_TEST(error_of(R"(,"timeline":[{"at":"+1s","do":"dpd","connection":"x"}])") ==
             "timeline[0].connection: expected the name of one of the connections");
}

BOOST_AUTO_TEST_CASE(contradictions_are_refused) {
  BOOST_TEST(error_of(R"(,"protocol":"strongswan-ha","members":3)") ==
             "--members 3: a strongSwan HA cluster has two nodes");
  BOOST_TEST(error_of(R"(,"protocol":"strongswan-ha","virtual_clusters":true)").starts_with("--virtual-clusters: "));
  BOOST_TEST(error_of(R"(,"strongswan_layout":"5")").starts_with("--strongswan-layout: "));
  BOOST_TEST(error_of(R"(,"cut":"+5s-+4s")") == "--cut: it ends before it begins");
  BOOST_TEST(
      error_of(R"(,"duration":"5s","failover":"+9s")").starts_with("--duration: something happens at +9.000000s"));
}

BOOST_AUTO_TEST_CASE(spans_and_shares_are_exact) {
  BOOST_TEST(generate::parse_span("12.5s").value() == 12'500'000);
  BOOST_TEST(generate::parse_span("300ms").value() == 300'000);
  BOOST_TEST(generate::parse_span("1.5h").value() == 5'400'000'000);
  BOOST_TEST(generate::parse_span("90").value() == 90'000'000);
  BOOST_TEST(generate::parse_share(".25").value() == 250'000'000U);
  for (const auto* text : {"", "s", "-1s", "1.s", "1e3", "99999999999h"}) BOOST_TEST(!generate::parse_span(text));
  for (const auto* text : {"", "1.1", "-0", "0.1234567891"}) BOOST_TEST(!generate::parse_share(text));
}

BOOST_AUTO_TEST_SUITE_END()
