// sasync-replay: options, then one run of the reference machine over captures or event streams.
#include <fmt/format.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common.hpp"
#include "sasync/capture/new_file.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/model/dump.hpp"
#include "sasync/pipeline/key_files.hpp"
#include "sasync/pipeline/output.hpp"
#include "sasync/replay/run.hpp"
#include "sasync/request/config.hpp"
#include "sasync/state/document_json.hpp"

namespace {

using namespace sasync;
constexpr std::string_view kTool = "sasync-replay";

/// An option that a configuration file has, too, under `key`.
struct Shared {
  std::string key;
  CLI::Option* option = nullptr;
  std::vector<std::string> values{};
};

struct Options {
  replay::Options run;
  std::vector<std::string> failovers, ike_restarts, lost, names, ports, ethertypes, key_files;
  std::string until, config, traffic, ha_password_file, sasyncd_key_file;
  std::deque<Shared> shared;
  std::string state_file, events_file, output;
  std::string colour = "auto";
  bool json = false, stats = false, show_secrets = false;
};

void share(CLI::App& app, Options& options, const std::string& name, const std::string& key, const std::string& help) {
  auto& shared = options.shared.emplace_back();
  shared.key = key;
  shared.option = app.add_option("--" + name, shared.values, help)->allow_extra_args(false)->expected(1);
}

void define_moment_options(CLI::App& app, Options& options) {
  app.add_option("FILE", options.run.source.files,
                 "Captures, merged by time, or event streams (JSON Lines); - is standard input");
  app.add_option(
         "--failover-at", options.failovers,
         "The primary fails then: +12.5s, +300ms, seconds since the epoch, frame:N, FILE#frame:N, event:N, end; "
         "every: after each event in turn; seen (default): the failovers that the input shows (repeat for more)")
      ->allow_extra_args(false);
  app.add_option("--ike-restart-at", options.ike_restarts, "The IKE process of the primary restarts then")
      ->allow_extra_args(false);
  app.add_option("--until", options.until, "Stop there; what is reported is the state after it")->expected(1);
  app.add_option(
         "--lost", options.lost,
         "Records that the receiver never got: frame:A-B,C,... or FILE#frame:... or event:..., or a file of such "
         "lines (there A-B alone are frames)")
      ->allow_extra_args(false);
  app.add_option("--name", options.names, "ADDR=NAME: call the member so (repeat for more)")->allow_extra_args(false);
  app.add_option("--config", options.config,
                 "Members, peers, tunnels, policies and timers as JSON; options override it");
}

void define_model_options(CLI::App& app, Options& options) {
  share(app, options, "model", "model", "fgcp, strongswan or openbsd (default: from the protocol seen)");
  share(app, options, "esp-seqno", "esp_seqno", "Outbound sequence numbers at takeover: max, jump or none");
  share(app, options, "seq-jump", "seq_jump", "Packets that they jump ahead");
  share(app, options, "peer-rfc6311", "peer_rfc6311", "The peers agree message IDs anew: yes, no or auto");
  share(app, options, "route-gap", "route_gap_ms", "Milliseconds without the tunnels' routes after a takeover");
  share(app, options, "sync-lag", "sync_lag_ms", "Milliseconds by which the subordinates are behind at a failover");
  share(app, options, "output-margin", "output_margin",
        "What OpenBSD adds to outbound counters in pfsync: 16384 (default; releases to about 2022) or 0");
  share(app, options, "rekey-rate", "rekey_rate", "Exchanges a second that a member can do (default: no limit)");
  app.add_option("--traffic", options.traffic,
                 "Made-up packets in place of those in FILE: idle, 1pps, bulk, or a JSON file");
  share(app, options, "seed", "seed", "For the faults: the same seed gives the same bytes (default 1)");
  share(app, options, "loss", "loss", "Probability that a sync message does not reach a receiver");
  share(app, options, "reorder", "reorder", "Probability that it comes after younger ones");
  share(app, options, "duplicate", "duplicate", "Probability that it comes twice");
}

void define_other_options(CLI::App& app, Options& options) {
  app.add_option("--port", options.ports, "PROTOCOL=N: port of a protocol")->allow_extra_args(false);
  app.add_option("--ethertype", options.ethertypes, "PROTOCOL=0xN: EtherType of a protocol")->allow_extra_args(false);
  app.add_option("--strongswan-layout", options.run.source.decoding.strongswan_layout,
                 "Numbering of strongSwan's attributes")
      ->check(CLI::IsMember({"auto", "1", "2a", "2b", "3a", "3b", "3c", "4", "5"}))
      ->capture_default_str();
  app.add_option(
         "--keys", options.key_files,
         "Open IKE of the outside link with the keys of this file, too: a capture of a strongSwan sync link, or "
         "a key table of Wireshark (repeat for more). Those of strongSwan's sync messages in FILE are taken "
         "anyway")
      ->allow_extra_args(false);
  app.add_option("--ha-password-file", options.ha_password_file, "File with the cluster password (fgcp-sync)");
  app.add_option("--sasyncd-key-file", options.sasyncd_key_file, tools::kSasyncdKeyHelp);
  app.add_flag("--json", options.json, "One report object (sasync-report/1)");
  app.add_flag("--stats", options.stats, "The ha.* counters of each member in place of the report");
  app.add_option("--dump-state", options.state_file, "Write what the members hold (sasync-state/1) into this file");
  app.add_option("--events", options.events_file, "Write the normalised event stream (JSON Lines) into this file");
  app.add_flag("--show-secrets", options.show_secrets, "Keys in clear in --events");
  app.add_option("-o,--output", options.output, "Write the report into this file");
  tools::add_colour_option(app, options.colour);
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  if (!in || std::filesystem::is_directory(path, error)) throw tools::ToolError{path + ": cannot be read"};
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (text.size() > replay::kConfigBytesMax) {
    throw tools::ToolError{fmt::format("{}: larger than {} bytes", path, replay::kConfigBytesMax)};
  }
  return text;
}

replay::When when_of(std::string_view option, const std::string& text) {
  auto when = replay::parse_when(text);
  if (!when) throw tools::ToolError{fmt::format("{} {}: {}", option, text, when.error())};
  return *when;
}

/// A moment that is one: not "seen", not "every".
replay::When moment_of(std::string_view option, const std::string& text) {
  auto when = when_of(option, text);
  if (when.kind == replay::When::Kind::every || when.kind == replay::When::Kind::seen) {
    throw tools::ToolError{fmt::format("{} {}: {} is for --failover-at only", option, text, text)};
  }
  return when;
}

void settle_moments(Options& options) {
  using Kind = replay::When::Kind;
  auto& run = options.run;
  for (const auto& text : options.failovers) run.failovers.push_back(when_of("--failover-at", text));
  for (const auto& when : run.failovers) {
    const bool alone = when.kind == Kind::every || when.kind == Kind::seen;
    if (alone && run.failovers.size() > 1) {
      throw tools::ToolError{fmt::format("--failover-at {}: cannot be combined with others", when.text)};
    }
    if (when.kind == Kind::every && run.settings.sync_lag_ns != 0) {
      throw tools::ToolError{"--failover-at every: cannot be combined with --sync-lag"};
    }
    if (when.kind == Kind::every && run.traffic.synthetic) {
      throw tools::ToolError{"--failover-at every: takes one packet each way, so --traffic has no meaning"};
    }
  }
  for (const auto& text : options.ike_restarts) run.ike_restarts.push_back(moment_of("--ike-restart-at", text));
  if (!options.until.empty()) run.until = moment_of("--until", options.until);
}

void settle_lost(Options& options) {
  for (const auto& text : options.lost) {
    auto ranges = replay::parse_records(text);
    if (!ranges) {
      std::error_code error;
      if (!std::filesystem::exists(text, error)) {
        throw tools::ToolError{fmt::format("--lost {}: {}, or a file", text, ranges.error())};
      }
      ranges = replay::parse_record_lines(content_of(text));
      if (!ranges) throw tools::ToolError{fmt::format("{}: {}", text, ranges.error())};
    }
    options.run.lost.insert(options.run.lost.end(), ranges->begin(), ranges->end());
  }
}

void settle_names(Options& options) {
  for (const auto& text : options.names) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      throw tools::ToolError{fmt::format("--name {}: expected ADDR=NAME", text)};
    }
    options.run.names[text.substr(0, equals)] = text.substr(equals + 1);
  }
}

void settle_numbers(Options& options, const std::vector<std::string>& assignments, std::string_view option,
                    net::Carrier carrier) {
  for (const auto& assignment : assignments) {
    const auto [name, number] = tools::parse_assignment(assignment, option);
    const auto protocol = proto::find_protocol(name);
    const auto known_by = protocol ? proto::protocols()[*protocol].carrier : net::Carrier::ip_protocol;
    const bool fits = known_by == carrier || (known_by == net::Carrier::tcp_port && carrier == net::Carrier::udp_port);
    if (!fits) {
      throw tools::ToolError{
          fmt::format("{} {}: {} is no protocol that is known by such a number (sasync-decode "
                      "--list-protocols)",
                      option, assignment, name)};
    }
    options.run.source.dispatcher.assign(*protocol, number);
  }
}

void settle_shared(Options& options) {
  for (const auto& [key, option, values] : options.shared) {
    for (const auto& value : values) {
      std::string expected;
      if (replay::set_option(options.run, key, value, expected)) continue;
      throw tools::ToolError{fmt::format("{} {}: expected {}", option->get_name(), value, expected)};
    }
  }
  if (options.traffic.empty()) return;
  if (auto named = replay::named_traffic(options.traffic)) {
    options.run.traffic = *named;
    return;
  }
  auto read = replay::read_traffic(content_of(options.traffic));
  if (!read) throw tools::ToolError{fmt::format("{}: {}", options.traffic, read.error())};
  options.run.traffic = std::move(*read);
}

void settle(Options& options) {
  if (options.run.source.files.empty()) throw tools::ToolError{"no FILE given (see sasync-replay --help)"};
  if (options.json && options.stats) throw tools::ToolError{"--json and --stats: choose one (--json has the counters)"};
  if (!options.config.empty()) {
    const auto read = replay::read_config(content_of(options.config), options.run);
    if (!read) throw tools::ToolError{fmt::format("{}: {}", options.config, read.error())};
  }
  settle_shared(options);
  settle_moments(options);
  settle_lost(options);
  settle_names(options);
  settle_numbers(options, options.ports, "--port", net::Carrier::udp_port);
  settle_numbers(options, options.ethertypes, "--ethertype", net::Carrier::ethertype);
  if (!options.ha_password_file.empty()) {
    options.run.source.decoding.ha_password = tools::read_password(options.ha_password_file);
  }
  if (!options.sasyncd_key_file.empty()) {
    options.run.source.decoding.sasyncd_key =
        tools::read_sasyncd_key(options.sasyncd_key_file, options.run.source.files);
  }
}

template <class T>
T opened(std::expected<T, std::string> file) {
  if (!file) throw tools::ToolError{file.error()};
  return std::move(*file);
}

void commit(capture::NewFile& file) {
  const auto done = file.commit();
  if (!done) throw tools::ToolError{done.error()};
}

/// --events: written as the events pass, and there when all have.
class EventFile {
 public:
  EventFile(const std::string& path, bool show_secrets) : show_secrets_(show_secrets) {
    if (!path.empty()) file_.emplace(opened(capture::NewFile::create(path)));
  }
  bool take(const event::SyncEvent& event) {
    if (!file_) return true;
    text_.clear();
    event::append_json(text_, event, {.show_secrets = show_secrets_});
    append(text_, '\n');
    is_whole_ = file_->write(view(text_));
    return is_whole_;
  }
  [[nodiscard]] bool is_whole() const { return is_whole_; }
  /// Says why, when it could not be written.
  void finish() {
    if (file_) commit(*file_);
  }

 private:
  bool show_secrets_;
  bool is_whole_ = true;
  std::optional<capture::NewFile> file_;
  Text text_;
};

void dump_state(const std::string& path, const model::State& state) {
  if (path.empty()) return;
  auto file = opened(capture::NewFile::create(path));
  write_document(to_document(state), [&](std::string_view piece) { return file.write(piece); });
  commit(file);
}

/// False when it could not be written.
bool print_report(const Options& options, const replay::Report& report) {
  pipeline::Output output;
  if (!options.output.empty()) output = opened(pipeline::Output::create(options.output));
  Text text;
  if (options.json) {
    print_json(text, report, [&](Text& piece) { output.write(view(piece)); });
  } else if (options.stats) {
    print_stats(text, report);
  } else {
    const bool to_terminal = options.output.empty() || options.colour == "always";
    print_text(text, report, to_terminal && tools::use_colour(options.colour, STDOUT_FILENO));
  }
  output.write(view(text));
  if (!output.error().empty()) tools::say(kTool, output.error());
  return output.error().empty();
}

/// False when an input with keys could not be read to its end.
bool load_keys(Options& options, const pipeline::Listener& listener, keys::KeyStore& keys) {
  bool complete = true;
  pipeline::DecodeOptions how;
  how.dispatcher = options.run.source.dispatcher;
  how.decoding = options.run.source.decoding;
  for (const auto& path : options.key_files) {
    const auto loaded = pipeline::load_keys(path, how, listener, keys);
    if (!loaded) throw tools::ToolError{loaded.error()};
    complete = complete && *loaded;
  }
  options.run.source.keys = &keys;
  return complete;
}

int replay_inputs(Options& options) {
  settle(options);
  EventFile events{options.events_file, options.show_secrets};
  tools::Progress progress{true};
  const replay::Hooks hooks{
      .listener = {.say = [](std::string_view text) { tools::say(kTool, text); },
                   .progress = [&](std::uint64_t bytes, std::uint64_t total,
                                   std::uint64_t frames) { progress.update(bytes, total, frames); }},
      .event = [&](const event::SyncEvent& event) { return events.take(event); }};
  keys::KeyStore keys;
  const bool has_all_keys = load_keys(options, hooks.listener, keys);
  const auto result = replay::run(options.run, hooks, tools::interrupted());
  if (!events.is_whole()) events.finish();
  if (!result && result.error().empty()) return tools::kTrouble;
  if (!result) throw tools::ToolError{result.error()};
  events.finish();
  dump_state(options.state_file, result->state);
  const bool printed = print_report(options, result->report);
  if (result->trouble || !printed || !has_all_keys) return tools::kTrouble;
  return has_finding(result->report) ? tools::kFinding : tools::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Replays what a cluster said on its sync link, and tells what becomes of every tunnel at a failover."};
  define_moment_options(app, options);
  define_model_options(app, options);
  define_other_options(app, options);
  return tools::run_tool(kTool, app, argc, argv, [&] { return replay_inputs(options); });
}
