#include "sasync/proto/fgcp_frames.hpp"

#include "proto/fgcp_frame_builder.hpp"

using namespace fgcp_test;
namespace session = proto::fgcp_session;

namespace {

constexpr std::array<std::uint8_t, 16> kSource6{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> kDestination6{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};

Writer begin_l2ep() {
  Writer out;
  out.le<std::uint16_t>(0x4711);
  out.le<std::uint16_t>(2);
  return out;
}

void add_ipv4(Writer& out, std::uint16_t total_length, std::uint8_t first_octet = 0x45) {
  out.u8(first_octet);
  out.u8(0);
  out.be(total_length);
  out.be<std::uint32_t>(0x12344000);
  out.u8(64);
  out.u8(17);
  out.be<std::uint16_t>(0);
  out.be<std::uint32_t>(0xA9FE0001);
  out.be<std::uint32_t>(0xA9FE0002);
}

Octets l2ep_ipv4() {
  Writer out = begin_l2ep();
  add_ipv4(out, 30);
  out.bytes(Octets(10, 0xAB));
  out.zeros(12);  // Ethernet padding
  return std::move(out).take();
}

Octets l2ep_ipv6() {
  Writer out = begin_l2ep();
  out.be<std::uint32_t>(0x60000000);
  out.be<std::uint16_t>(5);
  out.u8(6);
  out.u8(64);
  out.bytes(kSource6);
  out.bytes(kDestination6);
  out.bytes(Octets(5, 0xCD));
  return std::move(out).take();
}

struct L2ep {
  session::Message message;
  DecodeStatus status;
  proto::Fields fields;
  Text line;

  explicit L2ep(Bytes in) {
    session::State state;
    status = session::decode(in, 0, state, message);
    session::describe(message, fields);
    session::summarize(message, line);
  }
};

void check_error(const L2ep& got, const DecodeError& expected) {
  BOOST_TEST_REQUIRE(!got.status.has_value());
  BOOST_TEST(std::string_view{got.status.error().field} == std::string_view{expected.field});
  BOOST_TEST(got.status.error().offset == expected.offset);
  BOOST_TEST((got.status.error().code == expected.code));
  BOOST_TEST(got.status.error().announced == expected.announced);
  BOOST_TEST(got.status.error().available == expected.available);
}

void check_that_it_fails_or_encodes_back(Bytes in) {
  const L2ep got{in};
  if (!got.status) {
    BOOST_TEST(got.status.error().offset <= in.size());
    BOOST_TEST(std::string_view{got.status.error().field} != "");
    return;
  }
  Writer out;
  session::encode(got.message, out);
  BOOST_TEST(to_octets(out.view()) == to_octets(in), boost::test_tools::per_element());
}

/// One protocol whose payload nobody described.
void check_opaque(std::unique_ptr<proto::Decoder> decoder, std::string_view name) {
  for (const auto& payload : {Octets{}, Octets{1, 2, 3}}) {
    BOOST_TEST(decoder->decode(payload, 0).has_value());
    BOOST_TEST(decoder->head().message == name);
    BOOST_TEST_REQUIRE(decoder->notes().size() == 1U);
    BOOST_TEST(decoder->notes()[0].text.find("not public") != std::string_view::npos);
    proto::Fields fields;
    decoder->describe(fields);
    BOOST_TEST(to_octets(value_of<proto::Octets>(fields, "payload").bytes) == payload);
    Writer out;
    decoder->encode(out);
    BOOST_TEST(to_octets(out.view()) == payload);
  }
  Text line;
  decoder->summarize(line);
  BOOST_TEST(view(line) == " 3 bytes, format not public");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_frames)

BOOST_AUTO_TEST_CASE(payloads_without_a_public_format_are_bytes) {
  check_opaque(proto::fgcp_hc::make_decoder({}), "HC");
  check_opaque(proto::fgcp_session_sync::make_decoder({}), "SESSION_SYNC");
}

BOOST_AUTO_TEST_CASE(l2ep_carries_ipv4_and_padding) {
  const L2ep got{l2ep_ipv4()};
  BOOST_TEST(got.status.has_value());
  BOOST_TEST(session::head(got.message).message == "L2EP");
  BOOST_TEST(value_of<proto::Hex>(got.fields, "magic").value == 0x4711U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "type").value == 2U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "ip_version").value == 4U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "ip_protocol").value == 17U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "ip_length").value == 30U);
  BOOST_TEST(to_string(value_of<proto::Address>(got.fields, "ip_dst").address) == "169.254.0.2");
  BOOST_TEST(find(got.fields, "ip_src")->offset == 16U);
  BOOST_TEST(find(got.fields, "ip_dst")->offset == 20U);
  BOOST_TEST(find(got.fields, "ip_protocol")->offset == 13U);
  BOOST_TEST(find(got.fields, "ip_length")->offset == 6U);
  BOOST_TEST(value_of<proto::Octets>(got.fields, "padding").bytes.size() == 12U);
  BOOST_TEST(find(got.fields, "padding")->offset == 34U);
  BOOST_TEST(find(got.fields, "payload") == nullptr);
  BOOST_TEST(view(got.line) == " type 2 ip 169.254.0.1 > 169.254.0.2 protocol 17 length 30");
}

BOOST_AUTO_TEST_CASE(l2ep_carries_ipv6) {
  const L2ep got{l2ep_ipv6()};
  BOOST_TEST(got.status.has_value());
  BOOST_TEST(value_of<proto::Number>(got.fields, "ip_version").value == 6U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "ip_length").value == 45U);
  BOOST_TEST(find(got.fields, "ip_src")->offset == 12U);
  BOOST_TEST(find(got.fields, "ip_dst")->offset == 28U);
  BOOST_TEST(find(got.fields, "padding") == nullptr);
  BOOST_TEST(view(got.line) == " type 2 ip fe80::1 > fe80::2 protocol 6 length 45");
}

BOOST_AUTO_TEST_CASE(l2ep_of_another_type_is_bytes_and_no_fault) {
  Writer out = begin_l2ep();
  out.bytes(as_bytes("show ha"));
  const L2ep got{out.view()};
  BOOST_TEST(got.status.has_value());
  BOOST_TEST(as_text(value_of<proto::Octets>(got.fields, "payload").bytes) == "show ha");
  BOOST_TEST_REQUIRE(got.message.notes.size() == 1U);
  BOOST_TEST(got.message.notes[0].id == "FGCP-L2EP-PAYLOAD");
  BOOST_TEST(view(got.line) == " type 2 payload of 7 bytes, format not public");
}

BOOST_AUTO_TEST_CASE(l2ep_of_the_header_alone_is_whole) {
  const L2ep got{begin_l2ep().view()};
  BOOST_TEST(got.status.has_value());
  BOOST_TEST(got.fields.all().size() == 2U);
}

BOOST_AUTO_TEST_CASE(l2ep_below_four_bytes_is_malformed) {
  const auto whole = l2ep_ipv4();
  check_error(L2ep{Bytes{whole}.first(0)}, {DecodeErrc::truncated, 0, "magic", 2, 0});
  const L2ep got{Bytes{whole}.first(3)};
  check_error(got, {DecodeErrc::truncated, 2, "type", 2, 1});
  BOOST_TEST(got.fields.all().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_ip_packet_that_contradicts_itself_is_malformed) {
  Writer longer = begin_l2ep();
  add_ipv4(longer, 21);
  const L2ep got{longer.view()};
  check_error(got, {DecodeErrc::truncated, 6, "ip_length", 21, 20});
  BOOST_TEST(value_of<proto::Number>(got.fields, "ip_length").value == 21U);

  Writer shorter = begin_l2ep();
  add_ipv4(shorter, 19);
  check_error(L2ep{shorter.view()}, {DecodeErrc::bad_length, 6, "ip_length", 19, 20});

  Writer small_header = begin_l2ep();
  add_ipv4(small_header, 20, 0x44);
  check_error(L2ep{small_header.view()}, {DecodeErrc::bad_length, 4, "ip_version", 16, 20});

  const auto whole = l2ep_ipv6();
  check_error(L2ep{Bytes{whole}.first(43)}, {DecodeErrc::truncated, 28, "ip_dst", 16, 15});
  check_error(L2ep{Bytes{whole}.first(46)}, {DecodeErrc::truncated, 8, "ip_length", 45, 42});
}

BOOST_AUTO_TEST_CASE(every_prefix_and_every_changed_byte_fails_or_encodes_back) {
  for (const auto& whole : {l2ep_ipv4(), l2ep_ipv6()}) {
    for (std::size_t n = 0; n <= whole.size(); ++n) check_that_it_fails_or_encodes_back(Bytes{whole}.first(n));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (unsigned change = 1; change < 256; ++change) {
        auto changed = whole;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ change);
        check_that_it_fails_or_encodes_back(changed);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_the_message_before_is_left) {
  session::State state;
  session::Message message;
  BOOST_TEST(session::decode(l2ep_ipv4(), 0, state, message).has_value());
  const auto bare = begin_l2ep();
  BOOST_TEST(session::decode(bare.view(), 0, state, message).has_value());
  Writer out;
  session::encode(message, out);
  BOOST_TEST(to_octets(out.view()) == to_octets(bare.view()));
}

BOOST_AUTO_TEST_SUITE_END()
