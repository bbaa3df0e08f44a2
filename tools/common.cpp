#include "common.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

#include "sasync/base/text.hpp"
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

/// The first line of the file.
std::string read_secret(const std::string& path, std::string_view what) {
  std::ifstream file;
  if (path != "-") file.open(path);
  auto& in = path == "-" ? std::cin : file;
  std::string secret;
  if (in) std::getline(in, secret);
  if (secret.ends_with('\r')) secret.pop_back();
  if (!in || secret.empty()) {
    throw ToolError{fmt::format("{}: no {} can be read from it: give a file whose first line is the {}",
                                path == "-" ? "standard input" : path, what, what)};
  }
  return secret;
}

}  // namespace

int run_tool(std::string_view name, CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe shows as a failing write,
  std::signal(SIGXFSZ, SIG_IGN);  // and so does a file that would grow beyond the limit
  app.set_version_flag("--version", std::string{name} + " " SASYNC_VERSION, "Show the version and exit");
  app.set_help_flag("-h,--help", "Show this help and exit");
  try {
    app.name(std::string{name});  // help shows it, and not the path of this binary
    app.parse(argc, argv);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      // What the shell has ignored for a background job, or nohup, stays so.
      if (std::signal(signal, on_signal) == SIG_IGN) std::signal(signal, SIG_IGN);
    }
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

void say(std::string_view tool, std::string_view text) {
  Text line;
  append(line, tool);
  append(line, ": ");
  append_printable(line, text);
  append(line, '\n');
  fmt::print(stderr, "{}", view(line));
}

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

std::optional<double> Progress::due() {
  if (!wanted_) return std::nullopt;
  const auto now = Clock::now();
  if (now < next_) return std::nullopt;
  next_ = now + std::chrono::milliseconds{500};
  shown_ = true;
  return std::chrono::duration<double>(now - begin_).count();
}

void Progress::show(std::string_view what, double seconds, std::uint64_t done, std::uint64_t total) {
  fmt::print(stderr, "\r\x1b[K{}", what);
  if (total > done && done > 0) {
    fmt::print(stderr, ", {:.0f} s left", seconds * static_cast<double>(total - done) / static_cast<double>(done));
  }
  std::fflush(stderr);
}

void Progress::update(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t frames) {
  const auto seconds = due();
  if (!seconds) return;
  const double mebibytes = static_cast<double>(bytes) / (1024.0 * 1024.0);
  const auto counted = frames == 0 ? std::string{} : fmt::format("{} frames, ", frames);
  show(fmt::format("{}{:.0f} MiB, {:.0f} MiB/s", counted, mebibytes, mebibytes / *seconds), *seconds, bytes,
       bytes_total);
}

void Progress::update_made(std::uint64_t messages, std::uint64_t done, std::uint64_t total) {
  const auto seconds = due();
  if (!seconds) return;
  show(fmt::format("{} messages, {:.0f} messages/s", messages, static_cast<double>(messages) / *seconds), *seconds,
       done, total);
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

std::string read_password(const std::string& path) { return read_secret(path, "password"); }

std::string read_sasyncd_key(const std::string& path, std::span<const std::string> inputs) {
  if (path == "-" && std::ranges::find(inputs, "-") != inputs.end()) {
    throw ToolError{"--sasyncd-key-file -: standard input is a capture already"};
  }
  const auto key = proto::sasyncd::parse_key(read_secret(path, "key"));
  if (!key) throw ToolError{fmt::format("{}: {}", path == "-" ? "standard input" : path, key.error())};
  return {key->begin(), key->end()};
}

}  // namespace sasync::tools
