// Captures and event streams merged into one stream.
#include "sasync/pipeline/event_source.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <boost/test/unit_test.hpp>

#include "sasync/event/event_json.hpp"
#include "streams.hpp"
#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::test;

namespace {

const Octets kStatus{3, 10, 0x22, 0, 1};

Octets sync_frame(std::uint8_t from, const Octets& message = kStatus) {
  const auto to = static_cast<std::uint8_t>(3 - from);
  return ethernet(kIpv4Type, ipv4({.src = {10, 9, 0, from}, .dst = {10, 9, 0, to}}, udp(4510, 4510, message)));
}

/// What `by` answers to a sync message for which nobody is there.
Octets unreachable(std::uint8_t by, const Octets& message = kStatus) {
  const auto to = static_cast<std::uint8_t>(3 - by);
  Writer w;
  w.u8(3);
  w.u8(3);
  w.zeros(6);
  w.bytes(ipv4({.src = {10, 9, 0, to}, .dst = {10, 9, 0, by}}, udp(4510, 4510, message)));
  return ethernet(kIpv4Type, ipv4({.protocol = 1, .src = {10, 9, 0, by}, .dst = {10, 9, 0, to}}, std::move(w).take()));
}

Octets gzipped(const std::string& text) {
  z_stream stream{};
  constexpr int kGzip = 16;
  BOOST_REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY) ==
                Z_OK);
  Octets out(deflateBound(&stream, text.size()) + 64);
  stream.next_in = as_bytes(text).data();
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  BOOST_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

struct Read {
  std::vector<pipeline::SourcedEvent> items;
  std::vector<std::string> remarks;
  std::vector<std::string> said;
  pipeline::EventSourceStats stats;
  bool failed = false;
};

Read read_all(std::vector<std::string> files, std::vector<pipeline::RecordMark> marks = {}) {
  Read read;
  const pipeline::Listener listener{.say = [&](std::string_view text) { read.said.emplace_back(text); },
                                    .progress = {}};
  pipeline::EventSource source{{.files = std::move(files), .marks = std::move(marks)}, listener};
  for (pipeline::SourcedEvent item; source.next(item);) read.items.push_back(item);
  read.stats = source.stats();
  read.remarks = source.remarks();
  read.failed = source.failed();
  return read;
}

Read read_capture(const std::vector<Record>& records, std::vector<pipeline::RecordMark> marks = {}) {
  const TemporaryDirectory directory;
  return read_all({directory.write("a.pcap", pcap_file(records))}, std::move(marks));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_source)

BOOST_AUTO_TEST_CASE(captures_are_merged_by_time) {
  const TemporaryDirectory directory;
  const auto a = directory.write(
      "a.pcap", pcap_file({{.bytes = sync_frame(1), .seconds = 10}, {.bytes = sync_frame(1), .seconds = 30}}));
  const auto b = directory.write(
      "b.pcap", pcap_file({{.bytes = sync_frame(2), .seconds = 20}, {.bytes = sync_frame(2), .seconds = 30}}));
  const auto read = read_all({a, b});
  BOOST_REQUIRE(read.items.size() == 4U);
  std::string order;
  for (const auto& item : read.items) {
    order += fmt::format("{}#{} ", item.record.input, item.record.frame);
    BOOST_TEST(item.event->file == item.record.input);
  }
  BOOST_TEST(order == "0#1 1#1 0#2 1#2 ");  // of equal times the first input's comes first
  BOOST_TEST(read.items.back().number == 4U);
  BOOST_TEST(!read.failed);
}

BOOST_AUTO_TEST_CASE(an_icmp_error_marks_the_datagram_that_it_quotes) {
  const Octets other{3, 10, 0x22, 0, 2};
  const auto read = read_capture({{.bytes = sync_frame(2), .fraction = 0},
                                  {.bytes = sync_frame(1), .fraction = 1000},
                                  {.bytes = sync_frame(1, other), .fraction = 1010},
                                  {.bytes = unreachable(2), .fraction = 1100}});
  BOOST_REQUIRE(read.items.size() == 3U);
  BOOST_TEST(read.items[0].event->undelivered_to.empty());
  BOOST_TEST(read.items[1].event->undelivered_to == "10.9.0.2");
  BOOST_TEST(read.items[2].event->undelivered_to.empty());
  BOOST_TEST(read.stats.undelivered == 1U);
}

BOOST_AUTO_TEST_CASE(each_error_marks_one_datagram) {
  const auto read = read_capture({{.bytes = sync_frame(1), .fraction = 1000},
                                  {.bytes = sync_frame(1), .fraction = 1001},
                                  {.bytes = unreachable(2), .fraction = 1100},
                                  {.bytes = unreachable(2), .fraction = 1101}});
  BOOST_REQUIRE(read.items.size() == 2U);
  for (const auto& item : read.items) BOOST_TEST(item.event->undelivered_to == "10.9.0.2");
}

BOOST_AUTO_TEST_CASE(an_error_that_comes_late_marks_nothing) {
  const auto read = read_capture({{.bytes = sync_frame(1), .seconds = 10},
                                  {.bytes = sync_frame(2), .seconds = 11},
                                  {.bytes = unreachable(2), .seconds = 12}});
  for (const auto& item : read.items) BOOST_TEST(item.event->undelivered_to.empty());
}

BOOST_AUTO_TEST_CASE(a_mark_passes_with_its_record_whether_or_not_it_holds_an_event) {
  const auto noise = udp_frame(9, kStatus);
  const auto read = read_capture({{.bytes = sync_frame(1), .seconds = 10},
                                  {.bytes = noise, .seconds = 11},
                                  {.bytes = sync_frame(2), .seconds = 12}},
                                 {{.input = 0, .frame = 2}, {.input = 0, .frame = 9}});
  BOOST_REQUIRE(read.items.size() == 3U);
  BOOST_TEST(!read.items[1].event.has_value());
  BOOST_TEST(read.items[1].record.frame == 2U);
  BOOST_TEST(read.items[1].time.seconds == 11);
}

BOOST_AUTO_TEST_CASE(a_clock_that_runs_backwards_keeps_the_order_and_is_told) {
  const auto read = read_capture({{.bytes = sync_frame(1), .seconds = 20},
                                  {.bytes = sync_frame(2), .seconds = 15},
                                  {.bytes = sync_frame(1), .seconds = 30}});
  BOOST_REQUIRE(read.items.size() == 3U);
  BOOST_TEST(read.items[1].record.frame == 2U);
  BOOST_TEST(read.items[1].time.seconds == 20);
  BOOST_TEST(read.items[1].event->time.seconds == 15);
  BOOST_TEST(read.failed);
  BOOST_REQUIRE(read.said.size() == 1U);
  BOOST_TEST(read.said[0].contains("the clock runs backwards at 1 of 3 records, first at record 2, by up to 5.0"));
}

BOOST_AUTO_TEST_CASE(frames_of_several_queues_may_be_out_of_order_by_a_little) {
  const auto read =
      read_capture({{.bytes = sync_frame(1), .fraction = 500}, {.bytes = sync_frame(2), .fraction = 400}});
  BOOST_TEST(!read.failed);
  BOOST_TEST(read.said.empty());
}

BOOST_AUTO_TEST_CASE(what_lies_before_the_damage_is_delivered) {
  const TemporaryDirectory directory;
  auto bytes = pcap_file({{.bytes = sync_frame(1)}, {.bytes = sync_frame(2)}});
  bytes.resize(bytes.size() - 5);
  const auto read = read_all({directory.write("a.pcap", bytes)});
  BOOST_TEST(read.items.size() == 1U);
  BOOST_TEST(read.failed);
  BOOST_REQUIRE(read.said.size() == 1U);
  BOOST_TEST(read.said[0].contains("byte"));
}

BOOST_AUTO_TEST_CASE(a_bad_line_ends_an_event_stream) {
  const TemporaryDirectory directory;
  const auto good = Story{}.begin().text();
  const auto read = read_all({directory.write("a.jsonl", as_bytes(good + "{\"event\":\"status\"}\n" + good))});
  BOOST_TEST(read.items.size() == 2U);
  BOOST_TEST(read.failed);
  BOOST_REQUIRE(read.said.size() == 1U);
  BOOST_TEST(read.said[0].contains("line 3"));
}

BOOST_AUTO_TEST_CASE(a_stream_is_known_by_its_content_too) {
  const TemporaryDirectory directory;
  const auto read = read_all({directory.write("events", as_bytes(Story{}.begin().text()))});
  BOOST_TEST(read.items.size() == 2U);
  BOOST_TEST(!read.failed);
}

BOOST_AUTO_TEST_CASE(an_input_that_is_not_there_is_told) {
  const auto read = read_all({"/nonexistent.pcap", "/nonexistent.jsonl"});
  BOOST_TEST(read.items.empty());
  BOOST_TEST(read.failed);
  BOOST_TEST(read.said.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_message_that_the_capture_cut_is_left_out_and_counted) {
  const auto frame = sync_frame(1);
  const auto cut = slice(frame, 0, frame.size() - 2);
  const auto read = read_capture({{.bytes = cut, .uncaptured_bytes = 2}, {.bytes = frame}});
  BOOST_TEST(read.items.size() == 1U);
  BOOST_TEST(read.stats.cut == 1U);
}

BOOST_AUTO_TEST_CASE(a_compressed_stream_is_a_stream) {
  const TemporaryDirectory directory;
  const auto plain = Story{}.begin().tunnel(1).text();
  const auto packed = gzipped(plain);
  for (const std::string name : {"events.jsonl.gz", "events", "events.jsonl"}) {
    const auto read = read_all({directory.write(name, packed)});
    BOOST_TEST(read.items.size() == 5U, name);
    BOOST_TEST(!read.failed, name);
  }
  const auto cut = read_all({directory.write("cut.jsonl.gz", Bytes{packed}.first(packed.size() - 20))});
  BOOST_TEST(cut.failed);
  BOOST_REQUIRE(cut.said.size() == 1U);
  BOOST_TEST(cut.said[0].contains("ends in the middle of its gzip data"));
  const auto bad = read_all({directory.write("bad.jsonl.gz", gzipped(plain + "{}\n"))});
  BOOST_TEST(bad.items.size() == 5U);
  BOOST_TEST(bad.said.at(0).contains("line 6: "));
  BOOST_TEST(bad.said.at(0).contains(fmt::format("(at byte {} of the decompressed data)", plain.size())));
}

BOOST_AUTO_TEST_CASE(lines_may_be_longer_than_what_is_read_at_once) {
  const TemporaryDirectory directory;
  const std::string name(150'000, 'a');
  Story story;
  for (unsigned i = 0; i < 5; ++i) story.line(i, "conn_sync", fmt::format(R"("tunnel":"{}")", name));
  const auto text = story.text();
  const auto whole = read_all({directory.write("events.jsonl", as_bytes(text))});
  BOOST_TEST(whole.items.size() == 5U);
  BOOST_TEST(std::get<event::ConnSync>(whole.items.at(4).event->body).tunnel == name);
  const auto without_end = text.substr(0, text.size() - 1);
  BOOST_TEST(read_all({directory.write("events.jsonl", as_bytes(without_end))}).items.size() == 5U);
  const std::string too_long(event::kJsonLineBytesMax + 10, 'x');
  const auto refused = read_all({directory.write("events.jsonl", as_bytes(text + too_long + "\n" + text))});
  BOOST_TEST(refused.items.size() == 5U);
  BOOST_TEST(refused.failed);
}

// fgcp-heartbeat frames are events; 0x8893 without IP says nothing, and is counted.
BOOST_AUTO_TEST_CASE(messages_that_say_nothing_are_counted) {
  Writer heartbeat;
  heartbeat.zeros(4);
  heartbeat.padded(as_bytes("ha-lab"), 32);
  heartbeat.zeros(16);
  heartbeat.padded(as_bytes("port3"), 16);
  heartbeat.zeros(4);
  heartbeat.padded(as_bytes("FGT60E4Q16000001"), 16);
  const auto beat = ethernet(0x8890, std::move(heartbeat).take());
  const auto mute = ethernet(0x8891, Octets(60, 7));
  const auto read = read_capture({{.bytes = beat}, {.bytes = mute}, {.bytes = beat}, {.bytes = mute}});
  BOOST_TEST(read.items.size() == 2U);
  BOOST_TEST(read.items.at(0).event->member == "FGT60E4Q16000001");
  BOOST_TEST(read.stats.mute.at("fgcp-hc") == 2U);
  BOOST_TEST(std::ranges::any_of(read.remarks, [](const auto& text) {
    return text == "2 messages of fgcp-hc that say nothing of members and SAs: passed over";
  }));
}

BOOST_AUTO_TEST_SUITE_END()
