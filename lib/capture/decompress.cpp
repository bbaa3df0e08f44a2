#include "decompress.hpp"

#define ZLIB_CONST  // zlib's input is const then
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "sasync/base/reader.hpp"

namespace sasync::capture {
namespace {

constexpr int kIdle_ms = 100;
constexpr std::size_t kPeekChunk = 64U << 10U;
constexpr std::size_t kCompressedChunk = 128U << 10U;
constexpr std::uint16_t kGzipMagic = 0x1F8B;
constexpr std::uint32_t kZstdMagic = 0xFD2FB528;
constexpr std::uint32_t kZstdSkippableMagic = 0x184D2A50;  ///< and the fifteen numbers after it
constexpr int kGzipOnly = 16;                              ///< added to zlib's window bits
constexpr int kZstdWindowLogMax = 27;                      ///< 128 MiB

std::string reason(int error_number) { return std::generic_category().message(error_number); }

std::string open_fault(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return "does not exist: check the path";
    case EACCES:
    case EPERM:
      return "cannot be opened: no permission to read it: let its owner give it, or run as a user who has it";
    default:
      return fmt::format("cannot be opened: {}: check the path and what it names", reason(error_number));
  }
}

/// Compressed bytes, read in chunks and counted.
class CompressedInput {
 public:
  explicit CompressedInput(std::unique_ptr<ByteSource> source) : source_(std::move(source)), chunk_(kCompressedChunk) {}

  /// False at the end, or after a fault of the source.
  bool refill() {
    const auto count = source_->read(chunk_);
    unread_ = Bytes{chunk_}.first(count);
    fetched_ += count;
    return count != 0;
  }
  [[nodiscard]] Bytes unread() const { return unread_; }
  void consume(std::size_t count) { unread_ = unread_.subspan(count); }
  [[nodiscard]] std::uint64_t offset() const { return fetched_ - unread_.size(); }
  [[nodiscard]] const std::string& fault() const { return source_->fault(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<std::uint8_t> chunk_;
  Bytes unread_;
  std::uint64_t fetched_ = 0;
};

std::string cut_text(const char* format, std::uint64_t offset) {
  return fmt::format("ends in the middle of its {} data at byte {}", format, offset);
}

std::string broken_text(const char* format, std::uint64_t offset, const char* why) {
  return fmt::format("has broken {} data near byte {} ({})", format, offset, why == nullptr ? "no reason given" : why);
}

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> source) : input_(std::move(source)) {
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) fault_ = "cannot be decompressed: out of memory";
  }
  ~GzipSource() override { inflateEnd(&stream_); }

  std::size_t read(std::span<std::uint8_t> into) override {
    std::size_t filled = 0;
    while (fault_.empty() && filled < into.size()) {
      if (input_.unread().empty()) {
        // What is there goes out first: behind a pipe the next bytes may be a long time coming.
        if (filled != 0 || !refill()) break;
      }
      if (!in_member_ && !begin_member()) continue;
      filled += inflate_some(into.subspan(filled));
    }
    return filled;
  }

 private:
  bool refill() {
    if (input_.refill()) return true;
    if (!input_.fault().empty()) {
      fault_ = input_.fault();
    } else if (in_member_) {
      fault_ = cut_text("gzip", input_.offset());
    }
    return false;
  }

  /// Goes over the zeros that may pad a gzip file at its end; true at the first byte of a member.
  bool begin_member() {
    const auto unread = input_.unread();
    const auto zeros =
        members_ == 0 ? unread.begin() : std::ranges::find_if(unread, [](auto byte) { return byte != 0; });
    input_.consume(static_cast<std::size_t>(zeros - unread.begin()));
    if (input_.unread().empty()) return false;
    inflateReset(&stream_);
    in_member_ = true;
    ++members_;
    return true;
  }

  std::size_t inflate_some(std::span<std::uint8_t> into) {
    const auto unread = input_.unread();
    const auto room = std::min<std::size_t>(into.size(), UINT32_MAX);
    stream_.next_in = unread.data();
    stream_.avail_in = static_cast<uInt>(unread.size());
    stream_.next_out = into.data();
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    input_.consume(unread.size() - stream_.avail_in);
    if (result == Z_STREAM_END) {
      in_member_ = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fault_ = broken_text("gzip", input_.offset(), stream_.msg);
    }
    return room - stream_.avail_out;
  }

  CompressedInput input_;
  z_stream stream_{};
  bool in_member_ = false;
  std::uint64_t members_ = 0;
};

class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> source) : input_(std::move(source)), context_(ZSTD_createDCtx()) {
    if (context_ == nullptr ||
        ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax)) != 0) {
      fault_ = "cannot be decompressed: out of memory";
    }
  }

  std::size_t read(std::span<std::uint8_t> into) override {
    while (fault_.empty() && !into.empty()) {
      if (input_.unread().empty() && !more_inside_ && !refill()) break;
      if (const auto filled = decompress_some(into); filled != 0) return filled;
    }
    return 0;
  }

 private:
  struct Release {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  bool refill() {
    if (input_.refill()) return true;
    if (!input_.fault().empty()) {
      fault_ = input_.fault();
    } else if (in_frame_) {
      fault_ = cut_text("zstd", input_.offset());
    }
    return false;
  }

  std::size_t decompress_some(std::span<std::uint8_t> into) {
    ZSTD_inBuffer in{input_.unread().data(), input_.unread().size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const auto result = ZSTD_decompressStream(context_.get(), &out, &in);
    input_.consume(in.pos);
    if (ZSTD_isError(result) != 0) {
      fail(result);
      more_inside_ = false;
    } else {
      in_frame_ = result != 0;
      more_inside_ = in_frame_ && out.pos == out.size;
    }
    return out.pos;
  }

  void fail(std::size_t result) {
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge) {
      fault_ = "has zstd data that need a window above 128 MiB: decompress it first (zstd -d --long=31)";
    } else {
      fault_ = broken_text("zstd", input_.offset(), ZSTD_getErrorName(result));
    }
  }

  CompressedInput input_;
  std::unique_ptr<ZSTD_DCtx, Release> context_;
  bool in_frame_ = false;
  bool more_inside_ = false;  ///< decompressed, but for want of room not handed out
};

}  // namespace

std::expected<std::unique_ptr<FileSource>, CaptureError> FileSource::open(const std::string& path,
                                                                          std::function<bool()> idle) {
  const bool standard_input = path == "-";
  const int descriptor = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return std::unexpected(CaptureError{open_fault(errno)});
  struct stat status{};
  const bool known = fstat(descriptor, &status) == 0;
  const auto total = known && S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  std::unique_ptr<FileSource> source(new FileSource(descriptor, !standard_input, total, std::move(idle)));
  if (known && S_ISDIR(status.st_mode)) {
    return std::unexpected(CaptureError{"is a directory, not a capture file: name the files in it"});
  }
  return source;
}

FileSource::FileSource(int descriptor, bool owned, std::uint64_t total, std::function<bool()> idle)
    : descriptor_(descriptor),
      owned_(owned),
      total_(total),
      begin_(total == 0 ? -1 : lseek(descriptor, 0, SEEK_CUR)),
      idle_(std::move(idle)) {}

FileSource::~FileSource() {
  if (owned_) ::close(descriptor_);
}

std::FILE* FileSource::stream() {
  if (begin_ < 0 || lseek(descriptor_, begin_, SEEK_SET) != begin_) return nullptr;
  const int copy = fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  std::FILE* const stream = copy < 0 ? nullptr : fdopen(copy, "r");
  is_streamed_ = stream != nullptr;
  if (is_streamed_) return stream;
  if (copy >= 0) ::close(copy);
  // As if nobody had gone back.
  static_cast<void>(lseek(descriptor_, begin_ + static_cast<std::int64_t>(consumed()), SEEK_SET));
  return nullptr;
}

std::uint64_t FileSource::consumed() const {
  // Both descriptors have one position.
  if (is_streamed_)
    return static_cast<std::uint64_t>(std::max<std::int64_t>(lseek(descriptor_, 0, SEEK_CUR) - begin_, 0));
  return consumed_.load(std::memory_order_relaxed);
}

/// Until there is something to read; false when it is not wanted any more.
bool FileSource::wait() const {
  if (!idle_ || total_ != 0) return true;
  pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
  for (int wait_ms = 0; poll(&ready, 1, wait_ms) <= 0; wait_ms = kIdle_ms) {
    if (!idle_()) return false;
  }
  return true;
}

std::size_t FileSource::read(std::span<std::uint8_t> into) {
  if (!fault_.empty() || !wait()) return 0;
  ssize_t count = 0;
  do {
    count = ::read(descriptor_, into.data(), into.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    fault_ = fmt::format("cannot be read at byte {}: {}", consumed(), reason(errno));
    return 0;
  }
  consumed_.fetch_add(static_cast<std::uint64_t>(count), std::memory_order_relaxed);
  return static_cast<std::size_t>(count);
}

std::size_t PeekSource::pull(std::span<std::uint8_t> into) {
  const auto count = source_->read(into);
  if (count == 0) fault_ = source_->fault();
  return count;
}

Bytes PeekSource::peek(std::size_t count) {
  while (head_.size() < count) {
    const auto held = head_.size();
    head_.resize(held + kPeekChunk);
    const auto added = pull(std::span{head_}.subspan(held));
    head_.resize(held + added);
    if (added == 0) break;
  }
  return head_;
}

std::size_t PeekSource::read(std::span<std::uint8_t> into) {
  if (head_read_ == head_.size()) {
    head_ = {};
    head_read_ = 0;
    return pull(into);
  }
  const auto count = std::min(into.size(), head_.size() - head_read_);
  std::copy_n(Bytes{head_}.subspan(head_read_).begin(), count, into.begin());
  head_read_ += count;
  return count;
}

Compression recognise_compression(Bytes head) {
  if (Reader{head}.be<std::uint16_t>("magic") == kGzipMagic) return Compression::gzip;
  const auto magic = Reader{head}.le<std::uint32_t>("magic");
  if (magic == kZstdMagic || (magic & 0xFFFF'FFF0U) == kZstdSkippableMagic) return Compression::zstd;
  return Compression::none;
}

std::unique_ptr<ByteSource> decompress(Compression compression, std::unique_ptr<ByteSource> source) {
  switch (compression) {
    case Compression::gzip:
      return std::make_unique<GzipSource>(std::move(source));
    case Compression::zstd:
      return std::make_unique<ZstdSource>(std::move(source));
    case Compression::none:
      break;
  }
  return source;
}

}  // namespace sasync::capture
