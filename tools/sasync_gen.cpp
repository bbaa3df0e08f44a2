// sasync-gen: captures and event streams of clusters that do not exist.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "common.hpp"
#include "sasync/capture/capture_writer.hpp"
#include "sasync/capture/new_file.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/generate/generator.hpp"
#include "sasync/generate/scenario.hpp"

namespace {

using namespace sasync;
constexpr std::string_view kTool = "sasync-gen";

/// An option that a scenario file has, too, under `key`.
struct Shared {
  std::string key;
  CLI::Option* option = nullptr;
  std::vector<std::string> values{};
};

struct Options {
  std::deque<Shared> shared;
  bool virtual_clusters = false;
  bool encapsulate = false;
  std::string scenario;
  std::string password_file;
  std::string sasyncd_key_file;
  std::string output;
  std::string outside;
  std::string truth;
  std::string colour = "auto";
};

void share(CLI::App& app, Options& options, const std::string& name, const std::string& help, bool repeats = false) {
  auto& shared = options.shared.emplace_back();
  shared.key = name;
  std::ranges::replace(shared.key, '-', '_');
  shared.option = app.add_option("--" + name, shared.values, help)->allow_extra_args(false);
  if (!repeats) shared.option->expected(1);
}

void define_options(CLI::App& app, Options& options) {
  app.add_option("-o,--output", options.output, "x.pcap: the sync link as a capture; x.jsonl: as an event stream")
      ->required();
  app.add_option("--outside", options.outside, "Capture of the link to the peers: IKE and ESP that fit");
  app.add_option("--truth", options.truth,
                 "JSON Lines: whom each message reached, and what each member holds at the end");
  app.add_option("--scenario", options.scenario, "Settings as JSON; options override them; - is standard input");
  share(app, options, "protocol", "fgcp-sync (default; sasync-ref/1, not FortiOS), strongswan-ha, sasyncd or pfsync");
  share(app, options, "tunnels", "1 to 1000000 (default 10)");
  share(app, options, "ike", "IKE version: 1, 2 (default) or mixed");
  share(app, options, "dialup", "Share of the tunnels that are dialup, 0 to 1");
  share(app, options, "members", "2 (default) to 4");
  app.add_flag("--virtual-clusters", options.virtual_clusters, "Two virtual clusters with a primary each");
  share(app, options, "duration", "Such as 90s, 300ms or 5m (default 60s)");
  share(app, options, "establish", "Time in which the tunnels come up (default: half of the duration)");
  share(app, options, "rekey", "Between re-keys of a tunnel; every fourth is of the IKE SA (default 30s; 0: none)");
  share(app, options, "dpd", "Between liveness checks of a tunnel (default 10s; 0: none)");
  share(app, options, "delete", "Share of the tunnels that are deleted before the end");
  share(app, options, "failover", "+12.5s: the primary fails then (repeat for more)", true);
  share(app, options, "ike-restart", "+12.5s: the IKE process of the primary restarts then", true);
  share(app, options, "member-restart", "+12.5s: a subordinate goes then, and comes back 5 s later", true);
  share(app, options, "loss", "Probability that a message does not reach a receiver");
  share(app, options, "reorder", "Probability that it comes after younger ones");
  share(app, options, "duplicate", "Probability that it comes twice");
  share(app, options, "cut", "+10s-+12s: nothing reaches anybody (heartbeats do)", true);
  share(app, options, "seed", "The same seed gives the same bytes (default 1)");
  share(app, options, "start", "Time of the first message, whole seconds since the epoch");
  share(app, options, "strongswan-layout", "2b, 3a, 3b, 3c (default), 4 or 5");
  tools::add_colour_option(app, options.colour);  // as in all tools: nothing that it prints is coloured
  app.add_flag("--encapsulate", options.encapsulate, "fgcp-sync inside 0x8893 frames");
  app.add_option("--sasyncd-key-file", options.sasyncd_key_file,
                 "File with the shared key that sasyncd encrypts with (default 0123456789abcdef)");
  app.add_option("--ha-password-file", options.password_file, "Authenticate fgcp-sync with the password in this file");
}

std::string content_of(const std::string& path, std::size_t bytes_max) {
  std::ifstream file;
  if (path != "-") {
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
      throw tools::ToolError{path + ": cannot be read: it is a directory"};
    file.open(path, std::ios::binary);
    if (!file) throw tools::ToolError{path + ": cannot be read"};
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string text(bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) throw tools::ToolError{path + ": cannot be read"};
  if (text.size() > bytes_max) throw tools::ToolError{fmt::format("{}: larger than {} bytes", path, bytes_max)};
  return text;
}

generate::Settings settings_of(Options& options) {
  generate::Settings settings;
  if (!options.scenario.empty()) {
    auto read = generate::read_scenario(content_of(options.scenario, generate::kScenarioBytesMax));
    if (!read) throw tools::ToolError{fmt::format("{}: {}", options.scenario, read.error())};
    settings = std::move(*read);
  }
  for (const auto& [key, option, values] : options.shared) {
    for (const auto& value : values) {
      std::string expected;
      if (generate::set_option(settings, key, value, expected)) continue;
      throw tools::ToolError{fmt::format("{} {}: expected {}", option->get_name(), value, expected)};
    }
  }
  generate::settle(settings);
  settings.virtual_clusters = settings.virtual_clusters || options.virtual_clusters;
  settings.encapsulate = settings.encapsulate || options.encapsulate;
  if (!options.password_file.empty()) settings.ha_password = tools::read_password(options.password_file);
  if (!options.sasyncd_key_file.empty()) {
    if (settings.protocol != generate::Protocol::sasyncd) {
      throw tools::ToolError{"--sasyncd-key-file: only sasyncd is encrypted with it"};
    }
    settings.sasyncd_key = tools::read_sasyncd_key(options.sasyncd_key_file, {});
  }
  if (const auto text = generate::contradiction(settings); !text.empty()) throw tools::ToolError{text};
  return settings;
}

template <class T>
T opened(std::expected<T, std::string> file) {
  if (!file) throw tools::ToolError{file.error()};
  return std::move(*file);
}

/// Two outputs in one file would destroy each other, and an output in place of the scenario the scenario.
void require_different_files(const Options& options) {
  const std::array<std::pair<std::string_view, const std::string&>, 4> files{{{"-o", options.output},
                                                                              {"--outside", options.outside},
                                                                              {"--truth", options.truth},
                                                                              {"--scenario", options.scenario}}};
  for (auto later = files.begin(); later != files.end(); ++later) {
    for (auto earlier = files.begin(); earlier != later; ++earlier) {
      if (earlier->second.empty() || later->second.empty()) continue;
      if (!capture::is_same_file(earlier->second, later->second)) continue;
      throw tools::ToolError{fmt::format("{} {}: the same file as {}", later->first, later->second, earlier->first)};
    }
  }
}

/// The files that were asked for; they take their names together, at the end.
class Files {
 public:
  explicit Files(const Options& options) {
    require_different_files(options);
    const auto is = [&](std::string_view ending) { return options.output.ends_with(ending); };
    if (!is(".pcap") && !is(".jsonl") && options.output != "/dev/full" && options.output != "/dev/null") {
      throw tools::ToolError{fmt::format("-o {}: expected a name that ends in .pcap or .jsonl", options.output)};
    }
    if (is(".jsonl")) {
      events_.emplace(opened(capture::NewFile::create(options.output)));
    } else {
      capture_.emplace(opened(capture::CaptureWriter::create(options.output)));
    }
    if (!options.outside.empty()) outside_.emplace(opened(capture::CaptureWriter::create(options.outside)));
    if (!options.truth.empty()) truth_.emplace(opened(capture::NewFile::create(options.truth)));
  }

  generate::Sinks sinks() {
    generate::Sinks sinks;
    sinks.wants_bytes = false;
    if (events_) sinks.event = [this](const event::SyncEvent& event, Bytes /*message*/) { return write(event); };
    if (capture_) sinks.frame = [this](const Timestamp& time, Bytes frame) { return capture_->write(time, frame); };
    if (outside_) sinks.outside = [this](const Timestamp& time, Bytes frame) { return outside_->write(time, frame); };
    if (truth_) sinks.truth = [this](std::string_view text) { return truth_->write(text); };
    return sinks;
  }

  /// All of them or, when one cannot be written or the run ended early, none.
  void commit(bool complete) {
    if (events_) events_->write(view(text_));
    for_each([](auto& file) { require(file.finish()); });
    if (!complete) throw tools::ToolError{"ended early; nothing was written"};
    for_each([](auto& file) { require(file.commit()); });
  }

  [[nodiscard]] bool reader_gone() {
    bool gone = false;
    for_each([&](auto& file) { gone = gone || file.reader_gone(); });
    return gone;
  }

 private:
  bool write(const event::SyncEvent& event) {
    constexpr std::size_t kTextBytes = std::size_t{64} << 10U;
    event::append_json(text_, event, {.show_secrets = true});  // they are made up
    append(text_, '\n');
    if (text_.size() < kTextBytes) return true;
    const bool good = events_->write(view(text_));
    text_.clear();
    return good;
  }
  template <class Do>
  void for_each(const Do& act) {
    if (capture_) act(*capture_);
    if (events_) act(*events_);
    if (outside_) act(*outside_);
    if (truth_) act(*truth_);
  }
  static void require(const std::expected<void, std::string>& done) {
    if (!done) throw tools::ToolError{done.error()};
  }

  std::optional<capture::CaptureWriter> capture_, outside_;
  std::optional<capture::NewFile> events_, truth_;
  Text text_;
};

int run(Options& options) {
  const auto settings = settings_of(options);
  Files files{options};
  auto sinks = files.sinks();
  std::optional<tools::Progress> progress{std::in_place, true};
  sinks.progress = [&](std::uint64_t messages, std::int64_t time_us) {
    progress->update_made(messages, static_cast<std::uint64_t>(time_us),
                          static_cast<std::uint64_t>(settings.duration_us));
  };
  const auto outcome = generate::generate(settings, sinks, tools::interrupted());
  progress.reset();  // its line goes before anything else is said
  if (tools::interrupted()) throw tools::ToolError{"interrupted; nothing was written"};
  if (files.reader_gone()) return tools::kDone;
  files.commit(outcome.complete);
  tools::say(kTool,
             fmt::format("{} messages, {} tunnels up at most, {} bytes a tunnel", outcome.messages, outcome.tunnels_max,
                         outcome.tunnels_max == 0 ? 0 : outcome.life_bytes / outcome.tunnels_max));
  if (!options.outside.empty()) {
    tools::say(kTool, fmt::format("{}: what IKE encrypts there is random octets, which no keys open", options.outside));
  }
  return tools::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Makes up the HA sync traffic of VPN gateway clusters.", std::string{kTool}};
  define_options(app, options);
  return tools::run_tool(kTool, app, argc, argv, [&] { return run(options); });
}
