// Moments and records as users write them.
#include "sasync/request/when.hpp"

#include <boost/test/unit_test.hpp>

using namespace sasync;
using namespace sasync::replay;
using Kind = When::Kind;

namespace {

void refused(std::string_view text) { BOOST_TEST(!parse_when(text).has_value(), text << " was taken"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(when)

BOOST_AUTO_TEST_CASE(spans) {
  BOOST_TEST((parse_when("+12.5s")->kind == Kind::span));
  BOOST_TEST(parse_when("+12.5s")->span_ns == 12'500'000'000);
  BOOST_TEST(parse_when("+300ms")->span_ns == 300'000'000);
  BOOST_TEST(parse_when("+0.25ms")->span_ns == 250'000);
  BOOST_TEST(parse_when("+2m")->span_ns == 120'000'000'000);
  BOOST_TEST(parse_when("+0s")->span_ns == 0);
  BOOST_TEST(parse_when("+0.000000001s")->span_ns == 1);
}

BOOST_AUTO_TEST_CASE(times_keep_their_precision) {
  const auto time = parse_when("1795422613.845634")->time;
  BOOST_TEST(time.seconds == 1795422613);
  BOOST_TEST(time.nanoseconds == 845'634'000U);
  BOOST_TEST(time.digits == 6);
  BOOST_TEST((parse_when("1795422613")->kind == Kind::time));
}

BOOST_AUTO_TEST_CASE(records) {
  const auto frame = parse_when("frame:17");
  BOOST_TEST((frame->kind == Kind::frame));
  BOOST_TEST(frame->number == 17U);
  BOOST_TEST(frame->file.empty());
  const auto other = parse_when("dir#1/outside.pcap#frame:3");
  BOOST_TEST(other->file == "dir#1/outside.pcap");
  BOOST_TEST(other->number == 3U);
  BOOST_TEST((parse_when("event:9")->kind == Kind::event));
}

BOOST_AUTO_TEST_CASE(words) {
  BOOST_TEST((parse_when("end")->kind == Kind::end));
  BOOST_TEST((parse_when("every")->kind == Kind::every));
  BOOST_TEST((parse_when("seen")->kind == Kind::seen));
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
  for (const auto* text : {"",
                           "+",
                           "+s",
                           "+12.5",
                           "+-1s",
                           "-3s",
                           "+1e3s",
                           "+1..5s",
                           "+1.s",
                           "+99999999999s",
                           "12,5",
                           "1.0000000001",
                           "frame:",
                           "frame:0",
                           "frame:-1",
                           "frame:1x",
                           "#frame:1",
                           "event:0",
                           "a.pcap#event:1",
                           "End",
                           " end",
                           "ever"}) {
    refused(text);
  }
  BOOST_TEST(parse_when("soon").error().contains("FILE#frame:N"));
}

BOOST_AUTO_TEST_CASE(lists_of_records) {
  const auto ranges = parse_records("frame:1314-1357,1817-1861,5").value();
  BOOST_REQUIRE(ranges.size() == 3U);
  BOOST_TEST(ranges[0].first == 1314U);
  BOOST_TEST(ranges[0].last == 1357U);
  BOOST_TEST(ranges[2].first == 5U);
  BOOST_TEST(ranges[2].last == 5U);
  BOOST_TEST(parse_records("event:3-4")->front().is_event);
  BOOST_TEST(parse_records("sync.pcap#frame:3-4")->front().file == "sync.pcap");
  for (const auto* text : {"", "frame:", "frame:4-3", "frame:1,", "frame:,1", "frame:0", "frame:1-2-3", "1-2"}) {
    BOOST_TEST(!parse_records(text).has_value(), text << " was taken");
  }
}

BOOST_AUTO_TEST_CASE(a_file_of_records) {
  const auto ranges = parse_record_lines("# known from the receiver's log\nframe:1-2\r\n\nevent:7  \nframe:9").value();
  BOOST_REQUIRE(ranges.size() == 3U);
  BOOST_TEST(ranges[1].is_event);
  BOOST_TEST(ranges[2].first == 9U);
  BOOST_TEST(parse_record_lines("frame:1\nframe:x").error().starts_with("line 2: expected"));
}

BOOST_AUTO_TEST_CASE(a_time_beyond_all_captures_is_a_time) {
  const auto when = parse_when("99999999999");
  BOOST_REQUIRE(when.has_value());
  BOOST_TEST((when->kind == When::Kind::time));
  BOOST_TEST(parse_when("99999999999.25").has_value());
  BOOST_TEST(!parse_when("1.2.3").has_value());
  BOOST_TEST(!parse_when("99999999999.2.3").has_value());
  BOOST_TEST(!parse_when("9999999999x").has_value());
}

BOOST_AUTO_TEST_CASE(a_file_of_lost_records_may_have_bare_frames) {
  const auto ranges = parse_record_lines("# from a log\n24-25\nframe:30\n7,9-10\nevent:3\n");
  BOOST_REQUIRE(ranges.has_value());
  BOOST_REQUIRE(ranges->size() == 5U);
  BOOST_TEST(ranges->at(0).first == 24U);
  BOOST_TEST(ranges->at(0).last == 25U);
  BOOST_TEST(!ranges->at(0).is_event);
  BOOST_TEST(ranges->at(2).first == 7U);
  BOOST_TEST(ranges->at(3).last == 10U);
  BOOST_TEST(ranges->at(4).is_event);
  BOOST_TEST(parse_record_lines("24-").error() == parse_record_lines("frame:24-").error());
  BOOST_TEST(!parse_records("24-25").has_value());  // on the command line it is a file
}

BOOST_AUTO_TEST_SUITE_END()
