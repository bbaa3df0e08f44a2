#include "sasync/pipeline/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sasync::pipeline {

std::expected<Output, std::string> Output::create(const std::string& path) {
  constexpr int kMode = 0666;  // the user's umask takes from it
  Output output;
  output.name_ = path;
  output.descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (output.descriptor_ < 0) {
    return std::unexpected(fmt::format("{}: cannot be written: {}", path, std::generic_category().message(errno)));
  }
  return output;
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
  if (reader_gone_ || !error_.empty()) return false;
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
      error_ = fmt::format("{}: cannot be written: {}", name_, std::generic_category().message(errno));
    }
    return false;
  }
  return true;
}

}  // namespace sasync::pipeline
