#pragma once
// Reads a capture to its end.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sasync/capture/capture.hpp"
#include "support/files.hpp"
#include "support/frames.hpp"

namespace sasync::test {

struct ReadFrame {
  Octets bytes;
  std::uint32_t wire_length = 0;
  std::uint64_t number = 0;
  std::uint32_t file = 0;
  net::LinkType link = net::LinkType::ethernet;
  Timestamp time;
};

struct ReadCapture {
  std::string error;  ///< of opening
  std::vector<ReadFrame> frames;
  capture::ReadStatus status = capture::ReadStatus::timeout;
  std::string damage;
  std::uint64_t frames_read = 0;
  std::uint64_t bytes_consumed = 0;
  std::uint64_t bytes_total = 0;
};

inline ReadCapture read_path(const std::string& path, const std::string& filter = "", std::uint64_t first_frame = 1) {
  ReadCapture read;
  auto opened = capture::Capture::open_file(path, {.filter = filter}, first_frame, 3);
  if (!opened) {
    read.error = opened.error().text;
    return read;
  }
  auto capture = std::move(*opened);
  net::Frame frame;
  while ((read.status = capture.next(frame)) == capture::ReadStatus::frame) {
    read.frames.push_back({Octets(frame.captured.begin(), frame.captured.end()), frame.wire_length, frame.number,
                           frame.file, frame.link, frame.time});
  }
  BOOST_TEST((capture.next(frame) == read.status));  // it stays stopped
  read.damage = capture.damage();
  read.frames_read = capture.frames_read();
  read.bytes_consumed = capture.bytes_consumed();
  read.bytes_total = capture.bytes_total();
  return read;
}

inline ReadCapture read_bytes(const Octets& content, const std::string& filter = "") {
  const TemporaryDirectory directory;
  return read_path(directory.write("capture", content), filter);
}

/// Frames with different contents and lengths.
inline std::vector<Record> records(std::size_t count) {
  std::vector<Record> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].bytes = udp_frame(static_cast<std::uint16_t>(4500 + i % 100), pattern(i % 1400, i));
    out[i].seconds += static_cast<std::uint32_t>(i);
  }
  return out;
}

inline void check_frames(const ReadCapture& read, const std::vector<Record>& expected) {
  BOOST_TEST_REQUIRE(read.error == "");
  BOOST_TEST_REQUIRE(read.frames.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST((read.frames[i].bytes == expected[i].bytes));
    BOOST_TEST(read.frames[i].number == i + 1);
    BOOST_TEST(read.frames[i].time.seconds == expected[i].seconds);
  }
}

}  // namespace sasync::test
