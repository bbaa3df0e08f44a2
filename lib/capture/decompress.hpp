#pragma once
// Where a capture's bytes come from: a file, and in front of it gzip or zstd when the content says so.
// Private to this layer.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sasync/base/bytes.hpp"
#include "sasync/capture/capture.hpp"

namespace sasync::capture {

/// A stream of bytes that ends, or breaks and then says how.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Fills the front of `into` and says how much of it; 0 at the end and after a fault. What came before the fault is
  /// delivered first.
  virtual std::size_t read(std::span<std::uint8_t> into) = 0;

  /// What broke, as the predicate of a sentence about the file; empty when nothing did.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 protected:
  std::string fault_;
};

/// The file itself, "-" for standard input.
class FileSource : public ByteSource {
 public:
  /// `idle`: CaptureOptions::idle.
  static std::expected<std::unique_ptr<FileSource>, CaptureError> open(const std::string& path,
                                                                       std::function<bool()> idle);
  ~FileSource() override;

  std::size_t read(std::span<std::uint8_t> into) override;
  /// From its first byte on once more, by the C library's own way, which is the fastest. From here on nothing else
  /// reads, but for read() after an error of the stream: it says what the error was. nullptr for what cannot be read
  /// twice, and without memory.
  std::FILE* stream();
  /// May be asked while another thread reads.
  [[nodiscard]] std::uint64_t consumed() const;
  /// 0 for what has no size: pipes, terminals.
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  FileSource(int descriptor, bool owned, std::uint64_t total, std::function<bool()> idle);
  [[nodiscard]] bool wait() const;
  int descriptor_;
  bool owned_;
  std::atomic<std::uint64_t> consumed_ = 0;
  std::uint64_t total_;
  std::int64_t begin_ = 0;  ///< where the descriptor stood when it came here
  bool is_streamed_ = false;
  std::function<bool()> idle_;
};

/// A source whose first bytes can be looked at before they are read.
class PeekSource : public ByteSource {
 public:
  explicit PeekSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  /// The first `count` bytes or more, fewer only where the source ends. Asks for no more than it must: behind a pipe
  /// more bytes may be a long time coming. Only before the first read().
  Bytes peek(std::size_t count);
  std::size_t read(std::span<std::uint8_t> into) override;

 private:
  std::size_t pull(std::span<std::uint8_t> into);
  std::unique_ptr<ByteSource> source_;
  std::vector<std::uint8_t> head_;
  std::size_t head_read_ = 0;
};

enum class Compression : std::uint8_t { none, gzip, zstd };

/// By the magic number, never by the name.
Compression recognise_compression(Bytes head);

/// `source` decompressed.
std::unique_ptr<ByteSource> decompress(Compression compression, std::unique_ptr<ByteSource> source);

}  // namespace sasync::capture
