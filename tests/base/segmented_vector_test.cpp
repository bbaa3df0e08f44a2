#include "sasync/base/segmented_vector.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace sasync;

BOOST_AUTO_TEST_SUITE(segmented_vector)

namespace {

SegmentedVector<std::string> numbers(std::size_t count) {
  SegmentedVector<std::string> vector;
  for (std::size_t i = 0; i < count; ++i) vector.emplace_back(std::to_string(i));
  return vector;
}

}  // namespace

BOOST_AUTO_TEST_CASE(holds_what_was_put_in_and_moves_nothing) {
  SegmentedVector<std::string> vector;
  std::vector<const std::string*> places;
  for (std::size_t i = 0; i < 5000; ++i) places.push_back(&vector.emplace_back(std::to_string(i)));
  BOOST_REQUIRE(vector.size() == places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    BOOST_REQUIRE(&vector[i] == places[i]);
    BOOST_REQUIRE(vector[i] == std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(goes_through_all_in_order) {
  for (const std::size_t count : {0U, 1U, 7U, 8U, 9U, 23U, 24U, 25U, 1000U}) {
    const auto vector = numbers(count);
    std::size_t next = 0;
    for (const auto& text : vector) BOOST_REQUIRE(text == std::to_string(next++));
    BOOST_TEST(next == count);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_is_its_own) {
  auto one = numbers(100);
  auto other = one;
  one[50] = "changed";
  BOOST_TEST(other[50] == "50");
  BOOST_TEST(other.size() == 100U);
  other = numbers(3);
  BOOST_TEST(other.size() == 3U);
  BOOST_TEST(one[50] == "changed");
}

BOOST_AUTO_TEST_CASE(what_was_moved_away_is_empty) {
  auto one = numbers(100);
  const auto* const place = &one[99];
  auto other = std::move(one);
  BOOST_TEST(&other[99] == place);
  BOOST_TEST(one.size() == 0U);  // NOLINT(bugprone-use-after-move): that is what is asked
  one.emplace_back("again");
  BOOST_TEST(one[0] == "again");
}

BOOST_AUTO_TEST_CASE(every_element_ends_once) {
  const auto witness = std::make_shared<int>(0);
  {
    SegmentedVector<std::shared_ptr<int>> vector;
    for (int i = 0; i < 100; ++i) vector.emplace_back(witness);
    const auto copy = vector;
    BOOST_TEST(witness.use_count() == 201);
    vector = {};
    BOOST_TEST(witness.use_count() == 101);
  }
  BOOST_TEST(witness.use_count() == 1);
}

// Large segments come from large pages.
BOOST_AUTO_TEST_CASE(holds_more_than_the_heap_gives_at_once) {
  struct Block {
    std::array<std::uint8_t, 4096> bytes{};
  };
  SegmentedVector<Block> vector;
  constexpr std::size_t kBlocks = 5 * kLargeTableBytes / sizeof(Block);
  vector.grow_to(kBlocks);
  vector.grow_to(1);
  BOOST_TEST(vector.size() == kBlocks);
  BOOST_TEST(std::ranges::all_of(vector, [](const Block& block) { return block.bytes.back() == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
