#pragma once
// `diagnose sys ha status` and `get system ha status` (fortios-cli.md, sections 5 and 6), and the counters of `diagnose
// vpn ike stats` and `get vpn ipsec tunnel summary` (sections 3 and 4), which are lines of their own.

#include <string_view>

#include "fortios_member.hpp"

namespace sasync::importer::fortios {

/// "ha.sync.tx: 214", also several on a line. False when it is no such line.
bool take_counters(Builder& builder, MemberData& member, std::string_view text, std::size_t line);

/// "'toBranchA' 198.51.100.33:0  selectors(total,up): 1/1  rx(pkt,err): 7300/0  tx(pkt,err): 7278/4"
bool is_summary(std::string_view text);
bool take_summary(Builder& builder, MemberData& member, std::string_view text, std::size_t line);

class HaStatus {
 public:
  explicit HaStatus(Builder& builder) : builder_(builder) {}

  /// The first line of either command's output.
  static bool is_diagnose_heading(std::string_view text) { return text == "HA information"; }
  static bool is_get_heading(std::string_view text) {
    return text.starts_with("HA Health Status:") || text.starts_with("Model: ");
  }
  void begin(MemberData& member, HaCommand command, std::size_t line);
  /// A line of either. False when it is not understood.
  bool take(std::string_view text);
  void end();

 private:
  void saw_member() { ++(vcluster_.empty() ? members_ : members_of_vcluster_); }
  [[nodiscard]] bool is_complete() const;
  bool role_line(std::string_view role, std::string_view text);
  bool diagnose_member_line(std::string_view text);
  bool old_member_line(std::string_view text);
  std::optional<bool> serial_line(std::string_view text);
  bool updated_line(std::string_view text);
  bool vcluster_line(std::string_view text);
  bool item_list(std::string_view text);
  bool key_line(std::string_view text);
  void detail(std::string_view prefix, std::string_view name, std::string_view value) {
    builder_.detail(member_->ha_details(command_), prefix, name, value);
  }

  Builder& builder_;
  MemberData* member_ = nullptr;
  HaCommand command_{};
  std::string section_;   ///< heading of the lines that follow: "System Usage stats"
  std::string serial_;    ///< of the member whose lines follow
  std::string vcluster_;  ///< "vcluster.1." while its lines follow
  std::size_t elections_ = 0;
  std::size_t line_ = 0;  ///< of the heading
  // What has to come: so many virtual clusters, in each as many members as there are.
  std::optional<std::uint32_t> vclusters_{};
  std::uint32_t seen_vclusters_ = 0, members_ = 0, members_of_vcluster_ = 0;
  bool is_alone_ = false;
};

}  // namespace sasync::importer::fortios
