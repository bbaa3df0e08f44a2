// Capture files: any bytes as a pcap or pcapng file, plain or compressed. A local target: it links libpcap, and no
// engine runs it elsewhere. Rules: reading ends; a frame lies inside what its capture announced; the same bytes give
// the same frames.

#include <sys/mman.h>
#include <unistd.h>

#include "oracle.hpp"
#include "sasync/capture/capture.hpp"

namespace sasync::fuzz {
namespace {

constexpr std::size_t kBytesMax = std::size_t{256} << 10U;
constexpr std::size_t kFramesMax = 10'000;

/// A file without a place in any folder.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes content) : descriptor_(memfd_create("capture", 0)) {
    require(descriptor_ >= 0 && ::write(descriptor_, content.data(), content.size()) >= 0, "a file can be made");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

std::uint64_t read_all(const std::string& path) {
  auto capture = capture::Capture::open_file(path, {});
  if (!capture) {
    require(!capture.error().text.empty(), "an error has words");
    return 0;
  }
  net::Frame frame;
  std::uint64_t digest = 1;
  std::size_t frames = 0;
  auto status = capture->next(frame);
  for (; status == capture::ReadStatus::frame && frames < kFramesMax; status = capture->next(frame), ++frames) {
    for (const auto byte : frame.captured) digest = digest * 31 + byte;
    digest = digest * 31 + frame.wire_length;
  }
  return digest * 31 + static_cast<std::uint64_t>(status);
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync::fuzz;
  if (size > kBytesMax) return 0;
  const auto once = read_all(MemoryFile{{data, size}}.path());
  require(read_all(MemoryFile{{data, size}}.path()) == once, "the same bytes give the same frames");
  return 0;
}
