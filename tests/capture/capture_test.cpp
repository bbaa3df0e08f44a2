#include "sasync/capture/capture.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "read_all.hpp"

using namespace sasync;
using namespace sasync::capture;
using namespace sasync::test;

BOOST_AUTO_TEST_SUITE(captures)

BOOST_AUTO_TEST_CASE(pcap_in_both_byte_orders_and_both_precisions) {
  for (const bool big_endian : {false, true}) {
    for (const bool nanoseconds : {false, true}) {
      auto expected = records(20);
      for (auto& record : expected) record.fraction = nanoseconds ? 123'456'789 : 123'456;
      const auto read = read_bytes(pcap_file(expected, {.big_endian = big_endian, .nanoseconds = nanoseconds}));
      check_frames(read, expected);
      BOOST_TEST((read.status == ReadStatus::end));
      BOOST_TEST(read.damage == "");
      BOOST_TEST(read.frames_read == 20U);
      for (const auto& frame : read.frames) {
        BOOST_TEST(frame.time.nanoseconds == (nanoseconds ? 123'456'789U : 123'456'000U));
        BOOST_TEST(frame.time.digits == (nanoseconds ? 9 : 6));
        BOOST_TEST(frame.wire_length == frame.bytes.size());
        BOOST_TEST(frame.file == 3U);
        BOOST_TEST((frame.link == net::LinkType::ethernet));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(seconds_after_2038) {
  for (const bool big_endian : {false, true}) {
    auto expected = records(1);
    expected[0].seconds = 4'000'000'000;
    check_frames(read_bytes(pcap_file(expected, {.big_endian = big_endian})), expected);
  }
}

BOOST_AUTO_TEST_CASE(fractions_of_a_second_beyond_a_second_are_carried) {
  auto broken = records(1);
  broken[0].fraction = 2'500'000;
  const auto read = read_bytes(pcap_file(broken));
  BOOST_TEST_REQUIRE(read.frames.size() == 1U);
  BOOST_TEST(read.frames[0].time.seconds == broken[0].seconds + 2);
  BOOST_TEST(read.frames[0].time.nanoseconds == 500'000'000U);
}

BOOST_AUTO_TEST_CASE(pcapng_in_both_byte_orders_and_several_resolutions) {
  struct Resolution {
    int option;
    std::uint64_t time;
    std::uint32_t nanoseconds;
    int digits;
  };
  constexpr std::uint64_t kSeconds = 1'700'000'000;
  const std::vector<Resolution> resolutions{{kNoResolution, kSeconds * 1'000'000 + 123'456, 123'456'000, 6},
                                            {6, kSeconds * 1'000'000 + 123'456, 123'456'000, 6},
                                            {9, kSeconds * 1'000'000'000 + 123'456'789, 123'456'789, 9},
                                            {3, kSeconds * 1'000 + 123, 123'000'000, 3},
                                            {0, kSeconds, 0, 0},
                                            {0x80 | 10, kSeconds * 1024 + 512, 500'000'000, 9},
                                            {10, kSeconds * 10'000'000'000 + 1'234'567'891, 123'456'789, 9}};
  for (const bool big_endian : {false, true}) {
    for (const auto& resolution : resolutions) {
      const auto bytes = udp_frame(4510, pattern(37));
      auto file = joined(pcapng_section(big_endian), pcapng_interface(1, big_endian, resolution.option));
      file = joined(file, pcapng_packet(bytes, big_endian, resolution.time));
      const auto read = read_bytes(file);
      BOOST_TEST_REQUIRE(read.error == "");
      BOOST_TEST((read.status == ReadStatus::end));
      BOOST_TEST_REQUIRE(read.frames.size() == 1U);
      BOOST_TEST((read.frames[0].bytes == bytes));
      BOOST_TEST(read.frames[0].time.seconds == static_cast<std::int64_t>(kSeconds));
      BOOST_TEST(read.frames[0].time.nanoseconds == resolution.nanoseconds);
      BOOST_TEST(read.frames[0].time.digits == resolution.digits);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_finest_interface_decides_about_the_digits) {
  auto file = joined(pcapng_section(false), pcapng_interface(1, false, 6));
  file = joined(file, pcapng_interface(1, false, 9));
  file = joined(file, pcapng_packet(pattern(60), false, 5'000'000'001, 1));
  const auto read = read_bytes(file);
  BOOST_TEST_REQUIRE(read.frames.size() == 1U);
  BOOST_TEST(read.frames[0].time.digits == 9);
  BOOST_TEST(read.frames[0].time.nanoseconds == 1U);
}

BOOST_AUTO_TEST_CASE(frames_have_the_link_type_and_the_length_on_the_wire) {
  auto some = records(2);
  some[1].uncaptured_bytes = 1000;
  const auto read = read_bytes(pcap_file(some, {.link = 113}));
  BOOST_TEST_REQUIRE(read.frames.size() == 2U);
  BOOST_TEST((read.frames[0].link == net::LinkType::linux_cooked_v1));
  BOOST_TEST(read.frames[1].wire_length == some[1].bytes.size() + 1000);
  for (const std::uint32_t link : {0U, 1U, 101U, 108U, 113U, 228U, 229U, 276U}) {
    BOOST_TEST(read_bytes(pcap_file(some, {.link = link})).error == "");
  }
}

BOOST_AUTO_TEST_CASE(frames_without_a_byte_are_frames) {
  const std::vector<Record> none(3);
  const auto read = read_bytes(pcap_file(none));
  check_frames(read, none);
  BOOST_TEST((read.status == ReadStatus::end));
}

BOOST_AUTO_TEST_CASE(more_captured_than_on_the_wire) {
  auto broken = records(1);
  broken[0].uncaptured_bytes = static_cast<std::uint32_t>(-10);
  const auto read = read_bytes(pcap_file(broken), "udp");
  BOOST_TEST_REQUIRE(read.frames.size() == 1U);
  BOOST_TEST(read.frames[0].wire_length == read.frames[0].bytes.size());
}

BOOST_AUTO_TEST_CASE(a_capture_without_frames_ends_at_once) {
  const auto read = read_bytes(pcap_file({}));
  BOOST_TEST(read.error == "");
  BOOST_TEST((read.status == ReadStatus::end));
}

BOOST_AUTO_TEST_CASE(progress_counts_the_bytes_of_the_file) {
  const auto file = pcap_file(records(1000));
  const auto read = read_bytes(file);
  BOOST_TEST(read.bytes_total == file.size());
  BOOST_TEST(read.bytes_consumed == file.size());
}

BOOST_AUTO_TEST_CASE(filters_keep_the_numbers) {
  const TemporaryDirectory directory;
  const auto all = records(300);
  const auto path = directory.write("a.pcap", pcap_file(all));
  const auto read = read_path(path, "udp dst port 4507", 1001);
  BOOST_TEST_REQUIRE(read.frames.size() == 3U);
  BOOST_TEST(read.frames[0].number == 1008U);
  BOOST_TEST(read.frames[1].number == 1108U);
  BOOST_TEST(read.frames[2].number == 1208U);
  BOOST_TEST((read.frames[1].bytes == all[107].bytes));
  BOOST_TEST(read.frames_read == 300U);
  BOOST_TEST((read.status == ReadStatus::end));
}

BOOST_AUTO_TEST_CASE(a_wrong_filter_is_told_with_its_text) {
  const auto error = read_bytes(pcap_file(records(1)), "udp porrt 5").error;
  BOOST_TEST(error.contains("the filter expression \"udp porrt 5\" is wrong: "));
  BOOST_TEST(error.contains("syntax error"));
}

// --- What cannot be opened -----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_no_capture_is_told_plainly) {
  const TemporaryDirectory directory;
  BOOST_TEST(read_path(directory.write("empty", {})).error == "is empty: capture again, or copy it again");
  BOOST_TEST(read_path(directory.path().string()).error == "is a directory, not a capture file: name the files in it");
  BOOST_TEST(read_path((directory.path() / "none").string()).error == "does not exist: check the path");
  const auto no_capture =
      "is not a capture file (pcap or pcapng): convert it first, another capture format with editcap, a hex dump with "
      "text2pcap";
  BOOST_TEST(read_bytes(octets("x")).error == no_capture);
  BOOST_TEST(read_bytes(octets("#!/bin/sh\necho 42 is no capture\n")).error == no_capture);
  BOOST_TEST(read_bytes(pattern(100'000)).error == no_capture);
  const auto path = directory.write("secret", pcap_file({}));
  BOOST_TEST_REQUIRE(chmod(path.c_str(), 0) == 0);
  if (geteuid() != 0) BOOST_TEST(read_path(path).error == "cannot be opened: no permission to read it");
}

BOOST_AUTO_TEST_CASE(a_cut_file_header_is_told_with_its_offset) {
  const auto file = pcap_file(records(1));
  for (std::size_t size = 4; size < 24; ++size) {
    BOOST_TEST(read_bytes(slice(file, 0, size)).error ==
               fmt::format("ends in the middle of its file header at byte {}: copy it again", size));
  }
  BOOST_TEST(read_bytes(slice(pcapng_section(false), 0, 20)).error ==
             "ends in the middle of its file header at byte 20: copy it again");
  BOOST_TEST(read_bytes(pcapng_section(true)).error == "is a pcapng file without an interface, and so without packets");
}

BOOST_AUTO_TEST_CASE(link_types_that_are_not_supported_have_a_name) {
  const auto error = read_bytes(pcap_file(records(1), {.link = 105})).error;
  BOOST_TEST(error.starts_with("has the link type IEEE802_11 (802.11), which is not supported"));
  BOOST_TEST(read_bytes(pcap_file(records(1), {.link = 60'000})).error.contains("the link type number 60000"));
}

// --- Damage --------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cut_anywhere_in_a_record_is_told_with_its_offset) {
  const auto all = records(18);
  const auto whole = pcap_file(all);
  const auto last_record = whole.size() - all.back().bytes.size() - 16;
  for (std::size_t size = last_record + 1; size < whole.size(); ++size) {
    const auto read = read_bytes(slice(whole, 0, size));
    check_frames(read, {all.begin(), all.end() - 1});
    BOOST_TEST((read.status == ReadStatus::damaged));
    BOOST_TEST(read.damage ==
               fmt::format("ends in the middle of a record at byte {} (after 17 frames): everything before it was read",
                           size));
  }
  const auto read = read_bytes(slice(whole, 0, last_record));
  BOOST_TEST((read.status == ReadStatus::end));
}

BOOST_AUTO_TEST_CASE(a_cut_pcapng_file_is_damaged_too) {
  const auto head = joined(pcapng_section(false), pcapng_interface(1, false));
  const auto file = joined(joined(head, pcapng_packet(pattern(60), false, 1)), pcapng_packet(pattern(60), false, 2));
  const auto read = read_bytes(slice(file, 0, file.size() - 5));
  BOOST_TEST(read.frames.size() == 1U);
  BOOST_TEST(read.damage ==
             fmt::format("ends in the middle of a record at byte {} (after 1 frame): everything before it "
                         "was read",
                         file.size() - 5));
}

BOOST_AUTO_TEST_CASE(a_record_of_nonsense_stops_the_reading_there) {
  const auto all = records(3);
  auto file = pcap_file(all);
  const auto third = file.size() - all.back().bytes.size() - 16;
  for (std::size_t i = 0; i < 16; ++i) file[third + i] = 0xFF;
  const auto read = read_bytes(file);
  BOOST_TEST(read.frames.size() == 2U);
  BOOST_TEST((read.status == ReadStatus::damaged));
  BOOST_TEST(read.damage.starts_with(fmt::format("is damaged at byte {} (after 2 frames): ", third + 16)));
  BOOST_TEST(read.damage.ends_with(": everything before it was read"));
}

BOOST_AUTO_TEST_CASE(no_cut_and_no_changed_byte_breaks_the_reader) {
  auto ng = joined(pcapng_section(true), pcapng_interface(1, true, 9));
  ng = joined(ng, pcapng_packet(pattern(30), true, 1));
  const TemporaryDirectory directory;
  for (const auto& file : {pcap_file({{.bytes = pattern(30)}, {.bytes = pattern(3)}}), ng}) {
    for (std::size_t at = 0; at < file.size(); ++at) {
      for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{0x7F}, std::uint8_t{0xFF}}) {
        auto changed = file;
        changed[at] = value;
        const auto read = read_path(directory.write("changed", changed));
        BOOST_TEST((!read.error.empty() || read.status == ReadStatus::end || !read.damage.empty()));
        for (const auto& frame : read.frames) BOOST_TEST(frame.time.nanoseconds < 1'000'000'000U);
      }
      const auto read = read_path(directory.write("cut", slice(file, 0, at)));
      BOOST_TEST((!read.error.empty() || read.status == ReadStatus::end || !read.damage.empty()));
    }
  }
}

BOOST_AUTO_TEST_CASE(different_link_types_in_one_pcapng_file) {
  const auto head = joined(pcapng_section(false), pcapng_interface(1, false));
  const auto packet = pcapng_packet(pattern(60), false, 1);
  // In front of all packets it shows when the file is opened.
  const auto early = read_bytes(joined(joined(head, pcapng_interface(113, false)), packet)).error;
  BOOST_TEST(early.starts_with("has interfaces with different link types (EN10MB (Ethernet) and LINUX_SLL"));
  BOOST_TEST(early.contains("tshark -r FILE -Y frame.interface_id==0"));
  const auto late = read_bytes(joined(joined(head, packet), pcapng_interface(113, false)));
  BOOST_TEST(late.frames.size() == 1U);
  BOOST_TEST((late.status == ReadStatus::damaged));
  BOOST_TEST(late.damage.starts_with("has interfaces with different link types"));
  BOOST_TEST(late.damage.contains("(after 1 frame)"));
}

BOOST_AUTO_TEST_CASE(different_snapshot_lengths_in_one_pcapng_file) {
  auto file = joined(pcapng_section(false), pcapng_interface(1, false));
  file = joined(file, pcapng_interface(1, false, kNoResolution, 100));
  const auto read = read_bytes(joined(file, pcapng_packet(pattern(60), false, 1)));
  BOOST_TEST((read.status == ReadStatus::damaged));
  BOOST_TEST(read.damage.starts_with("has interfaces with different snapshot lengths"));
}

// --- Pipes and interfaces ------------------------------------------------------------------------------------------

namespace {

/// A pipe that is fed with `parts`, each only after a pause, and read as a file.
ReadCapture read_pipe(const std::vector<Octets>& parts) {
  int ends[2] = {-1, -1};
  BOOST_TEST_REQUIRE(pipe(ends) == 0);
  std::thread feeder([&] {
    for (const auto& part : parts) {
      std::size_t written = 0;
      while (written < part.size()) {
        const auto count = write(ends[1], part.data() + written, part.size() - written);
        if (count <= 0) break;
        written += static_cast<std::size_t>(count);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    close(ends[1]);
  });
  auto read = read_path(fmt::format("/dev/fd/{}", ends[0]));
  feeder.join();
  close(ends[0]);
  return read;
}

}  // namespace

BOOST_AUTO_TEST_CASE(pipes_are_read_like_files) {
  const auto all = records(2000);
  const auto file = pcap_file(all);
  for (const auto& parts :
       {std::vector<Octets>{file},
        {slice(file, 0, 3), slice(file, 3, 24), slice(file, 24, 100), slice(file, 100, file.size())}}) {
    const auto read = read_pipe(parts);
    check_frames(read, all);
    BOOST_TEST((read.status == ReadStatus::end));
    BOOST_TEST(read.bytes_total == 0U);
    BOOST_TEST(read.bytes_consumed == file.size());
  }
  const auto ng = joined(pcapng_section(false), pcapng_interface(1, false, 9));
  const auto read =
      read_pipe({pcapng_section(false), pcapng_interface(1, false, 9), pcapng_packet(pattern(60), false, 1)});
  BOOST_TEST_REQUIRE(read.frames.size() == 1U);
  BOOST_TEST(read.frames[0].time.digits == 9);
  BOOST_TEST(read_pipe({}).error == "is empty: capture again, or copy it again");
}

BOOST_AUTO_TEST_CASE(a_pipes_frames_come_as_soon_as_they_are_there) {
  int ends[2] = {-1, -1};
  BOOST_TEST_REQUIRE(pipe(ends) == 0);
  const auto file = pcap_file(records(1));
  BOOST_TEST(write(ends[1], file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  auto capture = Capture::open_file(fmt::format("/dev/fd/{}", ends[0]), {});  // the writer still holds the pipe open
  BOOST_TEST_REQUIRE(capture.has_value());
  net::Frame frame;
  BOOST_TEST((capture->next(frame) == ReadStatus::frame));
  close(ends[1]);
  BOOST_TEST((capture->next(frame) == ReadStatus::end));
  close(ends[0]);
}

BOOST_AUTO_TEST_CASE(live_captures_need_an_interface_and_a_permission) {
  const auto none = Capture::open_live("no-such-if0", {});
  BOOST_TEST_REQUIRE(!none.has_value());
  BOOST_TEST((none.error().text.starts_with("is no network interface of this host") ||
              none.error().text.contains("setcap cap_net_raw=ep")));
  auto loopback = Capture::open_live("lo", {.filter = "udp port 1 and udp port 2"});
  if (!loopback) {
    BOOST_TEST(loopback.error().text.contains("setcap cap_net_raw=ep"));
    return;
  }
  net::Frame frame;
  BOOST_TEST((loopback->next(frame) == ReadStatus::timeout));
  BOOST_TEST(loopback->bytes_total() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
