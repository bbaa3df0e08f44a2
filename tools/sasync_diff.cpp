// sasync-diff: what the state of two members of a cluster has in common, and what not.
#include <fmt/format.h>
#include <unistd.h>

#include "common.hpp"
#include "sasync/diff/print.hpp"
#include "sasync/pipeline/output.hpp"
#include "sasync/sources/sources.hpp"

namespace {

using namespace sasync;
constexpr std::string_view kTool = "sasync-diff";

struct Options {
  std::string left, right;
  std::vector<std::string> ignored;
  std::vector<std::string> tolerances;
  std::string roles;
  std::string esp_seqno;
  std::string peer_rfc6311 = "auto";
  std::string sasyncd_key_file;
  replay::Options replay;
  diff::Options comparison;
  bool json = false;
  bool summary = false;
  bool all = false;
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
  app.add_option("--sasyncd-key-file", options.sasyncd_key_file, tools::kSasyncdKeyHelp);
}

void settle(Options& options) {
  auto& to = options.comparison;
  for (const auto& field : options.ignored) {
    if (!diff::is_field(field)) throw tools::ToolError{fmt::format("--ignore {}: there is no such field", field)};
    to.ignored.insert(field);
  }
  for (const auto& tolerance : options.tolerances) {
    const auto [field, number] = tools::parse_assignment(tolerance, "--tolerance");
    if (!diff::is_field(field)) throw tools::ToolError{fmt::format("--tolerance {}: there is no such field", field)};
    to.tolerance[field] = number;
  }
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
    options.replay.source.decoding.sasyncd_key = tools::read_sasyncd_key(options.sasyncd_key_file);
  }
}

sources::Side load(const std::string& name, const replay::Options& replay) {
  auto side = sources::load(name, replay, tools::interrupted());
  if (!side) throw tools::ToolError{side.error()};
  for (const auto& warning : side->warnings) tools::say(kTool, warning);
  return std::move(*side);
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

int run(Options& options) {
  settle(options);
  if (options.left == "-" && options.right == "-") throw tools::ToolError{"only one side can be standard input"};
  const auto left = load(options.left, options.replay);
  const auto right = load(options.right, options.replay);
  options.comparison.settings.model = model_of(left, right);

  Text text;
  diff::TextPrinter printer;
  const auto summary = diff::compare(left.get(), right.get(), options.comparison, [&](const diff::Difference& it) {
    if (options.summary || (it.expected && !options.all)) return;
    if (!options.json) return printer.print(text, it);
    if (text.size() != 0) append(text, ',');
    diff::append_json(text, it);
  });
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
  return tools::run_tool(kTool, app, argc, argv, [&] { return run(options); });
}
