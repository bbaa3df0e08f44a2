// Lists that real charon daemons printed: the plain and the raw form of the same moment are the same state.
//
// What only one form carries: raw has nat-local, nat-remote, nat-fake and nat-any, as details. All else is in both; the
// two lists of a node are taken one after the other, so that times may be a second apart, and so may counters.

#include <boost/test/unit_test.hpp>
#include <set>

#include "import/samples.hpp"
#include "import/show.hpp"

namespace fs = std::filesystem;
using namespace sasync;

namespace {

const fs::path kCaptures = fs::path(SASYNC_SOURCE_DIR) / "corpus/captures/strongswan";

std::vector<fs::path> lists(const std::string& extension) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(kCaptures)) {
    if (entry.path().string().ends_with(".sas" + extension)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

importer::Imported import_list(const fs::path& path) {
  const auto text = test::file_text(path);
  importer::Lines lines(text);
  return importer::find_importer("swanctl")->import(lines, {});
}

/// Takes out what may differ between the two lists of one moment, and only that.
void forget_times(state::Document& document) {
  for (auto& ike : *document.members[0].ike_sas) {
    ike.age_seconds = ike.rekey_in_seconds = ike.expires_in_seconds = std::nullopt;
    for (auto& child : *ike.child_sas) {
      child.age_seconds = child.rekey_in_seconds = child.expires_in_seconds = std::nullopt;
    }
  }
}

std::vector<std::string> without(std::vector<std::string> lines, std::initializer_list<std::string_view> prefixes) {
  std::erase_if(lines, [&](const std::string& line) {
    return std::ranges::any_of(prefixes, [&](auto prefix) { return line.starts_with(prefix); });
  });
  return lines;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strongswan_captures)

BOOST_AUTO_TEST_CASE(every_list_is_understood_and_nothing_is_left_out) {
  std::size_t ike_sas = 0;
  std::size_t child_sas = 0;
  for (const auto& path : lists(".raw")) {
    const auto imported = import_list(path);
    BOOST_TEST(imported.not_understood_count == 0U, path);
    BOOST_TEST(imported.warnings.empty(), path);
    const auto text = test::file_text(path);
    const auto& sas = *imported.document.members[0].ike_sas;
    BOOST_TEST(sas.size() == count(text, "list-sa event {"), path);
    std::size_t children = 0;
    for (const auto& ike : sas) children += ike.child_sas->size();
    BOOST_TEST(children == count(text, " spi-in="), path);
    ike_sas += sas.size();
    child_sas += children;
  }
  // grep -c over all lists
  BOOST_TEST(ike_sas == 3292U);
  BOOST_TEST(child_sas == 3276U);
}

BOOST_AUTO_TEST_CASE(plain_and_raw_of_one_moment_are_the_same_state) {
  std::size_t compared = 0;
  for (auto path : lists(".txt")) {
    auto plain = import_list(path);
    BOOST_TEST(plain.not_understood_count == 0U, path);
    auto raw = import_list(path.replace_extension(".raw"));
    forget_times(plain.document);
    forget_times(raw.document);
    const auto plain_lines = without(test::show(plain.document, true), {"  use-"});
    const auto raw_lines = without(test::show(raw.document, true), {"  use-", "  nat-"});
    BOOST_TEST_CONTEXT(path) { BOOST_TEST(raw_lines == plain_lines, boost::test_tools::per_element()); }
    compared += raw_lines.size();
  }
  BOOST_TEST(compared > 300U);
}

// Written from 6.1.0-ikev2-psk-establish/truth/2-after-dpd/B.sas.txt.
BOOST_AUTO_TEST_CASE(a_passive_node_reads_like_this) {
  const auto imported = import_list(kCaptures / "6.1.0-ikev2-psk-establish/truth/2-after-dpd/B.sas.raw");
  const std::string child =
      "proto=esp mode=tunnel encap=udp enc=aes-cbc-128 integ=hmac-sha2-256-128 dh= esn=false local=[192.168.1.0/24";
  const std::string idle = "pin=0 bin=0 pout=0 bout=0 age=13 ";
  const std::string ike = "enc=aes-cbc-128 integ=hmac-sha2-256-128 prf=prf-hmac-sha2-256 dh=ecp-256 vips=[]";
  const std::vector<std::string> expected{
      "member source=swanctl",
      "ike name=site-b id=2 v=2 i=2d7f9311ca80b835 r=97320f61aa870050 initiator=true state=passive "
      "local=10.0.0.10[4500] local_id=gw.cluster.example remote=10.0.0.4[4500] remote_id=site-b.remote.example " +
          ike,
      "child name=net-b id=2 reqid=2 state=installed in=67695be6 out=f2b32b0d " + child + "] remote=[192.168.3.0/24] " +
          idle + "rekey=3319 expires=3947",
      "child name=net-b2 id=3 reqid=3 state=installed in=08adc50b out=4a854b73 " + child +
          "[6/443]] remote=[192.168.4.0/24[6/0-65535]] " + idle + "rekey=3301 expires=3947",
      "ike name=site-a id=1 v=2 i=a0eee02a0a839db0 r=d7cbb4938db584d8 initiator=false state=passive "
      "local=10.0.0.10[4500] local_id=gw@cluster.example remote=10.0.0.3[4500] remote_id=site-a@remote.example " +
          ike,
      "child name=net-a id=1 reqid=1 state=installed in=9b0a216b out=5110b399 " + child + "] remote=[192.168.2.0/24] " +
          idle + "rekey=3469 expires=3947"};
  BOOST_TEST(test::show(imported.document) == expected, boost::test_tools::per_element());
}

// The half-open IKE SA of many-tunnels, which A alone has, and one without addresses, which B alone has.
BOOST_AUTO_TEST_CASE(an_unnamed_ike_sa_keeps_its_name_and_knows_no_address) {
  bool half_open = false;
  bool anywhere = false;
  for (const auto& path : lists(".raw")) {
    const auto imported = import_list(path);
    for (const auto& ike : *imported.document.members[0].ike_sas) {
      if (!(ike.name == std::string_view{"(unnamed)"})) continue;
      BOOST_TEST((ike.state == state::IkeState::connecting));
      BOOST_TEST((ike.local.id == std::string_view{"%any"}));
      half_open = half_open || ike.initiator_spi == 0x48414c464f50454eU;
      anywhere = anywhere || !ike.local.address.present();
    }
  }
  BOOST_TEST(half_open);
  BOOST_TEST(anywhere);
}

BOOST_AUTO_TEST_SUITE_END()
