#include "fortios_ha.hpp"

#include <algorithm>

#include "words.hpp"

namespace sasync::importer::fortios {
namespace {

using state::parse_number;

/// Until 6.4 master and slave, from 7.0 on primary and secondary.
std::optional<state::Role> parse_role(std::string_view word) {
  if (word == "Master" || word == "Primary") return state::Role::primary;
  if (word == "Slave" || word == "Secondary" || word == "Backup") return state::Role::subordinate;
  return std::nullopt;
}

bool is_serial(std::string_view text) {
  const auto good = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  constexpr std::size_t kDigitsMin = 8;
  return text.size() >= kDigitsMin && text.starts_with('F') && std::ranges::all_of(text, good);
}

bool is_counter_name(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return text.contains('.') && !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(text, good);
}

std::string lower_underscored(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z')
      result += static_cast<char>(c - 'A' + 'a');
    else
      result += c == ' ' ? '_' : c;
  }
  return result;
}

}  // namespace

// --- counters and summary --------------------------------------------------------------------------------------------

bool take_counters(Builder& builder, MemberData& member, std::string_view text, std::size_t line) {
  auto check = text;
  while (!check.empty()) {
    auto name = take_word(check);
    const bool named = name.ends_with(':');
    if (named) name.remove_suffix(1);
    if (!named || !is_counter_name(name) || take_word(check).empty()) return false;
  }
  while (!text.empty()) {
    auto name = take_word(text);
    name.remove_suffix(1);
    const auto value = take_word(text);
    if (const auto number = parse_number(value))
      member.add_counter(builder, builder.text(name), *number, line);
    else
      builder.detail(member.details, "counters.", name, value);  // negative, or no number
  }
  member.use();
  return true;
}

bool is_summary(std::string_view text) { return text.starts_with('\'') && text.contains("selectors(total,up):"); }

bool take_summary(Builder& builder, MemberData& member, std::string_view text, std::size_t line) {
  const auto heading = text.find("selectors(total,up):");
  const auto quote = text.rfind('\'', heading);
  if (quote == 0 || quote == std::string_view::npos) return false;
  auto& tunnel = member.tunnel(builder.text(text.substr(1, quote - 1)), std::nullopt);
  auto& common = tunnel.common;
  const auto remote = trim(text.substr(quote + 1, heading - quote - 1));
  if (const auto colon = remote.rfind(':'); colon != std::string_view::npos && !common.remote.address.present()) {
    const auto address = state::parse_address(remote.substr(0, colon));
    const auto port = parse_number<std::uint16_t>(remote.substr(colon + 1));
    if (address) common.remote.address = *address;
    if (port && *port != 0) common.remote.port = port;
  }
  if (!tunnel.summary_details.empty()) {
    builder.warn(line, "the tunnel is in the summary again: the later listing counts", common.name.view());
  }
  tunnel.summary_details.clear();
  text.remove_prefix(heading);
  while (!text.empty()) {
    auto name = take_word(text);
    auto value = take_word(text);
    const auto first = take_until(value, "/");
    if (name == "selectors(total,up):") {
      common.selectors_total = parse_number<std::uint32_t>(first);
      common.selectors_up = parse_number<std::uint32_t>(value);
      if (!common.selectors_total || !common.selectors_up) return false;
    } else if (name.ends_with("(pkt,err):")) {
      const std::string prefix = "summary." + std::string(take_until(name, "("));
      builder.detail(tunnel.summary_details, prefix, "_packets", first);
      builder.detail(tunnel.summary_details, prefix, "_errors", value);
    } else {
      return false;
    }
  }
  return true;
}

// --- HA status -------------------------------------------------------------------------------------------------------

void HaStatus::begin(MemberData& member, HaCommand command, std::size_t line) {
  member.use();
  member_ = &member;
  command_ = command;
  if (!member.ha_details(command).empty()) {
    builder_.warn(line, "the HA status is listed again: the later listing counts");
    member.ha_details(command).clear();
  }
  section_.clear();
  serial_.clear();
  vcluster_.clear();
  elections_ = 0;
  line_ = line;
  vclusters_.reset();
  seen_vclusters_ = members_ = members_of_vcluster_ = 0;
  is_alone_ = false;
}

bool HaStatus::is_complete() const {
  if (is_alone_ || vclusters_ == 0U) return true;
  return vclusters_ == seen_vclusters_ && members_ != 0 && members_of_vcluster_ >= members_;
}

void HaStatus::end() {
  if (member_ == nullptr) return;
  if (!is_complete()) builder_.warn(line_, "the HA status lacks some of its lines: it is cut off");
  member_ = nullptr;
}

/// "HQ-FW1          , FG5H0E5818900021, HA cluster index = 0", "FG5H0E5818900021, HA operating index = 0";
/// 5.x: "200 HQ-FW1           FGT3HD3914800101 0", "0 FGT3HD3914800101"
bool HaStatus::role_line(std::string_view role, std::string_view text) {
  const auto parsed = parse_role(role);
  saw_member();
  constexpr std::string_view kCluster = ", HA cluster index = ";
  constexpr std::string_view kOperating = ", HA operating index = ";
  std::string_view name;
  std::string_view serial;
  std::string_view index;
  std::string_view priority;
  if (const auto at = text.find(kCluster); at != std::string_view::npos) {
    const auto names = text.substr(0, at);
    const auto comma = names.rfind(',');
    if (comma == std::string_view::npos) return false;
    name = trim(names.substr(0, comma));
    serial = trim(names.substr(comma + 1));
    index = text.substr(at + kCluster.size());
  } else if (const auto operating = text.find(kOperating); operating != std::string_view::npos) {
    serial = trim(text.substr(0, operating));
    detail(vcluster_ + std::string(serial), ".operating", text.substr(operating + kOperating.size()));
    detail(vcluster_ + std::string(serial), ".role", role);
    return is_serial(serial);
  } else {
    const auto number = take_word(text);
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) {
      detail(vcluster_ + std::string(text), ".operating", number);
      detail(vcluster_ + std::string(text), ".role", role);
      return is_serial(text);
    }
    priority = number;
    index = text.substr(text.rfind(' ') + 1);
    const auto rest = trim(text.substr(0, text.rfind(' ')));
    const auto before_serial = rest.rfind(' ');
    if (before_serial == std::string_view::npos) return false;
    name = trim(rest.substr(0, before_serial));
    serial = rest.substr(before_serial + 1);
  }
  auto* const data = is_serial(serial) ? member_->cluster_member(builder_.text(serial)) : nullptr;
  if (data == nullptr) return false;
  data->member.name = builder_.text(name);
  data->member.role = parsed;
  data->member.index = parse_number<std::uint32_t>(index);
  if (!priority.empty()) data->member.priority = parse_number<std::uint32_t>(priority);
  return data->member.index.has_value();
}

/// 6.x and 7.x: "FG5H0E5818900021:     Master, serialno_prio=0, usr_priority=200, hostname=HQ-FW1", and in a virtual
/// cluster "FG5H0E5818900021:     Master, ha_prio/o_ha_prio=0/0"
bool HaStatus::diagnose_member_line(std::string_view text) {
  const auto serial = take_until(text, ":");
  text = trim(text);
  const auto role = trim(take_until(text, ","));
  const auto parsed = parse_role(role);
  if (!parsed) return false;
  saw_member();
  if (!vcluster_.empty()) {
    detail(vcluster_ + std::string(serial), ".role", role);
    text = trim(text);
    const auto name = take_until(text, "=");
    detail(vcluster_ + std::string(serial) + '.', name, text);
    return true;
  }
  auto* const data = member_->cluster_member(builder_.text(serial));
  if (data == nullptr) return false;
  data->member.role = parsed;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    auto value = trim(take_until(text, ", "));
    const auto name = take_until(value, "=");
    if (name == "serialno_prio")
      data->member.index = parse_number<std::uint32_t>(value);
    else if (name == "usr_priority")
      data->member.priority = parse_number<std::uint32_t>(value);
    else if (name == "hostname")
      data->member.name = builder_.text(value);
    else
      builder_.detail(data->details, name, value);
  }
  return true;
}

/// 5.x: "FGT3HD3914800101, 0. Master:200 HQ-FW1", in a virtual cluster with "(prio=0, rev=0)" behind it
bool HaStatus::old_member_line(std::string_view text) {
  const auto serial = take_until(text, ", ");
  const auto index = take_until(text, ".");
  text = trim(text);
  const auto role = take_until(text, ":");
  const auto priority = take_word(text);
  const auto parsed = parse_role(role);
  if (!parsed || !parse_number<std::uint32_t>(index) || !parse_number<std::uint32_t>(priority)) return false;
  saw_member();
  if (!vcluster_.empty()) {
    detail(vcluster_ + std::string(serial), ".role", role);
    const auto bracket = text.find('(');
    if (bracket != std::string_view::npos && text.ends_with(')')) {
      detail(vcluster_ + std::string(serial), ".state", text.substr(bracket + 1, text.size() - bracket - 2));
    }
    return true;
  }
  auto* const data = member_->cluster_member(builder_.text(serial));
  if (data == nullptr) return false;
  data->member.name = builder_.text(text);
  data->member.role = parsed;
  data->member.index = parse_number<std::uint32_t>(index);
  data->member.priority = parse_number<std::uint32_t>(priority);
  return true;
}

/// "FG5H0E5818900021(updated 1 seconds ago): in-sync", with nothing behind the colon when lines of figures follow
bool HaStatus::updated_line(std::string_view text) {
  const auto serial = take_until(text, "(");
  const auto age = take_until(text, "):");
  text = trim(text);
  if (!age.starts_with("updated ")) return false;
  serial_ = serial;
  if (text.empty()) return true;
  auto* const data = member_->cluster_member(builder_.text(serial));
  if (data == nullptr) return false;
  if (text == "in-sync" || text == "out-of-sync")
    data->member.in_sync = text == "in-sync";
  else
    builder_.detail(data->details, "configuration", text);
  return true;
}

/// "vcluster 1: work 169.254.0.1", "vcluster 1, state=work, primary_ip=169.254.0.2, primary_id=0:"
bool HaStatus::vcluster_line(std::string_view text) {
  const auto number = take_number<std::uint32_t>(text);
  if (!number) return false;
  vcluster_ = fmt::format("vcluster.{}.", *number);
  ++seen_vclusters_;
  members_of_vcluster_ = 0;
  if (take_prefix(text, ":")) {
    text = trim(text);
    detail(vcluster_, "state", take_word(text));
    if (!text.empty()) detail(vcluster_, "address", text);
    return true;
  }
  if (!take_prefix(text, ",")) return false;
  if (text.ends_with(':')) text.remove_suffix(1);
  while (!text.empty()) {
    auto value = trim(take_until(text, ","));
    const auto name = take_until(value, "=");
    detail(vcluster_, name, value);
  }
  return true;
}

/// "Model=311, Mode=2 Group=12 Debug=0", "traffic.local = s:0 p:181452 b:80125511"
bool HaStatus::item_list(std::string_view text) {
  if (const auto spaced = text.find(" = "); spaced != std::string_view::npos) {
    detail("ha.", trim(text.substr(0, spaced)), trim(text.substr(spaced + 3)));
    return true;
  }
  bool good = !text.empty();
  while (!text.empty()) {
    auto value = take_word(text);
    if (value.ends_with(',')) value.remove_suffix(1);
    const auto name = take_until(value, "=");
    good = good && !name.empty() && !value.empty();
    if (name == "nvcluster") vclusters_ = parse_number<std::uint32_t>(value);
    detail("ha.", lower_underscored(name), value);
  }
  return good;
}

/// "Cluster Uptime: 87 days 3:41:6", and headings: "Configuration Status:"
bool HaStatus::key_line(std::string_view text) {
  const auto name = take_until(text, ":");
  text = trim(text);
  if (text.empty()) {
    section_ = lower_underscored(name);
    serial_.clear();
    return true;
  }
  if (name == "number of vcluster") vclusters_ = parse_number<std::uint32_t>(text);
  if (name == "Mode") is_alone_ = text.starts_with("Standalone");
  detail("ha.", lower_underscored(name), text);
  return true;
}

/// A line that begins with a serial number; nothing when it is of no such kind.
std::optional<bool> HaStatus::serial_line(std::string_view text) {
  const auto serial = text.substr(0, text.find_first_of("(:, "));
  auto rest = text.substr(serial.size());
  if (rest.starts_with('(')) return updated_line(text);
  if (rest.starts_with(':')) return diagnose_member_line(text);
  if (rest.starts_with(", ")) return old_member_line(text);
  if (!take_prefix(rest, " chksum dump:")) return std::nullopt;
  auto* const data = member_->cluster_member(builder_.text(serial));
  if (data != nullptr) builder_.detail(data->details, "chksum dump", trim(rest));
  return data != nullptr;
}

bool HaStatus::take(std::string_view text) {
  if (member_ == nullptr) return false;
  if (text == "HA information" || text == "Statistics") return true;
  if (text.starts_with('[') && text.ends_with(']')) return vcluster_.clear(), true;
  if (text.starts_with('<')) {  // "<2021/03/02 08:15:27> FG5H0E5818900021 is selected as the master because ..."
    detail("ha.election.", std::to_string(++elections_), text);
    return true;
  }
  constexpr std::string_view kManage = "HA group member information: is_manage_";
  if (auto rest = text; take_prefix(rest, kManage)) {
    vcluster_.clear();
    const auto role = take_until(rest, "=");
    if (role == "master" || role == "primary") member_->says_it_is_primary(rest.starts_with('1'));
    return rest == "1." || rest == "0.";
  }
  if (auto rest = text; take_prefix(rest, "vcluster ")) return vcluster_line(rest);
  if (const auto word = text.substr(0, text.find_first_of(" :")); parse_role(word)) {
    auto rest = trim(text.substr(word.size()));
    if (take_prefix(rest, ":")) return role_line(word, trim(rest));
  }
  if (is_serial(text.substr(0, text.find_first_of("(:, ")))) {
    if (const auto understood = serial_line(text)) return *understood;
  }
  // Figures of a member: "sessions=1207, ...", "ha: physical/1000auto, ..."
  if (!serial_.empty() && text.contains('=')) {
    detail(section_ + '.', serial_, text);
    return true;
  }
  const auto colon = text.find(':');
  const auto equals = text.find('=');
  if (colon != std::string_view::npos && colon < equals) return key_line(text);
  return equals != std::string_view::npos && item_list(text);
}

}  // namespace sasync::importer::fortios
