#pragma once
// `diagnose vpn ike gateway list` and `get vpn ike gateway` (fortios-cli.md, section 1).

#include <string_view>

#include "fortios_member.hpp"

namespace sasync::importer::fortios {

class Gateways {
 public:
  Gateways(Builder& builder) : builder_(builder) {}

  /// "vd: root/0": the first line of a gateway. `listing` counts the outputs of commands.
  bool begin(MemberData& member, std::string_view vdom, std::size_t listing, std::size_t line);
  /// A line of it. False when it is not understood.
  bool take(std::string_view text);
  /// Whether a last line without its end may be all of it.
  [[nodiscard]] bool is_last(std::string_view text) const;
  void end();

 private:
  bool item(std::string_view name, std::string_view value);
  bool gateway_item(std::string_view name, std::string_view value);
  bool sa_item(std::string_view name, std::string_view value);
  bool addresses(std::string_view value);
  void announce(std::string_view value);
  bool spis(std::string_view value);
  bool status(std::string_view value);
  void proposal(std::string_view value);
  void end_sa();
  [[nodiscard]] bool is_complete() const;
  DetailList& details() { return in_sa_ ? sa_details_ : gateway_details_; }

  Builder& builder_;
  MemberData* member_ = nullptr;
  std::uint32_t vd_ = 0;
  state::Interned name_{};
  state::IkeSa common_{};
  std::vector<state::IkeSa> sas_{};
  state::IkeSa sa_{};
  DetailList gateway_details_{};
  DetailList sa_details_{};
  std::vector<state::Interned> virtual_ips_{};
  bool open_ = false;
  bool in_sa_ = false;
  std::uint32_t announced_sas_ = 0;  ///< IKE SAs that the gateway says it has
  bool is_summed_up_ = false;        ///< the counts of SAs have come, which stand in front of the IKE SAs
  bool sa_done_ = false;             ///< what every IKE SA has has come; DPD numbers alone may follow
  bool has_dpd_ = false;
  std::size_t listing_ = 0;
  std::size_t line_ = 0;
};

}  // namespace sasync::importer::fortios
