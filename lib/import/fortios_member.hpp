#pragma once
// What one FortiGate printed, put together from the outputs of several commands.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "builder.hpp"

namespace sasync::importer::fortios {

/// A tunnel: one phase 1 or dialup instance, which each command shows from another side.
struct Tunnel {
  state::IkeSa common{};                        ///< what is said of the tunnel, not of one IKE SA
  std::vector<state::IkeSa> ike_sas{};          ///< what is said of each IKE SA
  std::vector<state::ChildSa> children{};       ///< SAs of phase 2
  std::vector<state::ChildSa> children_down{};  ///< phase 2 without an SA
  state::Details gateway_details{};
  state::Details tunnel_details{};
  DetailList summary_details{};
  std::optional<std::uint32_t> vd{};  ///< index of its virtual domain
  std::size_t gateway_listing = 0;    ///< number of the listing that had it last; 0: none
  std::size_t tunnel_listing = 0;
  std::size_t next_of_name = 0;  ///< the next tunnel of the same name (in another domain); 0: none
};

struct ClusterMemberData {
  state::ClusterMember member{};
  DetailList details{};
};

/// The two commands that print the HA status.
enum class HaCommand : std::uint8_t { diagnose, get };

class MemberData {
 public:
  explicit MemberData(std::string_view host) : host_(host) {}

  [[nodiscard]] const std::string& host() const { return host_; }
  void set_host(std::string_view host) { host_ = host; }
  [[nodiscard]] bool empty() const { return !used_; }
  void use() { used_ = true; }

  /// The tunnel of that name in that domain; made when there is none. A tunnel whose domain is not known yet is taken
  /// for the one that is asked for.
  Tunnel& tunnel(state::Interned name, std::optional<std::uint32_t> vd);
  void name_vdom(std::uint32_t vd, state::Interned name) { vdoms_[vd] = name; }
  void listed_all_tunnels(std::optional<std::uint32_t> vd) { all_listed_.push_back(vd); }

  /// The line of the cluster's member; nullptr when there are more than kClusterMembersMax.
  ClusterMemberData* cluster_member(state::Interned serial);
  void add_counter(Builder& builder, state::Interned name, std::uint64_t value, std::size_t line);
  void says_it_is_primary(bool primary) { is_primary_ = primary; }

  DetailList details{};
  [[nodiscard]] DetailList& ha_details(HaCommand command) { return ha_details_.at(static_cast<std::size_t>(command)); }

  /// Puts it all into the document.
  void store(Builder& builder);

  static constexpr std::size_t kClusterMembersMax = 64;

 private:
  void store_tunnel(Builder& builder, Tunnel& tunnel, std::vector<state::IkeSa>& sas);
  void store_cluster(Builder& builder, state::Member& member);
  [[nodiscard]] bool is_all_listed(const Tunnel& tunnel) const;

  std::string host_;
  bool used_ = false;
  std::vector<Tunnel> tunnels_ = std::vector<Tunnel>(1);  ///< the first is none
  std::unordered_map<state::Interned, std::size_t, state::InternedHash> first_of_name_;
  std::unordered_map<std::uint32_t, state::Interned> vdoms_;
  std::vector<std::optional<std::uint32_t>> all_listed_;
  std::vector<ClusterMemberData> cluster_;
  std::optional<std::vector<state::Counter>> counters_;
  std::unordered_map<state::Interned, std::size_t, state::InternedHash> counter_index_;
  state::Interned first_repeated_;  ///< the counter that a second listing began with
  std::array<DetailList, 2> ha_details_;
  std::optional<bool> is_primary_;
};

}  // namespace sasync::importer::fortios
