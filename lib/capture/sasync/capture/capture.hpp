#pragma once
// Captures in: pcap and pcapng files (gzip and zstd recognised by content), standard input, live interfaces.
// The only user of libpcap.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sasync/capture/input.hpp"
#include "sasync/net/dissector.hpp"

namespace sasync::capture {

/// What a person has to know: what is wrong, where, what to do. Without the tool's and the file's name.
struct CaptureError {
  std::string text;
};

struct CaptureOptions {
  std::string filter;  ///< pcap filter expression; empty takes every frame
  /// Called by the thread that reads whenever a pipe or a terminal has nothing to give, and again every 100 ms until it
  /// has (not live, where next() returns then; of an Input that is open already, it is the one that Input::open() was
  /// given), and now and then while the filter refuses frame after frame. False ends the reading there.
  std::function<bool()> idle = {};
};

enum class ReadStatus : std::uint8_t {
  frame,    ///< a frame was read
  timeout,  ///< live only: nothing is there
  end,      ///< regular end
  damaged,  ///< the input ends or breaks in the middle of a record; damage() says where
};

/// One open capture. Frames are numbered from `first_frame`; a frame that the filter refuses keeps its number and is
/// passed over.
class Capture {
 public:
  ~Capture();
  Capture(Capture&&) noexcept;
  Capture& operator=(Capture&&) noexcept;

  /// `path` "-" is standard input. An empty file, a file that is no capture, a link type or a file form that cannot be
  /// read are errors.
  static std::expected<Capture, CaptureError> open_file(const std::string& path, const CaptureOptions& options,
                                                        std::uint64_t first_frame = 1, std::uint32_t file = 0);
  /// The same of an input that is open, and not read yet.
  static std::expected<Capture, CaptureError> open(Input input, const CaptureOptions& options,
                                                   std::uint64_t first_frame = 1, std::uint32_t file = 0);
  static std::expected<Capture, CaptureError> open_live(const std::string& interface, const CaptureOptions& options);

  /// Reads the next frame; `frame.captured` is valid until the next call.
  ReadStatus next(net::Frame& frame);
  /// After ReadStatus::damaged: what happened, with the byte offset (of the decompressed data, too, when compressed).
  [[nodiscard]] const std::string& damage() const;
  /// Frames read so far, those that the filter refused included.
  [[nodiscard]] std::uint64_t frames_read() const;
  /// Bytes of the file consumed so far and its size (0 when not known): for progress.
  [[nodiscard]] std::uint64_t bytes_consumed() const;
  [[nodiscard]] std::uint64_t bytes_total() const;

 private:
  struct State;
  explicit Capture(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sasync::capture
