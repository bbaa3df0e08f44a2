#pragma once
// Captures out: a pcap file of Ethernet frames with microseconds, written by libpcap under a temporary name.

#include <expected>
#include <memory>
#include <string>

#include "sasync/base/bytes.hpp"
#include "sasync/base/timestamp.hpp"

namespace sasync::capture {

class CaptureWriter {
 public:
  /// Errors of this class are for people and begin with the path.
  static std::expected<CaptureWriter, std::string> create(const std::string& path);
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) noexcept;
  /// A capture that was not committed disappears.
  ~CaptureWriter();

  /// False when it cannot be written (disk full); commit() then says why. What is finer than a microsecond is cut.
  bool write(const Timestamp& time, Bytes frame);
  /// As NewFile's.
  std::expected<void, std::string> finish();
  std::expected<void, std::string> commit();
  [[nodiscard]] bool reader_gone() const;

 private:
  struct State;
  explicit CaptureWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sasync::capture
