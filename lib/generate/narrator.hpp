#pragma once
// From a step to the event that says it.

#include "step.hpp"

namespace sasync::generate {

class Narrator {
 public:
  explicit Narrator(const Plan& plan);
  /// Fills `event` but for its time, frame and sequence number.
  void tell(const Step& step, std::int64_t time_us, event::SyncEvent& event);

 private:
  [[nodiscard]] event::Heartbeat heartbeat(std::uint8_t member) const;
  event::Body body(const Step& step, std::int64_t time_us);
  event::IkeSaAdd ike_add(const Step& step, std::int64_t time_us);
  event::IkeSaUpdate ike_update(const Step& step);
  event::IpsecSaAdd child_add(const Step& step, std::int64_t time_us);
  event::ConnSync conn_sync(const Step& step);
  template <class Body>
  Body dialup(const Step& step);
  template <class Body>
  Body route(const Step& step);
  void ike_keys(const Step& step, event::KeyMaterial& keys);
  void psk(std::uint32_t tunnel, event::KeyMaterial& keys) const;
  void child_keys(const Step& step, event::KeyMaterial& keys);
  std::string tunnel_name(std::uint32_t tunnel) const;
  [[nodiscard]] event::Proposal said(event::Proposal proposal) const;
  std::string name(std::uint8_t member) const { return member == kNobody ? std::string{} : plan_.member_name(member); }

  const Plan& plan_;
  bool says_group_;  ///< strongSwan before 5.4.0 does not say the key exchange method
};

}  // namespace sasync::generate
