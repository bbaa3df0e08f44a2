#include "sasync/base/shared_value.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using sasync::shared;
using sasync::SharedValue;
using Name = SharedValue<std::string>;

BOOST_AUTO_TEST_SUITE(shared_value)

BOOST_AUTO_TEST_CASE(a_new_one_is_the_default_value) {
  BOOST_TEST(Name {} -> empty());
}

BOOST_AUTO_TEST_CASE(is_equal_by_value) {
  BOOST_TEST((Name{"a"} == Name{"a"}));
  BOOST_TEST(!(Name{"a"} == Name{"b"}));
}

BOOST_AUTO_TEST_CASE(no_other_holder_sees_what_is_written) {
  Name one{"a"};
  const auto other = one;
  one.own() = "b";
  BOOST_TEST(*one == "b");
  BOOST_TEST(*other == "a");
  Name fresh;
  fresh.own() = "c";
  BOOST_TEST(Name {} -> empty());
}

BOOST_AUTO_TEST_CASE(equal_values_in_a_row_are_kept_once) {
  Name last;
  const auto first = shared(std::string{"a"}, last);
  const auto second = shared(std::string{"a"}, last);
  const auto third = shared(std::string{"b"}, last);
  BOOST_TEST(&*first == &*second);
  BOOST_TEST(*third == "b");
  BOOST_TEST(*first == "a");
  BOOST_TEST(&*shared(std::string{"b"}, last) == &*third);
}

BOOST_AUTO_TEST_SUITE_END()
