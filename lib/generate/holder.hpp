#pragma once
// What one member holds, by plain bookkeeping of the steps that reached it, in the order in which they came. The rules
// are the receivers': section 5.2 of the strongSwan HA page, and FG-9 to FG-16 of the FGCP page.

#include <map>
#include <unordered_map>

#include "sasync/state/document.hpp"
#include "step.hpp"

namespace sasync::generate {

struct HeldChild {
  Serial serial = 0;
  std::uint8_t index = 0;
  bool first = false;    ///< made with its IKE SA
  bool rekeyed = false;  ///< replaced by a younger one, and still there
  bool stale = false;    ///< not named yet in the full synchronization that is running
  std::uint64_t sequence = 0;
};

struct HeldIke {
  std::uint32_t tunnel = 0;
  bool configured = false;  ///< strongSwan: its IKE_UPDATE came, PASSIVE instead of CONNECTING
  bool stale = false;
  std::uint32_t duplicates =
      0;  ///< strongSwan before 6.0.1: further IKE_SAs of the same name, made by repeated IKE_ADDs
  std::optional<std::uint32_t> send{}, receive{};
  bool virtual_ip = false;
  std::vector<HeldChild> children{};
};

class Holder {
 public:
  Holder(const Plan& plan, std::uint8_t member) : plan_(plan), member_(member) {}

  /// False when it kills the receiver's daemon (strongSwan H23): everything is gone.
  bool apply(const Step& step);
  /// The member's daemon starts anew.
  void clear();

  [[nodiscard]] bool can_serve(Serial ike, std::span<const Serial> children) const;
  /// `role` as the document has it; `active` says for a virtual cluster whether the member serves its tunnels.
  [[nodiscard]] state::Member state(state::Texts& texts, bool primary, const std::vector<bool>& active) const;

 private:
  void apply_ike_add(const Step& step, bool repeats);
  void apply_ike_delete(const Step& step);
  void apply_sequence(const Step& step);
  bool apply_replacement(const Step& step);
  void apply_child_add(const Step& step);
  void apply_full_sync(const Step& step);
  void adopt(const Step& step, HeldIke& heir);
  void remove_tunnel(std::uint32_t tunnel);
  HeldIke* find(Serial ike);
  state::IkeSa ike_state(state::Texts& texts, Serial serial, const HeldIke& ike, bool active) const;
  state::ChildSa child_state(state::Texts& texts, std::uint32_t tunnel, const HeldChild& child) const;

  const Plan& plan_;
  std::uint8_t member_;
  std::unordered_map<Serial, HeldIke> ike_sas_;              // never walked in its own order
  std::unordered_map<std::uint32_t, Serial> ike_of_tunnel_;  // fgcp-sync: the youngest
  std::map<std::uint32_t, bool> routes_;                     // by tunnel; the value: stale
};

}  // namespace sasync::generate
