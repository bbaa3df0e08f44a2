#include "sasync/proto/fgcp_heartbeat.hpp"

#include <algorithm>
#include <string>

#include "proto/fgcp_frame_builder.hpp"

using namespace fgcp_test;
namespace heartbeat = proto::fgcp_heartbeat;

namespace {

struct Heartbeat {
  Octets in;
  heartbeat::State state;
  heartbeat::Message message;
  DecodeStatus status;
  proto::Fields fields;
  Text line;

  /// `missing` bytes more were on the wire.
  explicit Heartbeat(Octets frame, std::uint32_t missing = 0) : in(std::move(frame)) {
    status = heartbeat::decode(in, {0, missing}, state, message);
    heartbeat::describe(message, fields);
    heartbeat::summarize(message, line);
  }
  explicit Heartbeat(Writer&& frame) : Heartbeat(std::move(frame).take()) {}

  [[nodiscard]] Octets encoded() const {
    Writer out;
    heartbeat::encode(message, out);
    return std::move(out).take();
  }
  [[nodiscard]] bool notes(std::string_view id) const {
    return std::ranges::count(message.notes, id, &proto::Note::id) == 1;
  }
};

void check_error(const Heartbeat& got, const DecodeError& expected) {
  BOOST_TEST_REQUIRE(!got.status.has_value());
  BOOST_TEST(std::string_view{got.status.error().field} == std::string_view{expected.field});
  BOOST_TEST(got.status.error().offset == expected.offset);
  BOOST_TEST((got.status.error().code == expected.code));
  BOOST_TEST(got.status.error().announced == expected.announced);
  BOOST_TEST(got.status.error().available == expected.available);
}

void check_whole(const Heartbeat& got) {
  BOOST_TEST(got.status.has_value());
  BOOST_TEST(got.encoded() == got.in, boost::test_tools::per_element());
}

void check_that_it_fails_or_encodes_back(const Octets& in) {
  const Heartbeat got{in};
  if (got.status) {
    BOOST_TEST(got.encoded() == in, boost::test_tools::per_element());
  } else {
    BOOST_TEST(got.status.error().offset <= in.size());
    BOOST_TEST(std::string_view{got.status.error().field} != "");
  }
}

Heartbeat with_tlv(std::uint16_t type, std::initializer_list<std::uint8_t> value) {
  Writer out = Header{}.begin();
  add_tlv(out, type, value);
  return Heartbeat{std::move(out)};
}

std::string octets_of(const Heartbeat& got, std::string_view name) {
  Text hex;
  append_hex(hex, value_of<proto::Octets>(got.fields, name).bytes);
  return std::string{view(hex)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_heartbeat)

BOOST_AUTO_TEST_CASE(shows_every_field_of_the_header) {
  const Heartbeat got{Header{}.begin()};
  check_whole(got);
  BOOST_TEST(heartbeat::head(got.message).message == "HEARTBEAT");
  BOOST_TEST(heartbeat::head(got.message).type == 0U);
  BOOST_TEST(value_of<proto::Hex>(got.fields, "magic").value == 0x4711U);
  BOOST_TEST(value_of<proto::Enumerated>(got.fields, "mode").name == "a-p");
  BOOST_TEST(value_of<proto::Flags>(got.fields, "flags").bits == 0U);
  BOOST_TEST(value_of<proto::WireText>(got.fields, "group_name").text == "ha-lab");
  BOOST_TEST(octets_of(got, "unknown_36") == "0102");
  BOOST_TEST(value_of<proto::Number>(got.fields, "group_id").value == 88U);
  BOOST_TEST(octets_of(got, "unknown_40") == "010002000300040005000600");
  BOOST_TEST(value_of<proto::WireText>(got.fields, "port_name").text == "port3");
  BOOST_TEST(value_of<proto::Number>(got.fields, "revision").value == 17U);
  BOOST_TEST(octets_of(got, "unknown_70") == "efbe");
  BOOST_TEST(value_of<proto::WireText>(got.fields, "serial_number").text == "FGT60E4Q16000001");
  BOOST_TEST(got.fields.all().size() == 11U);
}

BOOST_AUTO_TEST_CASE(the_fields_of_the_header_stand_where_the_page_says) {
  const Heartbeat got{Header{}.begin()};
  constexpr std::array<std::pair<std::string_view, std::uint32_t>, 11> kPlaces{{{"magic", 0},
                                                                                {"mode", 2},
                                                                                {"flags", 3},
                                                                                {"group_name", 4},
                                                                                {"unknown_36", 36},
                                                                                {"group_id", 38},
                                                                                {"unknown_40", 40},
                                                                                {"port_name", 52},
                                                                                {"revision", 68},
                                                                                {"unknown_70", 70},
                                                                                {"serial_number", 72}}};
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    BOOST_TEST(got.fields.all()[i].name == kPlaces[i].first);
    BOOST_TEST(got.fields.all()[i].offset == kPlaces[i].second);
    const auto end = i + 1 < kPlaces.size() ? kPlaces[i + 1].second : 88U;
    BOOST_TEST(got.fields.all()[i].length == end - kPlaces[i].second);
  }
}

BOOST_AUTO_TEST_CASE(modes_have_the_names_of_the_configuration) {
  BOOST_TEST(value_of<proto::Enumerated>(Heartbeat{Header{.mode = 1}.begin()}.fields, "mode").name == "a-a");
  const Heartbeat other{Header{.mode = 7}.begin()};
  BOOST_TEST(value_of<proto::Enumerated>(other.fields, "mode").name == "");
  BOOST_TEST(value_of<proto::Enumerated>(other.fields, "mode").number == 7U);
  BOOST_TEST(view(other.line).find(" mode 7 ") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(the_line_says_what_a_reader_follows) {
  const Heartbeat got{whole_heartbeat()};
  check_whole(got);
  BOOST_TEST(view(got.line) ==
             " FGT60E4Q16000001 port3 a-p group 88 \"ha-lab\" rev 17 vcluster 1 prio 200 override off "
             "4 interfaces (3 up) checksums 1a2b3c4d../1a2b3c51../1a2b3c55..");
}

BOOST_AUTO_TEST_CASE(small_tlvs_are_numbers_and_a_boolean) {
  const Heartbeat got{whole_heartbeat()};
  BOOST_TEST(value_of<proto::Number>(got.fields, "vcluster_id").value == 1U);
  BOOST_TEST(find(got.fields, "vcluster_id")->offset == 88U);
  BOOST_TEST(find(got.fields, "vcluster_id")->length == 5U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "priority").value == 200U);
  BOOST_TEST(value_of<proto::Boolean>(got.fields, "override").value == false);
  BOOST_TEST(value_of<proto::Boolean>(with_tlv(0x0D, {1}).fields, "override").value == true);
  BOOST_TEST(value_of<proto::Number>(with_tlv(0x0D, {2}).fields, "override").value == 2U);
}

BOOST_AUTO_TEST_CASE(checksums_have_three_parts) {
  const Heartbeat got{whole_heartbeat()};
  const auto* checksums = find(got.fields, "ha_checksums");
  BOOST_TEST_REQUIRE(checksums != nullptr);
  BOOST_TEST(std::holds_alternative<proto::OpenObject>(checksums->value));
  BOOST_TEST(octets_of(got, "global") == "1a2b3c4d1a2b3c4e1a2b3c4f1a2b3c50");
  BOOST_TEST(octets_of(got, "vdom") == "1a2b3c511a2b3c521a2b3c531a2b3c54");
  BOOST_TEST(octets_of(got, "root") == "1a2b3c551a2b3c561a2b3c571a2b3c58");
  BOOST_TEST(find(got.fields, "vdom")->offset == checksums->offset + 4 + 16);
}

BOOST_AUTO_TEST_CASE(repeated_tlvs_are_kept_in_order) {
  Writer out = Header{}.begin();
  for (const std::uint8_t cluster : {std::uint8_t{1}, std::uint8_t{2}}) {
    add_tlv(out, 0x0B, {cluster});
    add_tlv(out, 0x0C, {static_cast<std::uint8_t>(100 * cluster)});
  }
  const Heartbeat got{std::move(out)};
  check_whole(got);
  BOOST_TEST(find(got.fields, "vcluster_id")->next_same != proto::kNoField);
  BOOST_TEST(view(got.line).ends_with(" vcluster 1 prio 100 vcluster 2 prio 200"));
}

BOOST_AUTO_TEST_CASE(many_tlvs_do_not_make_an_endless_line) {
  Writer out = Header{}.begin();
  for (int i = 0; i < 10'000; ++i) add_tlv(out, 0x0C, {1});
  const Heartbeat got{std::move(out)};
  check_whole(got);
  BOOST_TEST(view(got.line).ends_with(" prio 1 .."));
  BOOST_TEST(got.line.size() < 500U);
}

BOOST_AUTO_TEST_CASE(unknown_tlvs_are_kept) {
  const Heartbeat got = with_tlv(0x0077, {0xDE, 0xAD});
  check_whole(got);
  BOOST_TEST_REQUIRE(got.fields.unknown().size() == 1U);
  const auto& unknown = got.fields.unknown()[0];
  BOOST_TEST(unknown.type == 0x77U);
  BOOST_TEST(unknown.offset == 88U);
  BOOST_TEST(to_octets(unknown.bytes) == (Octets{0xDE, 0xAD}));
  BOOST_TEST(!unknown.may_be_secret);
  BOOST_TEST(got.message.notes.empty());
}

// Duty 1: the dissector advances by the size it expects, and loses step.
BOOST_AUTO_TEST_CASE(a_known_tlv_of_another_length_is_kept_and_reported_and_the_next_one_is_found) {
  Writer out = Header{}.begin();
  add_tlv(out, 0x0B, {1, 2, 3});
  add_tlv(out, 0x0D, {});
  add_tlv(out, 0x3C, {9});
  add_tlv(out, 0x2A, {9});
  add_tlv(out, 0x0C, {200});
  const Heartbeat got{std::move(out)};
  check_whole(got);
  BOOST_TEST(got.notes("FGCP-TLV-LENGTH"));
  BOOST_TEST(octets_of(got, "vcluster_id") == "010203");
  BOOST_TEST(octets_of(got, "override") == "");
  BOOST_TEST(octets_of(got, "ha_checksums") == "09");
  BOOST_TEST(octets_of(got, "interface_inventory") == "09");
  BOOST_TEST(value_of<proto::Number>(got.fields, "priority").value == 200U);
  BOOST_TEST(view(got.line).ends_with(" rev 17 prio 200"));
}

// Duty 2: the dissector runs on through trailing zeros.
BOOST_AUTO_TEST_CASE(type_0_ends_the_tlvs_and_what_follows_is_reported) {
  Writer out = Header{}.begin();
  add_tlv(out, 0x0C, {200});
  add_tlv(out, 0x00, {});
  add_tlv(out, 0x0C, {100});
  const Heartbeat got{std::move(out)};
  check_whole(got);
  BOOST_TEST(octets_of(got, "after_end") == "0c00010064");
  BOOST_TEST(find(got.fields, "after_end")->offset == 97U);
  BOOST_TEST(find(got.fields, "priority")->next_same == proto::kNoField);
  BOOST_TEST(got.message.notes.empty());
}

BOOST_AUTO_TEST_CASE(an_end_with_a_length_ends_all_the_same) {
  const Heartbeat got = with_tlv(0x00, {1, 2});
  check_whole(got);
  BOOST_TEST(got.notes("FGCP-TLV-LENGTH"));
  BOOST_TEST(octets_of(got, "after_end") == "0102");
}

BOOST_AUTO_TEST_CASE(tlvs_without_an_end_are_whole) {
  check_whole(with_tlv(0x0C, {1}));
  BOOST_TEST(find(with_tlv(0x0C, {1}).fields, "after_end") == nullptr);
}

// Duty 3: nothing crosses the end of the payload, which is 32 bytes before the frame's when it is authenticated.
BOOST_AUTO_TEST_CASE(a_tlv_that_crosses_the_end_is_an_error_and_the_ones_before_stay) {
  const auto whole = [](std::uint8_t flags) {
    Writer out = Header{.flags = flags}.begin();
    add_tlv(out, 0x0B, {1});
    add_tlv(out, 0x0C, {200});
    return out;
  };
  const auto cut = [&](std::size_t bytes) { return to_octets(whole(0).view().first(bytes)); };
  const Heartbeat no_value{cut(97)};
  check_error(no_value, {DecodeErrc::truncated, 97, "priority", 1, 0});
  BOOST_TEST(value_of<proto::Number>(no_value.fields, "vcluster_id").value == 1U);
  check_error(Heartbeat{cut(96)}, {DecodeErrc::truncated, 95, "tlv_length", 2, 1});
  check_error(Heartbeat{cut(94)}, {DecodeErrc::truncated, 93, "tlv_type", 2, 1});

  Writer into_trailer = whole(heartbeat::kAuthenticated);
  into_trailer.le<std::uint16_t>(0x77);
  into_trailer.le<std::uint16_t>(1);
  into_trailer.zeros(32);
  const Heartbeat crossing{std::move(into_trailer)};
  check_error(crossing, {DecodeErrc::truncated, 102, "tlv_value", 1, 0});
  BOOST_TEST(find(crossing.fields, "priority") != nullptr);
  BOOST_TEST(find(crossing.fields, "authentication") != nullptr);
}

// Duty 4.
BOOST_AUTO_TEST_CASE(a_frame_below_the_header_says_where_it_ends) {
  const auto whole = whole_heartbeat();
  const auto cut = [&](std::size_t bytes) { return Octets{whole.begin(), whole.begin() + static_cast<long>(bytes)}; };
  check_error(Heartbeat{Octets{}}, {DecodeErrc::truncated, 0, "magic", 2, 0});
  const Heartbeat got{cut(71)};
  check_error(got, {DecodeErrc::truncated, 70, "unknown_70", 2, 1});
  BOOST_TEST(value_of<proto::Number>(got.fields, "revision").value == 17U);
  BOOST_TEST(got.fields.all().size() == 9U);
  BOOST_TEST(heartbeat::head(got.message).message == "HEARTBEAT");
  check_error(Heartbeat{cut(87)}, {DecodeErrc::truncated, 72, "serial_number", 16, 15});
}

BOOST_AUTO_TEST_CASE(an_authenticated_frame_needs_room_for_the_trailer) {
  for (std::size_t trailer = 0; trailer < 32; ++trailer) {
    Writer out = Header{.flags = heartbeat::kAuthenticated}.begin();
    out.zeros(trailer);
    check_error(Heartbeat{std::move(out)}, {DecodeErrc::truncated, 88, "authentication", 32, trailer});
  }
}

BOOST_AUTO_TEST_CASE(the_authentication_trailer_is_shown_and_not_verified) {
  Writer out = Header{.flags = heartbeat::kAuthenticated}.begin();
  add_tlv(out, 0x0C, {200});
  out.bytes(Octets(32, 0xAA));
  const Heartbeat got{std::move(out)};
  check_whole(got);
  BOOST_TEST(value_of<proto::Octets>(got.fields, "authentication").bytes.size() == 32U);
  BOOST_TEST(find(got.fields, "authentication")->offset == 93U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "priority").value == 200U);
  BOOST_TEST(got.notes("FGCP-AUTHENTICATION"));
  BOOST_TEST(view(got.line).ends_with(" prio 200 authenticated"));
}

// Duty 7: the length of an encrypted payload is not known, so all of it is shown.
BOOST_AUTO_TEST_CASE(an_encrypted_payload_is_bytes) {
  Writer out = Header{.flags = heartbeat::kEncrypted}.begin();
  out.bytes(Octets(50, 0x0C));
  const Heartbeat got{std::move(out)};
  check_whole(got);
  BOOST_TEST(value_of<proto::Octets>(got.fields, "encrypted_payload").bytes.size() == 50U);
  BOOST_TEST(find(got.fields, "encrypted_payload")->offset == 88U);
  BOOST_TEST(got.message.tlvs.empty());
  BOOST_TEST(got.notes("FGCP-ENCRYPTED"));
  BOOST_TEST(view(got.line).ends_with(" rev 17 encrypted payload of 50 bytes"));
}

BOOST_AUTO_TEST_CASE(encrypted_and_authenticated) {
  Writer out = Header{.flags = heartbeat::kEncrypted | heartbeat::kAuthenticated | 0x40}.begin();
  out.bytes(Octets(50, 0x0C));
  out.bytes(Octets(32, 0xAA));
  const Heartbeat got{std::move(out)};
  check_whole(got);
  BOOST_TEST(value_of<proto::Octets>(got.fields, "encrypted_payload").bytes.size() == 50U);
  BOOST_TEST(value_of<proto::Octets>(got.fields, "authentication").bytes[0] == 0xAA);
  BOOST_TEST(find(got.fields, "authentication")->offset == 138U);
  BOOST_TEST(value_of<proto::Flags>(got.fields, "flags").bits == 0x43U);
}

BOOST_AUTO_TEST_CASE(another_protocol_is_not_called_corrupt) {
  const auto check = [](const Heartbeat& got, std::string_view what_gave_it_away) {
    check_whole(got);
    BOOST_TEST(heartbeat::head(got.message).message == "NOT_FGCP");
    BOOST_TEST_REQUIRE(got.fields.all().size() == 1U);
    BOOST_TEST(to_octets(value_of<proto::Octets>(got.fields, "payload").bytes) == got.in);
    BOOST_TEST_REQUIRE(got.message.notes.size() == 1U);
    BOOST_TEST(got.message.notes[0].id == "FGCP-NOT-FGCP");
    BOOST_TEST(got.message.notes[0].text.find(what_gave_it_away) != std::string_view::npos);
  };
  const auto with_tlv = [](const Header& header) {
    Writer out = header.begin();
    add_tlv(out, 0x0C, {200});
    return Heartbeat{std::move(out)};
  };
  check(with_tlv({.group_name = "ha\x01lab"}), "group name");
  check(with_tlv({.port_name = "port\x80"}), "port name");
  check(with_tlv({.serial_number = "FGT60E4Q1600000\x7F"}), "serial number");
  check(with_tlv({.serial_number = ""}), "serial number");
  const Heartbeat other{Octets(46, 0xFF)};
  check(other, "group name");
  BOOST_TEST(view(other.line) == " 46 bytes of another protocol with this EtherType");
}

// Duty 6. The trailer is the end of the message on the wire, and not of what the capture has of it.
BOOST_AUTO_TEST_CASE(a_cut_heartbeat_has_no_trailer_and_every_tlv_up_to_the_cut) {
  Writer out = Header{.flags = heartbeat::kAuthenticated}.begin();
  add_tlv(out, 0x0B, {1});
  add_tlv(out, 0x0C, {200});
  add_tlv(out, 0x3C, three_checksums());
  const auto payload_end = out.size();
  out.bytes(Octets(32, 0xAA));
  const auto whole = std::move(out).take();
  const auto cut = [&](std::size_t size) {
    return Heartbeat{{whole.begin(), whole.begin() + static_cast<long>(size)},
                     static_cast<std::uint32_t>(whole.size() - size)};
  };
  for (std::size_t size = heartbeat::kHeaderBytes; size < whole.size(); ++size) {
    const auto got = cut(size);
    BOOST_TEST(find(got.fields, "authentication") == nullptr);
    BOOST_TEST(!got.notes("FGCP-AUTHENTICATION"));
    BOOST_TEST((find(got.fields, "vcluster_id") != nullptr) == (size >= 93));
    BOOST_TEST((find(got.fields, "priority") != nullptr) == (size >= 98));
    BOOST_TEST((find(got.fields, "ha_checksums") != nullptr) == (size >= payload_end));
    BOOST_TEST_REQUIRE(!got.status.has_value());
    BOOST_TEST((got.status.error().code == DecodeErrc::truncated));
  }
  BOOST_TEST(find(cut(whole.size()).fields, "authentication") != nullptr);
}

BOOST_AUTO_TEST_CASE(a_cut_encrypted_payload_ends_at_the_cut_or_before_the_trailer) {
  Writer out = Header{.flags = heartbeat::kEncrypted | heartbeat::kAuthenticated}.begin();
  out.bytes(Octets(120, 0x77));
  out.bytes(Octets(32, 0xAA));
  const auto whole = std::move(out).take();
  const auto encrypted_bytes = [&](std::size_t size) {
    const Heartbeat got{{whole.begin(), whole.begin() + static_cast<long>(size)},
                        static_cast<std::uint32_t>(whole.size() - size)};
    return value_of<proto::Octets>(got.fields, "encrypted_payload").bytes.size();
  };
  BOOST_TEST(encrypted_bytes(158) == 70U);
  BOOST_TEST(encrypted_bytes(208) == 120U);
  BOOST_TEST(encrypted_bytes(220) == 120U);
  BOOST_TEST(encrypted_bytes(240) == 120U);
}

BOOST_AUTO_TEST_CASE(a_cluster_without_a_group_name_is_fgcp) {
  check_whole(Heartbeat{Header{.group_name = ""}.begin()});
}

BOOST_AUTO_TEST_CASE(what_a_longer_name_left_behind_is_kept) {
  using namespace std::string_view_literals;
  const Heartbeat got{Header{.port_name = "port3\0x1"sv}.begin()};
  check_whole(got);
  BOOST_TEST(value_of<proto::WireText>(got.fields, "port_name").text == "port3");
  BOOST_TEST(octets_of(got, "port_name_rest").starts_with("007831"));
  BOOST_TEST(find(got.fields, "port_name_rest")->offset == 57U);
  BOOST_TEST(find(got.fields, "port_name_rest")->length == 11U);
}

BOOST_AUTO_TEST_CASE(a_group_name_of_the_whole_width_has_no_zero_byte) {
  const Heartbeat got{Header{.group_name = "0123456789abcdef0123456789abcdef"}.begin()};
  check_whole(got);
  BOOST_TEST(value_of<proto::WireText>(got.fields, "group_name").text.size() == 32U);
}

BOOST_AUTO_TEST_CASE(text_of_the_line_is_escaped) {
  const Heartbeat got{Header{.group_name = "a\\b"}.begin()};
  BOOST_TEST(view(got.line).find("\"a\\\\b\"") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(every_prefix_fails_or_encodes_back) {
  const auto whole = whole_heartbeat();
  const auto authenticated = whole_heartbeat({.flags = heartbeat::kAuthenticated});
  for (const auto& frame : {whole, authenticated}) {
    for (std::size_t n = 0; n <= frame.size(); ++n) {
      check_that_it_fails_or_encodes_back({frame.begin(), frame.begin() + static_cast<long>(n)});
    }
  }
}

BOOST_AUTO_TEST_CASE(every_changed_byte_fails_or_encodes_back) {
  const auto whole = whole_heartbeat();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned change = 1; change < 256; ++change) {
      auto changed = whole;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ change);
      check_that_it_fails_or_encodes_back(changed);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_the_message_before_is_left) {
  heartbeat::State state;
  heartbeat::Message message;
  Writer encrypted = Header{.flags = heartbeat::kEncrypted | heartbeat::kAuthenticated}.begin();
  encrypted.zeros(40);
  const auto whole = whole_heartbeat();
  const auto bare = Header{}.begin();
  for (const Bytes in : {Bytes{whole}, encrypted.view(), bare.view()}) {
    BOOST_TEST(heartbeat::decode(in, 0, state, message).has_value());
    Writer out;
    heartbeat::encode(message, out);
    BOOST_TEST(to_octets(out.view()) == to_octets(in), boost::test_tools::per_element());
  }
  BOOST_TEST(message.notes.empty());
}

BOOST_AUTO_TEST_CASE(only_a_whole_header_is_plausible) {
  const auto whole = whole_heartbeat();
  BOOST_TEST(heartbeat::is_plausible(whole));
  BOOST_TEST(heartbeat::is_plausible(Bytes{whole}.first(88)));
  BOOST_TEST(!heartbeat::is_plausible(Bytes{whole}.first(87)));
  BOOST_TEST(!heartbeat::is_plausible(Octets(200, 0)));
}

BOOST_AUTO_TEST_CASE(a_heartbeat_is_an_event_of_the_member_that_its_serial_number_names) {
  Writer frame = Header{}.begin();
  add_tlv(frame, 0x000B, {2});
  add_tlv(frame, 0x000C, {200});
  add_tlv(frame, 0x000D, {1});
  const Heartbeat got{std::move(frame)};
  net::Origin origin;
  origin.frame = 17;
  origin.file = 1;
  origin.time = {1000, 5'000'000, 3};
  origin.src_mac = net::MacAddress::from(std::array<std::uint8_t, 6>{0x02, 0, 0, 0, 0, 0x2A});
  const auto event = to_event(got.message, origin);
  BOOST_TEST_REQUIRE(event.has_value());
  BOOST_TEST(event->member == "FGT60E4Q16000001");
  BOOST_TEST(event->protocol == "fgcp-heartbeat");
  BOOST_TEST(event->frame == 17U);
  BOOST_TEST(event->file == 1U);
  BOOST_TEST((event->time == Timestamp{1000, 5'000'000, 3}));
  BOOST_TEST((event->group == 88));
  BOOST_TEST(event->virtual_cluster == 2U);
  const auto& beat = std::get<event::Heartbeat>(event->body);
  BOOST_TEST((beat.priority == 200U));
  BOOST_TEST((beat.override_ == true));
  BOOST_TEST(beat.interface == "port3");
  BOOST_TEST(beat.mac == "02:00:00:00:00:2a");
  BOOST_TEST(!beat.role.has_value());  // it does not say it
}

BOOST_AUTO_TEST_CASE(a_heartbeat_says_what_can_be_read_of_it) {
  Writer encrypted = Header{.flags = heartbeat::kEncrypted}.begin();
  encrypted.zeros(40);
  const Heartbeat closed{std::move(encrypted)};
  const auto event = to_event(closed.message, {});
  BOOST_TEST_REQUIRE(event.has_value());
  BOOST_TEST(event->member == "FGT60E4Q16000001");
  BOOST_TEST(event->virtual_cluster == 0U);
  BOOST_TEST(std::get<event::Heartbeat>(event->body).mac.empty());
  Writer broken = Header{}.begin();
  add_tlv(broken, 0x000C, {200});
  broken.u8(0x0D);
  const Heartbeat cut{std::move(broken)};
  BOOST_TEST(!cut.status.has_value());
  BOOST_TEST((std::get<event::Heartbeat>(to_event(cut.message, {})->body).priority == 200U));
  BOOST_TEST(!to_event(Heartbeat{Octets(200, 0)}.message, {}).has_value());  // another protocol's
  BOOST_TEST(!to_event(Heartbeat{Octets(50, 'a')}.message, {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
