#include "sasync/import/fortios.hpp"

#include <algorithm>
#include <memory>

#include "fortios_gateway.hpp"
#include "fortios_ha.hpp"
#include "fortios_tunnel.hpp"
#include "words.hpp"

// A saved terminal session: the rules of fortios-cli.md, section 0.

namespace sasync::importer::fortios {
namespace {

/// "HQ-FW1 # diagnose vpn ike stats", "HQ-FW1 (root) $"
struct Prompt {
  std::string_view host;
  std::string_view command;
};

std::optional<Prompt> parse_prompt(std::string_view text) {
  const auto is_host = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  std::size_t end = 0;
  while (end < text.size() && is_host(text[end])) ++end;
  Prompt prompt{text.substr(0, end), {}};
  text.remove_prefix(end);
  if (prompt.host.empty() || !take_prefix(text, " ")) return std::nullopt;
  if (take_prefix(text, "(")) {  // a virtual domain, or the place in the configuration
    const auto bracket = text.find(") ");
    if (bracket == std::string_view::npos) return std::nullopt;
    text.remove_prefix(bracket + 2);
  }
  if (!text.starts_with('#') && !text.starts_with('$')) return std::nullopt;
  text.remove_prefix(1);
  if (!text.empty() && text.front() != ' ') return std::nullopt;
  prompt.command = trim(text);
  return prompt;
}

class Session {
 public:
  explicit Session(const ImportOptions& options)
      : builder_(options), gateways_(builder_), tunnels_(builder_), ha_(builder_) {
    member_ = members_.emplace_back(std::make_unique<MemberData>(std::string_view{})).get();
  }

  void take(const Line& line);
  Imported finish(const Lines& lines);

 private:
  enum class Block : std::uint8_t { none, gateways, tunnels, ha, ike_status };

  void prompt(const Prompt& prompt);
  bool block_begin(std::string_view text, std::size_t line);
  bool block_line(std::string_view text, std::size_t line);
  [[nodiscard]] bool is_last(std::string_view text) const;
  bool ike_status_line(std::string_view text);
  void end_block();

  Builder builder_;
  Gateways gateways_;
  TunnelList tunnels_;
  HaStatus ha_;
  std::vector<std::unique_ptr<MemberData>> members_;
  MemberData* member_ = nullptr;  ///< whose output comes
  Block block_ = Block::none;
  std::size_t listing_ = 0;  ///< outputs of commands so far
};

void Session::end_block() {
  gateways_.end();
  tunnels_.end();
  ha_.end();
  block_ = Block::none;
}

/// The prompt says whose output follows. What stands before the first one is of the same device.
void Session::prompt(const Prompt& prompt) {
  end_block();
  ++listing_;
  const auto same = [&](const auto& member) { return member->host() == prompt.host; };
  auto found = std::ranges::find_if(members_, same);
  if (found == members_.end()) {
    if (members_.size() == 1 && members_.front()->host().empty()) {
      members_.front()->set_host(prompt.host);
      return;
    }
    if (members_.size() == MemberData::kClusterMembersMax) return;  // it is no cluster's any more: the last one's
    members_.push_back(std::make_unique<MemberData>(prompt.host));
    found = members_.end() - 1;
  }
  member_ = found->get();
}

/// A line that begins the output of a command, wherever it stands.
bool Session::block_begin(std::string_view text, std::size_t line) {
  if (auto vdom = text; take_prefix(vdom, "vd: ")) {
    if (block_ != Block::gateways) {
      end_block();
      ++listing_;
    }
    block_ = Block::gateways;
    return gateways_.begin(*member_, trim(vdom), listing_, line);
  }
  if (TunnelList::is_heading(text)) {
    end_block();
    block_ = Block::tunnels;
    tunnels_.begin(*member_, text, ++listing_);
    return true;
  }
  const bool get_heading = HaStatus::is_get_heading(text) && (block_ != Block::ha || text.starts_with("HA Health"));
  if (HaStatus::is_diagnose_heading(text) || get_heading) {
    end_block();
    block_ = Block::ha;
    ha_.begin(*member_, get_heading ? HaCommand::get : HaCommand::diagnose, line);
    return ha_.take(text);
  }
  if (text.starts_with("connection: ") && block_ != Block::gateways && block_ != Block::ha) {
    end_block();
    block_ = Block::ike_status;
    return ike_status_line(text);
  }
  return false;
}

/// `diagnose vpn ike status`: "connection: 3/348", "IKE SA: created 3/348  established 3/9  times 0/13/3040 ms"
bool Session::ike_status_line(std::string_view text) {
  auto value = text;
  const auto name = take_until(value, ":");
  if (name != "connection" && name != "IKE SA" && name != "IPsec SA") return false;
  member_->use();
  builder_.detail(member_->details, "ike_status.", name, trim(value));
  return true;
}

bool Session::block_line(std::string_view text, std::size_t line) {
  switch (block_) {
    case Block::gateways:
      return gateways_.take(text);
    case Block::tunnels:
      return tunnels_.take(text, line);
    case Block::ha:
      return ha_.take(text);
    case Block::ike_status:
      return ike_status_line(text);
    case Block::none:
      break;
  }
  return false;
}

void Session::take(const Line& line) {
  const auto text = trim(line.text);
  if (text.empty()) return;
  if (line.cut) return builder_.not_understood(line, "longer than the limit of 4 MiB");
  if (const auto found = parse_prompt(text)) return prompt(*found);
  if (!line.ended && !is_last(text)) return builder_.cut_off(line);
  if (is_summary(text)) {
    const bool good = take_summary(builder_, *member_, text, line.number);
    if (!good) builder_.not_understood(line, "not a line of the tunnel summary");
    return;
  }
  if (block_begin(text, line.number)) return;
  if (block_ != Block::ha && take_counters(builder_, *member_, text, line.number)) {
    if (!line.ended) builder_.say_assumed("the text ends without a line end: the last number is taken to be complete");
    return;
  }
  if (block_line(text, line.number)) return;
  builder_.not_understood(line, block_ == Block::none ? "belongs to the output of no command that is known"
                                                      : "not a line of the command's output that it stands in");
}

/// Whether a last line without its end may be all of it: nothing has to follow in the list that it stands in.
bool Session::is_last(std::string_view text) const {
  if (is_summary(text)) return text.substr(text.rfind(' ')).contains('/') && text.contains(" tx(pkt,err): ");
  if (block_ == Block::gateways) return gateways_.is_last(text);
  if (block_ == Block::tunnels) return tunnels_.is_last(text);
  return true;
}

Imported Session::finish(const Lines& lines) {
  end_block();
  for (auto& member : members_) {
    if (!member->empty()) member->store(builder_);
    member.reset();
  }
  return std::move(builder_).finish(lines);
}

}  // namespace

std::size_t recognize(std::string_view beginning) {
  return count_lines(beginning, [](std::string_view text) {
    text = trim(text);
    if (const auto prompt = parse_prompt(text)) {
      return prompt->command.starts_with("diag") || prompt->command.starts_with("get ");
    }
    if (text.starts_with("ha.") && text.contains(": ")) return true;
    return text.starts_with("vd: ") || TunnelList::is_heading(text) || is_summary(text) ||
           HaStatus::is_diagnose_heading(text) || text.starts_with("HA Health Status:") ||
           text.starts_with("Model: Forti") || (text.starts_with("name=") && text.contains(" serial=")) ||
           text.starts_with("proxyid=") || text.starts_with("id/spi: ");
  });
}

Imported import(Lines& lines, const ImportOptions& options) {
  Session session(options);
  Line line;
  while (lines.next(line)) session.take(line);
  return session.finish(lines);
}

}  // namespace sasync::importer::fortios
