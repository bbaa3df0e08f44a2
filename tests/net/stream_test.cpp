#include "sasync/net/stream.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "sasync/base/reader.hpp"
#include "sasync/net/dissector.hpp"
#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::net;
using sasync::test::joined;
using sasync::test::Octets;
using sasync::test::octets;

namespace {

constexpr std::uint16_t kPort = 500;
constexpr std::uint32_t kFirst = 0xFFFF'FF80;  // sequence numbers wrap within the tests' streams
constexpr std::size_t kHeaderBytes = 4;

// A message here is "MS", the length of the rest in two bytes, and the rest, which has no "M" in it.
Octets message(std::size_t size, std::uint8_t first = 'a') {
  Octets out{'M', 'S', static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>('a' + (first + i) % 26));
  return out;
}

StreamCut cut(Bytes ahead, bool searching) {
  using Kind = StreamCut::Kind;
  const auto begins = [](Bytes bytes) { return bytes[0] == 'M' && (bytes.size() < 2 || bytes[1] == 'S'); };
  if (searching) {
    std::size_t at = 0;
    while (at < ahead.size() && !begins(ahead.subspan(at))) ++at;
    if (at != 0) return {Kind::skip, at};
  } else if (!begins(ahead)) {
    return {Kind::out_of_step, 0};
  }
  Reader reader{ahead};
  reader.take(2, "magic");
  const auto size = kHeaderBytes + reader.be<std::uint16_t>("length");
  if (reader.failed()) return {Kind::not_yet, 0};
  return {size <= ahead.size() ? Kind::message : Kind::not_yet, size};
}

struct Got {
  Octets payload;
  std::uint32_t length = 0;
  std::uint32_t lost_before = 0;
  bool out_of_step = false;
  std::uint64_t frame = 0;
};

/// One connection as a capture sees it: the places of segments are counted from the first byte of the stream.
class Connection {
 public:
  explicit Connection(StreamLimits limits = {}) : reassembler_(limits) {}

  Connection& begin() { return send(segment(0, {}, {.syn = true})); }
  Connection& data(std::size_t at, const Octets& bytes) { return send(segment(at, bytes, {})); }
  Connection& part(const Octets& stream, std::size_t from, std::size_t to) {
    return data(from, test::slice(stream, from, to));
  }
  /// The capture has only `captured` bytes of it.
  Connection& data_cut(std::size_t at, const Octets& bytes, std::size_t captured) {
    auto made = segment(at, bytes, {});
    made.payload = made.payload.first(captured);
    return send(made);
  }
  Connection& fin(std::size_t at) { return send(segment(at, {}, {.fin = true})); }
  Connection& reset(std::size_t at) { return send(segment(at, {}, {.rst = true})); }
  Connection& acknowledge(std::size_t upto) {
    origin_.frame++;
    auto back = origin_;
    std::swap(back.src, back.dst);
    std::swap(back.src_port, back.dst_port);
    reassembler_.add(
        {.origin = &back, .sequence = 1, .acknowledgement = kFirst + static_cast<std::uint32_t>(upto), .ack = true},
        kStreamPort, sink_);
    return *this;
  }
  Connection& wait(std::int64_t seconds) {
    origin_.time.seconds += seconds;
    return *this;
  }
  Connection& from_port(std::uint16_t port) {
    origin_.src_port = port;
    return *this;
  }
  Connection& pass_time() {
    reassembler_.pass_time(origin_.time, sink_);
    return *this;
  }
  Connection& finish() {
    reassembler_.finish(sink_);
    return *this;
  }

  [[nodiscard]] const std::vector<Got>& got() const { return got_; }
  [[nodiscard]] const StreamCounters& counters() const { return reassembler_.counters(); }
  [[nodiscard]] std::span<const StreamReport> reports() const { return reassembler_.reports(); }
  [[nodiscard]] Octets all() const {
    Octets out;
    for (const auto& one : got_) out.insert(out.end(), one.payload.begin(), one.payload.end());
    return out;
  }

 private:
  struct Bits {
    bool syn = false, fin = false, rst = false;
  };
  Segment segment(std::size_t at, const Octets& bytes, Bits bits) {
    bytes_ = bytes;
    return {.sequence = kFirst + static_cast<std::uint32_t>(at) - (bits.syn ? 1U : 0U),
            .syn = bits.syn,
            .fin = bits.fin,
            .rst = bits.rst,
            .payload = bytes_,
            .length = static_cast<std::uint32_t>(bytes_.size())};
  }
  Connection& send(Segment segment) {
    origin_.frame++;
    segment.origin = &origin_;
    reassembler_.add(segment, kStreamPort, sink_);
    return *this;
  }
  static Origin origin() {
    Origin made;
    const Octets from{10, 9, 0, 1};
    const Octets to{10, 9, 0, 2};
    made.src = IpAddress::from(from);
    made.dst = IpAddress::from(to);
    made.src_port = 40'000;
    made.dst_port = kPort;
    made.time.seconds = 1'700'000'000;
    return made;
  }

  static constexpr StreamPort kStreamPort{.port = kPort, .cut = cut};
  StreamReassembler reassembler_;
  Origin origin_ = origin();
  Octets bytes_;
  std::vector<Got> got_;
  StreamReassembler::Sink sink_ = [this](const Datagram& datagram) {
    BOOST_TEST((datagram.carrier == Carrier::tcp_port));
    BOOST_TEST(datagram.number == kPort);
    got_.push_back({.payload = {datagram.payload.begin(), datagram.payload.end()},
                    .length = datagram.length,
                    .lost_before = datagram.lost_before,
                    .out_of_step = datagram.out_of_step,
                    .frame = datagram.origin->frame});
  };
};

const std::vector<Octets> kMessages{message(0), message(1), message(60, 3), message(7, 9), message(130, 5)};
Octets whole_stream(std::size_t copies = 1) {
  Octets out;
  for (; copies > 0; --copies) {
    for (const auto& one : kMessages) out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

void check_messages(const Connection& connection, std::size_t copies = 1) {
  BOOST_TEST_REQUIRE(connection.got().size() == copies * kMessages.size());
  for (std::size_t i = 0; i < connection.got().size(); ++i) {
    const auto& wanted = kMessages[i % kMessages.size()];
    BOOST_TEST(connection.got()[i].payload == wanted, boost::test_tools::per_element());
    BOOST_TEST(connection.got()[i].length == wanted.size());
    BOOST_TEST(connection.got()[i].lost_before == 0U);
    BOOST_TEST(!connection.got()[i].out_of_step);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streams)

BOOST_AUTO_TEST_CASE(a_stream_cut_at_every_byte_boundary_gives_the_same_messages) {
  const auto stream = whole_stream();
  for (std::size_t boundary = 0; boundary <= stream.size(); ++boundary) {
    Connection in_order;
    in_order.begin().part(stream, 0, boundary).part(stream, boundary, stream.size());
    check_messages(in_order);
    Connection reversed;
    reversed.begin().part(stream, boundary, stream.size()).part(stream, 0, boundary);
    check_messages(reversed);
  }
  Connection byte_by_byte;
  byte_by_byte.begin();
  for (std::size_t at = 0; at < stream.size(); ++at) byte_by_byte.part(stream, at, at + 1);
  check_messages(byte_by_byte);
  Connection backwards;
  backwards.begin();
  for (std::size_t at = stream.size(); at-- > 0;) backwards.part(stream, at, at + 1);
  check_messages(backwards);
}

BOOST_AUTO_TEST_CASE(reordered_and_retransmitted_with_other_boundaries_it_gives_the_same_messages) {
  const auto stream = whole_stream();
  std::mt19937 random{8};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    for (std::size_t at = 0; at < stream.size();) {
      const auto end = std::min(stream.size(), at + 1 + below(60));
      parts.emplace_back(at, end);
      at = end;
    }
    for (auto extra = below(12); extra > 0; --extra) {
      const auto from = below(stream.size());
      parts.emplace_back(from, std::min(stream.size(), from + 1 + below(90)));
    }
    std::ranges::shuffle(parts, random);
    Connection connection;
    connection.begin();
    for (const auto& [from, to] : parts) connection.part(stream, from, to);
    connection.fin(stream.size()).finish();
    check_messages(connection);
    BOOST_TEST(connection.counters().conflicts == 0U);
    BOOST_TEST(connection.counters().gaps == 0U);
    BOOST_TEST(connection.reports().empty());
  }
}

// Many more segments behind a gap than any limit of pieces would be that counted segments.
BOOST_AUTO_TEST_CASE(segments_of_one_byte_in_any_order_give_the_same_messages) {
  constexpr std::size_t kCopies = 100;
  const auto stream = whole_stream(kCopies);
  std::vector<std::size_t> places(stream.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::mt19937 random{46};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  for (int round = 0; round < 8; ++round) {
    if (round == 0) {
      std::ranges::reverse(places);
    } else {
      std::ranges::shuffle(places, random);
    }
    Connection connection;
    connection.begin();
    for (const auto place : places) connection.part(stream, place, place + 1);
    connection.fin(stream.size()).finish();
    check_messages(connection, kCopies);
    BOOST_TEST(connection.counters().gaps == 0U);
    BOOST_TEST(connection.counters().retransmitted == 0U);
    BOOST_TEST(connection.reports().empty());
  }
}

// Adjacent pieces are one, whichever comes first, and one that the snapshot length cut keeps its place.
BOOST_AUTO_TEST_CASE(pieces_are_joined_behind_a_gap) {
  const auto stream = joined(message(60, 1), message(60, 2));
  std::mt19937 random{47};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  for (int round = 0; round < 500; ++round) {
    std::vector<std::size_t> cuts{1, stream.size()};
    for (int i = 0; i < 8; ++i) cuts.push_back(1 + random() % (stream.size() - 1));
    std::ranges::sort(cuts);
    std::vector<std::size_t> order(cuts.size() - 1);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::shuffle(order, random);
    const auto damaged = random() % order.size();  // the capture has no byte of this one
    Connection connection;
    connection.begin();
    std::size_t lacking = 0;
    for (const auto i : order) {
      const auto part = test::slice(stream, cuts[i], cuts[i + 1]);
      if (part.empty()) continue;
      if (i == damaged) lacking = part.size();
      connection.data_cut(cuts[i], part, i == damaged ? 0 : part.size());
    }
    connection.part(stream, 0, 1).finish();
    BOOST_TEST(connection.counters().missing_bytes == lacking);
    BOOST_TEST(connection.counters().retransmitted == 0U);
    Octets expected = stream;
    if (lacking != 0) {
      const auto from = expected.begin() + static_cast<std::ptrdiff_t>(cuts[damaged]);
      expected.erase(from, from + static_cast<std::ptrdiff_t>(lacking));
    }
    // Every byte that is there is in a message, or counted as being in none.
    BOOST_TEST(connection.all().size() + connection.counters().skipped_bytes <= expected.size());
    if (lacking == 0) BOOST_TEST(connection.all() == stream, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_message_has_the_frame_of_the_segment_that_completes_it) {
  Connection connection;
  connection.begin().data(2, octets("cdMS")).data(0, {'M', 'S'});
  BOOST_TEST(connection.got().empty());
  Connection late;
  const auto stream = joined(message(5), message(5));
  late.begin().part(stream, 9, 18).part(stream, 3, 9).part(stream, 0, 3);
  BOOST_TEST(late.got().size() == 2U);
  BOOST_TEST(late.got()[0].frame == 4U);
  BOOST_TEST(late.got()[1].frame == 4U);
}

BOOST_AUTO_TEST_CASE(of_two_versions_the_first_counts_and_the_conflict_is_noted) {
  const auto first = message(20, 1);
  const auto second = message(20, 2);
  Connection waiting;  // both behind a gap
  waiting.begin().part(first, 10, 24).part(second, 8, 24).part(first, 0, 8);
  BOOST_TEST(waiting.counters().conflicts == 1U);
  BOOST_TEST_REQUIRE(waiting.got().size() == 1U);
  BOOST_TEST(test::slice(waiting.got()[0].payload, 10, 24) == test::slice(first, 10, 24),
             boost::test_tools::per_element());
  Connection delivered;  // the message has been handed out already
  delivered.begin().data(0, first).part(second, 4, 24).finish();
  BOOST_TEST(delivered.counters().conflicts == 1U);
  BOOST_TEST(delivered.counters().retransmitted == 1U);
  BOOST_TEST(delivered.got().size() == 1U);
  BOOST_TEST_REQUIRE(delivered.reports().size() == 1U);
  BOOST_TEST(delivered.reports()[0].counters.conflicts == 1U);
  BOOST_TEST(delivered.reports()[0].first_frame == 3U);
}

BOOST_AUTO_TEST_CASE(a_keepalive_is_no_conflict) {
  Connection connection;
  connection.begin().data(0, message(3)).data(6, {0});
  BOOST_TEST(connection.counters().conflicts == 0U);
}

// The message whose middle is missing is handed out as far as it is there; behind its known end the stream goes on.
BOOST_AUTO_TEST_CASE(missing_bytes_inside_a_message_cost_this_message_only) {
  const auto stream = joined(message(40, 1), message(10, 2));
  for (std::size_t from = kHeaderBytes; from < 43; ++from) {
    Connection connection;
    connection.begin().part(stream, 0, from).part(stream, from + 1, stream.size()).finish();
    BOOST_TEST_REQUIRE(connection.got().size() == 2U);
    BOOST_TEST(connection.got()[0].payload == test::slice(stream, 0, from), boost::test_tools::per_element());
    BOOST_TEST(connection.got()[0].length == 44U);
    BOOST_TEST(connection.got()[1].payload == message(10, 2), boost::test_tools::per_element());
    BOOST_TEST(connection.counters().gaps == 1U);
    BOOST_TEST(connection.counters().missing_bytes == 1U);
    BOOST_TEST(connection.counters().skipped_bytes == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_gap_over_the_end_of_a_message_is_left_by_searching) {
  const auto stream = joined(joined(message(40, 1), message(40, 2)), message(10, 3));
  Connection connection;
  connection.begin().part(stream, 0, 20).part(stream, 60, stream.size()).finish();
  BOOST_TEST_REQUIRE(connection.got().size() == 2U);
  BOOST_TEST(connection.got()[0].length == 44U);
  BOOST_TEST(connection.got()[1].payload == message(10, 3), boost::test_tools::per_element());
  BOOST_TEST(connection.got()[1].lost_before == 40U + 28U);
  BOOST_TEST(connection.counters().missing_bytes == 40U);
  BOOST_TEST(connection.counters().skipped_bytes == 28U);
  BOOST_TEST_REQUIRE(connection.reports().size() == 1U);
  BOOST_TEST(connection.reports()[0].src_port == 40'000U);
}

BOOST_AUTO_TEST_CASE(every_run_of_missing_bytes_leaves_the_last_message_whole) {
  const auto stream = joined(whole_stream(), message(10, 4));
  const auto last = stream.size() - 14;
  for (std::size_t from = 0; from < last; ++from) {
    for (const std::size_t size : {1U, 5U, 70U}) {
      Connection connection;
      connection.begin().part(stream, 0, from).part(stream, std::min(from + size, last), stream.size()).finish();
      BOOST_TEST_REQUIRE(!connection.got().empty());
      BOOST_TEST(connection.got().back().payload == message(10, 4), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(missing_bytes_are_waited_for_until_the_receiver_has_got_them) {
  const auto stream = joined(message(10, 1), message(10, 2));
  Connection connection;
  connection.begin().part(stream, 14, 28).wait(3).acknowledge(0);
  BOOST_TEST(connection.got().empty());
  connection.acknowledge(28);
  BOOST_TEST(connection.got().size() == 1U);
  Connection patient;
  patient.begin().part(stream, 14, 28).wait(29).acknowledge(0).wait(3);
  BOOST_TEST(patient.got().empty());
  patient.acknowledge(0);
  BOOST_TEST(patient.got().size() == 1U);
  Connection quick;  // an acknowledgement that overtook the data in the capture
  quick.begin().part(stream, 14, 28).acknowledge(28).part(stream, 0, 14);
  BOOST_TEST(quick.got().size() == 2U);
  BOOST_TEST(quick.counters().gaps == 0U);
}

BOOST_AUTO_TEST_CASE(a_stream_whose_beginning_is_not_captured_starts_at_its_next_message) {
  const auto stream = joined(message(40, 1), message(10, 2));
  for (std::size_t from = 1; from < 44; ++from) {
    Connection connection;
    connection.part(stream, from, 50).part(stream, 50, stream.size()).finish();
    BOOST_TEST_REQUIRE(connection.got().size() == 1U);
    BOOST_TEST(connection.got()[0].payload == message(10, 2), boost::test_tools::per_element());
    BOOST_TEST(connection.got()[0].lost_before == 44 - from);
    BOOST_TEST(connection.counters().begun_inside == 1U);
    BOOST_TEST(connection.counters().out_of_step == 0U);
  }
  Connection at_boundary;
  at_boundary.part(stream, 0, stream.size()).finish();
  BOOST_TEST(at_boundary.got().size() == 2U);
  BOOST_TEST(at_boundary.counters().skipped_bytes == 0U);
}

// Its first segments were exchanged on their way.
BOOST_AUTO_TEST_CASE(a_stream_without_its_begin_is_looked_at_for_a_moment) {
  const auto stream = whole_stream();
  for (std::size_t boundary = 1; boundary < stream.size(); ++boundary) {
    Connection exchanged;
    exchanged.part(stream, boundary, stream.size()).part(stream, 0, boundary).fin(stream.size()).finish();
    check_messages(exchanged);
    BOOST_TEST(exchanged.counters().begun_inside == 1U);
    BOOST_TEST(exchanged.counters().skipped_bytes == 0U);
    BOOST_TEST(exchanged.counters().retransmitted == 0U);
    Connection with_fin;
    with_fin.part(stream, boundary, stream.size()).fin(stream.size()).part(stream, 0, boundary);
    BOOST_TEST(with_fin.got().empty());
    with_fin.acknowledge(stream.size() + 1);
    check_messages(with_fin);
  }
  Connection in_order;  // each message has the frame of its own segment
  in_order.part(stream, 0, 9).part(stream, 9, stream.size()).acknowledge(1);
  check_messages(in_order);
  BOOST_TEST(in_order.got()[1].frame == 1U);
  BOOST_TEST(in_order.got()[2].frame == 2U);
}

BOOST_AUTO_TEST_CASE(the_begin_is_not_waited_for_longer_than_needed) {
  const auto stream = whole_stream();
  Connection acknowledged;
  acknowledged.part(stream, 0, 9).acknowledge(0);
  BOOST_TEST(acknowledged.got().empty());
  acknowledged.acknowledge(9);
  BOOST_TEST(acknowledged.got().size() == 2U);
  Connection silent;
  silent.part(stream, 0, 9).pass_time();
  BOOST_TEST(silent.got().empty());
  silent.wait(1).pass_time();
  BOOST_TEST(silent.got().size() == 2U);
  Connection another;  // a segment of another stream tells the time, too
  another.part(stream, 0, 9).wait(1).from_port(7).begin();
  BOOST_TEST(another.got().size() == 2U);
  Connection many({.early_segments = 3});
  many.part(stream, 0, 1).part(stream, 1, 5).part(stream, 5, 9);
  BOOST_TEST(many.got().size() == 2U);
  Connection big({.early_bytes = 9});
  big.part(stream, 0, 9);
  BOOST_TEST(big.got().size() == 2U);
  Connection reset;
  reset.part(stream, 0, 9).reset(9);
  BOOST_TEST(reset.got().size() == 2U);
  Connection overtaken;  // by its first segments: the SYN tells the begin
  overtaken.part(stream, 9, stream.size()).begin().part(stream, 0, 9);
  check_messages(overtaken);
  BOOST_TEST(overtaken.counters().begun_inside == 0U);
  BOOST_TEST(overtaken.counters().streams == 1U);
}

BOOST_AUTO_TEST_CASE(what_comes_too_late_to_be_the_begin_is_counted) {
  const auto stream = joined(message(40, 1), message(10, 2));
  Connection connection;
  connection.part(stream, 44, 58).acknowledge(58).part(stream, 0, 44).finish();
  BOOST_TEST(connection.got().size() == 1U);
  BOOST_TEST(connection.counters().skipped_bytes == 44U);
  BOOST_TEST_REQUIRE(connection.reports().size() == 1U);
  BOOST_TEST(connection.reports()[0].counters.skipped_bytes == 44U);
}

BOOST_AUTO_TEST_CASE(what_is_out_of_step_is_handed_out_and_the_next_message_found) {
  const auto stream = joined(joined(message(3), octets("garbage")), message(10, 2));
  for (std::size_t boundary = 0; boundary <= stream.size(); ++boundary) {
    Connection connection;
    connection.begin().part(stream, 0, boundary).part(stream, boundary, stream.size());
    BOOST_TEST_REQUIRE(connection.got().size() == 3U);
    BOOST_TEST(connection.got()[1].out_of_step);
    BOOST_TEST(connection.got()[1].payload == octets("garbage"), boost::test_tools::per_element());
    BOOST_TEST(connection.got()[2].payload == message(10, 2), boost::test_tools::per_element());
    BOOST_TEST(connection.counters().out_of_step == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_out_of_step_to_its_end_does_not_harm_the_next_connection) {
  const Octets garbage(30'000, 'x');
  Connection connection;
  connection.begin().data(0, message(3)).data(7, garbage).fin(30'007);
  connection.from_port(40'001).begin().data(0, message(4));
  BOOST_TEST_REQUIRE(connection.got().size() == 3U);
  BOOST_TEST(connection.got()[1].out_of_step);
  BOOST_TEST(connection.got()[1].payload.size() <= garbage.size());
  BOOST_TEST(connection.got()[2].payload == message(4), boost::test_tools::per_element());
  BOOST_TEST(connection.counters().skipped_bytes == garbage.size());
}

BOOST_AUTO_TEST_CASE(a_message_that_the_sender_itself_ended_is_not_cut_by_the_capture) {
  const auto whole = message(40);
  Connection ended;
  ended.begin().part(whole, 0, 20).fin(20);
  BOOST_TEST_REQUIRE(ended.got().size() == 1U);
  BOOST_TEST(ended.got()[0].length == 20U);
  Connection capture_ended;
  capture_ended.begin().part(whole, 0, 20).finish();
  BOOST_TEST_REQUIRE(capture_ended.got().size() == 1U);
  BOOST_TEST(capture_ended.got()[0].length == 44U);
  for (std::size_t size = 1; size < kHeaderBytes; ++size) {  // before the message says how long it is
    Connection short_one;
    short_one.begin().data(0, message(3)).data(7, test::slice(whole, 0, size)).fin(7 + size).finish();
    BOOST_TEST_REQUIRE(short_one.got().size() == 2U);
    BOOST_TEST(short_one.got()[1].payload == test::slice(whole, 0, size), boost::test_tools::per_element());
    BOOST_TEST(short_one.got()[1].length == size);
    BOOST_TEST(!short_one.got()[1].out_of_step);
    BOOST_TEST(short_one.counters().skipped_bytes == 0U);
    Connection open;  // the sender may have gone on
    open.begin().part(whole, 0, size).finish();
    BOOST_TEST(open.got().empty());
    BOOST_TEST(open.counters().skipped_bytes == size);
  }
}

BOOST_AUTO_TEST_CASE(what_comes_again_after_the_end_begins_nothing) {
  Connection connection;
  connection.begin().data(0, message(3)).fin(7).data(0, message(3)).fin(7).finish();
  BOOST_TEST(connection.got().size() == 1U);
  BOOST_TEST(connection.counters().streams == 1U);
}

BOOST_AUTO_TEST_CASE(a_reset_ends_waiting_and_a_forged_one_does_no_harm) {
  const auto stream = joined(message(40, 1), message(10, 2));
  Connection connection;
  connection.begin().part(stream, 0, 20).reset(20).part(stream, 20, stream.size());
  BOOST_TEST_REQUIRE(connection.got().size() == 2U);
  BOOST_TEST(connection.got()[0].length == 44U);
  BOOST_TEST(connection.got()[1].payload == message(10, 2), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(segments_cut_by_the_snapshot_length_lose_the_end_of_their_message) {
  const auto stream = joined(message(40, 1), message(10, 2));
  Connection connection;
  connection.begin().data_cut(0, test::slice(stream, 0, 44), 24).part(stream, 44, stream.size());
  BOOST_TEST_REQUIRE(connection.got().size() == 2U);
  BOOST_TEST(connection.got()[0].payload.size() == 24U);
  BOOST_TEST(connection.got()[0].length == 44U);
  BOOST_TEST(connection.got()[1].payload == message(10, 2), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_new_connection_between_the_same_ports_begins_anew) {
  const auto whole = message(40);
  Connection connection;
  connection.begin().part(whole, 0, 20).wait(1);
  connection.data(20U << 20U, message(3)).finish();  // far away: without its SYN
  BOOST_TEST_REQUIRE(connection.got().size() == 2U);
  BOOST_TEST(connection.got()[0].length == 44U);
  BOOST_TEST(connection.got()[1].payload == message(3), boost::test_tools::per_element());
  BOOST_TEST(connection.counters().streams == 2U);
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  Connection few({.streams = 4});
  for (std::uint16_t port = 1; port <= 100; ++port) few.from_port(port).begin().part(message(40), 0, 10);
  BOOST_TEST(few.counters().evicted == 96U);
  BOOST_TEST(few.got().size() == 96U);

  Connection behind_a_gap({.held_bytes = 1000});
  behind_a_gap.begin();
  for (std::size_t i = 0; i < 200; ++i) behind_a_gap.data(100 + i * 14, message(10));
  BOOST_TEST(behind_a_gap.counters().gaps == 1U);
  BOOST_TEST(behind_a_gap.got().size() == 200U);

  Connection ended({.streams = 4});  // these lose nothing
  for (std::uint16_t port = 1; port <= 100; ++port) ended.from_port(port).begin().data(0, message(40)).fin(44);
  for (std::uint16_t port = 101; port <= 200; ++port) ended.from_port(port).begin().data(0, message(40)).reset(44);
  for (std::uint16_t port = 201; port <= 300; ++port) ended.from_port(port).begin();
  BOOST_TEST(ended.counters().streams == 300U);
  BOOST_TEST(ended.counters().evicted == 0U);

  Connection many_pieces({.held_pieces = 10});
  many_pieces.begin();
  for (std::size_t i = 1; i <= 100; ++i) many_pieces.data(i * 20, message(10));
  BOOST_TEST(many_pieces.got().size() >= 89U);
  BOOST_TEST(many_pieces.got().size() < 100U);

  Connection much({.bytes = 100'000});  // held pieces and early segments are part of it
  for (std::uint16_t port = 1; port <= 100; ++port) {
    much.from_port(port).begin();
    for (std::size_t i = 1; i <= 20; ++i) much.data(i * 20, message(10));
    much.from_port(static_cast<std::uint16_t>(port + 1000)).data(0, message(10));
  }
  BOOST_TEST(much.counters().evicted > 100U);

  Connection long_message({.message_bytes = 100});
  long_message.begin().data(0, message(1000)).data(1004, message(3)).finish();
  BOOST_TEST(long_message.counters().out_of_step == 1U);
  BOOST_TEST(long_message.got().back().payload == message(3), boost::test_tools::per_element());
}

// --- the way through the dissector -----------------------------------------------------------------------------------

namespace {

Octets tcp(std::uint16_t src_port, std::uint16_t dst_port, std::uint32_t sequence, std::uint8_t bits,
           const Octets& payload, std::uint8_t offset = 6) {
  Writer w;
  w.be(src_port);
  w.be(dst_port);
  w.be(sequence);
  w.be(std::uint32_t{0});
  w.u8(static_cast<std::uint8_t>(offset << 4U));
  w.u8(bits);
  w.zeros(6);
  w.zeros(4);  // options
  w.bytes(payload);
  return std::move(w).take();
}

std::vector<Datagram> dissect(Dissector& dissector, const Octets& bytes, Octets& payload, Timestamp time = {}) {
  std::vector<Datagram> got;
  dissector.dissect(
      {.captured = bytes, .wire_length = static_cast<std::uint32_t>(bytes.size()), .number = 1, .time = time},
      [&](const Datagram& datagram) {
        got.push_back(datagram);
        payload.assign(datagram.payload.begin(), datagram.payload.end());
      });
  return got;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_dissector_hands_out_the_messages_of_wanted_ports_only) {
  constexpr std::uint8_t kTcp = 6;
  constexpr std::uint8_t kSyn = 2;
  Dissector dissector{{.encapsulations = {}, .reassembly = {}, .streams = {{.port = kPort, .cut = cut}}}};
  Octets payload;
  const auto v4 = [&](const Octets& segment) {
    return test::ethernet(test::kIpv4Type, test::ipv4({.protocol = kTcp}, segment));
  };
  const auto v6 = [&](const Octets& segment) {
    return test::ethernet(test::kIpv6Type, test::ipv6({.next = kTcp}, segment));
  };
  BOOST_TEST(dissect(dissector, v4(tcp(1, kPort, 1, kSyn, {})), payload).empty());
  auto got = dissect(dissector, v4(tcp(1, kPort, 2, 0, message(5))), payload);
  BOOST_TEST_REQUIRE(got.size() == 1U);
  BOOST_TEST((got[0].carrier == Carrier::tcp_port));
  BOOST_TEST(payload == message(5), boost::test_tools::per_element());
  BOOST_TEST(dissect(dissector, v6(tcp(kPort, 1, 9, kSyn, message(6))), payload).size() == 1U);  // data in the SYN
  BOOST_TEST(payload == message(6), boost::test_tools::per_element());
  got = dissect(dissector, v4(tcp(1, 80, 2, 0, message(5))), payload);
  BOOST_TEST_REQUIRE(got.size() == 1U);
  BOOST_TEST((got[0].carrier == Carrier::ip_protocol));
  BOOST_TEST(got[0].number == kTcp);
  BOOST_TEST(dissect(dissector, v4(tcp(1, kPort, 2, 0, message(5), 4)), payload).empty());
  BOOST_TEST(dissect(dissector, v4(tcp(1, kPort, 2, 0, {}, 15)), payload).empty());
  BOOST_TEST(dissector.counters().malformed == 2U);
  BOOST_TEST(dissector.streams().counters().streams == 2U);
}

// Any frame tells the time: a stream without its begin does not wait for a segment of its own.
BOOST_AUTO_TEST_CASE(other_frames_end_the_wait_for_a_begin) {
  constexpr std::uint8_t kTcp = 6;
  Dissector dissector{{.encapsulations = {}, .reassembly = {}, .streams = {{.port = kPort, .cut = cut}}}};
  Octets payload;
  const auto segment = test::ethernet(test::kIpv4Type, test::ipv4({.protocol = kTcp}, tcp(1, kPort, 2, 0, message(5))));
  const auto other = test::ethernet(test::kIpv4Type, test::ipv4({.protocol = 240}, {6, 0, 0, 4}));
  BOOST_TEST(dissect(dissector, segment, payload, {.seconds = 100}).empty());
  BOOST_TEST(dissect(dissector, other, payload, {.seconds = 100, .nanoseconds = 1000}).size() == 1U);
  const auto got = dissect(dissector, other, payload, {.seconds = 101});
  BOOST_TEST_REQUIRE(got.size() == 2U);
  BOOST_TEST((got[0].carrier == Carrier::tcp_port));
  BOOST_TEST(got[0].length == 9U);
}

BOOST_AUTO_TEST_CASE(pfsync_captures_begin_with_the_message_or_its_ip_packet) {
  constexpr std::uint8_t kPfsync = 240;
  for (const auto link : {LinkType::pfsync, LinkType::pfsync_openbsd}) {
    for (const auto& bytes : {Octets{6, 0, 0, 4}, test::ipv4({.protocol = kPfsync}, {6, 0, 0, 4})}) {
      Dissector dissector;
      Octets payload;
      dissector.dissect(
          {.link = link, .captured = bytes, .wire_length = static_cast<std::uint32_t>(bytes.size()), .time = {}},
          [&](const Datagram& datagram) {
            BOOST_TEST((datagram.carrier == Carrier::ip_protocol));
            BOOST_TEST(datagram.number == kPfsync);
            payload.assign(datagram.payload.begin(), datagram.payload.end());
          });
      BOOST_TEST(payload == (Octets{6, 0, 0, 4}), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
