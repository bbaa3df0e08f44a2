#include "sasync/base/flat_index.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

using namespace sasync;

BOOST_AUTO_TEST_SUITE(flat_index)

namespace {

using Index = FlatIndex::Index;

/// Records of names, all with the same hash.
struct Alike {
  static constexpr std::uint64_t kHash = 7;
  std::vector<std::string> names{"a", "b", "c"};
  FlatIndex index{};

  Alike() {
    for (Index i = 0; i < names.size(); ++i) index.insert(kHash, i);
  }
  [[nodiscard]] Index find(std::string_view name) const {
    return index.find(kHash, [&](Index at) { return names[at] == name; });
  }
};

struct LengthHash {
  std::size_t operator()(const std::string& text) const noexcept { return text.size(); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(finds_records_that_have_the_same_hash) {
  const Alike alike;
  BOOST_TEST(alike.index.size() == 3U);
  BOOST_TEST(alike.find("a") == 0U);
  BOOST_TEST(alike.find("b") == 1U);
  BOOST_TEST(alike.find("c") == 2U);
  BOOST_TEST(alike.find("d") == FlatIndex::kNone);
  BOOST_TEST(alike.index.find(8, [](Index) { return true; }) == FlatIndex::kNone);
}

BOOST_AUTO_TEST_CASE(erases_one_of_those_with_the_same_hash_whichever_it_is) {
  for (Index gone = 0; gone < 3; ++gone) {
    Alike alike;
    BOOST_TEST(alike.index.erase(Alike::kHash, gone));
    BOOST_TEST(!alike.index.erase(Alike::kHash, gone));
    for (Index i = 0; i < 3; ++i) BOOST_TEST(alike.find(alike.names[i]) == (i == gone ? FlatIndex::kNone : i));
    std::size_t seen = 0;
    alike.index.for_each([&](Index at) {
      BOOST_TEST(at != gone);
      ++seen;
    });
    BOOST_TEST(seen == 2U);
  }
}

// A table keeps half of a hash: these two have the same half.
BOOST_AUTO_TEST_CASE(hashes_that_share_a_half_are_told_apart_by_the_record) {
  constexpr std::uint64_t kOne = 0x0000'0001'0000'0000U;
  constexpr std::uint64_t kOther = 0x0000'0000'0000'0001U;
  FlatIndex index;
  index.insert(kOne, 0);
  index.insert(kOther, 1);
  BOOST_TEST(index.size() == 2U);
  BOOST_TEST(index.find(kOne, [](Index at) { return at == 0; }) == 0U);
  BOOST_TEST(index.find(kOther, [](Index at) { return at == 1; }) == 1U);
  BOOST_TEST(index.erase(kOne, 0));
  BOOST_TEST(index.find(kOther, [](Index at) { return at == 1; }) == 1U);
  BOOST_TEST(index.find(kOne, [](Index at) { return at == 0; }) == FlatIndex::kNone);
}

BOOST_AUTO_TEST_CASE(erase_takes_nothing_of_another_hash_or_index) {
  Alike alike;
  BOOST_TEST(!alike.index.erase(Alike::kHash + 1, 0));
  BOOST_TEST(!alike.index.erase(Alike::kHash, 3));
  BOOST_TEST(alike.index.size() == 3U);
}

// Beside std::map, with few enough keys and hashes that everything meets everything.
BOOST_AUTO_TEST_CASE(a_table_is_what_a_map_is) {
  FlatTable<std::string, int, LengthHash> table;
  std::map<std::string, int> map;
  std::uint64_t state = 1;
  for (int step = 0; step < 20'000; ++step) {
    state = mixed(state + 1);
    const std::string key(state % 3, static_cast<char>('a' + state / 3 % 5));
    auto* const found = table.find(key);
    BOOST_REQUIRE((found != nullptr) == map.contains(key));
    if (found != nullptr) BOOST_REQUIRE(*found == map[key]);
    if (state / 100 % 2 == 0) {
      table.erase(key);
      map.erase(key);
    } else if (found == nullptr) {
      table.insert(key) = map[key] = step;
    }
    BOOST_REQUIRE(table.size() == map.size());
  }
  std::map<std::string, int> seen;
  table.for_each([&](const std::string& key, int value) { seen[key] = value; });
  BOOST_TEST((seen == map));
}

BOOST_AUTO_TEST_CASE(a_value_made_anew_knows_nothing_of_the_old_one) {
  FlatTable<std::string, int, LengthHash> table;
  table.insert("a") = 5;
  table.erase("a");
  BOOST_TEST(table.insert("b") == 0);
}

BOOST_AUTO_TEST_CASE(references_outlive_the_growth_of_a_table) {
  FlatTable<std::string, int, LengthHash> table;
  auto& first = table.insert("first");
  first = 1;
  for (int i = 0; i < 1000; ++i) table.insert(std::to_string(i)) = i;
  BOOST_TEST(table.find("first") == &first);
  BOOST_TEST(first == 1);
}

BOOST_AUTO_TEST_SUITE_END()
