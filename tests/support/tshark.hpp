#pragma once
// tshark as a second decoder: its fields of a capture's IKE messages, by frame. Tests that use it do nothing where it
// is not installed; ./dev test installs it.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace sasync::test {

// Commands are put together by the tests, from paths of the repository and of temporary directories.

// NOLINTNEXTLINE(cert-env33-c): see above
inline bool tshark_is_installed() { return std::system("tshark --version >/dev/null 2>&1") == 0; }

inline std::string output_of(const std::string& command) {
  struct Close {
    void operator()(FILE* pipe) const { pclose(pipe); }
  };
  // NOLINTNEXTLINE(cert-env33-c): see above
  const std::unique_ptr<FILE, Close> pipe(popen(command.c_str(), "r"));
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string output;
  std::vector<char> buffer(1U << 16U);
  while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) output.append(buffer.data(), got);
  return output;
}

/// Values of each field, in the order in which they stand in the packet.
using TsharkFields = std::map<std::string, std::vector<std::string>>;

/// `configuration` is a directory with Wireshark's key tables, or one without any.
inline std::map<std::uint64_t, TsharkFields> tshark(const std::string& capture, const std::string& filter,
                                                    const std::vector<std::string>& fields,
                                                    const std::string& configuration) {
  std::string command = "WIRESHARK_CONFIG_DIR='" + configuration + "' tshark -r '" + capture + "' -Y '" + filter +
                        "' -T json -e frame.number";
  for (const auto& field : fields) command += " -e " + field;
  std::map<std::uint64_t, TsharkFields> frames;
  for (const auto& packet : nlohmann::json::parse(output_of(command + " 2>/dev/null"))) {
    const auto& layers = packet.at("_source").at("layers");
    auto& frame = frames[std::stoull(layers.at("frame.number").at(0).get<std::string>())];
    for (const auto& field : fields) {
      if (layers.contains(field)) frame[field] = layers.at(field).get<std::vector<std::string>>();
    }
  }
  return frames;
}

}  // namespace sasync::test
