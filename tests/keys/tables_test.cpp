// Wireshark's tables: written, read back, and used instead of a sync capture.
#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <tuple>

#include "keys/sealed_ike.hpp"
#include "sasync/keys/wireshark_tables.hpp"
#include "support/files.hpp"
#include "support/ike_captured.hpp"

using namespace sasync;
using namespace sasync::keys;
using namespace sasync::test;

namespace {

std::string capture_of(const std::string& scenario) {
  return SASYNC_SOURCE_DIR "/corpus/captures/strongswan/" + scenario + "/outside.pcap";
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

KeyStore read_all(const std::filesystem::path& directory) {
  KeyStore store;
  for (const auto name : {kIkev2Table, kIkev1Table, kEspTable}) {
    const auto read = store.load_table(directory / name);
    BOOST_REQUIRE(read.has_value());
  }
  return store;
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat facts{};
  BOOST_REQUIRE(lstat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777U;
}

std::string refused_line(const std::string& line) {
  const TemporaryDirectory directory;
  KeyStore store;
  const auto read = store.load_table(directory.write("table", as_bytes("# a comment\n\n" + line + "\n")));
  const auto text = read.has_value() ? read->left_out.at(0) : read.error().text;
  BOOST_TEST(text.find("table, line 3: ") != std::string::npos);
  return text.substr(text.rfind("line 3: ") + 8);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_tables)

// The example of the protocol page, to the letter.
BOOST_AUTO_TEST_CASE(spelling_of_the_tables) {
  KeyStore store;
  must_add(store, test_sa(test_keys({.encr = 12, .encr_bits = 128, .integ = 12, .prf = 5})));
  IkeSa v1;
  v1.spis = Spis::from(hex("0102030405060708"), hex("1112131415161718"));
  v1.version = 1;
  v1.v1.emplace().ka = crypto::to_secret(counting(16));
  must_add(store, std::move(v1));
  EspSa esp;
  esp.spi = 0x8260585d;
  esp.src = net::IpAddress::from(counting(4, 10));
  esp.dst = net::IpAddress::from(counting(4, 20));
  esp.algorithms = {.encr = 12, .encr_bits = 128, .integ = 2};
  esp.encr = crypto::to_secret(counting(16));
  esp.integ = crypto::to_secret(counting(20));
  must_add(store, std::move(esp));
  EspSa aead;
  aead.spi = 0xc0ffee01;
  aead.algorithms = {.encr = 20, .encr_bits = 128};
  aead.encr = crypto::to_secret(counting(20));
  must_add(store, std::move(aead));

  const TemporaryDirectory directory;
  const auto written = write_wireshark_tables(store, directory.path() / "keys");
  BOOST_REQUIRE(written.has_value());
  BOOST_TEST(written->ikev2 == 1U);
  BOOST_TEST(written->ikev1 == 1U);
  BOOST_TEST(written->esp == 2U);
  const std::string mark =
      "# Written by sasync. These are the keys of VPN tunnels: keep them as you keep the captures.\n";
  const auto& keys = store.ike_sas().front().generations.front().keys;
  BOOST_TEST(text_of(directory.path() / "keys" / kIkev2Table) ==
             mark + "1122334455667788,99aabbccddeeff00," + to_hex(keys.sk_ei) + "," + to_hex(keys.sk_er) +
                 ",\"AES-CBC-128 [RFC3602]\"," + to_hex(keys.sk_ai) + "," + to_hex(keys.sk_ar) +
                 ",\"HMAC_SHA2_256_128 [RFC4868]\"\n");
  BOOST_TEST(text_of(directory.path() / "keys" / kIkev1Table) ==
             mark + "0102030405060708,000102030405060708090a0b0c0d0e0f\n");
  BOOST_TEST(text_of(directory.path() / "keys" / kEspTable) ==
             mark +
                 "\"IPv4\",\"10.11.12.13\",\"20.21.22.23\",\"0x8260585d\",\"AES-CBC [RFC3602]\","
                 "\"0x000102030405060708090a0b0c0d0e0f\",\"HMAC-SHA-1-96 [RFC2404]\","
                 "\"0x000102030405060708090a0b0c0d0e0f10111213\"\n"
                 "\"IPv4\",\"*\",\"*\",\"0xc0ffee01\",\"AES-GCM with 16 octet ICV [RFC4106]\","
                 "\"0x000102030405060708090a0b0c0d0e0f10111213\",\"NULL\",\"\"\n");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  for (const auto& capture : captures("outside.pcap")) {
    const auto store = keys_beside(capture);
    const TemporaryDirectory directory;
    const auto written = write_wireshark_tables(store, directory.path());
    BOOST_REQUIRE(written.has_value());
    BOOST_TEST(written->left_out.empty());
    BOOST_TEST(written->ikev1 + written->ikev2 == store.ike_sas().size());
    BOOST_TEST(written->esp == store.esp_sas().size());
    const auto again = read_all(directory.path());
    BOOST_TEST(again.ike_sas().size() == store.ike_sas().size());
    BOOST_TEST(again.esp_sas().size() == store.esp_sas().size());
    for (const auto& sa : store.esp_sas()) {
      const auto found = again.find_esp(sa.spi);
      BOOST_REQUIRE(!found.empty());
      BOOST_TEST(to_hex(found.front()->encr) == to_hex(sa.encr));
      BOOST_TEST(to_hex(found.front()->integ) == to_hex(sa.integ));
      BOOST_TEST(found.front()->algorithms.encr_bits == sa.algorithms.encr_bits);
      BOOST_TEST(found.front()->src.present());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_table_opens_ikev2_as_the_sync_capture_does) {
  const auto capture = capture_of("ikev2-failover");
  const TemporaryDirectory directory;
  BOOST_REQUIRE(write_wireshark_tables(keys_beside(capture), directory.path()).has_value());
  const auto store = read_all(directory.path());
  Decryptor decryptor{store};
  std::size_t opened = 0;
  for (const auto& captured : captured_ike(capture)) {
    if (decryptor.decrypt(decoded(captured.bytes)).proof == Proof::integrity) ++opened;
  }
  BOOST_TEST(opened == 75U);
}

// Its table has no more than the cipher's key: algorithms and IV come from phase 1 in the clear, and HASH stays
// unproved.
BOOST_AUTO_TEST_CASE(a_table_opens_ikev1_but_proves_no_hash) {
  const auto capture = capture_of("ikev1-main-psk");
  const TemporaryDirectory directory;
  const auto stream = keys_beside(capture);
  BOOST_REQUIRE(write_wireshark_tables(stream, directory.path()).has_value());
  const auto store = read_all(directory.path());
  Decryptor decryptor{store};
  Decryptor with_stream{stream};
  std::size_t opened = 0;
  for (const auto& captured : captured_ike(capture)) {
    const auto message = decoded(captured.bytes);
    const auto got = decryptor.decrypt(message);
    const auto expected = with_stream.decrypt(message);
    if (expected.outcome == Outcome::not_encrypted) continue;
    BOOST_TEST((got.proof == Proof::padding_only), got.problem.text);
    BOOST_TEST(to_hex(got.plaintext) == to_hex(expected.plaintext));
    BOOST_TEST(got.problem.text.ends_with("a table has the cipher's key only"));
    ++opened;
  }
  BOOST_TEST(opened == 64U);

  Decryptor without_phase1{store};
  for (const auto& captured : captured_ike(capture)) {
    const auto message = decoded(captured.bytes);
    if (message.encrypted.empty()) continue;
    BOOST_TEST(without_phase1.decrypt(message).problem.text.starts_with("the key's cipher is not known"));
    break;
  }
}

BOOST_AUTO_TEST_CASE(only_the_user_can_read_the_files) {
  const TemporaryDirectory directory;
  const auto target = directory.path() / "new";
  const auto store = keys_beside(capture_of("ikev2-psk-establish"));
  BOOST_REQUIRE(write_wireshark_tables(store, target).has_value());
  BOOST_TEST(mode_of(target) == 0700U);
  for (const auto name : {kIkev2Table, kIkev1Table, kEspTable}) BOOST_TEST(mode_of(target / name) == 0600U);
  // A file of ours that became readable is closed again before keys are in it.
  BOOST_REQUIRE(chmod((target / kEspTable).c_str(), 0644) == 0);
  BOOST_REQUIRE(write_wireshark_tables(store, target).has_value());
  BOOST_TEST(mode_of(target / kEspTable) == 0600U);
}

BOOST_AUTO_TEST_CASE(files_of_others_are_left_alone) {
  const auto store = keys_beside(capture_of("ikev2-psk-establish"));
  const TemporaryDirectory directory;
  const auto own = directory.write(std::string{kIkev2Table}, as_bytes("# the user's own\n"));
  const auto refused = write_wireshark_tables(store, directory.path());
  BOOST_TEST(refused.error().text ==
             own + ": is there already, and was not written by this program; choose another directory");
  BOOST_TEST(text_of(own) == "# the user's own\n");

  // The last of the three refuses: no key is in the others.
  const TemporaryDirectory partly;
  std::ignore = partly.write(std::string{kEspTable}, as_bytes("# the user's own\n"));
  BOOST_TEST(!write_wireshark_tables(store, partly.path()).has_value());
  BOOST_TEST(text_of(partly.path() / kIkev2Table).empty());
  BOOST_TEST(text_of(partly.path() / kIkev1Table).empty());

  const TemporaryDirectory linked;
  std::filesystem::create_symlink(own, linked.path() / kIkev2Table);
  BOOST_TEST(!write_wireshark_tables(store, linked.path()).has_value());
  BOOST_TEST(text_of(own) == "# the user's own\n");

  const auto nowhere = write_wireshark_tables(store, "/nonexistent/directory");
  BOOST_TEST(nowhere.error().text ==
             "/nonexistent/directory: this directory cannot be made: No such file or directory");
}

BOOST_AUTO_TEST_CASE(what_wireshark_has_no_name_for_is_left_out_and_said) {
  KeyStore store;
  must_add(store, test_sa(test_keys({.encr = 28, .encr_bits = 256, .integ = 0, .prf = 5})));
  EspSa esp;
  esp.spi = 0x00000100;
  esp.algorithms = {.encr = 16, .encr_bits = 128};
  esp.encr = crypto::to_secret(counting(19));
  must_add(store, std::move(esp));
  const TemporaryDirectory directory;
  const auto written = write_wireshark_tables(store, directory.path());
  BOOST_REQUIRE(written.has_value());
  BOOST_TEST(written->ikev2 + written->esp == 0U);
  BOOST_REQUIRE(written->left_out.size() == 2U);
  BOOST_TEST(
      written->left_out[0] ==
      "IKE_SA 1122334455667788,99aabbccddeeff00: Wireshark has no name for CHACHA20_POLY1305 256 with integrity 0");
  BOOST_TEST(written->left_out[1] == "ESP SA 00000100: Wireshark has no name for AES_CCM_16 128 with integrity 0");
}

BOOST_AUTO_TEST_CASE(lines_that_cannot_be_used_are_said) {
  const std::string spis = "1122334455667788,99aabbccddeeff00,";
  const std::string key = "00112233445566778899aabbccddeeff";
  const auto integ = key + key;
  const auto gcm = R"("AES-GCM-128 with 16 octet ICV [RFC5282]")";
  BOOST_TEST(refused_line("one field") == "neither 2 nor 8 fields, or a quote that is not closed");
  BOOST_TEST(refused_line(R"("a","b)") == "neither 2 nor 8 fields, or a quote that is not closed");
  BOOST_TEST(refused_line("11223344556677," + key) == "an IKE SPI is not 16 hex digits");
  BOOST_TEST(refused_line("1122334455667788,xy") == "the key is no hex");
  BOOST_TEST(refused_line(spis + key + "," + key + R"(,"AES-CBC-129 [RFC3602]",)" + integ + "," + integ +
                          R"(,"NONE [RFC4306]")") == R"(encryption "AES-CBC-129 [RFC3602]" is not supported)");
  BOOST_TEST(refused_line(spis + key + "," + key + R"(,"AES-CBC-128 [RFC3602]",)" + integ + "," + integ +
                          R"(,"HMAC_TIGER [RFC9999]")") == R"(integrity "HMAC_TIGER [RFC9999]" is not supported)");
  BOOST_TEST(refused_line(spis + key + "," + key + "," + gcm + R"(,,,"NONE [RFC4306]")") ==
             R"(a key's length does not fit "AES-GCM-128 with 16 octet ICV [RFC5282]" or "NONE [RFC4306]")");
  const auto esp = [&](const std::string& rest) { return refused_line(R"("IPv4","10.0.0.1",)" + rest); };
  BOOST_TEST(esp(R"("x","0x00000001","NULL","","NULL","")") == "the destination is no address");
  BOOST_TEST(esp(R"("*","*","NULL","","NULL","")") == "an SPI with a wildcard is not supported");
  for (const auto* spi : {"", "0x", "0x100000000", "12a", "4294967296", "09", "-1"}) {
    BOOST_TEST(esp(fmt::format(R"("*","{}","NULL","","NULL","")", spi)) == "the SPI is no number of 32 bits");
  }
  BOOST_TEST(esp(R"("*","0x00000001","CAST5-CBC [RFC2144]","","NULL","")") ==
             R"(encryption "CAST5-CBC [RFC2144]" is not supported)");
  BOOST_TEST(esp(R"("*","0x00000001","AES-CBC [RFC3602]","0x0011","NULL","")") ==
             R"(a key of 2 bytes does not fit "AES-CBC [RFC3602]")");

  KeyStore store;
  BOOST_TEST(store.load_table("/nonexistent").error().text ==
             "/nonexistent: cannot be read: No such file or directory");
  BOOST_TEST((store.load_table("/").error().code == ProblemCode::file));
}

// Columns are shifted or damaged: a key stands where something else is wanted.
BOOST_AUTO_TEST_CASE(no_key_gets_into_an_error) {
  const std::string hex_key = "531f9ff642a1468c970cdda163e7707a";
  const std::vector<std::string> keys{hex_key,           "0x" + hex_key,
                                      hex_key.substr(1), "0x" + hex_key.substr(1),
                                      hex_key + "g",     "correct horse battery staple"};
  const std::vector<std::vector<std::string>> rows{
      {"1122334455667788", hex_key},
      {"1122334455667788", "99aabbccddeeff00", hex_key, hex_key, "AES-CBC-128 [RFC3602]", hex_key + hex_key,
       hex_key + hex_key, "HMAC_SHA2_256_128 [RFC4868]"},
      {"IPv4", "10.0.0.1", "10.0.0.2", "0x8260585d", "AES-CBC [RFC3602]", "0x" + hex_key, "HMAC-SHA-1-96 [RFC2404]",
       "0x" + hex_key + "00112233"}};
  std::size_t refused = 0;
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      for (const auto& key : keys) {
        std::string line;
        for (std::size_t at = 0; at < row.size(); ++at) {
          line += fmt::format("{}\"{}\"", at == 0 ? "" : ",", at == column ? key : row[at]);
        }
        const TemporaryDirectory directory;
        KeyStore store;
        const auto read = store.load_table(directory.write("table", as_bytes(line)));
        if (read.has_value() && read->left_out.empty()) continue;
        const auto text = read.has_value() ? read->left_out.at(0) : read.error().text;
        for (const auto* part : {"f642a1468c97", "horse"}) BOOST_TEST(!text.contains(part), text);
        ++refused;
      }
    }
  }
  BOOST_TEST(refused > 60U);
}

// tshark 4.0 opens ESP with each of these.
BOOST_AUTO_TEST_CASE(other_spellings_of_esp_sa_are_read) {
  const auto read = [](const std::string& line, KeyStore& store) {
    const TemporaryDirectory directory;
    const auto imported = store.load_table(directory.write("esp_sa", as_bytes("\xEF\xBB\xBF" + line + "\n")));
    BOOST_TEST_REQUIRE(imported.has_value());
    return imported->left_out;
  };
  const auto rest = R"(,"NULL","","NULL","")";
  for (const auto* spi : {"2187352157", "0x8260585d", "0X8260585D", "020230054135"}) {
    KeyStore store;
    BOOST_TEST(read(fmt::format(R"("IPv4","*","*","{}"{})", spi, rest), store).empty());
    BOOST_TEST(store.find_esp(0x8260585d).size() == 1U, spi);
  }
  for (const auto* pattern : {"10.0.*.*", "10.0.0.10/24", "*", "fd00::*"}) {
    KeyStore store;
    BOOST_TEST(read(fmt::format(R"("IPv4","{}","10.0.0.1","0x1234"{})", pattern, rest), store).empty());
    BOOST_TEST_REQUIRE(store.find_esp(0x1234).size() == 1U);
    BOOST_TEST(!store.find_esp(0x1234).front()->src.present());
    BOOST_TEST(store.find_esp(0x1234).front()->dst.present());
  }
  for (const auto* spi : {"*", "0x8260*"}) {
    KeyStore store;
    BOOST_TEST(read(fmt::format(R"("IPv4","*","*","{}"{})", spi, rest), store).size() == 1U);
    BOOST_TEST(store.esp_sas().empty());
  }
  KeyStore store;
  BOOST_TEST(read(R"("IPv4","*","*","0x100","AES-CBC [RFC3602]","secretsecretsecr","NULL","")", store).empty());
  BOOST_TEST(to_hex(store.find_esp(0x100).at(0)->encr) == "73656372657473656372657473656372");
}

// Wireshark has no name for AES-XCBC-96 and AES-CMAC-96: what is written instead opens, and proves nothing.
BOOST_AUTO_TEST_CASE(rows_without_an_integrity_algorithm_are_read_back) {
  for (const std::uint16_t integ : {std::uint16_t{5}, std::uint16_t{8}}) {
    const auto keys = test_keys({.encr = 12, .encr_bits = 128, .integ = integ, .prf = 5});
    KeyStore store;
    must_add(store, test_sa(keys));
    const TemporaryDirectory directory;
    BOOST_TEST_REQUIRE((write_wireshark_tables(store, directory.path()).value().ikev2 == 1U));
    const auto again = read_all(directory.path());
    SealedForm form;
    form.first = ike::PayloadType::notify;
    const auto bytes = sealed(keys, form, hex("00 00 0008 00 00 4000"));
    const auto opened = decrypt(decoded(bytes), again);
    BOOST_TEST((opened.outcome == Outcome::decrypted), opened.problem.text);
    BOOST_TEST((opened.proof == Proof::padding_only));
    BOOST_TEST(opened.payloads.size() == 1U);
    BOOST_TEST(opened.problem.text == "the ICV is not verified: the table does not say by which algorithm");
    auto damaged = bytes;
    damaged[35] ^= 0xFFU;  // in the IV: the payload has another length
    BOOST_TEST((decrypt(decoded(damaged), again).outcome == Outcome::failed));
  }
}

BOOST_AUTO_TEST_CASE(an_unsupported_algorithm_costs_its_own_line_only) {
  const TemporaryDirectory directory;
  const auto path = directory.write(
      "table", as_bytes("\"IPv4\",\"*\",\"*\",\"0x00000100\",\"CAST5-CBC [RFC2144]\",\"\",\"NULL\",\"\"\n"
                        R"("IPv6","fd00::1","*","0x00000101","NULL","","NULL","")"));
  KeyStore store;
  const auto read = store.load_table(path);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->entries == 1U);
  BOOST_TEST(read->left_out.size() == 1U);
  BOOST_TEST(store.find_esp(0x101).size() == 1U);
}

BOOST_AUTO_TEST_CASE(no_line_of_damaged_tables_is_misread_or_fatal) {
  const TemporaryDirectory directory;
  BOOST_REQUIRE(write_wireshark_tables(keys_beside(capture_of("ikev2-psk-establish")), directory.path()).has_value());
  for (const auto name : {kIkev2Table, kEspTable}) {
    const auto whole = text_of(directory.path() / name);
    const TemporaryDirectory damaged;
    for (std::size_t size = whole.find('\n') + 1; size < whole.size(); size += 3) {
      KeyStore store;
      const auto read = store.load_table(damaged.write("cut", as_bytes(std::string_view{whole}.substr(0, size))));
      BOOST_TEST((read.has_value() || !read.error().text.empty()));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
