#include "sasync/state/interned.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <unordered_map>

using namespace sasync::state;

BOOST_AUTO_TEST_SUITE(interned)

BOOST_AUTO_TEST_CASE(absent_is_not_empty) {
  Texts texts;
  const auto empty = texts.intern("");
  BOOST_TEST(!Interned{}.present());
  BOOST_TEST(empty.present());
  BOOST_TEST((Interned{} == empty) == false);
  // NOLINTNEXTLINE(readability-container-size-empty): this is about the comparison
  BOOST_TEST((Interned{} == empty.view()) == false);
  BOOST_TEST(empty.view().empty());
  BOOST_TEST(Interned{}.view().empty());
}

BOOST_AUTO_TEST_CASE(the_same_text_is_held_once_and_equal_across_tables) {
  Texts texts;
  Texts others;
  const auto a = texts.intern("hmac-sha2-256-128");
  const auto before = texts.size();
  const auto b = texts.intern(std::string("hmac-sha2-") + "256-128");
  BOOST_TEST(texts.size() == before);
  BOOST_TEST((a.view().data() == b.view().data()));
  BOOST_TEST((others.intern("hmac-sha2-256-128") == a));
  BOOST_TEST((others.intern("hmac-sha2-256-96") == a) == false);
}

BOOST_AUTO_TEST_CASE(what_was_handed_out_stays_while_the_table_grows) {
  Texts texts;
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  std::unordered_map<std::string, Interned> handed_out;
  for (int i = 0; i < 50'000; ++i) {
    std::string text(random() % 40, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    handed_out.try_emplace(text, texts.intern(text));
  }
  for (const auto& [text, interned] : handed_out) {
    BOOST_REQUIRE(interned == std::string_view{text});
    BOOST_REQUIRE(texts.intern(text).view().data() == interned.view().data());
  }
  BOOST_TEST(texts.size() == handed_out.size());
}

BOOST_AUTO_TEST_CASE(a_text_larger_than_a_block_is_held) {
  Texts texts;
  const std::string large(3'000'000, 'x');
  const auto small = texts.intern("a");
  BOOST_TEST((texts.intern(large) == std::string_view{large}));
  BOOST_TEST((texts.intern("a").view().data() == small.view().data()));
  BOOST_TEST(texts.intern(std::string(Texts::kTextBytesMax + 5, 'y')).view().size() == Texts::kTextBytesMax);
}

BOOST_AUTO_TEST_CASE(lists_keep_their_order_and_know_absent_from_empty) {
  Texts texts;
  const std::vector<Interned> items{texts.intern("b"), texts.intern("a"), texts.intern("b")};
  const auto list = texts.list(items);
  BOOST_REQUIRE(list.size() == 3U);
  BOOST_TEST((list.items()[0] == std::string_view{"b"}));
  BOOST_TEST((list.items()[1] == std::string_view{"a"}));
  const auto none = texts.list({});
  BOOST_TEST(none.present());
  BOOST_TEST(none.size() == 0U);
  BOOST_TEST((none == TextList{}) == false);
  Texts others;
  const std::vector<Interned> same{others.intern("b"), others.intern("a"), others.intern("b")};
  BOOST_TEST((others.list(same) == list));
}

BOOST_AUTO_TEST_CASE(details_are_found_by_name) {
  Texts texts;
  const std::vector<Detail> items{{texts.intern("npu_flag"), texts.intern("00")},
                                  {texts.intern("ref"), texts.intern("3")}};
  const auto details = texts.details(items);
  BOOST_TEST((find(details, "ref") == std::string_view{"3"}));
  BOOST_TEST(!find(details, "re").present());
  BOOST_TEST(!find({}, "ref").present());
}

BOOST_AUTO_TEST_SUITE_END()
