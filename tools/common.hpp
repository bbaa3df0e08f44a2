#pragma once
// What every tool does alike: exit statuses, error lines, colour, progress, and ending on a signal or a closed pipe.

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sasync::tools {

enum ExitStatus : int { kDone = 0, kFinding = 1, kTrouble = 2 };

/// An error of use or input that ends the tool with status 2; its text is for people.
struct ToolError {
  std::string text;
};

/// Runs a tool's body: parse errors, help, version and errors become the line and the exit status they should.
/// `name` stands before every line on standard error.
int run_tool(std::string_view name, CLI::App& app, int argc, char** argv, const std::function<int()>& body);

/// "sasync-decode: TEXT" on standard error, one line: what would act on a terminal is escaped.
void say(std::string_view tool, std::string_view text);

/// Set when the user interrupts (SIGINT, SIGTERM, SIGHUP): work ends at the next record, and what was done is reported.
const std::atomic<bool>& interrupted();

/// Adds --color auto|always|never.
void add_colour_option(CLI::App& app, std::string& colour);
/// Whether to colour what goes to `descriptor`. NO_COLOR and TERM=dumb are respected.
bool use_colour(const std::string& colour, int descriptor);

/// A progress line on standard error, when that is a terminal, for work over about a second.
class Progress {
 public:
  explicit Progress(bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Of what is read. `frames` is 0 of what has none; `bytes_total` where it is not known.
  void update(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t frames);
  /// Of what is made: `done` of `total`, in any unit.
  void update_made(std::uint64_t messages, std::uint64_t done, std::uint64_t total);

 private:
  /// Whether a line is due; seconds since the beginning, or nothing.
  std::optional<double> due();
  static void show(std::string_view what, double seconds, std::uint64_t done, std::uint64_t total);

  using Clock = std::chrono::steady_clock;
  bool wanted_;
  bool shown_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_ + std::chrono::seconds{1};
};

/// "name=10" or "name=0x8890" taken apart; throws ToolError that names `option`.
std::pair<std::string, std::uint32_t> parse_assignment(const std::string& text, std::string_view option);

/// The first line of a file ("-": of standard input), which must not be empty; throws ToolError.
std::string read_password(const std::string& path);
/// The bytes of sasyncd's shared key, from such a file; throws ToolError. Standard input cannot be one of `inputs`,
/// too.
std::string read_sasyncd_key(const std::string& path, std::span<const std::string> inputs);
/// --sasyncd-key-file, alike in all tools.
inline constexpr const char* kSasyncdKeyHelp =
    "File (- for standard input) with the shared key of sasyncd.conf, as text or as 0x and hex: decrypts sasyncd "
    "messages";

}  // namespace sasync::tools
