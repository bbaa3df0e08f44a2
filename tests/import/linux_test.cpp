// strongSwan, Linux and the BSDs beyond the samples: other forms of the same lines, and what has to be inferred.

#include <boost/test/unit_test.hpp>

#include "import/samples.hpp"
#include "import/show.hpp"

using namespace sasync;
using test::import_text;
using test::sample;
using test::show;

namespace {

using Expected = std::vector<std::string>;

std::string half(const std::string& source, const std::string& destination, const std::string& spi,
                 const std::string& more = "") {
  return "src " + source + " dst " + destination + "\n\tproto esp spi 0x" + spi + " reqid 1 mode tunnel\n" +
         "\treplay-window 0\n\tauth-trunc hmac(sha1) 0x00 96\n\tenc cbc(aes) 0x" + std::string(32, '0') + "\n" + more +
         (more.contains("anti-replay") ? "" : "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n");
}

}  // namespace

// NOLINTBEGIN(bugprone-suspicious-missing-comma): one expected line takes several lines here
BOOST_AUTO_TEST_SUITE(other_importers)

BOOST_AUTO_TEST_CASE(every_sample_is_recognized_by_its_content) {
  for (const auto& name : test::sample_names()) {
    const auto* importer = importer::recognize(sample(name));
    BOOST_REQUIRE_MESSAGE(importer != nullptr, name);
    std::string expected = "fortios";
    if (name.starts_with("linux/ip-")) expected = "xfrm";
    if (name.starts_with("linux/swanctl")) expected = "swanctl";
    if (name.starts_with("linux/ipsecctl")) expected = "ipsecctl";
    if (name.starts_with("linux/setkey")) expected = "setkey";
    BOOST_TEST(importer->name == expected, name);
    BOOST_TEST((importer::find_importer(importer->name) == importer));
  }
  BOOST_TEST(importer::recognize("") == nullptr);
  BOOST_TEST(importer::recognize("{\"format\":\"sasync-state/1\"}") == nullptr);
  BOOST_TEST(importer::recognize("Lorem ipsum dolor sit amet,\nconsetetur: sadipscing #7\n") == nullptr);
  BOOST_TEST(importer::find_importer("no such") == nullptr);
}

BOOST_AUTO_TEST_CASE(shell_lines_around_a_listing_are_understood) {
  for (const auto& [name, command] : std::vector<std::pair<std::string, std::string>>{
           {"linux/swanctl-list-sas.txt", "root@moon:~# swanctl --list-sas"},
           {"linux/swanctl-list-sas-raw.txt", "$ sudo swanctl --list-sas --raw"},
           {"linux/ip-s-xfrm-state-4sa.txt", "[root@moon ~]# ip -s xfrm state"},
           {"linux/ipsecctl-sa-v.txt", "gw# ipsecctl -s all -v"},
           {"linux/setkey-D.txt", "# setkey -D"}}) {
    const auto with = import_text(command + "\r\n" + sample(name) + "root@moon:~#\n");
    BOOST_TEST(with.not_understood_count == 0U, name);
    BOOST_TEST((with.document == import_text(sample(name)).document), name);
  }
}

BOOST_AUTO_TEST_CASE(keys_are_kept_only_when_asked_for) {
  importer::ImportOptions options;
  options.keep_secrets = true;
  const auto xfrm = import_text(sample("linux/ip-xfrm-state-4sa.txt"), options);
  BOOST_TEST((find(xfrm.document.members[0].ike_sas->at(0).child_sas->at(0).details, "out.enc.key") ==
              std::string_view{"0910171e252c333a41484f565d646b72"}));
  const auto setkey = import_text(sample("linux/setkey-D.txt"), options);
  BOOST_TEST((find(setkey.document.members[0].ike_sas->at(0).child_sas->at(0).details, "out.E.key") ==
              std::string_view{"010c17222d38434e59646f7a85909ba6"}));
}

// --- swanctl ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_child_without_an_sa_is_down) {
  const auto imported = import_text(
      "gw: #1, ESTABLISHED, IKEv1, 1111111111111111_i 2222222222222222_r*\n"
      "  local  'o'hara @ home' @ 2001:db8::1[500]\n  remote 'b' @ 10.0.0.2[500] XAuth: 'x' [10.9.0.1 10.9.0.2]\n"
      "  AES_GCM_16-128/PRF_HMAC_SHA2_384/MODP_3072/KE1_ML_KEM_768/PPK\n  established 5s ago, reauth in 9s, expires in "
      "10s\n"
      "  net: #2, reqid 7, cpu 3, ROUTED, TRANSPORT, ESP:\n"
      "  net: #3, reqid 7, REKEYED, BEET, AH:HMAC_SHA2_512_256/CURVE_25519\n"
      "    installed 1s ago, rekeying in 2s, expires in 3s\n"
      "    in  c9a1f003/00a1 (0x2a/0xff|0x17), 84000 bytes, 1000 packets\n"
      "    out c9a1f004,  (null) bytes, (null) packets\n    local  10.0.0.0/8 dynamic[tcp]\n    remote 10.1.0.0/16");
  BOOST_TEST(imported.warnings.empty());
  BOOST_TEST(imported.not_understood_count == 0U);
  const Expected expected{
      "member source=swanctl",
      "ike name=gw id=1 v=1 i=1111111111111111 r=2222222222222222 initiator=false state=established "
      "local=2001:db8::1[500] local_id=o'hara @ home remote=10.0.0.2[500] remote_id=b enc=aes-gcm-16-128 integ= "
      "prf=prf-hmac-sha2-384 dh=modp-3072 vips=[10.9.0.1,10.9.0.2] age=5 expires=10",
      "  remote-xauth-id: x",
      "  ake1: ML_KEM_768",
      "  ppk: yes",
      "  reauth-time: 9",
      "child name=net id=3 reqid=7 state=rekeyed in=c9a1f003 out=c9a1f004 proto=ah mode=beet encap=none "
      "integ=hmac-sha2-512-256 dh=curve25519 esn=false local=[10.0.0.0/8,dynamic[6/0-65535]] remote=[10.1.0.0/16] "
      "pin=1000 bin=84000 age=1 rekey=2 expires=3",
      "  cpi-in: 00a1",
      "  mark-in: 2a",
      "  mark-mask-in: ff",
      "  if-id-in: 17",
      "down name=net id=2 reqid=7 proto=esp mode=transport encap=none esn=false",
      "  cpu: 3",
      "  state: ROUTED"};
  BOOST_TEST(show(imported.document, true) == expected, boost::test_tools::per_element());
}

// Plain names the algorithm of AH first, where a cipher stands otherwise; raw has no encr-alg.
BOOST_AUTO_TEST_CASE(ah_has_integrity_and_no_cipher) {
  const std::string ike =
      "uniqueid=1 version=2 state=ESTABLISHED local-host=192.0.2.1 local-port=500 local-id=a remote-host=192.0.2.2 "
      "remote-port=500 remote-id=b initiator=yes initiator-spi=5d1e0f66c1b7a902 responder-spi=8b20e4d3a7c5f619 "
      "encr-alg=AES_CBC encr-keysize=256 integ-alg=HMAC_SHA2_256_128 prf-alg=PRF_HMAC_SHA2_256 dh-group=ECP_256 "
      "established=1543 rekey-time=12004";
  const auto raw =
      import_text("list-sa event {gw {" + ike +
                  " child-sas {n-31 {name=n uniqueid=31 reqid=1 state=INSTALLED mode=TUNNEL protocol=AH "
                  "spi-in=c9a1f003 spi-out=c2ee7f10 integ-alg=HMAC_SHA2_256_128 bytes-in=84000 "
                  "packets-in=1000 bytes-out=126000 packets-out=1500 rekey-time=3011 life-time=3642 "
                  "install-time=318 local-ts=[10.1.0.0/16] remote-ts=[10.2.0.0/16]}}}}\nlist-sas reply {}\n");
  const auto plain = import_text(
      "gw: #1, ESTABLISHED, IKEv2, 5d1e0f66c1b7a902_i* 8b20e4d3a7c5f619_r\n  local  'a' @ 192.0.2.1[500]\n"
      "  remote 'b' @ 192.0.2.2[500]\n  AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256\n"
      "  established 1543s ago, rekeying in 12004s\n  n: #31, reqid 1, INSTALLED, TUNNEL, AH:HMAC_SHA2_256_128\n"
      "    installed 318s ago, rekeying in 3011s, expires in 3642s\n    in  c9a1f003,  84000 bytes,  1000 packets\n"
      "    out c2ee7f10, 126000 bytes,  1500 packets\n    local  10.1.0.0/16\n    remote 10.2.0.0/16\n");
  BOOST_TEST(show(plain.document) == show(raw.document), boost::test_tools::per_element());
  const auto& child = raw.document.members[0].ike_sas->at(0).child_sas->at(0);
  BOOST_TEST((child.integrity == std::string_view{"hmac-sha2-256-128"}));
  BOOST_TEST(!child.encryption.present());
}

BOOST_AUTO_TEST_CASE(raw_events_that_are_cut_keep_what_they_say) {
  const auto whole = sample("linux/swanctl-list-sas-raw.txt");
  const auto cut = import_text(std::string_view(whole).substr(0, whole.find("bytes-in=0")));
  BOOST_TEST(cut.not_understood_count == 1U);
  BOOST_TEST(cut.not_understood[0].line == 2U);
  BOOST_TEST(cut.warnings.size() == 1U);
  const auto& rw = cut.document.members[0].ike_sas->at(1);
  BOOST_TEST((rw.local.id == std::string_view{"C=CH, O=Example Org, CN=moon"}));
  BOOST_TEST(*rw.child_sas->at(0).spi_out == 0x0a77b3c4U);
}

BOOST_AUTO_TEST_CASE(a_daemon_that_refuses_is_heard) {
  const auto imported = import_text("list-sas reply {success=no errmsg=not permitted}\n");
  BOOST_TEST(imported.not_understood_count == 0U);
  BOOST_TEST(imported.warnings.size() == 1U);
  BOOST_TEST(imported.document.members[0].ike_sas->empty());
}

BOOST_AUTO_TEST_CASE(the_same_list_twice_is_one_state) {
  for (const auto& name : test::sample_names()) {
    if (!name.starts_with("linux/")) continue;
    const auto once = import_text(sample(name));
    const auto twice = import_text(sample(name) + sample(name));
    BOOST_TEST((twice.document == once.document), name);
    BOOST_TEST(twice.warnings.size() > once.warnings.size(), name);
  }
}

// --- single SAs ------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(newer_kernels_say_the_direction) {
  const auto imported = import_text(half("10.0.0.1", "10.0.0.2", "00000001", "\tdir in\n") +
                                    half("10.0.0.2", "10.0.0.1", "00000002", "\tdir out\n"));
  BOOST_TEST(imported.warnings.empty());
  const auto& ike = imported.document.members[0].ike_sas->at(0);
  BOOST_TEST(net::to_string(ike.local.address) == "10.0.0.2");
  BOOST_TEST(*ike.child_sas->at(0).spi_in == 1U);
  BOOST_TEST(*ike.child_sas->at(0).spi_out == 2U);
}

BOOST_AUTO_TEST_CASE(an_address_in_most_sas_is_the_gateways) {
  const auto imported =
      import_text(half("10.0.0.1", "10.0.0.9", "00000001") + half("10.0.0.9", "10.0.0.1", "00000002") +
                  half("10.0.0.3", "10.0.0.9", "00000003") + half("10.0.0.9", "10.0.0.3", "00000004"));
  BOOST_TEST(imported.warnings.size() == 1U);
  BOOST_REQUIRE(imported.document.members[0].ike_sas->size() == 2U);
  for (const auto& ike : *imported.document.members[0].ike_sas) {
    BOOST_TEST(net::to_string(ike.local.address) == "10.0.0.9");
    BOOST_TEST(ike.child_sas->size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(during_a_rekey_pairs_are_made_by_time_then_by_order) {
  const auto made = [](const char* seq, const char* time) {
    return std::string("\tanti-replay context: ") + seq +
           ", bitmap 0x00000000\n\tlifetime current:\n\t  1(bytes), 1(packets)\n\t  add 2026-01-01 " + time +
           " use -\n";
  };
  const auto out = [&](const char* spi, const char* time) {
    return half("10.0.0.1", "10.0.0.2", spi, made("seq 0x0, oseq 0x1", time));
  };
  const auto in = [&](const char* spi, const char* time) {
    return half("10.0.0.2", "10.0.0.1", spi, made("seq 0x1, oseq 0x0", time));
  };
  const auto imported =
      import_text(out("000000a1", "00:00:01") + out("000000a2", "00:00:02") + out("000000a3", "00:00:09") +
                  in("000000b2", "00:00:02") + in("000000b1", "00:00:01") + in("000000b4", "00:00:04"));
  const auto& children = *imported.document.members[0].ike_sas->at(0).child_sas;
  BOOST_REQUIRE(children.size() == 3U);
  const auto is_pair = [&](std::size_t i, std::uint32_t spi_out, std::uint32_t spi_in) {
    return children[i].spi_out == spi_out && children[i].spi_in == spi_in;
  };
  BOOST_TEST(is_pair(0, 0xa1, 0xb1));
  BOOST_TEST(is_pair(1, 0xa2, 0xb2));
  BOOST_TEST(is_pair(2, 0xa3, 0xb4));
}

BOOST_AUTO_TEST_CASE(interfaces_and_marks_keep_pairs_apart) {
  const auto imported = import_text(half("10.0.0.1", "10.0.0.2", "00000001", "\tdir out\n\tif_id 0x1\n") +
                                    half("10.0.0.2", "10.0.0.1", "00000002", "\tdir in\n\tif_id 0x2\n"));
  BOOST_TEST(imported.document.members[0].ike_sas->at(0).child_sas->size() == 2U);
}

BOOST_AUTO_TEST_CASE(old_and_odd_lines_of_xfrm) {
  const auto imported = import_text(
      "Deleted src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000001 reqid 0 mode transport\n\treplay-window 4 flag "
      "noecn "
      "decap-dscp\n\tauth hmac(sha256) 0x00 (8 bits)\n\tenc cbc(des3_ede) "
      "0x000000000000000000000000000000000000000000000000\n"
      "\tlastused 2026-01-01 00:00:00\n\tcrypto offload parameters: dev eth0 dir out\n\toutput-mark 0x1/0xff\n"
      "\tsecurity context root\n\tsel src 10.0.0.1/32 dst 10.0.0.2/32 proto udp sport 500 dport 500 dev eth0\n"
      "\tnever heard of this\n");
  BOOST_TEST(imported.not_understood_count == 1U);
  BOOST_TEST(imported.not_understood[0].line == 11U);
  const auto& child = imported.document.members[0].ike_sas->at(0).child_sas->at(0);
  BOOST_TEST((child.encryption == std::string_view{"3des-cbc"}));
  BOOST_TEST((child.integrity == std::string_view{"hmac-sha2-256-96"}));
  BOOST_TEST((child.local_ts.items()[0] == std::string_view{"10.0.0.1/32"}));
  BOOST_TEST((find(child.details, "out.sel") == std::string_view{"proto udp sport 500 dport 500 dev eth0"}));
  BOOST_TEST((find(child.details, "out.crypto") == std::string_view{"offload parameters: dev eth0 dir out"}));
}

BOOST_AUTO_TEST_CASE(openbsd_with_keys_and_without_v) {
  const auto imported = import_text(
      "@0 esp transport from 10.0.0.1 to 10.0.0.2 spi 0x00000001 enc aes-256-gcm \\\n\tenckey 0x0102030405060708\n"
      "@1 esp tunnel from 10.0.0.2 to 10.0.0.1 spi 0x00000002 auth hmac-sha1 enc aes\n"
      "\tsa: spi 0x00000002 auth hmac-sha1 enc aes\n\t\tstate larval replay 16 flags 4\n"
      "\tkey_auth: bits 160: 000102\n\tflow_type: type use direction in\n\tmtu: 1400\n\tudpencap: udpencap port 4500\n"
      "\ttag: office\n");
  BOOST_TEST(imported.not_understood_count == 0U);
  const Expected expected{
      "member source=ipsecctl",
      "ike local=10.0.0.1 remote=10.0.0.2",
      "child out=00000001 proto=esp mode=transport enc=aes-gcm-16-256 integ=",
      "  out.rule: 0",
      "  out.enckey: <8 bytes redacted>",
      "child in=00000002 proto=esp mode=tunnel encap=udp enc=aes-cbc-128 integ=hmac-sha1-96 window=16 mtu=1400",
      "  in.rule: 1",
      "  in.state: larval",
      "  in.flags: 4",
      "  in.key_auth: <3 bytes redacted>",
      "  in.flow_type: type use direction in",
      "  in.udpencap: udpencap port 4500",
      "  in.tag: office"};
  BOOST_TEST(show(imported.document, true) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_empty_listing_of_setkey_is_an_empty_state) {
  const auto imported = import_text("No SAD entries.\n");
  BOOST_TEST(imported.not_understood_count == 0U);
  BOOST_TEST(imported.document.members[0].ike_sas->empty());
}

BOOST_AUTO_TEST_SUITE_END()

// NOLINTEND(bugprone-suspicious-missing-comma)
