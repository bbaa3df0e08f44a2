#pragma once
// A file that is there only when it is whole: it grows under a temporary name in the same directory and takes its final
// name when it is committed. Whatever goes wrong before leaves nothing under that name, and what was there stays.

#include <cstdio>
#include <expected>
#include <string>
#include <string_view>

#include "sasync/base/bytes.hpp"

namespace sasync::capture {

class NewFile {
 public:
  /// The error is for people and begins with the path. A path that is something else than a regular file (a device, a
  /// pipe) is written as it is: nothing can be put in its place.
  static std::expected<NewFile, std::string> create(const std::string& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&& other) noexcept;
  /// Removes what was not committed.
  ~NewFile();

  /// False when it cannot be written (disk full); commit() then says why.
  bool write(std::string_view text);
  /// For libraries that write by themselves. Owned by this object.
  [[nodiscard]] std::FILE* stream() const { return stream_; }
  /// Somebody else's write to the same descriptor failed with this errno; 0: it is not known why.
  void fail(int error);
  /// Everything to the disk, and the file to its name. The error is for people and begins with the path.
  std::expected<void, std::string> commit();

 private:
  NewFile() = default;
  void discard();

  std::FILE* stream_ = nullptr;
  std::string path_;
  std::string temporary_;  ///< empty: written in place
  int error_ = 0;          ///< first errno of a write
};

}  // namespace sasync::capture
