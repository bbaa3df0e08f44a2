// The interface inventory of a heartbeat: inflation with limits, and the cache.

#include <algorithm>
#include <array>

#include "proto/fgcp_frame_builder.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"

using namespace fgcp_test;
namespace heartbeat = proto::fgcp_heartbeat;

namespace {

constexpr std::size_t kValueOffset = 92;  // of a first TLV's value
constexpr std::size_t kStreamOffset = kValueOffset + 2;

/// A heartbeat whose first TLV is an inventory; a priority of 200 follows.
Octets frame_with(Bytes inventory_value) {
  Writer out = Header{}.begin();
  add_tlv(out, 0x2A, inventory_value);
  add_tlv(out, 0x0C, {200});
  return std::move(out).take();
}

struct Got {
  Octets in;
  heartbeat::State state;
  heartbeat::Message message;
  DecodeStatus status;
  proto::Fields fields;

  explicit Got(Octets frame) : in(std::move(frame)) {
    status = heartbeat::decode(in, 0, state, message);
    heartbeat::describe(message, fields);
  }
};

void check_fault(const Got& got, const DecodeError& expected) {
  BOOST_TEST_REQUIRE(!got.status.has_value());
  const auto& error = got.status.error();
  BOOST_TEST(std::string_view{error.field} == "interface_inventory");
  BOOST_TEST((error.code == expected.code));
  BOOST_TEST(error.offset == expected.offset);
  BOOST_TEST(error.announced == expected.announced);
  BOOST_TEST(error.available == expected.available);
  // The value stays, and so do the TLVs after it.
  BOOST_TEST(!value_of<proto::Octets>(got.fields, "interface_inventory").bytes.empty());
  BOOST_TEST(value_of<proto::Number>(got.fields, "priority").value == 200U);
}

void check_encodes_back(const Got& got) {
  Writer out;
  heartbeat::encode(got.message, out);
  BOOST_TEST(to_octets(out.view()) == got.in, boost::test_tools::per_element());
}

/// `bytes` zeros, compressed without ever being in memory.
Octets bomb(std::size_t bytes) {
  z_stream stream{};
  BOOST_REQUIRE(deflateInit_(&stream, 9, ZLIB_VERSION, static_cast<int>(sizeof stream)) == Z_OK);
  Octets zeros(std::size_t{1} << 20U);
  Octets out(bytes / 1000 + 1024);
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  for (; bytes > 0; bytes -= std::min(bytes, zeros.size())) {
    stream.next_in = zeros.data();
    stream.avail_in = static_cast<uInt>(std::min(bytes, zeros.size()));
    BOOST_REQUIRE(deflate(&stream, Z_NO_FLUSH) == Z_OK);
    BOOST_REQUIRE(stream.avail_in == 0U);
  }
  BOOST_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_inventory)

BOOST_AUTO_TEST_CASE(shows_each_interface) {
  const Got got{frame_with(inventory(4, deflated(four_interfaces())))};
  BOOST_TEST(got.status.has_value());
  check_encodes_back(got);
  BOOST_TEST_REQUIRE(got.message.tlvs[0].inventory != nullptr);
  const auto& found = *got.message.tlvs[0].inventory;
  BOOST_TEST_REQUIRE(found.interfaces.size() == 4U);
  BOOST_TEST(found.interfaces_up == 3U);
  BOOST_TEST(heartbeat::text_of(found.interfaces[3].name) == "dmz");
  BOOST_TEST(to_string(found.interfaces[3].mac) == "70:4c:a5:01:02:04");

  BOOST_TEST(value_of<proto::Number>(got.fields, "count").value == 4U);
  BOOST_TEST(find(got.fields, "count")->offset == kValueOffset);
  BOOST_TEST(find(got.fields, "interfaces")->offset == kStreamOffset);
  BOOST_TEST(value_of<proto::WireText>(got.fields, "name").text == "port1");
  BOOST_TEST(to_string(value_of<proto::Mac>(got.fields, "mac").address) == "00:09:0f:09:58:00");
  BOOST_TEST(value_of<proto::Number>(got.fields, "virtual_cluster").value == 1U);
  BOOST_TEST(value_of<proto::Number>(got.fields, "interface_index").value == 0U);
  BOOST_TEST(!value_of<proto::Boolean>(got.fields, "inferred").value);
  BOOST_TEST(std::ranges::count(got.fields.all(), "virtual_mac", &proto::Field::name) == 2);
  BOOST_TEST(find(got.fields, "trailing") == nullptr);
  BOOST_TEST(find(got.fields, "after_stream") == nullptr);
}

BOOST_AUTO_TEST_CASE(objects_and_arrays_are_balanced) {
  const Got got{frame_with(inventory(4, deflated(four_interfaces())))};
  int depth = 0;
  for (const auto& field : got.fields.all()) {
    const bool opens =
        std::holds_alternative<proto::OpenObject>(field.value) || std::holds_alternative<proto::OpenArray>(field.value);
    depth += opens ? 1 : 0;
    depth -= std::holds_alternative<proto::Close>(field.value) ? 1 : 0;
    BOOST_TEST(depth >= 0);
  }
  BOOST_TEST(depth == 0);
}

BOOST_AUTO_TEST_CASE(flags_name_four_bits) {
  const Got got{frame_with(inventory(1, deflated(records({{"port1", {}, 0xF1}}))))};
  const proto::Flags* flags = nullptr;
  for (const auto& field : got.fields.all()) {
    if (field.name == "flags") flags = std::get_if<proto::Flags>(&field.value);
  }
  BOOST_TEST_REQUIRE(flags != nullptr);
  BOOST_TEST(flags->bits == 0xF1U);
  BOOST_TEST(flags->names.size() == 4U);
  BOOST_TEST(flags->names[3].name == "ha_eligible");
}

BOOST_AUTO_TEST_CASE(an_inventory_of_no_interfaces_is_whole) {
  const Got got{frame_with(inventory(0, deflated({})))};
  BOOST_TEST(got.status.has_value());
  BOOST_TEST(value_of<proto::Number>(got.fields, "count").value == 0U);
}

// Duty 5, last part.
BOOST_AUTO_TEST_CASE(inflated_bytes_after_the_records_are_kept) {
  const Got got{frame_with(inventory(3, deflated(four_interfaces())))};
  BOOST_TEST(got.status.has_value());
  const auto trailing = value_of<proto::Octets>(got.fields, "trailing").bytes;
  BOOST_TEST(trailing.size() == heartbeat::kInterfaceRecordBytes);
  BOOST_TEST(as_text(trailing).starts_with("dmz"));
  check_encodes_back(got);
}

BOOST_AUTO_TEST_CASE(bytes_after_the_compressed_stream_are_kept) {
  auto compressed = deflated(four_interfaces());
  const auto stream_bytes = compressed.size();
  compressed.push_back(0x55);
  const Got got{frame_with(inventory(4, compressed))};
  BOOST_TEST(got.status.has_value());
  BOOST_TEST(to_octets(value_of<proto::Octets>(got.fields, "after_stream").bytes) == Octets{0x55});
  BOOST_TEST(find(got.fields, "after_stream")->offset == kStreamOffset + stream_bytes);
  check_encodes_back(got);
}

BOOST_AUTO_TEST_CASE(a_count_beyond_what_inflated_is_a_fault) {
  check_fault(Got{frame_with(inventory(5, deflated(four_interfaces())))},
              {DecodeErrc::bad_length, kValueOffset, "", 92, 115});
}

BOOST_AUTO_TEST_CASE(a_count_beyond_the_limit_is_a_fault) {
  check_fault(Got{frame_with(inventory(65535, deflated(four_interfaces())))},
              {DecodeErrc::limit_exceeded, kValueOffset, "", std::uint64_t{65535} * 23, heartbeat::kInflatedBytesMax});
}

BOOST_AUTO_TEST_CASE(garbage_and_streams_cut_short_are_faults) {
  check_fault(Got{frame_with(inventory(1, Octets(40, 0x5A)))}, {DecodeErrc::bad_compression, kStreamOffset, "", 40, 0});
  check_fault(Got{frame_with(inventory(1, {}))}, {DecodeErrc::bad_compression, kStreamOffset, "", 0, 0});
  const auto compressed = deflated(four_interfaces());
  for (std::size_t n = 0; n < compressed.size(); ++n) {
    check_fault(Got{frame_with(inventory(4, Bytes{compressed}.first(n)))},
                {DecodeErrc::bad_compression, kStreamOffset, "", n, 0});
  }
}

/// What an inventory of `count` interfaces may inflate to: docs/protocols/fgcp-frames.md.
std::size_t limit_of(std::uint16_t count) {
  return std::min<std::size_t>(std::size_t{count} * 23 + 4096, heartbeat::kInflatedBytesMax);
}

void check_too_much(std::uint16_t count, Bytes compressed) {
  check_fault(Got{frame_with(inventory(count, compressed))},
              {DecodeErrc::limit_exceeded, kStreamOffset, "", limit_of(count) + 1, limit_of(count)});
}

BOOST_AUTO_TEST_CASE(a_bomb_is_stopped_at_the_limit) {
  const auto compressed = bomb(std::size_t{60} << 20U);
  BOOST_TEST_REQUIRE(compressed.size() < 65533U);
  for (const auto count : std::to_array<std::uint16_t>({0, 1, 11397})) check_too_much(count, compressed);
}

// A gigabyte of zeros takes over a megabyte, so a TLV holds only its beginning: that is stopped as early.
BOOST_AUTO_TEST_CASE(the_beginning_of_a_gigabyte_is_stopped_at_the_limit) {
  const auto compressed = bomb(std::size_t{1} << 30U);
  check_too_much(1, Bytes{compressed}.first(65533));
}

BOOST_AUTO_TEST_CASE(the_limit_itself_is_allowed) {
  for (const auto count : std::to_array<std::uint16_t>({0, 2, 11397})) {
    const auto records = std::size_t{count} * 23;
    const Got got{frame_with(inventory(count, bomb(limit_of(count))))};
    BOOST_TEST(got.status.has_value());
    BOOST_TEST(value_of<proto::Octets>(got.fields, "trailing").bytes.size() == limit_of(count) - records);
    check_too_much(count, bomb(limit_of(count) + 1));
  }
}

BOOST_AUTO_TEST_CASE(the_inventories_of_one_message_share_the_limit) {
  const auto half = inventory(5698, bomb(heartbeat::kInflatedBytesMax / 2));  // 5698 * 23 is just below it
  Writer out = Header{}.begin();
  for (int i = 0; i < 3; ++i) add_tlv(out, 0x2A, half);
  add_tlv(out, 0x0C, {200});
  const Got got{std::move(out).take()};
  BOOST_TEST_REQUIRE(!got.status.has_value());
  BOOST_TEST((got.status.error().code == DecodeErrc::limit_exceeded));
  BOOST_TEST(got.status.error().offset == kValueOffset + 2 * (half.size() + 4));
  BOOST_TEST(got.message.tlvs.size() == 4U);
  BOOST_TEST(got.message.tlvs[2].inventory == nullptr);
}

BOOST_AUTO_TEST_CASE(the_first_fault_is_the_one_that_is_reported) {
  Writer out = Header{}.begin();
  add_tlv(out, 0x2A, inventory(1, Octets(40, 0x5A)));
  add_tlv(out, 0x2A, inventory(1, Octets(50, 0x5A)));
  out.le<std::uint16_t>(0x0C);
  const Got got{std::move(out).take()};
  BOOST_TEST_REQUIRE(!got.status.has_value());
  BOOST_TEST(
      (got.status.error() == DecodeError{DecodeErrc::bad_compression, kStreamOffset, got.status.error().field, 40, 0}));
  BOOST_TEST(got.message.tlvs.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_same_bytes_are_inflated_once) {
  heartbeat::InventoryCache cache;
  const auto first = cache.find_or_inflate(inventory(4, deflated(four_interfaces())));
  BOOST_TEST(cache.find_or_inflate(inventory(4, deflated(four_interfaces()))) == first);
  const auto other = cache.find_or_inflate(inventory(3, deflated(four_interfaces())));
  BOOST_TEST(other->interfaces.size() == 3U);
  BOOST_TEST(first->interfaces.size() == 4U);  // still alive for whoever looks at it
}

BOOST_AUTO_TEST_CASE(a_broken_inventory_is_not_inflated_again) {
  heartbeat::InventoryCache cache;
  const auto value = inventory(1, bomb(std::size_t{60} << 20U));
  BOOST_TEST(cache.find_or_inflate(value)->fault.has_value());
  BOOST_TEST(cache.find_or_inflate(value) == cache.find_or_inflate(value));
  BOOST_TEST(cache.find_or_inflate(value)->inflated.capacity() == 0U);
}

BOOST_AUTO_TEST_CASE(the_cache_gives_right_answers_when_it_overflows) {
  heartbeat::InventoryCache cache;
  Octets plain(heartbeat::kInflatedBytesMax / 23 * 23);
  for (int round = 0; round < 2; ++round) {
    for (std::uint8_t i = 0; i < 100; ++i) {
      plain[0] = i;
      const auto count = static_cast<std::uint16_t>(plain.size() / 23);
      const auto got = cache.find_or_inflate(inventory(count, deflated(plain)));
      BOOST_TEST_REQUIRE(!got->fault.has_value());
      BOOST_TEST(got->interfaces.size() == count);
      BOOST_TEST(got->interfaces[0].name[0] == i);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
