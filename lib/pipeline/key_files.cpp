#include "sasync/pipeline/key_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "key_collector.hpp"
#include "sasync/capture/capture.hpp"

namespace sasync::pipeline {
namespace {

/// Tables are text. Captures begin with a byte that no text has, or (pcapng) with four control characters; so do
/// compressed ones.
std::expected<bool, std::string> is_capture(const std::string& path) {
  constexpr std::uint8_t kLastAscii = 0x7F;
  constexpr std::array<std::uint8_t, 4> kPcapng{0x0A, 0x0D, 0x0D, 0x0A};
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> begin{};
  if (!file || (!file.read(begin.data(), begin.size()) && file.bad())) {
    return std::unexpected(fmt::format("{}: no keys can be read from it: {}", path, std::strerror(errno)));
  }
  const auto bytes = as_bytes(std::string_view{begin.data(), static_cast<std::size_t>(file.gcount())});
  return std::ranges::equal(bytes, kPcapng) || std::ranges::any_of(bytes, [](auto byte) { return byte > kLastAscii; });
}

/// Feeds a collector with the sync messages among datagrams.
class SyncMessages {
 public:
  SyncMessages(const DecodeOptions& options, KeyCollector& collector)
      : dispatcher_(options.dispatcher),
        collector_(collector),
        tracker_(proto::strongswan_ha::make_tracker(options.decoding)),
        sync_(proto::find_protocol("strongswan-ha").value_or(proto::Dispatcher::kNone)) {}

  void take(const net::Datagram& datagram) {
    if (dispatcher_.find(datagram) != sync_) return;
    const auto tracked = tracker_->observe(sync_, datagram);
    if (tracked.accepted) collector_.take(datagram.payload, tracked.hint);
  }

 private:
  const proto::Dispatcher& dispatcher_;
  KeyCollector& collector_;
  std::unique_ptr<proto::Tracker> tracker_;
  std::size_t sync_;
};

std::expected<bool, std::string> load_capture(const std::string& path, const DecodeOptions& options,
                                              const Listener& listener, keys::KeyStore& keys) {
  auto capture = capture::Capture::open_file(path, {});
  if (!capture) return std::unexpected(fmt::format("{}: {}", path, capture.error().text));
  KeyCollector collector{options.decoding, keys};
  SyncMessages messages{options, collector};
  net::Dissector dissector{{.encapsulations = options.dispatcher.encapsulations(), .reassembly = {}}};
  const auto before = keys.ike_sas().size();
  net::Frame frame;
  auto status = capture->next(frame);
  for (; status == capture::ReadStatus::frame; status = capture->next(frame)) {
    dissector.dissect(frame, [&](const net::Datagram& datagram) { messages.take(datagram); });
  }
  for (const auto& remark : collector.remarks()) listener.say(fmt::format("{}: {}", path, remark));
  if (keys.ike_sas().size() == before) {
    listener.say(
        fmt::format("{}: no new key in it: is it a capture of a strongSwan sync link (see docs/keys.md)?", path));
  }
  if (status == capture::ReadStatus::damaged) listener.say(fmt::format("{}: {}", path, capture->damage()));
  return status == capture::ReadStatus::end;
}

}  // namespace

std::expected<bool, std::string> load_keys(const std::string& path, const DecodeOptions& options,
                                           const Listener& listener, keys::KeyStore& keys) {
  const auto capture = is_capture(path);
  if (!capture) return std::unexpected(capture.error());
  if (*capture) return load_capture(path, options, listener, keys);
  const auto table = keys.load_table(path);
  if (!table) return std::unexpected(table.error().text);
  say_first(table->left_out, listener);
  return true;
}

void say_first(std::span<const std::string> sentences, const Listener& listener) {
  constexpr std::size_t kSentencesMax = 8;
  for (const auto& sentence : sentences.first(std::min(sentences.size(), kSentencesMax))) listener.say(sentence);
  if (sentences.size() > kSentencesMax)
    listener.say(fmt::format("and {} like these", sentences.size() - kSentencesMax));
}

}  // namespace sasync::pipeline
