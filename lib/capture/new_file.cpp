#include "sasync/capture/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sasync::capture {
namespace {

std::string complaint(const std::string& path, int error) {
  return fmt::format("{}: cannot be written: {}", path, std::generic_category().message(error));
}

/// Beside the target, hidden, and nobody else's.
std::string temporary_name(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto base = slash == std::string::npos ? 0 : slash + 1;
  return fmt::format("{}.{}.{}.part", path.substr(0, base), path.substr(base), ::getpid());
}

}  // namespace

std::expected<NewFile, std::string> NewFile::create(const std::string& path) {
  constexpr mode_t kMode = 0666;  // the user's umask takes from it
  struct stat target{};
  const bool is_there = ::stat(path.c_str(), &target) == 0;
  NewFile file;
  file.path_ = path;
  if (is_there && S_ISDIR(target.st_mode)) return std::unexpected(complaint(path, EISDIR));
  int descriptor = -1;
  if (is_there && !S_ISREG(target.st_mode)) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    auto temporary = temporary_name(path);
    descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
    if (descriptor >= 0) file.temporary_ = std::move(temporary);
  }
  if (descriptor < 0) return std::unexpected(complaint(path, errno));
  file.stream_ = ::fdopen(descriptor, "wb");
  if (file.stream_ == nullptr) {
    const int error = errno;
    ::close(descriptor);
    return std::unexpected(complaint(path, error));
  }
  constexpr std::size_t kBufferBytes = std::size_t{1} << 20U;
  std::setvbuf(file.stream_, nullptr, _IOFBF, kBufferBytes);
  return file;
}

NewFile::NewFile(NewFile&& other) noexcept
    : stream_(std::exchange(other.stream_, nullptr)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      error_(other.error_) {}

NewFile& NewFile::operator=(NewFile&& other) noexcept {
  std::swap(stream_, other.stream_);
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  std::swap(error_, other.error_);
  return *this;
}

NewFile::~NewFile() { discard(); }

void NewFile::discard() {
  if (stream_ != nullptr) std::fclose(std::exchange(stream_, nullptr));
  if (!temporary_.empty()) ::unlink(std::exchange(temporary_, {}).c_str());
}

bool NewFile::write(std::string_view text) {
  if (error_ != 0) return false;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stream_) == text.size()) return true;
  error_ = errno == 0 ? EIO : errno;
  return false;
}

void NewFile::fail(int error) {
  if (error_ == 0) error_ = error == 0 ? ENOSPC : error;
}

std::expected<void, std::string> NewFile::commit() {
  errno = 0;
  if (error_ == 0 && (std::ferror(stream_) != 0 || std::fflush(stream_) != 0)) error_ = errno == 0 ? EIO : errno;
  if (std::fclose(std::exchange(stream_, nullptr)) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0 && !temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0) error_ = errno;
  if (error_ == 0) temporary_.clear();
  discard();
  if (error_ != 0) return std::unexpected(complaint(path_, error_));
  return {};
}

}  // namespace sasync::capture
