#include "sasync/capture/capture_writer.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sasync/capture/new_file.hpp"

namespace sasync::capture {
namespace {

constexpr int kSnapshotLength = 262'144;
constexpr std::uint32_t kNanosecondsInMicrosecond = 1000;

struct CloseHandle {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

}  // namespace

// libpcap writes into a stream of its own, which shares the file's descriptor: it closes what it is given.
struct CaptureWriter::State {
  explicit State(NewFile new_file) : file(std::move(new_file)), handle(pcap_open_dead(DLT_EN10MB, kSnapshotLength)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { close(); }

  void close() {
    if (dumper != nullptr) pcap_dump_close(std::exchange(dumper, nullptr));
  }

  NewFile file;
  std::unique_ptr<pcap_t, CloseHandle> handle;
  pcap_dumper_t* dumper = nullptr;
  bool failed = false;
};

CaptureWriter::CaptureWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptureWriter::CaptureWriter(CaptureWriter&&) noexcept = default;
CaptureWriter& CaptureWriter::operator=(CaptureWriter&&) noexcept = default;
CaptureWriter::~CaptureWriter() = default;

std::expected<CaptureWriter, std::string> CaptureWriter::create(const std::string& path) {
  auto file = NewFile::create(path);
  if (!file) return std::unexpected(file.error());
  auto state = std::make_unique<State>(std::move(*file));
  const int descriptor = ::dup(::fileno(state->file.stream()));
  std::FILE* stream = descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb");
  if (stream == nullptr) return std::unexpected(fmt::format("{}: cannot be written: too many open files", path));
  constexpr std::size_t kBufferBytes = std::size_t{1} << 20U;
  std::setvbuf(stream, nullptr, _IOFBF, kBufferBytes);
  state->dumper = pcap_dump_fopen(state->handle.get(), stream);  // closes the stream when it is closed itself
  if (state->dumper == nullptr) {
    std::fclose(stream);
    return std::unexpected(fmt::format("{}: cannot be written: {}", path, pcap_geterr(state->handle.get())));
  }
  // NOLINTNEXTLINE(clang-analyzer-unix.Stream): the dumper owns the stream.
  return CaptureWriter{std::move(state)};
}

bool CaptureWriter::write(const Timestamp& time, Bytes frame) {
  if (state_->failed) return false;
  pcap_pkthdr header{};
  header.ts.tv_sec = static_cast<decltype(header.ts.tv_sec)>(time.seconds);
  header.ts.tv_usec = static_cast<decltype(header.ts.tv_usec)>(time.nanoseconds / kNanosecondsInMicrosecond);
  header.caplen = static_cast<bpf_u_int32>(frame.size());
  header.len = header.caplen;
  errno = 0;
  // libpcap's own signature: the dumper travels as a byte pointer. It reports no errors; the stream keeps them.
  pcap_dump(reinterpret_cast<u_char*>(state_->dumper), &header, frame.data());
  state_->failed = std::ferror(pcap_dump_file(state_->dumper)) != 0;
  if (state_->failed) state_->file.fail(errno);
  return !state_->failed;
}

std::expected<void, std::string> CaptureWriter::finish() {
  errno = 0;
  if (!state_->failed && state_->dumper != nullptr && pcap_dump_flush(state_->dumper) != 0) state_->file.fail(errno);
  state_->close();
  return state_->file.finish();
}

std::expected<void, std::string> CaptureWriter::commit() {
  if (auto done = finish(); !done) return done;
  return state_->file.commit();
}

bool CaptureWriter::reader_gone() const { return state_->file.reader_gone(); }

}  // namespace sasync::capture
