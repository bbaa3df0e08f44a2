#include "sasync/pipeline/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sasync::pipeline {

namespace {

/// What a system call says of a file that cannot be written, and what to do.
std::string advice(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return "its directory does not exist: make that first, or name another";
    case EISDIR:
      return "it is a directory: name a file in it";
    case EACCES:
    case EPERM:
    case EROFS:
      return "no permission to write there: name another place";
    case ENOSPC:
    case EDQUOT:
      return "no space left on the device: free some, or name another place";
    default:
      return fmt::format("{}: name another place", std::generic_category().message(error_number));
  }
}

}  // namespace

std::expected<Output, std::string> Output::create(const std::string& path) {
  auto output = later(path);
  if (!output.open()) return std::unexpected(output.error_);
  return output;
}

Output Output::later(std::string path) {
  Output output;
  output.name_ = std::move(path);
  output.descriptor_ = kNotOpen;
  return output;
}

bool Output::open() {
  if (is_open()) return true;
  if (!error_.empty()) return false;
  constexpr int kMode = 0666;  // the user's umask takes from it
  descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (!is_open()) error_ = fmt::format("{}: cannot be written: {}", name_, advice(errno));
  return is_open();
}

Output::Output(Output&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, 1)),
      name_(std::move(other.name_)),
      reader_gone_(other.reader_gone_),
      error_(std::move(other.error_)) {}

Output& Output::operator=(Output&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  std::swap(reader_gone_, other.reader_gone_);
  std::swap(error_, other.error_);
  return *this;
}

Output::~Output() {
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

bool Output::write(std::string_view text) {
  if (reader_gone_ || !error_.empty() || !open()) return false;
  while (!text.empty()) {
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) {
      reader_gone_ = true;
    } else {
      error_ = fmt::format("{}: cannot be written: {}", name_, advice(errno));
    }
    return false;
  }
  return true;
}

}  // namespace sasync::pipeline
