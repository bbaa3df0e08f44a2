// Every payload of both versions: what is shown of it, that it is written back exactly, and that none of its prefixes
// and none of its changed bytes is read as something that it is not.
#include <openssl/evp.h>

#include <array>

#include "proto/ike_message.hpp"

using namespace sasync;
using namespace sasync::proto;
using namespace sasync::test;

namespace {

struct Example {
  const char* name;
  std::vector<std::uint8_t> bytes;
  std::string payloads;  ///< JSON
};

void check(const Example& example) {
  BOOST_TEST_CONTEXT(example.name) {
    const auto result = decode_ike(example.bytes);
    BOOST_TEST(result.status.has_value());
    BOOST_TEST(payloads_json(result.message) == example.payloads);
    BOOST_TEST(encoded(result.message) == example.bytes, boost::test_tools::per_element());
    check_prefixes_and_changes(example.bytes, ike::kHintAny);
  }
}

std::string one(std::string_view type, std::size_t length, std::string_view rest, bool v1 = false) {
  std::string text = R"([{"payload":")" + std::string{type} + R"(")";
  if (!v1) text += R"(,"critical":false)";
  return text + R"(,"payload_length":)" + std::to_string(length) + (rest.empty() ? "" : ",") + std::string{rest} +
         "}]}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ike_payloads)

BOOST_AUTO_TEST_CASE(ikev2_security_association) {
  check({"two proposals",
         ikev2("21", payload("02000028 01 03 04 03 c0ffee01"
                             "0300000c 01 00 000c 800e 0080"
                             "03000008 03 00 000c"
                             "00000008 05 00 0000"
                             "0000001c 02 01 00 02"
                             "0300000c 01 00 0014 800e 0100"
                             "00000008 04 00 001f")),
         one("SA", 72,
             R"("proposals":[{"proposal":1,"protocol":"ESP","spi":"c0ffee01","transforms":[)"
             R"({"type":"ENCR","id":"AES_CBC","key_length":128},{"type":"INTEG","id":"HMAC_SHA2_256_128"},)"
             R"({"type":"SN","id":"NO_EXT_SEQ"}]},{"proposal":2,"protocol":"IKE","transforms":[)"
             R"({"type":"ENCR","id":"AES_GCM_16","key_length":256},{"type":"KE","id":"CURVE_25519"}]}])")});
  check({"additional key exchanges and an unknown attribute",
         ikev2("21",
               payload("00000024 01 01 00 02 03000014 06 00 0024 8001 0005 0002 0004 01020304 00000008 20 00 0001")),
         one("SA", 40,
             R"("proposals":[{"proposal":1,"protocol":"IKE","transforms":[{"type":"ADDKE1","id":"ML_KEM_768",)"
             R"("attributes":[{"type":"1","value":5},{"type":"2","value":16909060}]},{"type":"32","id":"1"}]}])")});
}

BOOST_AUTO_TEST_CASE(ikev2_simple_payloads) {
  check({"KE", ikev2("22", payload("001f 0000 a1a2a3")), one("KE", 11, R"("group":"CURVE_25519","data":"a1a2a3")")});
  check({"IDi", ikev2("23", payload("02 000000 67772e6578616d706c65")),
         one("IDi", 18, R"("identity":{"type":"fqdn","value":"gw.example"})")});
  check({"IDr", ikev2("24", payload("01 000000 c6336401")),
         one("IDr", 12, R"("identity":{"type":"ipv4","value":"198.51.100.1"})")});
  check({"CERT", ikev2("25", payload("04 3082")),
         one("CERT", 7, R"("encoding":"X.509 Certificate - Signature","data":"3082")")});
  check({"CERTREQ", ikev2("26", payload("04 0102")),
         one("CERTREQ", 7, R"("encoding":"X.509 Certificate - Signature","data":"0102")")});
  check({"AUTH", ikev2("27", payload("02 000000 aabb")),
         one("AUTH", 10, R"("method":"Shared Key Message Integrity Code","data":"aabb")")});
  check({"Nonce", ikev2("28", payload("00112233")), one("Nonce", 8, R"("data":"00112233")")});
  check({"V", ikev2("2b", payload("882fe56d6fd20dbc2251613b2ebe5beb")),
         one("V", 20, R"("vendor":"strongSwan","data":"882fe56d6fd20dbc2251613b2ebe5beb")")});
  check({"V, text", ikev2("2b", payload("464c455856504e2d535550504f52544544")),
         one("V", 21, R"("vendor":"FLEXVPN-SUPPORTED","data":"464c455856504e2d535550504f52544544")")});
  check({"SK", ikev2("2e", payload("0102030405060708090a0b0c0d0e0f1011", "23")),
         one("SK", 21, R"("data":"0102030405060708090a0b0c0d0e0f1011")")});
  check({"SKF", ikev2("35", payload("0001 0003 0102030405060708090a0b0c0d0e0f1011", "23")),
         one("SKF", 25, R"("fragment_number":1,"total_fragments":3,"data":"0102030405060708090a0b0c0d0e0f1011")")});
  check({"GSPM", ikev2("31", payload("01")), one("GSPM", 5, R"("data":"01")")});
  check({"PS", ikev2("36", payload("0102")), one("PS", 6, R"("data":"0102")")});
}

BOOST_AUTO_TEST_CASE(ikev2_notify) {
  const auto notify = [](const char* name, std::string_view body, std::string_view json) {
    check({name, ikev2("29", payload(body)), one("N", 4 + hex(body).size(), json)});
  };
  notify("status", "00 00 4000", R"("notify":"INITIAL_CONTACT")");
  notify("error with data", "00 00 0011 001f", R"("notify":"INVALID_KE_PAYLOAD","group":"CURVE_25519")");
  notify("with an SPI", "03 04 4009 c0ffee01", R"("protocol":"ESP","notify":"REKEY_SA","spi":"c0ffee01")");
  notify("hash algorithms", "00 00 402f 0002 0005 00ff",
         R"("notify":"SIGNATURE_HASH_ALGORITHMS","hash_algorithms":["SHA2-256","Identity","255"])");
  notify("IPComp", "00 00 4003 abcd 02", R"("notify":"IPCOMP_SUPPORTED","cpi":"abcd","transform":"IPCOMP_DEFLATE")");
  notify("address", "00 00 400d 0a000005", R"("notify":"ADDITIONAL_IP4_ADDRESS","address":"10.0.0.5")");
  notify("window", "00 00 4001 00000005", R"("notify":"SET_WINDOW_SIZE","window_size":5)");
  notify("data of a size that does not fit is octets", "00 00 4001 0005",
         R"("notify":"SET_WINDOW_SIZE","data":"0005")");
  notify("unknown type", "00 00 ea60 0102", R"("notify":"60000","data":"0102")");
}

// RFC 6311: the example of the project's page, and the numbers in it.
BOOST_AUTO_TEST_CASE(ikev2_notify_of_rfc_6311) {
  const auto sync =
      decode_ike(with_header("29", "20 25 08", "00 00 00 14 00 00 40 26 01 02 03 04 00 00 00 0c 00 00 00 07"));
  BOOST_TEST(sync.status.has_value());
  BOOST_TEST(sync.message.notes.empty());
  BOOST_TEST(payloads_json(sync.message) ==
             one("N", 20,
                 R"("notify":"IKEV2_MESSAGE_ID_SYNC","nonce":"01020304",)"
                 R"("expected_send_req_message_id":12,"expected_recv_req_message_id":7)"));
  const auto counter = decode_ike(with_header("29", "20 25 08", payload("00 00 4027 00000001 00000000")));
  BOOST_TEST(payloads_json(counter.message) ==
             one("N", 16, R"("notify":"IPSEC_REPLAY_COUNTER_SYNC","counter_delta":"4294967296")"));
  const auto short_counter = decode_ike(with_header("29", "20 25 08", payload("00 00 4027 00000100")));
  BOOST_TEST(payloads_json(short_counter.message) ==
             one("N", 12, R"("notify":"IPSEC_REPLAY_COUNTER_SYNC","counter_delta":"256")"));
  check(
      {"supported", ikev2("29", payload("00 00 4024")), one("N", 8, R"("notify":"IKEV2_MESSAGE_ID_SYNC_SUPPORTED")")});
  check({"supported", ikev2("29", payload("00 00 4025")),
         one("N", 8, R"("notify":"IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED")")});

  for (const auto* body : {"00 00 4026 01020304 0000000c 000007", "00 00 4026 01020304 0000000c 00000007 00",
                           "00 00 4027 000001", "00 00 4027", "00 00 4027 000000000001"}) {
    const auto wrong = decode_ike(with_header("29", "20 25 08", payload(body)));
    BOOST_TEST((wrong.status.error().code == DecodeErrc::bad_length));
    BOOST_TEST(wrong.status.error().offset == 28U + 8U);
    BOOST_TEST(wrong.message.payloads.size() == 1U);
  }
  const auto with_data = decode_ike(ikev2("29", payload("00 00 4024 01")));
  BOOST_TEST(with_data.status.has_value());
  BOOST_TEST(with_data.message.notes.front().id == "R1");
  const auto elsewhere = decode_ike(ikev2("29", payload("00 00 4026 01020304 0000000c 00000007")));
  BOOST_TEST(elsewhere.message.notes.front().id == "R2");
}

BOOST_AUTO_TEST_CASE(ikev2_structured_payloads) {
  check({"D, ESP", ikev2("2a", payload("03 04 0002 c0ffee01 cafe0002")),
         one("D", 16, R"("protocol":"ESP","spis":["c0ffee01","cafe0002"])")});
  check({"D, IKE", ikev2("2a", payload("01 00 0000")), one("D", 8, R"("protocol":"IKE","spis":[])")});
  check({"TSi",
         ikev2("2c", payload("02 000000 07 00 0010 0000 ffff c0a80100 c0a801ff"
                             "07 06 0010 01bb 01bb 0a000005 0a000009")),
         one("TSi", 40, R"("selectors":["192.168.1.0/24","10.0.0.5-10.0.0.9[6/443]"])")});
  check({"TSr",
         ikev2("2d", payload("02 000000 08 00 0028 0000 ffff 20010db8000000000000000000000000"
                             "20010db80000000000000000ffffffff 0a 00 0006 6162")),
         one("TSr", 54, R"("selectors":["2001:db8::/96",{"type":"TS_SECLABEL","data":"6162"}])")});
  check({"CP",
         ikev2("2f", payload("02 000000 0001 0004 0a030001 0003 0000 000a 0010 20010db8000000000000000000000053"
                             "0007 0003 616263 0008 0011 20010db8000000000000000000000001 40 7fff 0001 aa")),
         one("CP", 73,
             R"("cfg_type":"CFG_REPLY","attributes":[{"type":"INTERNAL_IP4_ADDRESS","value":"10.3.0.1"},)"
             R"({"type":"INTERNAL_IP4_DNS","value":""},{"type":"INTERNAL_IP6_DNS","value":"2001:db8::53"},)"
             R"({"type":"APPLICATION_VERSION","value":"abc"},)"
             R"({"type":"INTERNAL_IP6_ADDRESS","value":"20010db800000000000000000000000140"},)"
             R"({"type":"32767","value":"aa"}])")});
  check({"EAP", ikev2("30", payload("01 07 0009 1a 01020304")),
         one("EAP", 13,
             R"("code":"Request","identifier":7,"eap_type":"MS-EAP-Authentication",)"
             R"("eap_data":"<4 bytes redacted>")")});
  check({"EAP success", ikev2("30", payload("03 07 0004")), one("EAP", 8, R"("code":"Success","identifier":7)")});
}

BOOST_AUTO_TEST_CASE(what_is_reserved_is_kept_and_shown) {
  check({"reserved bits", ikev2("22", payload("001f 1234 a1", "00", "c1")),
         R"([{"payload":"KE","critical":true,"reserved":"41","payload_length":9,"group":"CURVE_25519",)"
         R"("reserved2":"1234","data":"a1"}]})"});
  check({"ID", ikev2("23", payload("02 010203 61")),
         one("IDi", 9, R"("identity":{"type":"fqdn","value":"a"},"reserved2":"010203")")});
  check({"transform", ikev2("21", payload("00ff0010 01 01 00 01 00aa0008 01 bb 0014")),
         one("SA", 20,
             R"("proposals":[{"reserved":"ff","proposal":1,"protocol":"IKE","transforms":[)"
             R"({"reserved":"aa","type":"ENCR","reserved2":"bb","id":"AES_GCM_16"}]}])")});
}

BOOST_AUTO_TEST_CASE(an_unknown_payload_is_kept) {
  const auto result = decode_ike(ikev2("c8", payload("0102", "28") + payload("aa")));
  BOOST_TEST(result.status.has_value());
  BOOST_TEST(payloads_json(result.message) ==
             R"([{"payload":"200","critical":false,"payload_length":6},)"
             R"({"payload":"Nonce","critical":false,"payload_length":5,"data":"aa"}]},)"
             R"("unknown":[{"type":200,"offset":28,"bytes":"0102"}])");
  BOOST_TEST(encoded(result.message) == result.bytes);
  BOOST_TEST(summary_of(result.message) == " 1122334455667788_i 99aabbccddeeff00_r request 1 200 Nonce");
  // A number that is a payload in IKEv1 is none in IKEv2.
  BOOST_TEST(
      payloads_json(decode_ike(ikev2("04", payload("aa"))).message) ==
      R"([{"payload":"4","critical":false,"payload_length":5}]},"unknown":[{"type":4,"offset":28,"bytes":"aa"}])");
}

BOOST_AUTO_TEST_CASE(ikev1_payloads) {
  const auto v1 = [](const char* name, std::string_view type, std::string_view body, std::string_view shown,
                     std::string_view json) {
    check({name, ikev1(type, payload(body)), one(shown, 4 + hex(body).size(), json, true)});
  };
  v1("SA", "01",
     "00000001 00000001 00000034 01 01 00 01 0000002c 01 01 0000"
     "8001 0007 800e 0080 8002 0002 8004 0002 8003 0001 800b 0001 000c 0004 00007080 8010 0001",
     "SA",
     R"("doi":1,"situation":1,"proposals":[{"proposal":1,"protocol":"ISAKMP","transforms":[{"transform":1,"id":"KEY_IKE",)"
     R"("attributes":[{"type":"Encryption Algorithm","value":"AES-CBC"},{"type":"Key Length","value":128},)"
     R"({"type":"Hash Algorithm","value":"SHA"},{"type":"Group Description","value":"MODP_1024"},)"
     R"({"type":"Authentication Method","value":"pre-shared key"},{"type":"Life Type","value":"seconds"},)"
     R"({"type":"Life Duration","value":28800},{"type":"Group Order","value":1}]}]}])");
  v1("SA, IPsec", "01", "00000001 00000001 00000018 00 03 04 01 c0ffee01 0000000c 01 0c 0000 8004 0003", "SA",
     R"("doi":1,"situation":1,"proposals":[{"proposal":0,"protocol":"ESP","spi":"c0ffee01","transforms":[)"
     R"({"transform":1,"id":"ESP_AES-CBC","attributes":[{"type":"Encapsulation Mode","value":"UDP-Encapsulated-Tunnel"}]}]}])");
  v1("SA, another DOI", "01", "00000002 00000001 0102", "SA", R"("doi":2,"data":"000000010102","proposals":[])");
  v1("KE", "04", "a1a2", "KE", R"("data":"a1a2")");
  v1("ID", "05", "01 11 01f4 c0000201", "ID",
     R"("identity":{"type":"ipv4","value":"192.0.2.1"},"protocol":17,"port":500)");
  v1("CERT", "06", "04 3082", "CERT", R"("encoding":"X.509 Certificate - Signature","data":"3082")");
  v1("CR", "07", "04", "CR", R"("encoding":"X.509 Certificate - Signature","data":"")");
  v1("HASH", "08", "0102", "HASH", R"("data":"0102")");
  v1("SIG", "09", "0102", "SIG", R"("data":"0102")");
  v1("NONCE", "0a", "0102", "NONCE", R"("data":"0102")");
  v1("N", "0b", "00000001 01 10 8d28 11223344556677889900aabbccddeeff 00000005", "N",
     R"("doi":1,"protocol":"ISAKMP","notify":"R-U-THERE","spi":"11223344556677889900aabbccddeeff","sequence":5)");
  v1("D", "0c", "00000001 03 04 0001 c0ffee01", "D", R"("doi":1,"protocol":"ESP","spis":["c0ffee01"])");
  v1("VID", "0d", "afcad71368a1f1c96b8696fc77570100", "VID",
     R"j("vendor":"Dead Peer Detection (RFC 3706)","data":"afcad71368a1f1c96b8696fc77570100")j");
  v1("ATTR", "0e", "02 00 1234 4089 0005 616c696365 408a 0006 736563726574 c08f 0001", "ATTR",
     R"("cfg_type":"CFG_REPLY","identifier":4660,"attributes":[{"type":"XAUTH-USER-NAME","value":"alice"},)"
     R"({"type":"XAUTH-USER-PASSWORD","value":"<6 bytes redacted>"},{"type":"XAUTH-STATUS","value":1}])");
  v1("NAT-D", "14", "0102", "NAT-D", R"("data":"0102")");
  v1("NAT-OA", "15", "01 000000 0a000005", "NAT-OA", R"("type":"ipv4","address":"10.0.0.5")");
  v1("FRAGMENT", "84", "0001 02 01 aabb", "FRAGMENT",
     R"("fragment_id":1,"fragment_number":2,"last":true,"data":"aabb")");
}

BOOST_AUTO_TEST_CASE(known_vendors_are_the_md5_of_their_names) {
  for (const std::string_view name :
       {"strongSwan", "RFC 3947", "draft-ietf-ipsec-nat-t-ike-00", "draft-ietf-ipsec-nat-t-ike-01",
        "draft-ietf-ipsec-nat-t-ike-02", "draft-ietf-ipsec-nat-t-ike-02\n", "draft-ietf-ipsec-nat-t-ike-03",
        "FRAGMENTATION", "MS NT5 ISAKMPOAKLEY", "Vid-Initial-Contact", "IKE CGA version 1",
        "MS-Negotiation Discovery Capable", "MS-MamieExists", "GSSAPI", "KAME/racoon"}) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    BOOST_REQUIRE(EVP_Digest(name.data(), name.size(), digest.data(), &size, EVP_md5(), nullptr) == 1);
    const auto shown = name.ends_with('\n') ? std::string{name.substr(0, name.size() - 1)} + "\\n" : std::string{name};
    BOOST_TEST(ike::vendor_name(Bytes{digest}.first(size)) == shown);
  }
  BOOST_TEST(ike::vendor_name(hex("4048b7d56ebce88525e7de7f00d6c2d380000000")) == "FRAGMENTATION");
  BOOST_TEST(ike::vendor_name(hex("0900")).empty());
}

BOOST_AUTO_TEST_CASE(names_of_types_are_those_of_the_registries) {
  BOOST_TEST(ike::notify_name(2, 16420) == "IKEV2_MESSAGE_ID_SYNC_SUPPORTED");
  BOOST_TEST(ike::notify_name(2, 16423) == "IPSEC_REPLAY_COUNTER_SYNC");
  BOOST_TEST(ike::notify_name(1, 24578) == "INITIAL-CONTACT");
  BOOST_TEST(ike::notify_name(1, 16388).empty());
  BOOST_TEST(ike::exchange_name(2) == "Identity Protection");
  BOOST_TEST(ike::exchange_name(43) == "IKE_INTERMEDIATE");
  BOOST_TEST(ike::exchange_name(200).empty());
  // No gap between the first and the last status type that IANA has assigned.
  for (std::uint16_t type = 16384; type <= 16446; ++type) BOOST_TEST(!ike::notify_name(2, type).empty());
}

BOOST_AUTO_TEST_SUITE_END()
