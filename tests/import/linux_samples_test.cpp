// Every sample of strongSwan, Linux and the BSDs against a table that was written from the sample's text.

#include <boost/test/unit_test.hpp>

#include "import/samples.hpp"
#include "import/show.hpp"

using namespace sasync;
using test::import_text;
using test::sample;
using test::show;

namespace {

using Expected = std::vector<std::string>;

void check(const std::string& name, const Expected& expected, bool details = false, std::size_t warnings = 0) {
  const auto imported = import_text(sample("linux/" + name));
  BOOST_TEST(imported.not_understood_count == 0U);
  BOOST_TEST(imported.warnings.size() == warnings);
  BOOST_TEST(show(imported.document, details) == expected, boost::test_tools::per_element());
}

// The IKE SA that all three forms show.
const std::string kGw =
    "ike name=gw-gw id=12 v=2 i=5d1e0f66c1b7a902 r=8b20e4d3a7c5f619 initiator=true state=established "
    "local=192.0.2.1[500] local_id=moon.example.org remote=192.0.2.2[500] remote_id=sun.example.org enc=aes-cbc-256 "
    "integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 dh=ecp-256 vips=[] age=1543 rekey=12004";
const std::string kNet =
    "child name=net-net id=31 reqid=1 state=installed in=c9a1f003 out=c2ee7f10 proto=esp mode=tunnel encap=none "
    "enc=aes-gcm-16-256 integ= dh=ecp-256 esn=true local=[10.1.0.0/16] remote=[10.2.0.0/16] pin=1000 bin=84000 "
    "pout=1500 bout=126000 age=318 rekey=3011 expires=3642";

}  // namespace

// NOLINTBEGIN(bugprone-suspicious-missing-comma): one expected line takes several lines here
BOOST_AUTO_TEST_SUITE(linux_samples)

BOOST_AUTO_TEST_CASE(swanctl_pretty) {
  check("swanctl-list-sas-pretty.txt", {"member source=swanctl", kGw, kNet, "  use-in: 2", "  use-out: 1"}, true);
}

BOOST_AUTO_TEST_CASE(swanctl_raw_with_blanks_in_an_identity) {
  check("swanctl-list-sas-raw.txt",
        {"member source=swanctl", kGw, kNet, "  use-in: 2", "  use-out: 1",
         "ike name=rw id=13 v=2 i=00f2c97a31bd4e88 r=6a14d0be92f7c355 initiator=false state=established "
         "local=192.0.2.1[4500] local_id=C=CH, O=Example Org, CN=moon remote=203.0.113.77[61022] "
         "remote_id=carol@example.org enc=aes-gcm-16-128 integ= prf=prf-hmac-sha2-256 dh=curve25519 vips=[10.3.0.4] "
         "age=61 rekey=14110",
         "  remote-eap-id: carol", "  nat-remote: yes", "  nat-any: yes",
         "child name=rw id=32 reqid=9 state=installed in=c0de1122 out=0a77b3c4 proto=esp mode=tunnel encap=udp "
         "enc=aes-cbc-128 integ=hmac-sha2-256-128 dh= esn=false local=[0.0.0.0/0] remote=[10.3.0.4/32,10.3.1.0/24] "
         "pin=0 bin=0 pout=4 bout=336 age=61 rekey=3200 expires=3899",
         "  use-out: 40"},
        true);
}

BOOST_AUTO_TEST_CASE(swanctl_plain) {
  check(
      "swanctl-list-sas.txt",
      {"member source=swanctl", kGw, kNet, "  use-in: 2", "  use-out: 1",
       "ike name=rw id=13 v=2 i=00f2c97a31bd4e88 r=6a14d0be92f7c355 initiator=false state=established "
       "local=192.0.2.1[4500] local_id=moon.example.org remote=203.0.113.77[61022] remote_id=carol@example.org "
       "enc=aes-gcm-16-128 integ= prf=prf-hmac-sha2-256 dh=curve25519 vips=[10.3.0.4] age=61 rekey=14110",
       "  remote-eap-id: carol", "  tasks-passive: IKE_MOBIKE",
       "child name=rw id=32 reqid=9 state=installed in=c0de1122 out=0a77b3c4 proto=esp mode=tunnel encap=udp "
       "enc=aes-cbc-128 integ=hmac-sha2-256-128 dh= esn=false local=[0.0.0.0/0] remote=[10.3.0.4/32] pin=0 bin=0 "
       "pout=4 bout=336 age=61 rekey=3200 expires=3899",
       "  mark-in: 00000017", "  if-id-in: 00000017", "  mark-out: 00000017", "  if-id-out: 00000017", "  use-out: 40",
       "ike name=half id=14 v=2 i=71aa20c4d98e5f03 r=0000000000000000 initiator=true state=connecting "
       "local=192.0.2.1[500] local_id=%any remote=198.51.100.9[500] remote_id=%any vips=[]",
       "  tasks-queued: CHILD_CREATE", "  tasks-active: IKE_VENDOR IKE_INIT IKE_NATD IKE_CERT_PRE IKE_AUTH"},
      true);
}

// 0x2f1 = 753, 0x2ea = 746, 0x1_00001a2b = 4294973995.
BOOST_AUTO_TEST_CASE(xfrm_plain) {
  check("ip-xfrm-state-4sa.txt",
        {"member source=xfrm",
         "ike local=192.0.2.10 remote=198.51.100.20",
         "child reqid=7 state=installed in=c9b0d711 out=c3a41f02 proto=esp mode=tunnel encap=none enc=aes-cbc-128 "
         "integ=hmac-sha2-256-128 esn=false seq=753 window=32 last=746",
         "  out.flag: af-unspec",
         "  out.auth-trunc.key: <32 bytes redacted>",
         "  out.enc.key: <16 bytes redacted>",
         "  out.bitmap: 0x00000000",
         "  in.flag: af-unspec",
         "  in.auth-trunc.key: <32 bytes redacted>",
         "  in.enc.key: <16 bytes redacted>",
         "  in.bitmap: 0xffffffff",
         "ike local=203.0.113.5[4500] remote=203.0.113.9[4500]",
         "child reqid=12 state=installed out=c0ffee01 proto=esp mode=tunnel encap=udp enc=aes-gcm-16-256 integ= "
         "esn=true seq=4294973995",
         "  out.flag: af-unspec",
         "  out.mark: 0x10/0xffffffff",
         "  out.aead.key: <36 bytes redacted>",
         "  out.encap.addr: 0.0.0.0",
         "  out.bitmap: 00000000 00000000 00000000 00000000",
         "  out.if_id: 0x17",
         "ike local=2001:db8::10 remote=2001:db8::20",
         "child reqid=3 state=installed out=00001001 proto=esp mode=transport encap=none enc=aes-gcm-16-128 integ= "
         "esn=false local=[::/0] remote=[::/0] seq=16",
         "  out.aead.key: <20 bytes redacted>",
         "  out.bitmap: 0x00000000"},
        true);
}

BOOST_AUTO_TEST_CASE(xfrm_with_statistics) {
  check("ip-s-xfrm-state-4sa.txt",
        {"member source=xfrm",
         "ike local=192.0.2.10 remote=198.51.100.20",
         "child reqid=7 state=installed in=c9b0d711 out=c3a41f02 proto=esp mode=tunnel encap=none enc=aes-cbc-128 "
         "integ=hmac-sha2-256-128 esn=false seq=753 window=32 last=746 pin=746 bin=690112 pout=753 bout=713204 "
         "life=3960",
         "  out.seq: 0x00000000",
         "  out.flag: af-unspec",
         "  out.auth-trunc.key: <32 bytes redacted>",
         "  out.enc.key: <16 bytes redacted>",
         "  out.bitmap: 0x00000000",
         "  out.add: 2026-09-10 03:52:25",
         "  out.use: 2026-09-10 03:52:37",
         "  out.stats: replay-window 0 replay 0 failed 0",
         "  in.seq: 0x00000000",
         "  in.flag: af-unspec",
         "  in.auth-trunc.key: <32 bytes redacted>",
         "  in.enc.key: <16 bytes redacted>",
         "  in.bitmap: 0xffffffff",
         "  in.add: 2026-09-10 03:52:25",
         "  in.use: 2026-09-10 03:52:37",
         "  in.stats: replay-window 32 replay 2 failed 1",
         "ike local=203.0.113.5[4500] remote=203.0.113.9[4500]",
         "child reqid=12 state=installed out=c0ffee01 proto=esp mode=tunnel encap=udp enc=aes-gcm-16-256 integ= "
         "esn=true seq=4294973995 pout=80123 bout=9811223 life=43200",
         "  out.seq: 0x00000000",
         "  out.flag: af-unspec",
         "  out.mark: 0x10/0xffffffff",
         "  out.aead.key: <36 bytes redacted>",
         "  out.encap.addr: 0.0.0.0",
         "  out.bitmap: 00000000 00000000 00000000 00000000",
         "  out.if_id: 0x17",
         "  out.limit.soft.bytes: 1073741824",
         "  out.limit.hard.bytes: 1288490188",
         "  out.add: 2026-09-10 03:37:25",
         "  out.use: 2026-09-10 03:37:26",
         "  out.stats: replay-window 0 replay 0 failed 0",
         "ike local=2001:db8::10 remote=2001:db8::20",
         "child reqid=3 state=installed out=00001001 proto=esp mode=transport encap=none enc=aes-gcm-16-128 integ= "
         "esn=false local=[::/0] remote=[::/0] seq=16 pout=0 bout=0",
         "  out.seq: 0x00000000",
         "  out.aead.key: <20 bytes redacted>",
         "  out.bitmap: 0x00000000",
         "  out.add: 2026-09-10 03:52:25",
         "  out.stats: replay-window 0 replay 0 failed 0"},
        true);
}

// Active: 0x64 = 100, 0x60 = 96. The standby has the same pair, and not the third SA.
BOOST_AUTO_TEST_CASE(xfrm_active_and_standby) {
  const std::string pair =
      "child reqid=101 state=installed in=4d5e6f70 out=0a1b2c3d proto=esp mode=tunnel encap=none enc=aes-cbc-256 "
      "integ=hmac-sha1-96 esn=false ";
  check("ip-s-xfrm-state-active.txt",
        {"member source=xfrm", "ike local=198.18.0.1 remote=198.18.0.2",
         pair + "seq=100 window=32 last=96 pin=96 bin=48000 pout=100 bout=50000 life=3600",
         "ike local=198.18.0.1 remote=198.18.0.9",
         "child reqid=102 state=installed out=00c0de01 proto=esp mode=tunnel encap=none enc=aes-cbc-256 "
         "integ=hmac-sha1-96 esn=false seq=7 pout=7 bout=512"});
  check("ip-s-xfrm-state-standby.txt", {"member source=xfrm", "ike local=198.18.0.1 remote=198.18.0.2",
                                        pair + "seq=4294967295 window=32 last=0 pin=0 bin=0 pout=0 bout=0 life=3600"});
}

// Without keys the length of the cipher's key is not known, so its name is not either.
BOOST_AUTO_TEST_CASE(xfrm_without_keys) {
  check("ip-xfrm-state-nokeys.txt",
        {"member source=xfrm", "ike local=198.18.0.1 remote=198.18.0.2",
         "child reqid=101 state=installed in=4d5e6f70 out=0a1b2c3d proto=esp mode=tunnel encap=none "
         "integ=hmac-sha1-96 esn=false seq=100 window=32 last=96",
         "  out.flag: af-unspec", "  out.enc: cbc(aes)", "  out.bitmap: 0x00000000", "  in.flag: af-unspec",
         "  in.enc: cbc(aes)", "  in.bitmap: 0x0000ffff", "ike local=198.18.0.1 remote=198.18.0.9",
         "child reqid=102 state=installed out=00c0de01 proto=esp mode=tunnel encap=none integ=hmac-sha1-96 esn=false "
         "seq=7",
         "  out.flag: af-unspec", "  out.enc: cbc(aes)", "  out.bitmap: 0x00000000"},
        true);
}

// rpl of the outbound SA, 1501, is the next number; that of the inbound one, 1000, the last.
BOOST_AUTO_TEST_CASE(ipsecctl_verbose) {
  check("ipsecctl-sa-v.txt",
        {"member source=ipsecctl",
         "ike local=192.0.2.1 local_id=left.example.org remote=192.0.2.2 remote_id=right.example.org",
         "child state=installed in=9e8d7c6b out=5a6b7c8d proto=esp mode=tunnel encap=none enc=aes-cbc-256 "
         "integ=hmac-sha2-256-128 esn=false local=[10.1.0.0/16] remote=[10.2.0.0/16] seq=1500 window=64 last=1000 "
         "pin=1000 bin=84000 pout=1500 bout=126000 life=10800",
         "  out.flags: 0x4<tunnel>", "  out.lifetime_cur.add: 1763631242", "  out.lifetime_cur.first: 1763631243",
         "  out.lifetime_hard.bytes: 536870912", "  out.lifetime_soft.bytes: 483183820",
         "  out.lifetime_lastuse.first: 1763632300", "  out.counter.output bytes: 186000",
         "  out.counter.output bytes, uncompressed: 126000", "  in.flags: 0x404<tunnel,esn>",
         "  in.lifetime_cur.add: 1763631242", "  in.lifetime_cur.first: 1763631243",
         "  in.lifetime_hard.bytes: 536870912", "  in.lifetime_soft.bytes: 483183820",
         "  in.counter.packet dropped on input: 1", "  in.esn: true"},
        true);
}

// Nothing in the listing shows the directions; 192.0.2.1 is the first source. 0x64 = 100, windows of 8 and 16 bytes,
// 2880 - 1058 = 1822, 3600 - 1058 = 2542, 3600 - 3100 = 500.
BOOST_AUTO_TEST_CASE(setkey) {
  check("setkey-D.txt",
        {"member source=setkey",
         "ike local=192.0.2.1 remote=192.0.2.2",
         "child reqid=5 state=installed out=0c1d2e3f proto=esp mode=tunnel encap=none enc=aes-cbc-128 "
         "integ=hmac-sha2-256-128 seq=100 pout=1000 bout=84000 age=1058 rekey=1822 expires=2542 life=3600",
         "  out.E.key: <16 bytes redacted>",
         "  out.A.key: <32 bytes redacted>",
         "  out.flags: 0x00000000",
         "  out.created: Nov 20 09:14:02 2025",
         "  out.created.current: Nov 20 09:31:40 2025",
         "  out.last: Nov 20 09:31:39 2025",
         "  out.sadb_seq: 1",
         "  out.pid: 70311",
         "  out.refcnt: 1",
         "ike local=192.0.2.1[4500] remote=192.0.2.2[4500]",
         "child reqid=6 state=installed in=0badf00d proto=esp mode=tunnel encap=udp enc=aes-cbc-128 "
         "integ=hmac-sha2-256-128 window=128 last=0 pin=0 bin=0 age=3100 expires=500 life=3600",
         "  in.E.key: <16 bytes redacted>",
         "  in.A.key: <32 bytes redacted>",
         "  in.flags: 0x00000040",
         "  in.state: dying",
         "  in.created: Nov 20 08:40:00 2025",
         "  in.created.current: Nov 20 09:31:40 2025",
         "  in.sadb_seq: 0",
         "  in.pid: 70311",
         "  in.refcnt: 1"},
        true, 1);
}

BOOST_AUTO_TEST_CASE(local_addresses_settle_the_direction) {
  importer::ImportOptions options;
  options.local_addresses = {net::IpAddress{{192, 0, 2, 2}, 4}};
  const auto imported = import_text(sample("linux/setkey-D.txt"), options);
  BOOST_TEST(imported.warnings.empty());
  const auto& sas = *imported.document.members[0].ike_sas;
  BOOST_TEST(*sas[0].child_sas->at(0).spi_in == 0x0c1d2e3fU);
  BOOST_TEST(*sas[0].child_sas->at(0).replay.window == 64U);
  BOOST_TEST(*sas[0].child_sas->at(0).replay.last == 100U);
  BOOST_TEST(*sas[1].child_sas->at(0).spi_out == 0x0badf00dU);
}

BOOST_AUTO_TEST_SUITE_END()

// NOLINTEND(bugprone-suspicious-missing-comma)
