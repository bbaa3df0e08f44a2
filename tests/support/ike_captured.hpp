#pragma once
// The IKE messages of a capture, and the keys that its sync stream tells.

#include <functional>
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

/// Calls `use` for every datagram from or to UDP 500 and 4500, with what the tracker says, and for ESP without UDP. The
/// source port counts too: peers behind a NAT, and those that choose their own port, are answered there.
inline void for_each_outside(const std::string& path,
                             const std::function<void(const net::Datagram&, const proto::Tracked&)>& use) {
  constexpr std::uint32_t kEsp = 50;
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
      const bool is_udp = datagram.carrier == net::Carrier::udp_port;
      if (is_udp && (is_ike_port(origin.src_port) || is_ike_port(origin.dst_port))) {
        use(datagram, tracker->observe(0, datagram));
      } else if (datagram.carrier == net::Carrier::ip_protocol && datagram.number == kEsp) {
        use(datagram, {.protocol = proto::find_protocol("esp")});
      }
    });
  }
  if (status != capture::ReadStatus::end) throw std::runtime_error(path + ": " + capture->damage());
}

inline std::vector<CapturedIke> captured_outside(const std::string& path, bool esp) {
  std::vector<CapturedIke> messages;
  for_each_outside(path, [&](const net::Datagram& datagram, const proto::Tracked& tracked) {
    if (tracked.protocol.has_value() != esp) return;
    messages.push_back({.frame = datagram.origin->frame,
                        .hint = tracked.hint,
                        .bytes = {datagram.payload.begin(), datagram.payload.end()}});
  });
  return messages;
}
/// All IKE messages and keepalives, as the decoder gets them.
inline std::vector<CapturedIke> captured_ike(const std::string& path) { return captured_outside(path, false); }
/// All ESP packets, native and in UDP.
inline std::vector<CapturedIke> captured_esp(const std::string& path) { return captured_outside(path, true); }

inline std::string scenario_of(const std::string& path) {
  return std::filesystem::path{path}.parent_path().filename().string();
}

}  // namespace sasync::test
