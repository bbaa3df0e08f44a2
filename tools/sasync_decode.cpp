// sasync-decode: what the members of a cluster told each other, from captures of their sync link.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "common.hpp"
#include "sasync/keys/wireshark_tables.hpp"
#include "sasync/pipeline/decode_run.hpp"
#include "sasync/pipeline/key_files.hpp"

namespace {

using namespace sasync;
constexpr std::string_view kTool = "sasync-decode";

struct Options {
  pipeline::DecodeOptions run;
  std::vector<std::string> protocols;
  std::vector<std::string> ports;
  std::vector<std::string> ethertypes;
  std::string byte_order = "auto";
  std::string colour = "auto";
  std::string ha_password_file;
  std::string sasyncd_key_file;
  std::vector<std::string> key_files;
  std::string export_directory;
  std::string output;
  int verbosity = 0;
  bool json = false;
  bool stats = false;
  bool strict = false;
  bool list_protocols = false;
};

// An option that can be repeated takes one word each time (allow_extra_args): the next may be the FILE.
void define_input_options(CLI::App& app, Options& options) {
  app.add_option("FILE", options.run.files,
                 "Captures: pcap or pcapng, also compressed with gzip or zstd; - is standard input");
  app.add_option("-i,--interface", options.run.interface, "Decode live from this interface");
  app.add_option("-f,--filter", options.run.filter, "Take only frames that match this pcap filter");
  app.add_option("-p,--protocol", options.protocols, "Keep only these protocols")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("-c,--count", options.run.messages_max, "Stop after so many messages")
      ->check([](const std::string& text) {
        return text.find_first_not_of("0123456789") == std::string::npos ? "" : text + " is no number of messages";
      });
  app.add_option("--port", options.ports, "PROTOCOL=N: this protocol is on that UDP or TCP port (repeat for more)")
      ->allow_extra_args(false);
  app.add_option("--ethertype", options.ethertypes, "PROTOCOL=0xN: this protocol has that EtherType")
      ->allow_extra_args(false);
  app.add_option("--strongswan-layout", options.run.decoding.strongswan_layout,
                 "Attribute numbering of strongSwan HA messages of that version")
      ->check(CLI::IsMember({"auto", "1", "2a", "2b", "3a", "3b", "3c", "4", "5"}))
      ->capture_default_str();
  app.add_option("--byte-order", options.byte_order,
                 "Byte order of the sending host: CHILD_SA SPIs of little-endian strongSwan nodes stand in reverse")
      ->check(CLI::IsMember({"auto", "little", "big"}))
      ->capture_default_str();
  app.add_option("--ha-password-file", options.ha_password_file,
                 "File with the cluster password: checks the authentication of fgcp-sync messages");
  app.add_option("--sasyncd-key-file", options.sasyncd_key_file, tools::kSasyncdKeyHelp);
  app.add_option("--keys", options.key_files,
                 "Decrypt IKE with the keys of this file: a capture of a strongSwan sync link, or a key table of "
                 "Wireshark's (repeat for more)")
      ->allow_extra_args(false);
  app.add_option("--export-keys", options.export_directory,
                 "Write what --keys and sync messages in FILE tell as Wireshark's key tables into this directory: keys "
                 "in clear")
      ->check(
          [](const std::string& directory) { return std::string{directory.empty() ? "no directory is named" : ""}; });
}

void define_output_options(CLI::App& app, Options& options) {
  app.add_option("-o,--output", options.output, "Write there instead of to standard output");
  app.add_flag("-v,--verbose", options.verbosity, "All fields; twice: with offsets and bytes");
  app.add_flag("--json", options.json, "One JSON object a message; with --stats one for all");
  app.add_option("--fields", options.run.columns,
                 "Only these, tab-separated: keys of the JSON record or names of fields, such as ike_id.initiator_spi")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_flag("--header", options.run.column_header, "With --fields: names in the first line");
  app.add_flag("--stats", options.stats, "Counts instead of messages");
  app.add_flag("--strict", options.strict, "Exit with status 1 when a message is malformed");
  app.add_flag("--show-secrets", options.run.style.show_secrets, "Print keys and other secrets");
  tools::add_colour_option(app, options.colour);
  app.add_option("--threads", options.run.threads, "Threads beside the one that reads (default: processors less one)")
      ->check(CLI::Range(1, 64));
  app.add_flag("--list-protocols", options.list_protocols, "List the protocols with their default numbers and exit");
}

std::size_t protocol_named(const std::string& name) {
  if (const auto protocol = proto::find_protocol(name)) return *protocol;
  throw tools::ToolError{fmt::format("unknown protocol {} (--list-protocols shows them)", name)};
}

void assign_numbers(Options& options, const std::vector<std::string>& assignments, std::string_view option,
                    net::Carrier carrier) {
  for (const auto& assignment : assignments) {
    const auto [name, number] = tools::parse_assignment(assignment, option);
    const auto protocol = protocol_named(name);
    const auto known_by = proto::protocols()[protocol].carrier;
    const bool is_port = known_by == net::Carrier::udp_port || known_by == net::Carrier::tcp_port;
    const bool fits = known_by == carrier || (is_port && carrier == net::Carrier::udp_port);
    if (!fits) {
      throw tools::ToolError{fmt::format("{} {}: {} is not known by such a number", option, assignment, name)};
    }
    options.run.dispatcher.assign(protocol, number);
    if (name == "fgcp-session-sync") options.run.decoding.assume_session_sync = true;
  }
}

pipeline::Form chosen_form(const Options& options) {
  using enum pipeline::Form;
  if (options.stats) return options.json ? stats_json : pipeline::Form::stats;
  if (options.json) return json;
  if (!options.run.columns.empty()) return columns;
  if (options.verbosity == 0) return line;
  return options.verbosity == 1 ? detail : detail_bytes;
}

/// What is read must not be emptied first.
void check_output(const Options& options) {
  auto inputs = options.run.files;
  inputs.insert(inputs.end(), options.key_files.begin(), options.key_files.end());
  for (const auto& input : inputs) {
    std::error_code error;
    const auto* path = input == "-" ? "/dev/stdin" : input.c_str();
    if (std::filesystem::is_regular_file(path, error) && std::filesystem::equivalent(path, options.output, error)) {
      throw tools::ToolError{
          fmt::format("{}: is an input too, and would be lost: name another file with -o", options.output)};
    }
  }
}

/// A column may be of a protocol that comes later: it stays empty.
void check_columns(const Options& options) {
  for (const auto& column : options.run.columns) {
    if (report::is_column(column)) continue;
    tools::say(kTool,
               fmt::format("--fields {}: no protocol has a field of that name (--json shows the names)", column));
  }
}

void settle(Options& options) {
  assign_numbers(options, options.ports, "--port", net::Carrier::udp_port);
  assign_numbers(options, options.ethertypes, "--ethertype", net::Carrier::ethertype);
  for (const auto& name : options.protocols) {
    options.run.protocols.push_back(protocol_named(name));
    if (name == "fgcp-session-sync") options.run.decoding.assume_session_sync = true;
  }
  if (!options.ha_password_file.empty()) {
    options.run.decoding.ha_password = tools::read_password(options.ha_password_file);
  }
  if (options.byte_order == "little") options.run.decoding.byte_order = proto::ByteOrder::little;
  if (options.byte_order == "big") options.run.decoding.byte_order = proto::ByteOrder::big;
  options.run.form = chosen_form(options);
  check_columns(options);
  const bool to_terminal = options.output.empty() || options.colour == "always";
  options.run.style.colour = to_terminal && tools::use_colour(options.colour, STDOUT_FILENO);
  if (!options.run.interface.empty() && !options.run.files.empty()) {
    throw tools::ToolError{"give files or an interface, not both"};
  }
  if (options.run.interface.empty() && options.run.files.empty()) {
    if (::isatty(STDIN_FILENO) == 1) throw tools::ToolError{"no FILE given (see sasync-decode --help)"};
    options.run.files.emplace_back("-");
  }
  if (!options.output.empty()) check_output(options);
  if (!options.sasyncd_key_file.empty()) {
    options.run.decoding.sasyncd_key = tools::read_sasyncd_key(options.sasyncd_key_file, options.run.files);
  }
}

std::string_view carrier_name(net::Carrier carrier) {
  switch (carrier) {
    case net::Carrier::ethertype:
      return "EtherType";
    case net::Carrier::ip_protocol:
      return "IP protocol";
    case net::Carrier::udp_port:
      return "UDP port";
    case net::Carrier::tcp_port:
      return "TCP port";
  }
  return {};
}

/// "UDP port 500, 4500".
std::string numbers_of(const proto::Protocol& protocol) {
  std::string text{carrier_name(protocol.carrier)};
  std::string_view separator = " ";
  for (const auto number : protocol.numbers) {
    const bool is_ethertype = protocol.carrier == net::Carrier::ethertype;
    text += is_ethertype ? fmt::format("{}0x{:04x}", separator, number) : fmt::format("{}{}", separator, number);
    separator = ", ";
  }
  return text;
}

int list_protocols() {
  for (const auto& protocol : proto::protocols()) {
    fmt::print("{:<18} {:<18} {}\n", protocol.name, numbers_of(protocol), protocol.title);
  }
  return tools::kDone;
}

/// False when one of the files could not be read to its end.
bool load_keys(Options& options, const pipeline::Listener& listener, keys::KeyStore& keys) {
  bool complete = true;
  for (const auto& path : options.key_files) {
    const auto loaded = pipeline::load_keys(path, options.run, listener, keys);
    if (!loaded) throw tools::ToolError{loaded.error()};
    complete = complete && *loaded;
  }
  if (!options.key_files.empty()) options.run.keys = &keys;
  if (!options.export_directory.empty()) options.run.collected = &keys;
  return complete;
}

void export_keys(const Options& options, const pipeline::Listener& listener, const keys::KeyStore& keys) {
  if (options.export_directory.empty()) return;
  const auto written = keys::write_wireshark_tables(keys, options.export_directory);
  if (!written) throw tools::ToolError{written.error().text};
  pipeline::say_first(written->left_out, listener);
  tools::say(kTool, fmt::format("{}: keys of {} IKEv2 SAs, {} IKEv1 SAs and {} ESP SAs written in clear. Whoever reads "
                                "these files can read the tunnels: delete them when you are done",
                                options.export_directory, written->ikev2, written->ikev1, written->esp));
}

int decode(Options& options) {
  if (options.list_protocols) return list_protocols();
  settle(options);
  pipeline::Output output;
  if (!options.output.empty()) output = pipeline::Output::later(options.output);
  tools::Progress progress{::isatty(STDOUT_FILENO) != 1 || !options.output.empty()};
  const pipeline::Listener listener{.say = [](std::string_view text) { tools::say(kTool, text); },
                                    .progress = [&](std::uint64_t bytes, std::uint64_t total,
                                                    std::uint64_t frames) { progress.update(bytes, total, frames); }};
  keys::KeyStore keys;
  const bool has_all_keys = load_keys(options, listener, keys);
  const auto outcome = pipeline::run_decode(options.run, output, listener, tools::interrupted());
  export_keys(options, listener, keys);
  if (outcome.trouble || !has_all_keys) return tools::kTrouble;
  return outcome.malformed && options.strict ? tools::kFinding : tools::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Decodes captured HA sync traffic of VPN gateway clusters."};
  define_input_options(app, options);
  define_output_options(app, options);
  return tools::run_tool(kTool, app, argc, argv, [&] { return decode(options); });
}
