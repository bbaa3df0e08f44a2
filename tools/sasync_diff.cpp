// sasync-diff: what the state of two members of a cluster has in common, and what not.
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "common.hpp"
#include "sasync/diff/print.hpp"
#include "sasync/pipeline/output.hpp"
#include "sasync/sources/sources.hpp"
#include "sasync/state/address_text.hpp"

namespace {

using namespace sasync;
constexpr std::string_view kTool = "sasync-diff";
constexpr std::string_view kAutomatic = "auto:";

/// "-#MEMBER", "-@WHEN#MEMBER"
bool is_standard_input(std::string_view text) { return text.starts_with("-#") || text.starts_with("-@"); }

struct Options {
  std::string left, right;
  std::vector<std::string> ignored;
  std::vector<std::string> tolerances;
  std::vector<std::pair<std::string, std::uint64_t>> tolerated;
  std::string roles;
  std::string esp_seqno;
  std::string peer_rfc6311 = "auto";
  std::string sasyncd_key_file;
  std::vector<std::string> local_addresses;
  sources::Options sources;
  diff::Options comparison;
  bool json = false;
  bool summary = false;
  bool all = false;
  std::string colour = "auto";
};

void define_options(CLI::App& app, Options& options) {
  constexpr const char* kSide = "[FORMAT:]PATH[@WHEN][#MEMBER]: a state document, what a gateway printed, or a capture";
  app.add_option("LEFT", options.left, kSide)->required();
  app.add_option("RIGHT", options.right, "The other side")->required();
  app.add_flag("--json", options.json, "One JSON object (sasync-diff/1)");
  app.add_flag("--summary", options.summary, "Counts only, and what would become of the tunnels");
  app.add_flag("--all", options.all, "Also the differences that are expected between a primary and a subordinate");
  app.add_option("--ignore", options.ignored, "Leave this field out (repeat for more), as the output names it")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--tolerance", options.tolerances, "FIELD=N: numbers up to N apart are equal (repeat for more)")
      ->allow_extra_args(false);
  app.add_option("--roles", options.roles, "LEFT's role and RIGHT's (default: what the inputs say)")
      ->check(CLI::IsMember({"primary,subordinate", "subordinate,primary", "none"}));
  app.add_option("--esp-seqno", options.esp_seqno, "What a subordinate does with outbound sequence numbers")
      ->check(CLI::IsMember({"max", "jump", "none"}));
  app.add_option("--peer-rfc6311", options.peer_rfc6311, "Whether the peers agree message IDs anew")
      ->check(CLI::IsMember({"yes", "no", "auto"}))
      ->capture_default_str();
  app.add_option(
         "--local-address", options.local_addresses,
         "An address of the gateway itself (repeat for more), where a kernel's list does not show which SAs are "
         "inbound")
      ->allow_extra_args(false);
  app.add_flag("--show-secrets", options.sources.show_secrets, "Show keys in lines that are not understood");
  app.add_option("--sasyncd-key-file", options.sasyncd_key_file, tools::kSasyncdKeyHelp);
  tools::add_colour_option(app, options.colour);
}

/// "bytes_in=1000000"
std::pair<std::string, std::uint64_t> parse_tolerance(const std::string& text) {
  const auto equals = text.find('=');
  const auto number = equals == std::string::npos ? std::string_view{} : std::string_view{text}.substr(equals + 1);
  const auto value = state::parse_number(number);
  if (equals == 0 || !value) {
    throw tools::ToolError{
        fmt::format("--tolerance {}: expected FIELD=NUMBER, as in bytes_in=1000 or replay.last=64", text)};
  }
  return {text.substr(0, equals), *value};
}

void settle(Options& options) {
  auto& to = options.comparison;
  for (const auto& tolerance : options.tolerances) options.tolerated.push_back(parse_tolerance(tolerance));
  if (options.roles == "primary,subordinate") to.roles = diff::Roles::left_primary;
  if (options.roles == "subordinate,primary") to.roles = diff::Roles::right_primary;
  if (options.roles == "none") to.roles = diff::Roles::neither;
  const auto policy = [&](model::SeqnoPolicy value) {
    to.settings.esp_seqno_ikev1 = value;
    to.settings.esp_seqno_ikev2 = value;
  };
  if (options.esp_seqno == "max") policy(model::SeqnoPolicy::max);
  if (options.esp_seqno == "jump") policy(model::SeqnoPolicy::jump);
  if (options.esp_seqno == "none") policy(model::SeqnoPolicy::none);
  if (options.peer_rfc6311 == "yes") to.settings.peer_rfc6311 = model::PeerSupport::yes;
  if (options.peer_rfc6311 == "no") to.settings.peer_rfc6311 = model::PeerSupport::no;
  if (!options.sasyncd_key_file.empty()) {
    options.sources.replay.source.decoding.sasyncd_key =
        tools::read_sasyncd_key(options.sasyncd_key_file, std::array{options.left, options.right});
  }
  for (const auto& text : options.local_addresses) {
    const auto address = state::parse_address(text);
    if (!address) throw tools::ToolError{fmt::format("--local-address {}: expected an IPv4 or IPv6 address", text)};
    options.sources.local_addresses.push_back(*address);
  }
  // Standard input and its member, without what keeps the parser from taking it for an option.
  for (auto* side : {&options.left, &options.right}) {
    if (side->starts_with(kAutomatic) && is_standard_input(side->substr(kAutomatic.size()))) {
      side->erase(0, kAutomatic.size());
    }
  }
}

std::pair<sources::Side, sources::Side> load(Options& options) {
  tools::Progress progress{true};
  options.sources.progress = [&](std::uint64_t bytes, std::uint64_t all) { progress.update(bytes, all, 0); };
  auto sides = sources::load(options.left, options.right, options.sources, tools::interrupted());
  if (sides) return std::move(*sides);
  std::string_view lines = sides.error();
  for (auto end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
    tools::say(kTool, lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
  throw tools::ToolError{std::string{lines}};
}

/// A replayed capture says whose rules apply; strongSwan's nodes and OpenBSD's are told by what they print; all else is
/// judged by FGCP's rules.
model::Model model_of(const sources::Side& side) {
  if (side.model) return *side.model;
  const auto& member = side.get();
  if (member.source == "swanctl" || member.role == state::Role::shared) return model::Model::strongswan;
  return member.source == "ipsecctl" ? model::Model::openbsd : model::Model::fgcp;
}

model::Model model_of(const sources::Side& left, const sources::Side& right) {
  const auto model = model_of(left);
  return model == model::Model::fgcp ? model_of(right) : model;
}

/// Names are those of the fields there are, and of the counters that the inputs have.
void choose_fields(Options& options, const state::Member& left, const state::Member& right) {
  auto& to = options.comparison;
  for (const auto& field : options.ignored) {
    if (!diff::is_field(field, left, right)) {
      throw tools::ToolError{fmt::format("--ignore {}: there is no such field", field)};
    }
    to.ignored.insert(field);
  }
  for (const auto& [field, number] : options.tolerated) {
    if (!diff::is_number(field, left, right)) {
      throw tools::ToolError{fmt::format("--tolerance {}: there is no such field, or it is no number", field)};
    }
    to.tolerance[field] = number;
  }
}

int run(Options& options) {
  settle(options);
  if (options.left == "-" && options.right == "-") throw tools::ToolError{"only one side can be standard input"};
  const auto [left, right] = load(options);
  for (const auto* side : {&left, &right}) {
    for (const auto& warning : side->warnings) tools::say(kTool, warning);
  }
  choose_fields(options, left.get(), right.get());
  options.comparison.settings.model = model_of(left, right);
  options.comparison.stop = &tools::interrupted();

  Text text;
  diff::TextPrinter printer{tools::use_colour(options.colour, STDOUT_FILENO)};
  const auto summary = diff::compare(left.get(), right.get(), options.comparison, [&](const diff::Difference& it) {
    if (options.summary || (it.expected && !options.all)) return;
    if (!options.json) return printer.print(text, it);
    if (text.size() != 0) append(text, ',');
    diff::append_json(text, it);
  });
  if (tools::interrupted()) throw tools::ToolError{"interrupted"};
  Text out;
  if (options.json) {
    diff::append_json(out, options.left, options.right, summary, view(text));
  } else if (options.summary) {
    diff::print_summary(out, summary);
  } else if (text.size() != 0) {
    append(out, view(text));
    diff::print_outcomes(out, summary);
  }
  pipeline::Output output;
  output.write(view(out));
  if (!output.error().empty()) throw tools::ToolError{output.error()};
  if (left.trouble || right.trouble) return tools::kTrouble;
  return summary.unexpected == 0 ? tools::kDone : tools::kFinding;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Compares the state of two members of a VPN gateway cluster.", std::string{kTool}};
  define_options(app, options);
  std::vector<std::string> arguments(argv, argv + argc);
  std::vector<char*> pointers;
  for (auto& argument : arguments) {
    if (is_standard_input(argument)) argument.insert(0, kAutomatic);
    pointers.push_back(argument.data());
  }
  return tools::run_tool(kTool, app, argc, pointers.data(), [&] { return run(options); });
}
