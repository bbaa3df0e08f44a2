#pragma once
// The IKE messages of a capture, and the keys that its sync stream tells.

#include <string>
#include <vector>

#include "sasync/proto/ike.hpp"
#include "support/captured.hpp"

namespace sasync::test {

struct CapturedIke {
  std::uint64_t frame = 0;
  std::uint32_t hint = 0;
  std::vector<std::uint8_t> bytes;
};

/// All IKE messages and keepalives from or to UDP 500 and 4500, as the decoder gets them. The source counts too: peers
/// behind a NAT, and those that choose their own port, are answered there.
inline std::vector<CapturedIke> captured_ike(const std::string& path) {
  std::vector<CapturedIke> messages;
  const auto tracker = proto::ike::make_tracker({});
  auto capture = capture::Capture::open_file(path, {});
  if (!capture) throw std::runtime_error(path + ": " + capture.error().text);
  net::Dissector dissector;
  net::Frame frame;
  auto status = capture->next(frame);
  for (; status == capture::ReadStatus::frame; status = capture->next(frame)) {
    dissector.dissect(frame, [&](const net::Datagram& datagram) {
      const auto is_ike_port = [](std::uint16_t port) { return port == 500 || port == 4500; };
      const auto& origin = *datagram.origin;
      if (datagram.carrier != net::Carrier::udp_port) return;
      if (!is_ike_port(origin.src_port) && !is_ike_port(origin.dst_port)) return;
      const auto tracked = tracker->observe(0, datagram);
      if (!tracked.accepted) return;
      messages.push_back({.frame = datagram.origin->frame,
                          .hint = tracked.hint,
                          .bytes = {datagram.payload.begin(), datagram.payload.end()}});
    });
  }
  if (status != capture::ReadStatus::end) throw std::runtime_error(path + ": " + capture->damage());
  return messages;
}

inline std::string scenario_of(const std::string& path) {
  return std::filesystem::path{path}.parent_path().filename().string();
}

}  // namespace sasync::test
