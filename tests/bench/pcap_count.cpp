// The yardstick: what libpcap alone needs to walk through a capture.
#include <fmt/format.h>
#include <pcap/pcap.h>

#include <array>
#include <cstdint>

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_pcap_count FILE\n");
    return 2;
  }
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* capture = pcap_open_offline(argv[1], error.data());
  if (capture == nullptr) {
    fmt::print(stderr, "bench_pcap_count: {}\n", error.data());
    return 2;
  }
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (pcap_next_ex(capture, &header, &data) == 1) {
    ++frames;
    bytes += header->caplen;
  }
  pcap_close(capture);
  fmt::print("{} frames {} bytes\n", frames, bytes);
  return 0;
}
