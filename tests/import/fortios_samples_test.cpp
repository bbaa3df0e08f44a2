// Every FortiOS sample against a table that was written from the sample's text.

#include <boost/test/unit_test.hpp>

#include "import/samples.hpp"
#include "import/show.hpp"

using namespace sasync;
using test::import_text;
using test::sample;
using test::show;

namespace {

using Expected = std::vector<std::string>;

void check(const std::string& name, const Expected& expected, bool details = false) {
  const auto imported = import_text(sample("fortios/" + name));
  BOOST_TEST(imported.not_understood_count == 0U);
  BOOST_TEST(imported.warnings.empty());
  BOOST_TEST(show(imported.document, details) == expected, boost::test_tools::per_element());
}

}  // namespace

// NOLINTBEGIN(bugprone-suspicious-missing-comma): one expected line takes several lines here
BOOST_AUTO_TEST_SUITE(fortios_samples)

// --- IKE gateways ----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gateways_5x) {
  check("5x-ike-gateway-list-connecting.txt",
        {"member name=HQ-FW1 source=fortios",
         "ike name=toBranchB vdom=root id=912 v=1 i=9272d67c9d833cb3 r=0000000000000000 initiator=true "
         "state=connecting local=203.0.113.14[500] remote=198.51.100.90[500] vips=[] if=wan2 children=unknown",
         "  vd: 0", "  interface_index: 6", "  created: 15s ago", "  auto-discovery: 0", "  IKE SA: created 1/1",
         "  IPsec SA: created 0/0", "  status: connecting, state 3, started 15s ago"},
        true);
  check("5x-ike-gateway-list-primary.txt",
        {"member name=HQ-FW1 source=fortios",
         "ike name=toBranchA vdom=root id=7 v=1 i=d7698fd5d21aa734 r=2f00ce7f200b3558 initiator=true "
         "state=established local=203.0.113.10[500] remote=198.51.100.33[500] enc=aes-cbc-128 integ=hmac-sha1-96 "
         "prf=prf-hmac-sha1 vips=[] if=wan1 age=5210 rekey=80889 life=86400 children=unknown",
         "  vd: 0",
         "  interface_index: 5",
         "  created: 5210s ago",
         "  auto-discovery: 0",
         "  IKE SA: created 1/1  established 1/1  time 10/15/20 ms",
         "  IPsec SA: created 1/2  established 1/2  time 0/5/10 ms",
         "  status: established 5210-5210s ago = 20ms",
         "  key: <16 bytes redacted>",
         "  DPD sent/recv: 0000013c/00001b07",
         "ike name=dialin_0 vdom=root id=28 v=1 i=d117505f9fb31b4c r=bcb56291d62f618f initiator=false "
         "state=established local=203.0.113.10[4500] remote=192.0.2.77[52611] enc=3des-cbc integ=hmac-sha1-96 "
         "prf=prf-hmac-sha1 vips=[10.99.0.11] if=wan1 age=97 rekey=28402 life=28800 children=unknown",
         "  vd: 0",
         "  interface_index: 5",
         "  created: 97s ago",
         "  nat: peer",
         "  auto-discovery: 0",
         "  IKE SA: created 1/1  established 1/1  time 10/15/20 ms",
         "  IPsec SA: created 1/2  established 1/2  time 0/5/10 ms",
         "  status: established 97-97s ago = 20ms",
         "  key: <16 bytes redacted>",
         "  DPD sent/recv: 00000000/00000c41"},
        true);
}

BOOST_AUTO_TEST_CASE(gateways_6x) {
  // The secondary's differs only in the DPD numbers of old_v1, which are details.
  for (const std::string role : {"primary", "secondary"}) {
    const std::string host = role == "primary" ? "HQ-FW1" : "HQ-FW2";
    const auto text = sample("fortios/6x-ike-gateway-list-" + role + ".txt");
    check("6x-ike-gateway-list-" + role + ".txt",
          {"member name=" + host + " source=fortios",
           "ike name=to_HQ2 vdom=root id=7 v=2 i=466dad67692d9949 r=e68f8fbe25a29235 initiator=true "
           "state=established local=203.0.113.66[500] remote=198.51.100.66[500] enc=aes-cbc-256 "
           "integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 vips=[] if=port1 age=88 rekey=86011 life=86400 "
           "children=unknown",
           "ike name=spokes_0 vdom=root id=21 v=2 i=1461ffc4505d0f3a r=f96771131e7be397 initiator=false "
           "state=established local=203.0.113.66[500] remote=192.0.2.130[500] remote_id=spoke-130 enc=aes-cbc-256 "
           "integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 vips=[] if=port1 age=610 rekey=85489 life=86400 "
           "children=unknown",
           "ike name=old_v1 vdom=root id=14 v=1 i=9f6bae2e8e3cb624 r=c4d60bdc9e789523 initiator=true "
           "state=established local=203.0.113.70[500] remote=198.51.100.70[500] enc=aes-cbc-128 "
           "integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 vips=[] if=port2 age=1024 rekey=85075 life=86400 "
           "children=unknown"});
    const auto imported = import_text(text);
    const auto& sas = *imported.document.members[0].ike_sas;
    BOOST_TEST((find(sas[0].details, "virtual-interface-addr") == std::string_view{"10.10.10.1 -> 10.10.10.2"}));
    BOOST_TEST((find(sas[0].details, "SK_ai") == std::string_view{"<32 bytes redacted>"}));
    BOOST_TEST((find(sas[2].details, "DPD sent/recv") ==
                std::string_view{role == "primary" ? "00000003/00000000" : "00000000/00000000"}));
  }
}

BOOST_AUTO_TEST_CASE(gateways_7x) {
  struct Member {
    std::string role, host, dc_east, ra_0, legacy_dpd;
  };
  for (const auto& [role, host, dc_east, ra_0, legacy_dpd] :
       {Member{"primary", "HQ-FW1", "send=52 receive=87", "send=0 receive=211", "00000002/0000001d"},
        Member{"secondary", "HQ-FW2", "send=2 receive=0", "send=0 receive=2", "00000000/00000000"}}) {
    const std::string sums = "  IKE SA: created 1/1  established 1/1  time 10/15/20 ms";
    const std::string child_sums = "  IPsec SA: created 1/2  established 1/2  time 0/5/10 ms";
    check("7x-ike-gateway-list-" + role + ".txt",
          {"member name=" + host + " source=fortios",
           "ike name=DC-EAST vdom=root id=7 v=2 i=ec70b8067b708604 r=c16c41d6fdc6f79a initiator=true "
           "state=established local=203.0.113.129[500] remote=198.51.100.129[500] enc=aes-gcm-16-256 integ= " +
               dc_east + " vips=[] if=port2 age=7731 rekey=78368 life=86400 children=unknown",
           "  vd: 0",
           "  interface_index: 10",
           "  tun_id: 198.51.100.129/::10.0.0.4",
           "  remote_location: 0.0.0.0",
           "  network-id: 0",
           "  transport: UDP",
           "  created: 7731s ago",
           "  pending-queue: 0",
           "  PPK: no",
           sums,
           child_sums,
           "  status: established 7731-7731s ago = 20ms",
           "  child: no",
           "  SK_ei: <20 bytes redacted>",
           "  SK_er: <20 bytes redacted>",
           "  SK_ai: ",
           "  SK_ar: ",
           "  QKD: no",
           "  DPD sent/recv: 00000000/00000000",
           "ike name=RA_0 vdom=root id=77 v=2 i=2526042071d7476d r=38f79b35477de024 initiator=false "
           "state=established local=203.0.113.129[4500] remote=192.0.2.201[41230] remote_id=gw-201.example.net "
           "enc=aes-cbc-256 integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 " +
               ra_0 + " vips=[10.212.134.9] if=port2 age=1408 rekey=84691 life=86400 children=unknown",
           "  vd: 0",
           "  interface_index: 10",
           "  tun_id: 10.212.134.9/::10.0.0.14",
           "  remote_location: 0.0.0.0",
           "  network-id: 0",
           "  transport: UDP",
           "  created: 1408s ago",
           "  peer-id-auth: no",
           "  nat: peer",
           "  pending-queue: 0",
           "  PPK: no",
           sums,
           child_sums,
           "  status: established 1408-1408s ago = 20ms",
           "  child: no",
           "  SK_ei: <32 bytes redacted>",
           "  SK_er: <32 bytes redacted>",
           "  SK_ai: <32 bytes redacted>",
           "  SK_ar: <32 bytes redacted>",
           "  QKD: no",
           "  DPD sent/recv: 00000000/00000000",
           "ike name=LEGACY vdom=root id=14 v=1 i=05479f74f36c6b71 r=ffa4a0cbe3bd431a initiator=true "
           "state=established local=203.0.113.133[500] remote=198.51.100.133[500] enc=aes-cbc-128 "
           "integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 vips=[] if=port3 age=263 rekey=85836 life=86400 "
           "children=unknown",
           "  vd: 0",
           "  interface_index: 12",
           "  tun_id: 198.51.100.133/::10.0.0.5",
           "  remote_location: 0.0.0.0",
           "  network-id: 0",
           "  created: 263s ago",
           "  IKE SA: created 1/2  established 1/2  time 10/15/20 ms",
           "  IPsec SA: created 1/3  established 1/3  time 0/5/10 ms",
           "  status: established 263-263s ago = 20ms",
           "  key: <16 bytes redacted>",
           "  DPD sent/recv: " + legacy_dpd},
          true);
  }
}

// --- tunnels ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(tunnels_5x) {
  check("5x-vpn-tunnel-list-primary.txt",
        {"member name=HQ-FW1 source=fortios",
         "ike name=toBranchA v=1 local=203.0.113.10 remote=198.51.100.33 dialup=false",
         "  vd: 0",
         "  tunnel.serial: 1",
         "  tunnel.lgwy: static",
         "  tunnel.tun: intf",
         "  tunnel.mode: auto",
         "  tunnel.bound_if: 5",
         "  tunnel.proxyid_num: 1",
         "  tunnel.child_num: 0",
         "  tunnel.refcnt: 14",
         "  tunnel.ilast: 3",
         "  tunnel.olast: 2",
         "  tunnel.stat.rxp: 7300",
         "  tunnel.stat.txp: 7278",
         "  tunnel.stat.rxb: 992800",
         "  tunnel.stat.txb: 611352",
         "  tunnel.dpd.mode: active",
         "  tunnel.dpd.on: 1",
         "  tunnel.dpd.idle: 20000ms",
         "  tunnel.dpd.retry: 3",
         "  tunnel.dpd.count: 0",
         "  tunnel.dpd.seqno: 11",
         "  tunnel.natt.mode: none",
         "  tunnel.natt.draft: 0",
         "  tunnel.natt.interval: 0",
         "  tunnel.natt.remote_port: 0",
         "child name=toBranchA-p2 state=installed in=05c14b5a out=533fe55d proto=esp mode=tunnel encap=none "
         "enc=aes-cbc-128 integ=hmac-sha1-96 local=[10.20.0.0/16] remote=[10.30.0.0/16] seq=7279 window=1024 mtu=1446 "
         "pin=7300 bin=613200 pout=7278 bout=1106256 age=1200 expires=41710 life=42910",
         "  proxyid.proto: 0",
         "  proxyid.ref: 2",
         "  proxyid.serial: 1",
         "  ref: 3",
         "  options: 0000000e",
         "  type: 00",
         "  soft: 0",
         "  life.type: 01",
         "  life.bytes: 0/0",
         "  life.timeout: 42910/43200",
         "  dec.esp_key: <16 bytes redacted>",
         "  dec.ah_key: <20 bytes redacted>",
         "  enc.esp_key: <16 bytes redacted>",
         "  enc.ah_key: <20 bytes redacted>",
         "  npu_flag: 00",
         "  npu_rgwy: 198.51.100.33",
         "  npu_lgwy: 203.0.113.10",
         "  npu_selid: 1",
         "ike name=dialin_0 v=1 local=203.0.113.10[4500] remote=192.0.2.77[52611] dialup=true",
         "  vd: 0",
         "  tunnel.serial: 4",
         "  tunnel.lgwy: static",
         "  tunnel.tun: intf",
         "  tunnel.mode: dial_inst",
         "  tunnel.bound_if: 5",
         "  tunnel.parent: dialin",
         "  tunnel.index: 0",
         "  tunnel.proxyid_num: 1",
         "  tunnel.child_num: 0",
         "  tunnel.refcnt: 14",
         "  tunnel.ilast: 3",
         "  tunnel.olast: 2",
         "  tunnel.stat.rxp: 66",
         "  tunnel.stat.txp: 80",
         "  tunnel.stat.rxb: 8976",
         "  tunnel.stat.txb: 6720",
         "  tunnel.dpd.mode: active",
         "  tunnel.dpd.on: 1",
         "  tunnel.dpd.idle: 20000ms",
         "  tunnel.dpd.retry: 3",
         "  tunnel.dpd.count: 0",
         "  tunnel.dpd.seqno: 44",
         "  tunnel.natt.mode: keepalive",
         "  tunnel.natt.draft: 32",
         "  tunnel.natt.interval: 10",
         "  tunnel.natt.remote_port: 52611",
         "child name=dialin-p2 state=installed in=1d6a678d out=8b3f2a29 proto=esp mode=tunnel encap=udp enc=3des-cbc "
         "integ=hmac-md5-96 local=[0.0.0.0/0] remote=[10.99.0.11/32] seq=81 window=1024 mtu=1422 pin=66 bin=5544 "
         "pout=80 bout=12160 age=97 expires=1692 life=1789",
         "  proxyid.proto: 0",
         "  proxyid.ref: 2",
         "  proxyid.serial: 1",
         "  ref: 3",
         "  options: 0000000e",
         "  type: 00",
         "  soft: 0",
         "  life.type: 01",
         "  life.bytes: 0/0",
         "  life.timeout: 1789/1800",
         "  dec.esp_key: <24 bytes redacted>",
         "  dec.ah_key: <16 bytes redacted>",
         "  enc.esp_key: <24 bytes redacted>",
         "  enc.ah_key: <16 bytes redacted>",
         "  npu_flag: 00",
         "  npu_rgwy: 192.0.2.77",
         "  npu_lgwy: 203.0.113.10",
         "  npu_selid: 4"},
        true);
  check("5x-vpn-tunnel-list-secondary.txt",
        {"member name=HQ-FW2 source=fortios",
         "ike name=toBranchA v=1 local=203.0.113.10 remote=198.51.100.33 dialup=false",
         "child name=toBranchA-p2 state=installed in=05c14b5a out=533fe55d proto=esp mode=tunnel encap=none "
         "enc=aes-cbc-128 integ=hmac-sha1-96 local=[10.20.0.0/16] remote=[10.30.0.0/16] seq=4294967295 window=1024 "
         "mtu=1024 pin=0 bin=0 pout=0 bout=0 age=1200 expires=41710 life=42910",
         "ike name=dialin_0 v=1 local=203.0.113.10[4500] remote=192.0.2.77[52611] dialup=true",
         "child name=dialin-p2 state=installed in=1d6a678d out=8b3f2a29 proto=esp mode=tunnel encap=udp enc=3des-cbc "
         "integ=hmac-md5-96 local=[0.0.0.0/0] remote=[10.99.0.11/32] seq=4294967295 window=1024 mtu=1024 pin=0 bin=0 "
         "pout=0 bout=0 age=97 expires=1692 life=1789"});
}

BOOST_AUTO_TEST_CASE(tunnels_6x) {
  const std::string to_hq2 = "ike name=to_HQ2 v=2 local=203.0.113.66 remote=198.51.100.66 dialup=false";
  const std::string old_v1 = "ike name=old_v1 v=1 local=203.0.113.70 remote=198.51.100.70 dialup=false";
  const std::string spokes = "ike name=spokes_0 v=2 local=203.0.113.66 remote=192.0.2.130 dialup=true";
  const std::string to_hq2_sa =
      "child name=to_HQ2 state=installed in=116377d7 out=9d21b814 proto=esp mode=tunnel encap=none enc=aes-cbc-256 "
      "integ=hmac-sha2-256-128 esn=false local=[0.0.0.0/0] remote=[0.0.0.0/0] ";
  const std::string old_v1_sa =
      "child name=old_v1 state=installed in=5aee8456 out=1eabca63 proto=esp mode=tunnel encap=none enc=aes-cbc-128 "
      "integ=hmac-sha1-96 esn=false local=[10.1.100.0/24] remote=[172.16.101.0/24] ";
  const std::string spokes_sa =
      "child name=spokes state=installed in=e6b65a55 out=5a3c1aab proto=esp mode=tunnel encap=none enc=aes-cbc-256 "
      "integ=hmac-sha2-256-128 esn=false local=[0.0.0.0/0] remote=[172.16.130.0/24] ";
  const std::string synced = "seq=4294967295 window=2048 last=0 mtu=1024 pin=0 bin=0 pout=0 bout=0 ";
  check("6x-vpn-tunnel-list-primary.txt",
        {"member name=HQ-FW1 source=fortios", to_hq2,
         to_hq2_sa + "seq=420 window=2048 last=395 mtu=1438 pin=394 bin=33096 pout=419 bout=63688 age=88 "
                     "expires=42822 life=42910",
         old_v1,
         old_v1_sa + "seq=561 window=2048 last=559 mtu=1438 pin=558 bin=46872 pout=560 bout=85120 age=1024 "
                     "expires=41886 life=42910",
         spokes,
         spokes_sa + "seq=42 window=2048 last=31 mtu=1438 pin=30 bin=2520 pout=41 bout=6232 age=610 expires=42579 "
                     "life=43189"});
  check("6x-vpn-tunnel-list-secondary.txt",
        {"member name=HQ-FW2 source=fortios", to_hq2, to_hq2_sa + synced + "age=88 expires=42822 life=42910", old_v1,
         old_v1_sa + synced + "age=1024 expires=41886 life=42910", spokes,
         spokes_sa + synced + "age=610 expires=42579 life=43189"});
  // One SA is absent, one tunnel is there without its SA, the third tunnel is not there at all.
  check("6x-vpn-tunnel-list-secondary-missing-one.txt",
        {"member name=HQ-FW2 source=fortios", to_hq2, to_hq2_sa + synced + "age=88 expires=42822 life=42910", old_v1,
         "down name=old_v1 proto=esp mode=tunnel local=[10.1.100.0/24] remote=[172.16.101.0/24]"});
}

BOOST_AUTO_TEST_CASE(tunnel_details_6x) {
  const auto imported = import_text(sample("fortios/6x-vpn-tunnel-list-primary.txt"));
  const auto& spokes = imported.document.members[0].ike_sas->at(2);
  const auto detail = [&](std::string_view name) { return std::string(find(spokes.details, name).view()); };
  BOOST_TEST(detail("tunnel.options[03d8]") == "npu create_dev rgwy-chg frag-rfc");
  BOOST_TEST(detail("tunnel.accept_traffic") == "1");
  BOOST_TEST(detail("tunnel.encap") == "none/984");
  BOOST_TEST(detail("tunnel.parent") == "spokes");
  BOOST_TEST(detail("tunnel.ad") == "/0");
  const auto& child = spokes.child_sas->at(0);
  BOOST_TEST((find(child.details, "proxyid.flags") == std::string_view{"add-route"}));
  BOOST_TEST((find(child.details, "itn") == std::string_view{"0"}));
  BOOST_TEST((find(child.details, "enc_npuid") == std::string_view{"0"}));
}

BOOST_AUTO_TEST_CASE(tunnels_7x) {
  const std::string dc_east = "ike name=DC-EAST v=2 local=203.0.113.129 remote=198.51.100.129 dialup=false";
  const std::string legacy = "ike name=LEGACY v=1 local=203.0.113.133 remote=198.51.100.133 dialup=false";
  const std::string ra_0 = "ike name=RA_0 v=2 local=203.0.113.129[4500] remote=192.0.2.201[41230] dialup=true";
  const std::string dc_east_sa =
      "proto=esp mode=tunnel encap=none enc=aes-gcm-16-256 integ= esn=false local=[0.0.0.0/0] remote=[0.0.0.0/0] ";
  const std::string legacy_sa =
      "child name=LEGACY-p2 state=installed in=6cf0993f out=992b9a57 proto=esp mode=tunnel encap=none "
      "enc=aes-cbc-128 integ=hmac-sha1-96 esn=false local=[10.40.0.0/16] remote=[10.50.0.0/16] ";
  const std::string ra_0_sa =
      "child name=RA state=installed in=4a008ea0 out=b4e6a24c proto=esp mode=tunnel encap=udp enc=aes-cbc-256 "
      "integ=hmac-sha2-256-128 esn=false local=[0.0.0.0/0] remote=[10.212.134.9/32] ";
  const std::string idle = "window=2048 last=0 mtu=1024 pin=0 bin=0 pout=0 bout=0 ";
  check("7x-vpn-tunnel-list-primary.txt",
        {"member name=HQ-FW1 source=fortios", dc_east,
         "child name=DC-EAST state=installed in=18f71083 out=4272c1f8 " + dc_east_sa +
             "seq=20948 window=2048 last=20001 mtu=1446 pin=20000 bin=1680000 pout=20947 bout=3183944 age=7731 "
             "expires=35179 life=42910",
         legacy,
         legacy_sa + "seq=225 window=2048 last=201 mtu=1438 pin=200 bin=16800 pout=224 bout=34048 age=263 "
                     "expires=42647 life=42910",
         ra_0,
         ra_0_sa + "seq=31 window=2048 last=211 mtu=1422 pin=211 bin=17724 pout=30 bout=4560 age=1408 expires=41781 "
                   "life=43189"});
  check("7x-vpn-tunnel-list-secondary.txt",
        {"member name=HQ-FW2 source=fortios", dc_east,
         "child name=DC-EAST state=installed in=18f71083 out=4272c1f8 " + dc_east_sa + "seq=2147504596 " + idle +
             "age=7731 expires=35179 life=42910",
         legacy, legacy_sa + "seq=2147483873 " + idle + "age=263 expires=42647 life=42910", ra_0,
         ra_0_sa + "seq=2147483679 " + idle + "age=1408 expires=41781 life=43189"});
  check("7x-vpn-tunnel-list-primary-after-rekey.txt",
        {"member name=HQ-FW1 source=fortios", dc_east,
         "child name=DC-EAST state=installed in=aec5d1cc out=92078101 " + dc_east_sa +
             "seq=3 window=2048 last=2 mtu=1446 pin=1 bin=84 pout=2 bout=304 age=5 expires=42905 life=42910"});
  check("7x-vpn-tunnel-list-fgsp-standby.txt",
        {"member name=HQ-FW2 source=fortios", ra_0,
         ra_0_sa + "seq=2147483679 " + idle + "age=1408 expires=41781 life=43189"});
}

BOOST_AUTO_TEST_CASE(tunnel_details_7x) {
  const auto imported = import_text(sample("fortios/7x-vpn-tunnel-list-fgsp-standby.txt"));
  const auto& ra_0 = imported.document.members[0].ike_sas->at(0);
  const auto detail = [&](std::string_view name) { return std::string(find(ra_0.details, name).view()); };
  BOOST_TEST(detail("tunnel.role") == "standby");
  BOOST_TEST(detail("tunnel.run_state") == "1");
  BOOST_TEST(detail("tunnel.serial") == "b");
  BOOST_TEST(detail("tunnel.tun_id6") == "::10.0.0.14");
  BOOST_TEST(detail("tunnel.dpd-link") == "on");
  BOOST_TEST(detail("tunnel.fec.ingress") == "0");
  BOOST_TEST((find(ra_0.child_sas->at(0).details, "hash_search_len") == std::string_view{"1"}));
}

// --- summary and counters --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(summaries) {
  check(
      "5x-tunnel-summary.txt",
      {"member name=HQ-FW1 source=fortios", "ike name=toBranchA remote=198.51.100.33 selectors=1 up=1 children=unknown",
       "  summary.rx_packets: 7300", "  summary.rx_errors: 0", "  summary.tx_packets: 7278", "  summary.tx_errors: 4",
       "ike name=dialin_0 remote=192.0.2.77[52611] selectors=1 up=1 children=unknown", "  summary.rx_packets: 66",
       "  summary.rx_errors: 0", "  summary.tx_packets: 80", "  summary.tx_errors: 0"},
      true);
  check("6x-tunnel-summary.txt",
        {"member name=HQ-FW1 source=fortios", "ike name=to_HQ2 remote=198.51.100.66 selectors=1 up=1 children=unknown",
         "  summary.rx_packets: 394", "  summary.rx_errors: 0", "  summary.tx_packets: 419", "  summary.tx_errors: 1",
         "ike name=old_v1 remote=198.51.100.70 selectors=2 up=1 children=unknown", "  summary.rx_packets: 558",
         "  summary.rx_errors: 3", "  summary.tx_packets: 560", "  summary.tx_errors: 0",
         "ike name=spokes_0 remote=192.0.2.130 selectors=1 up=1 children=unknown", "  summary.rx_packets: 30",
         "  summary.rx_errors: 0", "  summary.tx_packets: 41", "  summary.tx_errors: 0"},
        true);
  check(
      "7x-tunnel-summary.txt",
      {"member name=HQ-FW1 source=fortios", "ike name=DC-EAST remote=198.51.100.129 selectors=1 up=1 children=unknown",
       "  summary.rx_packets: 20000", "  summary.rx_errors: 0", "  summary.tx_packets: 20947", "  summary.tx_errors: 0",
       "ike name=LEGACY remote=198.51.100.133 selectors=1 up=1 children=unknown", "  summary.rx_packets: 200",
       "  summary.rx_errors: 0", "  summary.tx_packets: 224", "  summary.tx_errors: 2",
       "ike name=RA_0 remote=192.0.2.201[41230] selectors=1 up=1 children=unknown", "  summary.rx_packets: 211",
       "  summary.rx_errors: 0", "  summary.tx_packets: 30", "  summary.tx_errors: 0"},
      true);
  check(
      "7x-tunnel-summary-secondary.txt",
      {"member name=HQ-FW2 source=fortios", "ike name=DC-EAST remote=198.51.100.129 selectors=1 up=1 children=unknown",
       "  summary.rx_packets: 0", "  summary.rx_errors: 0", "  summary.tx_packets: 0", "  summary.tx_errors: 0",
       "ike name=LEGACY remote=198.51.100.133 selectors=1 up=1 children=unknown", "  summary.rx_packets: 0",
       "  summary.rx_errors: 0", "  summary.tx_packets: 0", "  summary.tx_errors: 0",
       "ike name=RA_0 remote=192.0.2.201[41230] selectors=1 up=1 children=unknown", "  summary.rx_packets: 0",
       "  summary.rx_errors: 0", "  summary.tx_packets: 0", "  summary.tx_errors: 0"},
      true);
}

BOOST_AUTO_TEST_CASE(counters) {
  const std::string primary = "member name=HQ-FW1 source=fortios ike=unknown";
  const std::string secondary = "member name=HQ-FW2 source=fortios ike=unknown";
  check("5x-ike-stats-primary.txt", {primary, "ha.resync 0", "ha.vike.sync 0", "ha.conn.sync 0", "ha.sync.tx 214",
                                     "ha.sync.rx 0", "ha.sync.rx.len.bad 0"});
  check("5x-ike-stats-secondary.txt", {secondary, "ha.resync 1", "ha.vike.sync 0", "ha.conn.sync 0", "ha.sync.tx 3",
                                       "ha.sync.rx 214", "ha.sync.rx.len.bad 0"});
  check("6x-ike-stats-primary.txt", {primary, "ha.ike.sa.add.tx.queued 35", "ha.ike.sa.del.tx 12",
                                     "ha.ipsec.sa.add.tx 71", "ha.ipsec.sa.del.tx 28", "ha.resync 0", "ha.vike.sync 0",
                                     "ha.conn.sync 2", "ha.sync.tx 5120", "ha.sync.rx 17", "ha.sync.rx.len.bad 0"});
  check(
      "6x-ike-stats-secondary-badlen.txt",
      {secondary, "ha.ike.sa.add.tx.queued 0", "ha.ike.sa.del.tx 0", "ha.ipsec.sa.add.tx 0", "ha.ipsec.sa.del.tx 0",
       "ha.resync 4", "ha.vike.sync 1", "ha.conn.sync 2", "ha.sync.tx 17", "ha.sync.rx 5119", "ha.sync.rx.len.bad 1"});
  check("7x-ike-stats-primary.txt",
        {primary, "ha.ike.sa.add.tx.queued 4012", "ha.ike.sa.del.tx 3777", "ha.ipsec.sa.add.tx 9020",
         "ha.ipsec.sa.del.tx 8611", "ha.resync 1", "ha.vike.sync 0", "ha.conn.sync 44", "ha.sync.tx 183004",
         "ha.sync.rx 902", "ha.sync.rx.len.bad 0"});
  check("7x-ike-stats-secondary.txt",
        {secondary, "ha.ike.sa.add.tx.queued 0", "ha.ike.sa.del.tx 0", "ha.ipsec.sa.add.tx 0", "ha.ipsec.sa.del.tx 0",
         "ha.resync 2", "ha.vike.sync 3", "ha.conn.sync 44", "ha.sync.tx 902", "ha.sync.rx 183004",
         "ha.sync.rx.len.bad 0"});
}

// --- HA status -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(diagnose_ha_status) {
  check("5x-diag-sys-ha-status.txt",
        {"member name=HQ-FW1 serial=FGT3HD3914800101 role=primary source=fortios ike=unknown",
         "  ha.traffic.local: s:0 p:181452 b:80125511",
         "  ha.traffic.total: s:0 p:181460 b:80126003",
         "  ha.activity.fdb: c:0 q:0",
         "  ha.model: 311",
         "  ha.mode: 2",
         "  ha.group: 12",
         "  ha.debug: 0",
         "  ha.nvcluster: 1",
         "  ha.ses_pickup: 1",
         "  ha.delay: 0",
         "  vcluster.1.state: work",
         "  vcluster.1.master_ip: 169.254.0.1",
         "  vcluster.1.master_id: 0",
         "  vcluster.1.FGT3HD3914800101.role: Master",
         "  vcluster.1.FGT3HD3914800101.state: prio=0, rev=0",
         "  vcluster.1.FGT3HD3914800100.role: Slave",
         "  vcluster.1.FGT3HD3914800100.state: prio=1, rev=1",
         "cluster serial=FGT3HD3914800101 name=HQ-FW1 role=primary priority=200 index=0",
         "cluster serial=FGT3HD3914800100 name=HQ-FW2 role=subordinate priority=100 index=1"},
        true);
  check("6x-diag-sys-ha-status.txt",
        {"member name=HQ-FW1 serial=FG5H0E5818900021 role=primary source=fortios ike=unknown",
         "  ha.traffic.local: s:0 p:8112345 b:1200345678",
         "  ha.traffic.total: s:0 p:8112777 b:1200400012",
         "  ha.activity.fdb: c:0 q:0",
         "  ha.model: 500",
         "  ha.mode: 2",
         "  ha.group: 9",
         "  ha.debug: 0",
         "  ha.nvcluster: 2",
         "  ha.ses_pickup: 1",
         "  ha.delay: 0",
         "  vcluster.1.state: work",
         "  vcluster.1.master_ip: 169.254.0.1",
         "  vcluster.1.master_id: 0",
         "  vcluster.1.FG5H0E5818900021.role: Master",
         "  vcluster.1.FG5H0E5818900021.ha_prio/o_ha_prio: 0/0",
         "  vcluster.1.FG5H0E5818900020.role: Slave",
         "  vcluster.1.FG5H0E5818900020.ha_prio/o_ha_prio: 1/1",
         "  vcluster.2.state: standby",
         "  vcluster.2.master_ip: 169.254.0.2",
         "  vcluster.2.master_id: 1",
         "  vcluster.2.FG5H0E5818900021.role: Slave",
         "  vcluster.2.FG5H0E5818900021.ha_prio/o_ha_prio: 1/1",
         "  vcluster.2.FG5H0E5818900020.role: Master",
         "  vcluster.2.FG5H0E5818900020.ha_prio/o_ha_prio: 0/0",
         "cluster serial=FG5H0E5818900021 name=HQ-FW1 role=primary priority=200 index=0",
         "cluster serial=FG5H0E5818900020 name=HQ-FW2 role=subordinate priority=128 index=1"},
        true);
  check("7x-diag-sys-ha-status.txt",
        {"member name=HQ-FW1 serial=FGVM08TM23000311 role=primary source=fortios ike=unknown",
         "  ha.traffic.local: s:0 p:104377 b:39120044",
         "  ha.traffic.total: s:0 p:104391 b:39121010",
         "  ha.activity.ha_id_changes: 4",
         "  ha.activity.fdb: c:0 q:0",
         "  ha.model: 80008",
         "  ha.mode: 2",
         "  ha.group: 310",
         "  ha.debug: 0",
         "  ha.nvcluster: 1",
         "  ha.ses_pickup: 1",
         "  ha.delay: 0",
         "  vcluster.1.state: work",
         "  vcluster.1.primary_ip: 169.254.0.2",
         "  vcluster.1.primary_id: 0",
         "  vcluster.1.FGVM08TM23000311.role: Primary",
         "  vcluster.1.FGVM08TM23000311.ha_prio/o_ha_prio: 0/0",
         "  vcluster.1.FGVM08TM23000412.role: Secondary",
         "  vcluster.1.FGVM08TM23000412.ha_prio/o_ha_prio: 1/1",
         "cluster serial=FGVM08TM23000311 name=HQ-FW1 role=primary priority=200 index=1",
         "cluster serial=FGVM08TM23000412 name=HQ-FW2 role=subordinate priority=100 index=0"},
        true);
}

BOOST_AUTO_TEST_CASE(get_ha_status) {
  check("5x-get-system-ha-status.txt",
        {"member name=HQ-FW1 serial=FGT3HD3914800101 role=primary source=fortios ike=unknown",
         "  ha.model: FortiGate-300D", "  ha.mode: a-p", "  ha.group: 12", "  ha.debug: 0",
         "  ha.ses_pickup: enable, ses_pickup_delay=disable", "  ha.number_of_vcluster: 1", "  vcluster.1.state: work",
         "  vcluster.1.address: 169.254.0.1", "  vcluster.1.FGT3HD3914800101.operating: 0",
         "  vcluster.1.FGT3HD3914800101.role: Master", "  vcluster.1.FGT3HD3914800100.operating: 1",
         "  vcluster.1.FGT3HD3914800100.role: Slave",
         "cluster serial=FGT3HD3914800101 name=HQ-FW1 role=primary priority=200 index=0",
         "cluster serial=FGT3HD3914800100 name=HQ-FW2 role=subordinate priority=100 index=1"},
        true);
  check("6x-get-system-ha-status.txt",
        {"member name=HQ-FW1 serial=FG5H0E5818900021 role=primary source=fortios ike=unknown",
         "  ha.ha_health_status: OK",
         "  ha.model: FortiGate-500E",
         "  ha.mode: HA A-P",
         "  ha.group: 9",
         "  ha.debug: 0",
         "  ha.cluster_uptime: 87 days 3:41:6",
         "  ha.cluster_state_change_time: 2021-03-02 08:15:27",
         "  ha.election.1: <2021/03/02 08:15:27> FG5H0E5818900021 is selected as the master because it has the "
         "largest value of override priority.",
         "  ha.election.2: <2021/03/02 08:11:03> FG5H0E5818900021 is selected as the master because it's the only "
         "member in the cluster.",
         "  ha.ses_pickup: enable, ses_pickup_delay=disable",
         "  ha.override: enable",
         "  system_usage_stats.FG5H0E5818900021: sessions=1207, average-cpu-user/nice/system/idle=1%/0%/0%/99%, "
         "memory=25%",
         "  system_usage_stats.FG5H0E5818900020: sessions=1198, average-cpu-user/nice/system/idle=0%/0%/0%/100%, "
         "memory=24%",
         "  hbdev_stats.FG5H0E5818900021: ha: physical/1000auto, up, "
         "rx-bytes/packets/dropped/errors=55120931/204417/0/0, tx=240118870/391006/0/0",
         "  hbdev_stats.FG5H0E5818900020: ha: physical/1000auto, up, "
         "rx-bytes/packets/dropped/errors=240119002/391007/0/0, tx=55119871/204411/0/0",
         "  ha.number_of_vcluster: 1",
         "  vcluster.1.state: work",
         "  vcluster.1.address: 169.254.0.1",
         "  vcluster.1.FG5H0E5818900021.operating: 0",
         "  vcluster.1.FG5H0E5818900021.role: Master",
         "  vcluster.1.FG5H0E5818900020.operating: 1",
         "  vcluster.1.FG5H0E5818900020.role: Slave",
         "cluster serial=FG5H0E5818900021 name=HQ-FW1 role=primary index=0 in_sync=true",
         "cluster serial=FG5H0E5818900020 name=HQ-FW2 role=subordinate index=1 in_sync=false"},
        true);
  check("7x-get-system-ha-status.txt",
        {"member name=HQ-FW1 serial=FGVM08TM23000311 role=primary source=fortios ike=unknown",
         "  ha.ha_health_status: OK",
         "  ha.model: FortiGate-VM64-KVM",
         "  ha.mode: HA A-P",
         "  ha.group_name: hq-cluster",
         "  ha.group_id: 310",
         "  ha.debug: 0",
         "  ha.cluster_uptime: 0 days 2:14:9",
         "  ha.cluster_state_change_time: 2025-02-17 06:41:30",
         "  ha.election.1: <2025/02/17 06:41:30> vcluster-1: FGVM08TM23000311 is selected as the primary because its "
         "uptime is larger than peer member FGVM08TM23000412.",
         "  ha.election.2: <2025/02/17 06:22:08> vcluster-1: FGVM08TM23000412 is selected as the primary because "
         "SET_AS_SECONDARY flag is set on peer member FGVM08TM23000311.",
         "  ha.ses_pickup: enable, ses_pickup_delay=disable",
         "  ha.override: disable",
         "  system_usage_stats.FGVM08TM23000311: sessions=44, npu-sessions=0, "
         "average-cpu-user/nice/system/idle=0%/0%/0%/99%, memory=33%",
         "  system_usage_stats.FGVM08TM23000412: sessions=41, npu-sessions=0, "
         "average-cpu-user/nice/system/idle=0%/0%/0%/99%, memory=33%",
         "  hbdev_stats.FGVM08TM23000311: port7: physical/10000full, up, "
         "rx-bytes/packets/dropped/errors=8812304/21177/0/0, tx=9907711/20544/0/0",
         "  hbdev_stats.FGVM08TM23000412: port7: physical/10000full, up, "
         "rx-bytes/packets/dropped/errors=9901102/20540/0/0, tx=8809944/21171/0/0",
         "  mondev_stats.FGVM08TM23000311: port2: physical/10000full, up, "
         "rx-bytes/packets/dropped/errors=771020/6410/0/0, tx=90122/871/0/0",
         "  mondev_stats.FGVM08TM23000412: port2: physical/10000full, down, "
         "rx-bytes/packets/dropped/errors=801733/6644/0/0, tx=20012/166/0/0",
         "  ha.number_of_vcluster: 1",
         "  vcluster.1.state: work",
         "  vcluster.1.address: 169.254.0.2",
         "  vcluster.1.FGVM08TM23000311.operating: 0",
         "  vcluster.1.FGVM08TM23000311.role: Primary",
         "  vcluster.1.FGVM08TM23000412.operating: 1",
         "  vcluster.1.FGVM08TM23000412.role: Secondary",
         "cluster serial=FGVM08TM23000311 name=HQ-FW1 role=primary index=1 in_sync=true",
         "  chksum dump: 3f 08 d1 6c 77 a0 52 e9 14 bb 4d 90 c6 2e 81 fa",
         "cluster serial=FGVM08TM23000412 name=HQ-FW2 role=subordinate index=0 in_sync=true",
         "  chksum dump: 3f 08 d1 6c 77 a0 52 e9 14 bb 4d 90 c6 2e 81 fa"},
        true);
}

BOOST_AUTO_TEST_SUITE_END()

// NOLINTEND(bugprone-suspicious-missing-comma)
