#pragma once
// The captures of corpus/captures as tests of the whole decoder want them: every message with its bytes, and what a run
// of the decoder prints for them.

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "sasync/capture/capture.hpp"
#include "sasync/pipeline/decode_run.hpp"
#include "support/files.hpp"

namespace sasync::test {

inline std::filesystem::path captures_folder() {
  return std::filesystem::path{SASYNC_SOURCE_DIR} / "corpus" / "captures";
}

/// Folders of the strongSwan captures with their truth, by name.
inline std::vector<std::filesystem::path> strongswan_scenarios() {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(captures_folder() / "strongswan")) {
    if (std::filesystem::exists(entry.path() / "sync.pcap")) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  BOOST_REQUIRE_EQUAL(folders.size(), 6U);  // a capture that got lost must not make tests pass
  return folders;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(in, "cannot read " << path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct CapturedMessage {
  Timestamp time;
  std::uint64_t frame = 0;
  std::string src, dst;
  std::size_t protocol = 0;  ///< index into protocols()
  std::uint32_t hint = 0;    ///< what the protocol's tracker said
  std::vector<std::uint8_t> bytes;
};

/// Every message of every known protocol in a capture, in order: the decoder's own way down to the protocol, without
/// its threads and printers.
inline std::vector<CapturedMessage> captured_messages(const std::filesystem::path& file) {
  const proto::Dispatcher dispatcher;
  net::Dissector dissector{
      {.encapsulations = dispatcher.encapsulations(), .reassembly = {}, .streams = dispatcher.streams()}};
  std::vector<std::unique_ptr<proto::Tracker>> trackers;
  for (const auto& protocol : proto::protocols()) {
    trackers.push_back(protocol.make_tracker == nullptr ? nullptr : protocol.make_tracker({}));
  }
  std::vector<CapturedMessage> messages;
  const auto keep = [&](const net::Datagram& datagram) {
    std::size_t protocol = dispatcher.find(datagram);
    if (protocol == proto::Dispatcher::kNone) return;
    proto::Tracked tracked;
    if (trackers[protocol]) tracked = trackers[protocol]->observe(protocol, datagram);
    if (tracked.protocol) protocol = *tracked.protocol;
    if (!tracked.accepted) return;
    messages.push_back({.time = datagram.origin->time,
                        .frame = datagram.origin->frame,
                        .src = net::to_string(datagram.origin->src),
                        .dst = net::to_string(datagram.origin->dst),
                        .protocol = protocol,
                        .hint = tracked.hint,
                        .bytes = {datagram.payload.begin(), datagram.payload.end()}});
  };
  auto capture = capture::Capture::open_file(file.string(), {});
  BOOST_REQUIRE_MESSAGE(capture, "cannot read " << file);
  net::Frame frame;
  auto status = capture->next(frame);
  for (; status == capture::ReadStatus::frame; status = capture->next(frame)) dissector.dissect(frame, keep);
  BOOST_REQUIRE(status == capture::ReadStatus::end);
  dissector.finish(keep);
  return messages;
}

/// What sasync-decode prints with these options. Nothing may be said beside the results.
inline std::string decoder_output(const pipeline::DecodeOptions& options) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "out";
  {
    auto output = pipeline::Output::create(path.string());
    BOOST_REQUIRE(output);
    const pipeline::Listener listener{.say = [](std::string_view text) { BOOST_ERROR("said: " << text); },
                                      .progress = {}};
    const std::atomic<bool> stop{false};
    const auto outcome = pipeline::run_decode(options, *output, listener, stop);
    BOOST_TEST(!outcome.trouble);
    BOOST_TEST(!outcome.malformed);
  }
  return read_text(path);
}

inline std::string decoder_output(const std::filesystem::path& file, pipeline::Form form) {
  pipeline::DecodeOptions options;
  options.files = {file.string()};
  options.form = form;
  return decoder_output(options);
}

}  // namespace sasync::test
