#pragma once
// The messages of a real capture, one after another.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sasync/capture/capture.hpp"

namespace sasync::test {

/// The captures of the corpus: SASYNC_SOURCE_DIR/corpus/captures/strongswan/*/NAME.
inline std::vector<std::string> captures(const std::string& name) {
  std::vector<std::string> paths;
  for (const auto& folder : std::filesystem::directory_iterator(SASYNC_SOURCE_DIR "/corpus/captures/strongswan")) {
    const auto path = folder.path() / name;
    if (std::filesystem::exists(path)) paths.push_back(path.string());
  }
  std::ranges::sort(paths);
  return paths;
}

/// Calls `use` for every UDP payload to that port. Throws when the capture cannot be read to its end.
inline void for_each_udp_payload(const std::string& path, std::uint16_t port,
                                 const std::function<void(const net::Datagram&)>& use) {
  auto capture = capture::Capture::open_file(path, {});
  if (!capture) throw std::runtime_error(path + ": " + capture.error().text);
  net::Dissector dissector;
  net::Frame frame;
  for (;;) {
    const auto status = capture->next(frame);
    if (status == capture::ReadStatus::end) return;
    if (status != capture::ReadStatus::frame) throw std::runtime_error(path + ": " + capture->damage());
    dissector.dissect(frame, [&](const net::Datagram& datagram) {
      if (datagram.carrier == net::Carrier::udp_port && datagram.number == port) use(datagram);
    });
  }
}

}  // namespace sasync::test
