#pragma once
// A file that is there only when it is whole: it grows under a temporary name in the same directory and takes its final
// name when it is committed. Whatever goes wrong before leaves nothing under that name, and what was there stays.
// Several files take their names together when all of them are finished first.

#include <cstdio>
#include <expected>
#include <string>
#include <string_view>

#include "sasync/base/bytes.hpp"

namespace sasync::capture {

class NewFile {
 public:
  /// The error is for people and begins with the path. A path that is something else than a regular file (a device, a
  /// pipe) is written as it is: nothing can be put in its place. A symbolic link stays, and what it names is written.
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
  /// Everything to the disk, still under the temporary name: what is left for commit() is to give the name. The error
  /// is for people and begins with the path. Nothing can be written any more.
  std::expected<void, std::string> finish();
  /// The file to its name; finishes it before when that was not done. The error as that of finish().
  std::expected<void, std::string> commit();
  /// Whoever read the pipe that this is has gone.
  [[nodiscard]] bool reader_gone() const;

 private:
  NewFile() = default;
  void discard();
  [[nodiscard]] std::expected<void, std::string> outcome() const;

  std::FILE* stream_ = nullptr;
  std::string path_;
  std::string target_;     ///< the path without symbolic links at its end
  std::string temporary_;  ///< empty: written in place
  int error_ = 0;          ///< first errno of a write
};

/// Whether both paths lead to one file, there or yet to be made. Devices and pipes are never the same one: what is
/// written to them stands side by side.
bool is_same_file(const std::string& a, const std::string& b);

}  // namespace sasync::capture
