// What real nodes listed at the same moment: the same list in two forms is equal; node A against node B differs only
// where the nodes really differ, as read from the lists by eye.
#include <algorithm>
#include <array>

#include "diff/sides.hpp"

namespace {

using namespace sasync;
using namespace sasync::test;
namespace fs = std::filesystem;

struct Marked {
  std::string name;  ///< "ikev1-main-psk/4-ike-rekeyed"
  fs::path folder;
};

std::vector<Marked> marks() {
  std::vector<Marked> marks;
  for (const auto& scenario : fs::directory_iterator(corpus_folder() / "captures" / "strongswan")) {
    if (!fs::exists(scenario.path() / "truth")) continue;
    for (const auto& mark : fs::directory_iterator(scenario.path() / "truth")) {
      if (!mark.is_directory()) continue;
      marks.push_back({(scenario.path().filename() / mark.path().filename()).string(), mark.path()});
    }
  }
  std::ranges::sort(marks, {}, &Marked::name);
  return marks;
}

diff::Options strongswan() {
  diff::Options options;
  options.settings.model = model::Model::strongswan;
  return options;
}

BOOST_AUTO_TEST_CASE(plain_and_raw_of_one_moment_are_the_same_state) {
  std::size_t pairs = 0;
  for (const auto& mark : marks()) {
    for (const auto* node : {"A", "B", "C"}) {
      const auto raw = mark.folder / (std::string{node} + ".sas.raw");
      const auto plain = mark.folder / (std::string{node} + ".sas.txt");
      if (!fs::exists(raw) || !fs::exists(plain) || fs::file_size(plain) == 0) continue;
      const auto a = imported(raw);
      const auto b = imported(plain);
      BOOST_TEST_REQUIRE(a.members.size() == 1U);
      BOOST_TEST_REQUIRE(b.members.size() == 1U);
      // The two lists are printed one after the other: what counts down or up may have moved by then.
      auto options = strongswan();
      for (const auto* moving : {"age_seconds", "rekey_in_seconds", "expires_in_seconds"})
        options.tolerance[moving] = 1;
      const auto said = compared(a.members.front(), b.members.front(), options);
      BOOST_TEST(said.unexpected.empty(), mark.name << " " << node << ": " << joined(said.unexpected));
      BOOST_TEST(said.summary.ike_sas_left == said.summary.ike_sas_right);
      ++pairs;
    }
  }
  BOOST_TEST(pairs >= 60U);
}

/// Marks at which A and B hold something different, and what: from the lists by eye. All others have no difference but
/// those by design.
struct Known {
  const char* mark;
  std::uint64_t ike_sas_missing;    ///< at B
  std::uint64_t child_sas_missing;  ///< at B, of IKE SAs that it holds
  std::uint64_t states;             ///< IKE SAs in CONNECTING at B, established at A
};
// many-tunnels: B's resync lost datagrams (168 of 180 IKE SAs, one of them without its IKE_UPDATE; 149 of 180
// CHILD_SAs). The half-open IKE SA of 2-after-failed-attempts was never told to B.
constexpr std::array kKnown{
    Known{"many-tunnels/2-after-failed-attempts", 1, 0, 0}, Known{"many-tunnels/4-after-resync", 12, 19, 1},
    Known{"many-tunnels/5-segment-2-dropped-by-A", 12, 19, 1},
    Known{"many-tunnels/6-planned-switchover-to-B", 12, 19, 1}, Known{"many-tunnels/7-child-rekeys-on-B", 12, 19, 1}};

std::uint64_t count(const std::vector<std::string>& lines, std::string_view beginning) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(lines, [&](const std::string& line) { return line.starts_with(beginning); }));
}

BOOST_AUTO_TEST_CASE(node_a_against_node_b_differs_only_where_they_do) {
  std::size_t compared_marks = 0;
  for (const auto& mark : marks()) {
    const auto a = mark.folder / "A.sas.raw";
    const auto b = mark.folder / "B.sas.raw";
    if (!fs::exists(a) || !fs::exists(b)) continue;
    const auto left = imported(a);
    const auto right = imported(b);
    if (left.members.empty() || right.members.empty()) continue;
    ++compared_marks;
    const auto said = compared(left.members.front(), right.members.front(), strongswan());
    const auto* known = std::ranges::find(kKnown, mark.name, &Known::mark);
    const auto missing = known == kKnown.end() ? Known{} : *known;
    BOOST_TEST(count(said.unexpected, "missing ike_sa") == missing.ike_sas_missing, mark.name);
    BOOST_TEST(count(said.unexpected, "missing child_sa") == missing.child_sas_missing, mark.name);
    // An IKE SA without its IKE_UPDATE lacks all that the update says; a node that took its segment makes it none.
    const auto others = said.unexpected.size() - missing.ike_sas_missing - missing.child_sas_missing;
    BOOST_TEST((missing.states != 0 || others == 0U), mark.name << ": " << joined(said.unexpected));
    for (const auto& line : said.unexpected) {
      if (line.starts_with("changed")) BOOST_TEST_MESSAGE(mark.name << ": " << line);
    }
  }
  BOOST_TEST(compared_marks >= 30U);
}

}  // namespace
