#include "sasync/capture/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sasync::capture {
namespace {

std::string complaint(const std::string& path, int error) {
  return fmt::format("{}: cannot be written: {}", path, std::generic_category().message(error));
}

/// What a symbolic link names, whether it is there or not.
std::string target_of(const std::string& path) {
  constexpr int kLinksMax = 40;  // as the kernel follows
  std::filesystem::path target = path;
  std::error_code error;
  for (int i = 0; i < kLinksMax && std::filesystem::is_symlink(target, error); ++i) {
    target = target.parent_path() / std::filesystem::read_symlink(target, error);
  }
  return target;
}

struct Temporary {
  int descriptor = -1;
  std::string name;
};

/// Beside the target, hidden, and nobody else's: a name that is taken, by this process or a dead one, is passed over.
Temporary create_beside(const std::string& path) {
  constexpr mode_t kMode = 0666;  // the user's umask takes from it
  constexpr int kTriesMax = 1000;
  const auto slash = path.rfind('/');
  const auto base = slash == std::string::npos ? 0 : slash + 1;
  Temporary out;
  for (int i = 0; i < kTriesMax; ++i) {
    const auto number = i == 0 ? std::string{} : fmt::format(".{}", i);
    out.name = fmt::format("{}.{}.{}{}.part", path.substr(0, base), path.substr(base), ::getpid(), number);
    out.descriptor = ::open(out.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
    if (out.descriptor >= 0 || errno != EEXIST) break;
  }
  return out;
}

}  // namespace

std::expected<NewFile, std::string> NewFile::create(const std::string& path) {
  struct stat target{};
  const bool is_there = ::stat(path.c_str(), &target) == 0;
  NewFile file;
  file.path_ = path;
  file.target_ = target_of(path);
  if (is_there && S_ISDIR(target.st_mode)) return std::unexpected(complaint(path, EISDIR));
  int descriptor = -1;
  if (is_there && !S_ISREG(target.st_mode)) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    auto temporary = create_beside(file.target_);
    descriptor = temporary.descriptor;
    if (descriptor >= 0) file.temporary_ = std::move(temporary.name);
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
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      error_(other.error_) {}

NewFile& NewFile::operator=(NewFile&& other) noexcept {
  std::swap(stream_, other.stream_);
  std::swap(path_, other.path_);
  std::swap(target_, other.target_);
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

std::expected<void, std::string> NewFile::outcome() const {
  if (error_ != 0) return std::unexpected(complaint(path_, error_));
  return {};
}

std::expected<void, std::string> NewFile::finish() {
  if (stream_ == nullptr) return outcome();
  errno = 0;
  if (error_ == 0 && (std::ferror(stream_) != 0 || std::fflush(stream_) != 0)) error_ = errno == 0 ? EIO : errno;
  if (std::fclose(std::exchange(stream_, nullptr)) != 0 && error_ == 0) error_ = errno;
  if (error_ != 0) discard();
  return outcome();
}

std::expected<void, std::string> NewFile::commit() {
  if (auto done = finish(); !done) return done;
  if (!temporary_.empty() && ::rename(temporary_.c_str(), target_.c_str()) != 0) error_ = errno;
  if (error_ == 0) temporary_.clear();
  discard();
  return outcome();
}

bool NewFile::reader_gone() const { return error_ == EPIPE; }

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat first{};
  struct stat second{};
  if (::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0) {
    return S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
  }
  std::error_code error;
  const auto whole = [&](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(target_of(path), error), error);
  };
  return whole(a) == whole(b);
}

}  // namespace sasync::capture
