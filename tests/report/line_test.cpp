// The printed line, for every protocol of the table: its parts stand apart, so that awk and cut find them.
#include <array>
#include <boost/test/unit_test.hpp>

#include "corpus_inputs.hpp"
#include "record_of.hpp"

using namespace sasync;
using test::HandMade;

BOOST_AUTO_TEST_SUITE(line)

BOOST_AUTO_TEST_CASE(a_blank_stands_between_the_message_and_its_facts) {
  for (const auto& protocol : proto::protocols()) {
    const auto decoder = protocol.make_decoder({});
    std::size_t with_facts = 0;
    for (const auto& input : test::inputs_of(protocol.name)) {
      HandMade made;
      static_cast<void>(decoder->decode(input, 0));
      made.record.protocol = protocol.name;
      made.record.head = decoder->head();
      made.record.decoder = decoder.get();
      const auto text = made.line();
      const auto before = fmt::format("{} {}", protocol.name, made.record.head.message);
      const auto at = text.find(before);
      BOOST_TEST_REQUIRE(at != std::string::npos);
      const auto facts = std::string_view{text}.substr(at + before.size());
      BOOST_TEST((facts.starts_with(' ') || facts == "\n"), text);
      if (facts != "\n") ++with_facts;
    }
    BOOST_TEST(with_facts != 0U, protocol.name);
  }
}

BOOST_AUTO_TEST_CASE(a_virtual_mac_is_explained_where_a_line_shows_it) {
  const std::array<std::uint8_t, 2> payload{1, 2};
  const auto decoder = proto::protocols()[proto::find_protocol("fgcp-hc").value()].make_decoder({});
  BOOST_TEST_REQUIRE(decoder->decode(payload, 0).has_value());
  HandMade made;
  made.record.head = decoder->head();
  made.record.decoder = decoder.get();
  made.origin.src_mac = net::MacAddress::from(std::array<std::uint8_t, 6>{0x00, 0x09, 0x0F, 0x09, 0x58, 0x02});
  made.origin.dst_mac = net::MacAddress::from(std::array<std::uint8_t, 6>{0xE0, 0x23, 0xFF, 0xFC, 0xA4, 0x07});
  BOOST_TEST(made.line() ==
             "1795422613.845634 00:09:0f:09:58:02 > e0:23:ff:fc:a4:07 test HC 2 bytes, format not public "
             "from virtual MAC group 88 vcluster 1 interface 2 "
             "to virtual MAC group 420 vcluster 1 interface 7 (inferred)\n");
  BOOST_TEST(made.detail().find("\n    src_virtual_mac group 88 vcluster 1 interface 2\n"
                                "    dst_virtual_mac group 420 vcluster 1 interface 7 (inferred)\n") !=
             std::string::npos);
  // Every packet of a cluster's outside link has one: there the addresses say who it is.
  made.origin.src = made.origin.dst = net::IpAddress::from(std::array<std::uint8_t, 4>{10, 9, 0, 1});
  BOOST_TEST(made.line() == "1795422613.845634 10.9.0.1 > 10.9.0.1 test HC 2 bytes, format not public\n");
  BOOST_TEST(made.detail().find("src_virtual_mac") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
