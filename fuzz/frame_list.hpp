#pragma once
// An input that is several frames: one byte of options, then each frame with a head of 4 bytes:
//   2  length, big-endian; what is missing at the end of the input is missing in the frame
//   1  bytes that the snapshot length cut away
//   1  seconds since the frame before
// Options: the low four bits choose the link type in the order of kLinkTypes, the others are the target's.

#include <array>
#include <vector>

#include "sasync/base/reader.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/net/dissector.hpp"

namespace sasync::fuzz {

inline constexpr std::array kLinkTypes{
    net::LinkType::ethernet,      net::LinkType::raw,
    net::LinkType::null_loopback, net::LinkType::linux_cooked_v1,
    net::LinkType::openbsd_loop,  net::LinkType::linux_cooked_v2,
    net::LinkType::ipv4,          net::LinkType::ipv6,
    net::LinkType::raw_dlt_bsd,   net::LinkType::raw_dlt_openbsd,
    net::LinkType::pfsync,        net::LinkType::pfsync_openbsd,
};
inline constexpr std::size_t kFrameListBytesMax = std::size_t{128} << 10U;
inline constexpr std::uint8_t kLinkTypeBits = 0x0F;

class FrameList {
 public:
  explicit FrameList(Bytes in) : reader_(in), options_(reader_.u8("options")) {}

  [[nodiscard]] std::uint8_t options() const { return options_; }

  bool next(net::Frame& frame) {
    if (!reader_.more()) return false;
    const auto length = reader_.be<std::uint16_t>("length");
    const auto cut = reader_.u8("cut");
    frame.time.seconds += reader_.u8("seconds");
    if (reader_.failed()) return false;
    frame.link = kLinkTypes[(options_ & kLinkTypeBits) % kLinkTypes.size()];
    frame.captured = reader_.take(std::min<std::size_t>(length, reader_.left()), "frame");
    frame.wire_length = static_cast<std::uint32_t>(frame.captured.size()) + cut;
    ++frame.number;
    return true;
  }

 private:
  Reader reader_;
  std::uint8_t options_;
};

/// The mirror image, for the seeds: whole frames, so many seconds after each other.
inline std::vector<std::uint8_t> frame_list(std::uint8_t options, const std::vector<Bytes>& frames,
                                            std::uint8_t seconds = 1) {
  Writer out;
  out.u8(options);
  for (const auto& frame : frames) {
    out.be(static_cast<std::uint16_t>(frame.size()));
    out.u8(0);
    out.u8(seconds);
    out.bytes(frame);
  }
  return std::move(out).take();
}

}  // namespace sasync::fuzz
