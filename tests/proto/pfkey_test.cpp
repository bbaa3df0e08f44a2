// PF_KEY messages: the examples in both byte orders, every prefix, length and byte of them, and what a kernel refuses.
#include "sasync/proto/pfkey.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/openbsd_examples.hpp"

using namespace sasync;
using namespace sasync::proto;
using pfkey::ExtensionType;
using test::hex;
using test::kSasyncdExamples;
using test::sasyncd_example;
using Buffer = std::vector<std::uint8_t>;

namespace {

constexpr std::size_t kFirstPfkeyExample = 4;

struct Result {
  Buffer bytes;
  pfkey::Message message;
  DecodeStatus status;
  std::vector<Note> notes;
  bool refused = false;

  [[nodiscard]] bool has_note(std::string_view id) const {
    return std::ranges::find(notes, id, &Note::id) != notes.end();
  }
};

Result decode(Buffer bytes, ByteOrder order = ByteOrder::automatic, std::size_t offset = 0) {
  Result result;
  result.bytes = std::move(bytes);
  result.status = pfkey::decode(result.bytes, order, offset, result.message);
  if (result.status) result.refused = append_notes(result.message, result.notes);
  return result;
}

Buffer encoded(const pfkey::Message& message) {
  Writer out;
  encode(message, out);
  return std::move(out).take();
}

/// The same message as a big-endian host writes it.
Buffer big_endian(const Buffer& bytes) {
  auto result = decode(bytes);
  BOOST_TEST_REQUIRE(result.status.has_value());
  result.message.little_endian = false;
  return encoded(result.message);
}

/// A header and these extensions, little-endian, with the length that they have.
Buffer message(std::uint8_t type, std::string_view extensions, std::uint8_t satype = 2) {
  const auto body = hex(extensions);
  Writer out;
  out.u8(2);
  out.u8(type);
  out.u8(0);
  out.u8(satype);
  out.le(static_cast<std::uint16_t>((body.size() + 16) / 8));
  out.be(std::uint16_t{0});
  out.be(std::uint64_t{0});
  out.bytes(body);
  return std::move(out).take();
}

constexpr std::string_view kSa = "02000100 c0ffee01 4001050c 04000000 ";
constexpr std::string_view kDst = "03000600 00000000 10020000 c6336407 0000000000000000 ";

}  // namespace

BOOST_AUTO_TEST_SUITE(pfkey_messages)

BOOST_AUTO_TEST_CASE(the_snapshot_entry_says_what_the_page_says) {
  const auto result = decode(sasyncd_example("add_snapshot").plain_bytes());
  BOOST_TEST_REQUIRE(result.status.has_value());
  const auto& add = result.message;
  BOOST_TEST(add.little_endian);
  BOOST_TEST(pfkey::type_name(add.header.type) == "SADB_ADD");
  BOOST_TEST(add.header.satype == 2);
  BOOST_TEST(add.header.length == 0x29);
  const auto* sa = add.find<pfkey::Sa>(ExtensionType::sa);
  BOOST_TEST_REQUIRE(sa);
  BOOST_TEST(sa->spi == 0xC0FFEE01U);
  BOOST_TEST(sa->replay == 64);
  BOOST_TEST(sa->state == 1);
  BOOST_TEST(sa->auth == 5);
  BOOST_TEST(sa->encrypt == 12);
  BOOST_TEST(sa->flags == pfkey::kFlagTunnel);
  const auto* current = add.find<pfkey::Lifetime>(ExtensionType::lifetime_current);
  BOOST_TEST_REQUIRE(current);
  BOOST_TEST(current->bytes == 84'000U);
  BOOST_TEST(current->addtime == 1'700'000'000U);
  BOOST_TEST(current->usetime == 1'700'000'005U);
  BOOST_TEST(add.find<pfkey::Lifetime>(ExtensionType::lifetime_soft)->addtime == 3060U);
  BOOST_TEST(add.find<pfkey::Lifetime>(ExtensionType::lifetime_hard)->addtime == 3600U);
  const auto address = [&](ExtensionType type) { return net::to_string(ip_address(*add.find<pfkey::Address>(type))); };
  BOOST_TEST(address(ExtensionType::address_src) == "192.0.2.1");
  BOOST_TEST(address(ExtensionType::address_dst) == "198.51.100.7");
  BOOST_TEST(add.find<pfkey::Key>(ExtensionType::key_auth)->key.size() == 32U);
  BOOST_TEST(add.find<pfkey::Key>(ExtensionType::key_encrypt)->bits == 128);
  BOOST_TEST(add.find<pfkey::ReplayCounter>(ExtensionType::x_replay)->counter == 1001U);
  const auto& counters = add.find<pfkey::Counters>(ExtensionType::x_counter)->values;
  BOOST_TEST(counters[1] == 1000U);
  BOOST_TEST(counters[3] == 84'000U);
  BOOST_TEST(result.notes.empty());
}

BOOST_AUTO_TEST_CASE(identities_and_flows_say_what_the_page_says) {
  const auto live = decode(sasyncd_example("add_live").plain_bytes());
  BOOST_TEST(live.message.header.seq == 77U);
  BOOST_TEST(live.message.header.pid == 31'337U);
  const auto* identity = live.message.find<pfkey::Identity>(ExtensionType::identity_dst);
  BOOST_TEST_REQUIRE(identity);
  BOOST_TEST(identity->type == 2);
  BOOST_TEST(as_text(identity->text) == "gw2.example");
  const auto flow = decode(sasyncd_example("addflow").plain_bytes());
  const auto* type = flow.message.find<pfkey::Selection>(ExtensionType::x_flow_type);
  BOOST_TEST_REQUIRE(type);
  BOOST_TEST(type->number == 3);
  BOOST_TEST(type->direction == 2);
  BOOST_TEST(net::to_string(ip_address(*flow.message.find<pfkey::Address>(ExtensionType::x_src_mask))) ==
             "255.255.0.0");
}

BOOST_AUTO_TEST_CASE(the_length_gives_the_byte_order) {
  for (std::size_t i = kFirstPfkeyExample; i < kSasyncdExamples.size(); ++i) {
    const auto little = kSasyncdExamples.at(i).plain_bytes();
    const auto big = big_endian(little);
    const auto result = decode(big);
    BOOST_TEST_REQUIRE(result.status.has_value());
    BOOST_TEST(!result.message.little_endian);
    BOOST_TEST(encoded(result.message) == big, boost::test_tools::per_element());
    BOOST_TEST(decode(little).message.header.seq == result.message.header.seq);
    // What the user says counts.
    BOOST_TEST(decode(big, ByteOrder::big).status.has_value());
    BOOST_TEST(!decode(big, ByteOrder::little).status.has_value());
  }
  BOOST_TEST(big_endian(sasyncd_example("flush").plain_bytes()) == hex("02090000 00020000 00000001 00001092"),
             boost::test_tools::per_element());
}

// A wrong length fits neither order.
BOOST_AUTO_TEST_CASE(where_the_length_fits_no_order_what_is_small_decides) {
  for (std::size_t i = kFirstPfkeyExample; i < kSasyncdExamples.size(); ++i) {
    auto little = kSasyncdExamples.at(i).plain_bytes();
    auto big = big_endian(little);
    ++little[4];
    ++big[5];
    for (const auto& bytes : {little, big}) {
      const auto result = decode(bytes);
      BOOST_TEST_REQUIRE(!result.status.has_value());
      BOOST_TEST(result.message.little_endian == (bytes == little));
      BOOST_TEST(std::string_view{result.status.error().field} == "sadb_len");
      BOOST_TEST(result.status.error().announced == kSasyncdExamples.at(i).plain_bytes().size() + 8);
    }
  }
}

// A length whose bytes are equal fits both orders: 0x0101 units are 2056 bytes.
BOOST_AUTO_TEST_CASE(where_the_length_fits_both_orders_the_first_extension_decides) {
  std::string unknown = "ff000001 ";
  for (int i = 0; i < 255 * 8 - 4; ++i) unknown += "00";
  auto big = message(3, unknown);
  BOOST_TEST(big.size() == 2056U);
  big[4] = big[5] = 1;
  big[16] = 0;  // length 0x00ff in big-endian order, type 0x0029
  big[17] = 0xFF;
  big[18] = 0;
  big[19] = 0x29;
  BOOST_TEST(!decode(big).message.little_endian);
  BOOST_TEST(decode(big).status.has_value());
  std::swap(big[16], big[17]);
  std::swap(big[18], big[19]);
  BOOST_TEST(decode(big).message.little_endian);
  BOOST_TEST(decode(big).status.has_value());
}

BOOST_AUTO_TEST_CASE(every_prefix_is_an_error_that_says_where) {
  for (std::size_t i = kFirstPfkeyExample; i < kSasyncdExamples.size(); ++i) {
    const auto whole = kSasyncdExamples.at(i).plain_bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto result =
          decode({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, ByteOrder::automatic, 48);
      BOOST_TEST_REQUIRE(!result.status.has_value());
      BOOST_TEST(result.status.error().offset >= 48U);
      BOOST_TEST(result.status.error().offset <= 48 + size);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_other_length_is_an_error) {
  for (std::size_t i = kFirstPfkeyExample; i < kSasyncdExamples.size(); ++i) {
    const auto whole = kSasyncdExamples.at(i).plain_bytes();
    // Of the message, in the sender's order and guessed.
    for (std::size_t length = 0; length < 256; ++length) {
      auto bytes = whole;
      bytes[4] = static_cast<std::uint8_t>(length);
      BOOST_TEST(decode(bytes).status.has_value() == (length * 8 == whole.size()));
    }
    // Of every extension: another one may still be right for a key, an identity or what nobody knows.
    for (const auto& extension : decode(whole).message.extensions) {
      for (std::size_t length = 0; length < 256; ++length) {
        auto bytes = whole;
        bytes[extension.offset] = static_cast<std::uint8_t>(length);
        const auto result = decode(bytes);
        if (length == 0 || extension.offset + length * 8 > whole.size()) BOOST_TEST(!result.status.has_value());
        if (result.status) BOOST_TEST(encoded(result.message) == bytes, boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_byte_changed_is_an_error_or_comes_back) {
  for (std::size_t i = kFirstPfkeyExample; i < kSasyncdExamples.size(); ++i) {
    for (const bool big : {false, true}) {
      const auto little = kSasyncdExamples.at(i).plain_bytes();
      const auto whole = big ? big_endian(little) : little;
      for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned value = 0; value < 256; value += 3) {
          auto bytes = whole;
          bytes[at] = static_cast<std::uint8_t>(value);
          const auto result = decode(bytes);
          Fields fields;
          describe(result.message, fields);
          Text text;
          summarize(result.message, text);
          if (result.status) BOOST_TEST(encoded(result.message) == bytes, boost::test_tools::per_element());
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_parser_must_refuse) {
  const auto code = [](const Buffer& bytes) { return decode(bytes).status.error().code; };
  const std::string sa{kSa};
  BOOST_TEST((code(message(3, sa + sa)) == DecodeErrc::repeated));                // twice
  BOOST_TEST((code(message(3, "00000100 c0ffee01")) == DecodeErrc::bad_length));  // an endless loop
  BOOST_TEST((code(message(3, "09000100 c0ffee01")) == DecodeErrc::truncated));   // beyond the end
  BOOST_TEST((code(message(3, "01000100 c0ffee01")) == DecodeErrc::bad_length));  // an SA has 16 bytes
  BOOST_TEST((code(message(3, "02000600 00000000 10020000 c6336407")) == DecodeErrc::bad_length));
  BOOST_TEST((code(message(3, "02000900 80000000 0011223344556677")) == DecodeErrc::bad_length));  // 128 bits announced
  auto version = message(9, "");
  version[0] = 3;
  BOOST_TEST((code(version) == DecodeErrc::bad_value));
}

BOOST_AUTO_TEST_CASE(all_shapes_come_back) {
  const std::string all =
      std::string{kSa} + std::string{kDst} +
      "05001500 00000000 1c180000 00000000 20010db8000000000000000000000007 00000000 00000000 "  // X_SRC_FLOW, IPv6
      "01001300 06000000 01001400 03020100 01001f00 11940000 01002200 05000000 01002500 01000200 01002600 dc050000 "
      "01002300 09000000 02002800 07000000 0200000000000000 03002100 05000000 74616731 00000000 00000000 00000000 "
      "02002700 00000000 e903000000000000 04002000 00000000 0000000000000000 0000000000000000 0500000000000000 "
      "01001900 2a000000 02001a00 0000000001020304 05060708 03000700 00000000 10170000 aabbccdd 1122334455667788 "
      "02006300 deadbeef 0102030405060708";
  const auto result = decode(message(3, all));
  BOOST_TEST_REQUIRE(result.status.has_value());
  BOOST_TEST(encoded(result.message) == result.bytes, boost::test_tools::per_element());
  BOOST_TEST(encoded(decode(big_endian(result.bytes)).message) == big_endian(result.bytes),
             boost::test_tools::per_element());
  BOOST_TEST(result.message.find<pfkey::UdpEncapsulation>(ExtensionType::x_udpencap)->port == 4500);
  BOOST_TEST(result.message.find<pfkey::RoutingDomain>(ExtensionType::x_rdomain)->after == 2);
  BOOST_TEST(result.message.find<pfkey::Single>(ExtensionType::x_mtu)->value == 1500U);
  BOOST_TEST(as_text(result.message.find<pfkey::Tag>(ExtensionType::x_tag)->name) == "tag1");
  BOOST_TEST(result.message.find<pfkey::Interface>(ExtensionType::x_iface)->unit == 7U);
  Fields fields;
  describe(result.message, fields);
  BOOST_TEST_REQUIRE(fields.unknown().size() == 1U);
  BOOST_TEST(fields.unknown()[0].type == 99U);
  BOOST_TEST(fields.unknown()[0].may_be_secret);
}

BOOST_AUTO_TEST_CASE(what_a_kernel_refuses_is_noted_and_shown) {
  const std::string sa{kSa};
  const std::string dst{kDst};
  BOOST_TEST(decode(message(3, sa + dst)).notes.empty());
  BOOST_TEST(!decode(message(3, sa + dst)).refused);
  BOOST_TEST(decode(message(3, sa)).refused);
  // Not for what the sender's kernel of the same release must have.
  BOOST_TEST(!decode(message(17, sa)).refused);
  BOOST_TEST(!decode(message(3, "02000100 c0ffee01 4001050e 04000000 " + dst)).refused);
  auto reserved = message(3, sa + dst);
  reserved[6] = 1;
  BOOST_TEST(decode(reserved).has_note("K1"));
  auto failed = message(3, sa + dst);
  failed[2] = 1;
  BOOST_TEST(decode(failed).has_note("K2"));
  BOOST_TEST(decode(message(17, sa)).has_note("K3"));
  BOOST_TEST(decode(message(3, sa + dst + "01002600 dc050000")).has_note("K4"));  // a learned path MTU
  BOOST_TEST(decode(message(3, sa + dst + "01002300 02000000")).has_note("K4"));  // a bundle
  BOOST_TEST(decode(message(9, sa)).has_note("K4"));
  BOOST_TEST(decode(message(3, sa)).has_note("K5"));
  BOOST_TEST(decode(message(4, dst)).has_note("K5"));
  BOOST_TEST(decode(message(3, sa + "03000600 00000000 100201f4 c6336407 0000000000000000")).has_note("K6"));
  BOOST_TEST(decode(message(3, sa + "03000600 00000000 10020000 c6336407 0000000000000001")).has_note("K6"));
  BOOST_TEST(decode(message(3, "02000100 c0ffee01 4101050c 04000000 " + dst)).has_note("K7"));
  BOOST_TEST(decode(message(3, "02000100 c0ffee01 4000050c 04000000 " + dst)).has_note("K8"));
  BOOST_TEST(!decode(message(4, "02000100 c0ffee01 00000000 00000000 " + dst)).has_note("K8"));
  BOOST_TEST(decode(message(3, "02000100 c0ffee01 4001050e 04000000 " + dst)).has_note("K9"));
  BOOST_TEST(decode(message(3, "02000100 c0ffee01 4001040c 04000000 " + dst)).has_note("K9"));
  BOOST_TEST(decode(message(3, sa + dst + "01001300 06000000")).has_note("K10"));
}

BOOST_AUTO_TEST_CASE(satypes_and_algorithms_are_openbsds) {
  const auto text = [](const Buffer& bytes) {
    const auto result = decode(bytes);
    Text out;
    summarize(result.message, out);
    return fmt::to_string(out);
  };
  const std::string dst{kDst};
  BOOST_TEST(text(message(3, std::string{kSa} + dst, 1)).starts_with(" AH c0ffee01"));
  BOOST_TEST(text(message(3, "02000100 c0ffee01 40010c16 04000000 " + dst)) ==
             " ESP c0ffee01 > 198.51.100.7 ChaCha20-Poly1305 ChaCha20-Poly1305 (snapshot)");
  BOOST_TEST(text(message(3, "02000100 00001234 00010002 00000000 " + dst, 9)).contains("X_IPCOMP 00001234"));
  BOOST_TEST(text(message(3, "02000100 00001234 00010002 00000000 " + dst, 9)).contains("DEFLATE"));
  BOOST_TEST(pfkey::encryption_transform(22).value() == event::kEncryptionChacha20Poly1305);
  BOOST_TEST(pfkey::integrity_transform(5).value() == event::kIntegrityHmacSha2_256_128);
  BOOST_TEST(!pfkey::integrity_transform(9).has_value());
  for (unsigned number = 0; number < 256; ++number) {
    const auto encrypt = static_cast<std::uint8_t>(number);
    if (const auto transform = pfkey::encryption_transform(encrypt)) {
      BOOST_TEST(pfkey::encrypt_of(*transform).value() == encrypt);
    }
  }
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  std::string many;
  for (int i = 0; i < 129; ++i) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    many += "0100";
    many += kDigits[static_cast<std::size_t>(i / 16)];
    many += kDigits[static_cast<std::size_t>(i % 16)];
    many += "01 00000000 ";
  }
  const auto result = decode(message(3, many));
  BOOST_TEST((result.status.error().code == DecodeErrc::limit_exceeded));
  BOOST_TEST(result.message.extensions.size() == pfkey::kExtensionsMax);
}

BOOST_AUTO_TEST_SUITE_END()
