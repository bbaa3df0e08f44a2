// FortiOS as operators paste it: several commands, pagers, prompts, releases in between.

#include "sasync/import/fortios.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "import/samples.hpp"
#include "import/show.hpp"

using namespace sasync;
using test::import_text;
using test::sample;
using test::show;

namespace {

/// What a terminal makes of it: CRLF, colours around the prompt, and a pager every `page` lines.
std::string through_terminal(std::string_view text, std::size_t page) {
  std::string out;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (++number % page == 0) {
      out += number / page % 2 == 0 ? "--More-- \r         \r"
                                    : "\x1B[7m--More--\x1B[m\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b";
    }
    const auto hash = line.find(" # ");
    if (hash == std::string_view::npos)
      out.append(line);
    else
      out.append("\x1B[32m").append(line.substr(0, hash)).append("\x1B[0m").append(line.substr(hash));
    out += "\r\n";
  }
  return out;
}

std::string whole_session() {
  return sample("fortios/7x-ike-gateway-list-primary.txt") + sample("fortios/7x-diag-sys-ha-status.txt") +
         sample("fortios/7x-vpn-tunnel-list-primary.txt") + "HQ-FW1 (root) # \n" +
         sample("fortios/7x-tunnel-summary.txt") + sample("fortios/7x-get-system-ha-status.txt") +
         sample("fortios/7x-ike-stats-primary.txt") + "HQ-FW1 # exit\n";
}

}  // namespace

// NOLINTBEGIN(bugprone-suspicious-missing-comma): one expected line takes several lines here
BOOST_AUTO_TEST_SUITE(fortios)

BOOST_AUTO_TEST_CASE(all_commands_in_one_session_make_one_state) {
  const auto imported = import_text(whole_session());
  BOOST_TEST(imported.not_understood_count == 0U);
  BOOST_TEST(imported.warnings.empty());
  const std::vector<std::string> expected{
      "member name=HQ-FW1 serial=FGVM08TM23000311 role=primary source=fortios",
      "ha.ike.sa.add.tx.queued 4012",
      "ha.ike.sa.del.tx 3777",
      "ha.ipsec.sa.add.tx 9020",
      "ha.ipsec.sa.del.tx 8611",
      "ha.resync 1",
      "ha.vike.sync 0",
      "ha.conn.sync 44",
      "ha.sync.tx 183004",
      "ha.sync.rx 902",
      "ha.sync.rx.len.bad 0",
      "cluster serial=FGVM08TM23000311 name=HQ-FW1 role=primary priority=200 index=1 in_sync=true",
      "cluster serial=FGVM08TM23000412 name=HQ-FW2 role=subordinate priority=100 index=0 in_sync=true",
      "ike name=DC-EAST vdom=root id=7 v=2 i=ec70b8067b708604 r=c16c41d6fdc6f79a initiator=true state=established "
      "local=203.0.113.129[500] remote=198.51.100.129[500] enc=aes-gcm-16-256 integ= send=52 receive=87 vips=[] "
      "dialup=false if=port2 age=7731 rekey=78368 life=86400 selectors=1 up=1",
      "child name=DC-EAST state=installed in=18f71083 out=4272c1f8 proto=esp mode=tunnel encap=none "
      "enc=aes-gcm-16-256 integ= esn=false local=[0.0.0.0/0] remote=[0.0.0.0/0] seq=20948 window=2048 last=20001 "
      "mtu=1446 pin=20000 bin=1680000 pout=20947 bout=3183944 age=7731 expires=35179 life=42910",
      "ike name=RA_0 vdom=root id=77 v=2 i=2526042071d7476d r=38f79b35477de024 initiator=false state=established "
      "local=203.0.113.129[4500] remote=192.0.2.201[41230] remote_id=gw-201.example.net enc=aes-cbc-256 "
      "integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 send=0 receive=211 vips=[10.212.134.9] dialup=true if=port2 "
      "age=1408 rekey=84691 life=86400 selectors=1 up=1",
      "child name=RA state=installed in=4a008ea0 out=b4e6a24c proto=esp mode=tunnel encap=udp enc=aes-cbc-256 "
      "integ=hmac-sha2-256-128 esn=false local=[0.0.0.0/0] remote=[10.212.134.9/32] seq=31 window=2048 last=211 "
      "mtu=1422 pin=211 bin=17724 pout=30 bout=4560 age=1408 expires=41781 life=43189",
      "ike name=LEGACY vdom=root id=14 v=1 i=05479f74f36c6b71 r=ffa4a0cbe3bd431a initiator=true state=established "
      "local=203.0.113.133[500] remote=198.51.100.133[500] enc=aes-cbc-128 integ=hmac-sha2-256-128 "
      "prf=prf-hmac-sha2-256 vips=[] dialup=false if=port3 age=263 rekey=85836 life=86400 selectors=1 up=1",
      "child name=LEGACY-p2 state=installed in=6cf0993f out=992b9a57 proto=esp mode=tunnel encap=none enc=aes-cbc-128 "
      "integ=hmac-sha1-96 esn=false local=[10.40.0.0/16] remote=[10.50.0.0/16] seq=225 window=2048 last=201 mtu=1438 "
      "pin=200 bin=16800 pout=224 bout=34048 age=263 expires=42647 life=42910"};
  BOOST_TEST(show(imported.document) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pagers_colours_and_line_ends_change_nothing) {
  const auto clean = import_text(whole_session());
  for (const std::size_t page : {2U, 3U, 7U, 24U}) {
    const auto imported = import_text(through_terminal(whole_session(), page));
    BOOST_TEST(imported.not_understood_count == 0U);
    BOOST_TEST((imported.document == clean.document));
  }
}

BOOST_AUTO_TEST_CASE(neither_indentation_nor_order_of_the_commands_matters) {
  std::string indented;
  const auto original = sample("fortios/6x-vpn-tunnel-list-primary.txt");
  for (std::string_view rest = original; !rest.empty();) {
    const auto end = rest.find('\n');
    indented.append("        ").append(rest.substr(0, end)).append("   \n");
    rest.remove_prefix(end + 1);
  }
  const auto plain = import_text(sample("fortios/6x-vpn-tunnel-list-primary.txt"));
  BOOST_TEST((import_text(indented).document == plain.document));

  const auto gateways = sample("fortios/7x-ike-gateway-list-primary.txt");
  const auto tunnels = sample("fortios/7x-vpn-tunnel-list-primary.txt");
  const auto summary = sample("fortios/7x-tunnel-summary.txt");
  const auto lines = [](const std::string& text) {
    auto shown = show(import_text(text).document);
    std::ranges::sort(shown);
    return shown;
  };
  const auto expected = lines(gateways + tunnels + summary);
  auto parts = std::to_array<std::string_view>({gateways, tunnels, summary});
  std::ranges::sort(parts);
  do {
    std::string text;
    for (const auto part : parts) text += part;
    BOOST_TEST(lines(text) == expected, boost::test_tools::per_element());
  } while (std::ranges::next_permutation(parts).found);
}

BOOST_AUTO_TEST_CASE(each_prompt_has_its_own_member) {
  const auto imported =
      import_text(sample("fortios/6x-diag-sys-ha-status.txt") + sample("fortios/6x-ike-stats-primary.txt") +
                  sample("fortios/6x-ike-stats-secondary-badlen.txt"));
  BOOST_REQUIRE(imported.document.members.size() == 2U);
  const auto& [first, second] = std::tie(imported.document.members[0], imported.document.members[1]);
  BOOST_TEST((first.name == std::string_view{"HQ-FW1"}));
  BOOST_TEST((first.role == state::Role::primary));
  BOOST_TEST(first.counters->at(7).value == 5120U);
  BOOST_TEST((second.name == std::string_view{"HQ-FW2"}));
  BOOST_TEST(!second.role.has_value());
  BOOST_TEST(second.counters->at(9).value == 1U);
}

BOOST_AUTO_TEST_CASE(without_a_prompt_the_primary_says_who_it_is) {
  auto text = sample("fortios/6x-diag-sys-ha-status.txt");
  text.erase(0, text.find('\n') + 1);
  const auto primary = import_text(text);
  BOOST_TEST((primary.document.members[0].name == std::string_view{"HQ-FW1"}));
  BOOST_TEST((primary.document.members[0].role == state::Role::primary));
  text.replace(text.find("is_manage_master=1"), 18, "is_manage_master=0");
  importer::ImportOptions options;
  options.member_name = "pasted";
  const auto other = import_text(text, options);
  BOOST_TEST((other.document.members[0].name == std::string_view{"pasted"}));
  BOOST_TEST((other.document.members[0].role == state::Role::subordinate));
}

BOOST_AUTO_TEST_CASE(what_is_said_twice_counts_as_said_last) {
  const auto before = sample("fortios/7x-vpn-tunnel-list-primary.txt");
  const auto after = sample("fortios/7x-vpn-tunnel-list-primary-after-rekey.txt");
  const auto twice = import_text(before + before);
  BOOST_TEST((twice.document == import_text(before).document));
  BOOST_TEST(twice.warnings.size() == 3U);
  const auto rekeyed = import_text(before + after);
  const auto& sas = *rekeyed.document.members[0].ike_sas;
  BOOST_REQUIRE(sas.size() == 3U);
  BOOST_REQUIRE(sas[0].child_sas->size() == 1U);
  BOOST_TEST(*sas[0].child_sas->at(0).spi_in == 0xaec5d1ccU);
  const auto gateways = sample("fortios/7x-ike-gateway-list-primary.txt");
  BOOST_TEST((import_text(gateways + gateways).document == import_text(gateways).document));
}

BOOST_AUTO_TEST_CASE(commands_without_tunnels_twice_are_told_too) {
  for (const auto* name : {"fortios/7x-ike-stats-primary.txt", "fortios/7x-get-system-ha-status.txt",
                           "fortios/5x-get-system-ha-status.txt", "fortios/7x-diag-sys-ha-status.txt"}) {
    const auto once = sample(name);
    const auto twice = import_text(once + once);
    BOOST_TEST((twice.document == import_text(once).document), name);
    BOOST_TEST(twice.damaged, name);
    BOOST_TEST(twice.warnings.size() == 1U, name);
  }
  const auto summary = sample("fortios/7x-tunnel-summary.txt");
  const auto twice = import_text(summary + summary);
  BOOST_TEST((twice.document == import_text(summary).document));
  BOOST_TEST(twice.warnings.size() == 3U);  // one a tunnel
  const auto later = import_text(
      "HQ-FW1 # diagnose vpn ike stats\nha.sync.tx: 1\nha.sync.rx: 5\n"
      "HQ-FW1 # diagnose vpn ike stats\nha.sync.tx: 3\nha.sync.rx: 6\n"
      "HQ-FW1 # diagnose vpn ike stats\nha.sync.tx: 4\nha.sync.rx: 6\n");
  BOOST_TEST(later.document.members[0].counters->at(0).value == 4U);
  BOOST_TEST(later.warnings.size() == 2U);
  // Two commands of one host, and one command of two hosts, are no repetition.
  BOOST_TEST(!import_text(whole_session()).damaged);
  BOOST_TEST(
      !import_text(sample("fortios/7x-ike-stats-primary.txt") + sample("fortios/7x-ike-stats-secondary.txt")).damaged);
}

BOOST_AUTO_TEST_CASE(the_number_of_a_virtual_domain_is_kept) {
  const auto one = sample("fortios/6x-vpn-tunnel-list-primary.txt");
  auto other = one;
  other.replace(other.find("in vd 0"), 7, "in vd 3");
  const auto imported = import_text(one + other);
  const auto& sas = *imported.document.members[0].ike_sas;
  BOOST_TEST_REQUIRE(sas.size() == 6U);
  BOOST_TEST((find(sas[0].details, "vd") == std::string_view{"0"}));
  BOOST_TEST((find(sas[5].details, "vd") == std::string_view{"3"}));
}

BOOST_AUTO_TEST_CASE(a_device_alone_has_no_virtual_clusters) {
  BOOST_TEST(
      !import_text("HA information\nModel=311, Mode=0 Group=0 Debug=0\nnvcluster=0, ses_pickup=0, delay=0\n").damaged);
  BOOST_TEST(!import_text("HA Health Status: OK\nModel: FortiGate-60F\nMode: Standalone\nGroup: 0\n").damaged);
}

BOOST_AUTO_TEST_CASE(a_gateway_may_have_several_ike_sas_and_no_blank_line_between) {
  const auto imported = import_text(
      "vd: root/0\nname: hub\nversion: 2\ninterface:  0\naddr:  -> \nIKE SA  created: 2/2  established: 2/2  time: "
      "1/2/3 ms\n"
      "  id/spi: 1 1111111111111111/2222222222222222\n  direction: initiator\n"
      "  status: established 90-89s ago = 1000ms\n  proposal: aes-256-sha512\n  lifetime/rekey: 86400/-5\n"
      "  id/spi: 2 3333333333333333/4444444444444444\n  direction: responder\n"
      "  status: established 9-8s ago = 1000ms\n  proposal: chacha20poly1305-prfsha384\n"
      "list all ipsec tunnel in vd 0\n"
      "name=hub ver=2 serial=1 192.0.2.1:0->192.0.2.2:0\n"
      "proxyid=p2 proto=0 sa=1 ref=2 serial=1 transport-mode\n  src: 0:10.0.0.0/255.0.0.0:0\n  dst: "
      "6:10.1.0.0/255.255.0.0:443\n"
      "  SA:  ref=3 options=1 type=00 soft=0 mtu=1280 expire=100/5B replaywin=0\n       seqno=ffffffff esn=1\n"
      "  life: type=01 bytes=0/0 timeout=200/300\n  dec: spi=00000001 esp=null key=0\n       ah=sha512 key=64 00\n"
      "  enc: spi=00000002 esp=null key=0\n       ah=sha512 key=64 00\n  dec:pkts/bytes=1/2, enc:pkts/bytes=3/4\n");
  BOOST_TEST(imported.not_understood_count == 0U);
  const std::vector<std::string> expected{
      "member source=fortios",
      "ike name=hub vdom=root id=1 v=2 i=1111111111111111 r=2222222222222222 initiator=true state=established "
      "local=192.0.2.1 remote=192.0.2.2 enc=aes-cbc-256 integ=hmac-sha2-512-256 prf=prf-hmac-sha2-512 vips=[] if= "
      "age=89 life=86400",
      "ike name=hub vdom=root id=2 v=2 i=3333333333333333 r=4444444444444444 initiator=false state=established "
      "local=192.0.2.1 remote=192.0.2.2 enc=chacha20-poly1305 integ= prf=prf-hmac-sha2-384 vips=[] if= age=8",
      "child name=p2 state=installed in=00000001 out=00000002 proto=esp mode=transport encap=none enc=null "
      "integ=hmac-sha2-512-256 esn=true local=[10.0.0.0/8] remote=[10.1.0.0/16[6/443]] seq=4294967295 window=0 "
      "mtu=1280 "
      "pin=1 bin=2 pout=3 bout=4 age=100 expires=100 life=200"};
  BOOST_TEST(show(imported.document) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(items_that_nobody_knows_are_kept) {
  const auto imported = import_text(
      "vd: root/0\nname: a\nbrand-new: 7 of 9\n  id/spi: 1 1111111111111111/2222222222222222\n  quantum: maybe\n"
      "list ipsec tunnel by names in vd 0\nname=a b ver=2 serial=1 192.0.2.1:0->192.0.2.2:0 colour=red\n"
      "new: x=1 y=2\nproxyid=p 2 proto=0 sa=1 fresh=1\n  SA:  ref=3 more=4\n  dec: spi=00000001\n  enc: spi=00000002\n"
      "connection: 3/348\nIKE SA: created 3/348  established 3/9  times 0/13/3040 ms\n"
      "ha.sync.tx: 1 ha.sync.rx: -2\n");
  BOOST_TEST(imported.not_understood_count == 0U);
  const auto& member = imported.document.members[0];
  const auto& sas = *member.ike_sas;
  BOOST_TEST((find(sas[0].details, "brand-new") == std::string_view{"7 of 9"}));
  BOOST_TEST((find(sas[0].details, "quantum") == std::string_view{"maybe"}));
  BOOST_TEST((sas[1].name == std::string_view{"a b"}));
  BOOST_TEST((find(sas[1].details, "tunnel.colour") == std::string_view{"red"}));
  BOOST_TEST((find(sas[1].details, "tunnel.new.y") == std::string_view{"2"}));
  BOOST_TEST((sas[1].child_sas->at(0).name == std::string_view{"p 2"}));
  BOOST_TEST((find(sas[1].child_sas->at(0).details, "proxyid.fresh") == std::string_view{"1"}));
  BOOST_TEST((find(sas[1].child_sas->at(0).details, "more") == std::string_view{"4"}));
  BOOST_TEST((find(member.details, "ike_status.connection") == std::string_view{"3/348"}));
  BOOST_TEST((find(member.details, "counters.ha.sync.rx") == std::string_view{"-2"}));
  BOOST_TEST(member.counters->at(0).value == 1U);
}

BOOST_AUTO_TEST_CASE(lines_of_other_commands_are_counted_and_shown) {
  importer::ImportOptions options;
  options.kept_lines_max = 2;
  const auto imported = import_text(
      "HQ-FW1 # get system status\nVersion: FortiGate-500E v6.4.2\nSerial-Number: FG5H0E\n"
      "BIOS version: 05000006\nHQ-FW1 # diagnose vpn ike stats\nha.sync.tx: 1\n",
      options);
  BOOST_TEST(imported.not_understood_count == 3U);
  BOOST_REQUIRE(imported.not_understood.size() == 2U);
  BOOST_TEST(imported.not_understood[0].line == 2U);
  BOOST_TEST(imported.not_understood[0].text == "Version: FortiGate-500E v6.4.2");
  BOOST_TEST(!imported.not_understood[0].reason.empty());
  BOOST_TEST(imported.document.members[0].counters->at(0).value == 1U);
}

BOOST_AUTO_TEST_CASE(a_list_that_is_cut_off_says_so) {
  const auto whole = sample("fortios/7x-vpn-tunnel-list-primary.txt");
  const auto before_sa = import_text(std::string_view(whole).substr(0, whole.find("  SA:")));
  BOOST_TEST(before_sa.warnings.size() == 1U);
  const auto in_sa = import_text(std::string_view(whole).substr(0, whole.find("  enc:")));
  BOOST_TEST(in_sa.warnings.size() == 1U);
  BOOST_TEST(*in_sa.document.members[0].ike_sas->at(0).child_sas->at(0).spi_in == 0x18f71083U);
}

BOOST_AUTO_TEST_CASE(keys_are_kept_only_when_asked_for) {
  importer::ImportOptions options;
  options.keep_secrets = true;
  const auto imported = import_text(whole_session(), options);
  const auto& sa = imported.document.members[0].ike_sas->at(0);
  BOOST_TEST((find(sa.details, "SK_ei") == std::string_view{"4aea0408f8e0d799fe2a7bd6948f41c62bae740b"}));
  BOOST_TEST((find(sa.child_sas->at(0).details, "dec.esp_key") ==
              std::string_view{"922dee342892821b029b6e60fc71b5ad86d0623259bf339b2a8b063a02cdf8fa68d6c675"}));
}

BOOST_AUTO_TEST_SUITE_END()

// NOLINTEND(bugprone-suspicious-missing-comma)
