#pragma once
// Where results go: standard output or a file, in large pieces.

#include <expected>
#include <string>
#include <string_view>

namespace sasync::pipeline {

class Output {
 public:
  /// Standard output.
  Output() = default;
  /// A new file, or an old one emptied. The error is for people.
  static std::expected<Output, std::string> create(const std::string& path);
  /// A file that open() or the first write() creates or empties: until then what is there stays.
  static Output later(std::string path);
  Output(Output&& other) noexcept;
  Output& operator=(Output&& other) noexcept;
  ~Output();

  /// False when the file cannot be written. Nothing is left to do when it is open.
  bool open();
  [[nodiscard]] bool is_open() const { return descriptor_ != kNotOpen; }
  /// False when nothing more can be written: the reader of a pipe has gone, or the disk is full.
  bool write(std::string_view text);
  [[nodiscard]] bool reader_gone() const { return reader_gone_; }
  /// What went wrong, for people; empty when nothing did.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  static constexpr int kNotOpen = -1;

  int descriptor_ = 1;
  std::string name_ = "standard output";
  bool reader_gone_ = false;
  std::string error_;
};

}  // namespace sasync::pipeline
