#pragma once
// The three forms of `swanctl --list-sas` end here: named values of IKE SAs and their children, which become state.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "builder.hpp"

namespace sasync::importer::swanctl {

/// Names are those of vici's list-sa events (linux-sa-dumps.md, section 3), whichever form they come from.
class Sas {
 public:
  explicit Sas(Builder& builder) : builder_(builder), member_(builder.add_member("swanctl")) {
    member_.ike_sas.emplace();
  }

  void begin_ike(std::string_view name, std::size_t line);
  void begin_child(std::string_view name);
  /// False: the value is not what the name says. Unknown names become details.
  bool ike_value(std::string_view name, std::string_view value);
  bool child_value(std::string_view name, std::string_view value);
  /// local-ts, remote-ts, local-vips, remote-vips, tasks-*.
  void ike_list(std::string_view name, const std::vector<std::string_view>& values);
  void child_list(std::string_view name, const std::vector<std::string_view>& values);
  void end_child();
  void end_ike();
  /// The list ends within the SAs that are open: what was not read of them is not known.
  void cut_off() { cut_off_ = true; }

  [[nodiscard]] bool in_ike() const { return in_ike_; }
  [[nodiscard]] bool in_child() const { return in_child_; }

 private:
  struct Proposal {
    std::string encryption{};
    unsigned encryption_bits = 0;
    std::string integrity{};
    unsigned integrity_bits = 0;
    std::string prf{};
    std::string dh_group{};
  };
  static bool proposal_value(Proposal& proposal, std::string_view name, std::string_view value);
  template <class Sa>
  void take_proposal(Sa& sa, const Proposal& proposal);
  bool ike_number(std::string_view name, std::string_view value);
  bool endpoint_value(std::string_view name, std::string_view value);
  bool child_number(std::string_view name, std::string_view value);
  bool child_word(std::string_view name, std::string_view value);
  state::TextList selectors(const std::vector<std::string_view>& values);

  Builder& builder_;
  state::Member& member_;
  state::IkeSa ike_{};
  state::ChildSa child_{};
  Proposal ike_proposal_{};
  Proposal child_proposal_{};
  DetailList ike_details_{};
  DetailList child_details_{};
  std::vector<state::Interned> virtual_ips_{};
  bool cut_off_ = false;
  bool no_sa_yet_ = false;  ///< the child has no SA: ROUTED and the like
  bool in_ike_ = false;
  bool in_child_ = false;
  std::size_t ike_line_ = 0;
  std::unordered_map<SpiPair, std::size_t, SpiPairHash> index_of_{};  ///< within the member's list
};

}  // namespace sasync::importer::swanctl
