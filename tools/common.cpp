#include "common.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

#include "sasync/proto/sasyncd.hpp"

namespace sasync::tools {
namespace {

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void on_signal(int signal) {
  g_interrupted = true;
  std::signal(signal, SIG_DFL);  // a second one ends the tool at once
}

int report_parse_error(std::string_view name, const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // help, version
    return app.exit(error) == 0 ? kDone : kTrouble;
  }
  say(name, fmt::format("{} (see {} --help)", error.what(), name));
  return kTrouble;
}

}  // namespace

int run_tool(std::string_view name, CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe shows as a failing write
  app.set_version_flag("--version", std::string{name} + " " SASYNC_VERSION, "Show the version and exit");
  app.set_help_flag("-h,--help", "Show this help and exit");
  try {
    app.name(std::string{name});  // help shows it, and not the path of this binary
    app.parse(argc, argv);
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return body();
  } catch (const CLI::ParseError& error) {
    return report_parse_error(name, app, error);
  } catch (const ToolError& error) {
    say(name, error.text);
  } catch (const std::bad_alloc&) {
    say(name, "out of memory");
  } catch (const std::exception& error) {
    say(name, error.what());
  }
  return kTrouble;
}

void say(std::string_view tool, std::string_view text) { fmt::print(stderr, "{}: {}\n", tool, text); }

const std::atomic<bool>& interrupted() { return g_interrupted; }

void add_colour_option(CLI::App& app, std::string& colour) {
  app.add_option("--color", colour, "Colour the output: auto (on a terminal), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

bool use_colour(const std::string& colour, int descriptor) {
  if (colour != "auto") return colour == "always";
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  if (terminal != nullptr && std::string_view{terminal} == "dumb") return false;
  return ::isatty(descriptor) == 1;
}

Progress::Progress(bool wanted) : wanted_(wanted && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::update(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t frames) {
  const auto now = Clock::now();
  if (!wanted_ || now < next_) return;
  next_ = now + std::chrono::milliseconds{500};
  shown_ = true;
  constexpr double kMebibyte = 1024.0 * 1024.0;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double rate = static_cast<double>(bytes) / seconds;
  fmt::print(stderr, "\r\x1b[K{} frames, {:.0f} MiB, {:.0f} MiB/s", frames, static_cast<double>(bytes) / kMebibyte,
             rate / kMebibyte);
  if (bytes_total > bytes && rate > 0) {
    fmt::print(stderr, ", {:.0f} s left", static_cast<double>(bytes_total - bytes) / rate);
  }
  std::fflush(stderr);
}

std::pair<std::string, std::uint32_t> parse_assignment(const std::string& text, std::string_view option) {
  const auto equals = text.find('=');
  const auto number = equals == std::string::npos ? std::string{} : text.substr(equals + 1);
  char* end = nullptr;
  const auto value = std::strtoul(number.c_str(), &end, 0);
  constexpr unsigned long kMax = 65535;
  if (equals == 0 || number.empty() || *end != '\0' || number.front() == '-' || value == 0 || value > kMax) {
    throw ToolError{fmt::format("{} {}: expected PROTOCOL=NUMBER with a number from 1 to {}", option, text, kMax)};
  }
  return {text.substr(0, equals), static_cast<std::uint32_t>(value)};
}

std::string read_password(const std::string& path) {
  std::ifstream file(path);
  std::string password;
  if (!file || !std::getline(file, password) || password.empty()) {
    throw ToolError{
        fmt::format("{}: no password can be read from it: give a file whose first line is the password", path)};
  }
  if (password.back() == '\r') password.pop_back();
  return password;
}

std::string read_sasyncd_key(const std::string& path) {
  const auto key = proto::sasyncd::parse_key(read_password(path));
  if (!key) throw ToolError{fmt::format("{}: {}", path, key.error())};
  return {key->begin(), key->end()};
}

}  // namespace sasync::tools
