#pragma once
// What must hold of a stream and of the machine's state after every step. Shares no code with the machine: it keeps its
// own books of what was said, and looks at the state only where a rule is about what a member holds.
//
// Rules: O-1 to O-10 are FGCP's (docs/model.md), H-numbers strongSwan's (docs/protocols/strongswan-ha.md), "RFC6027-n"
// the rows of the table of cluster hazards in docs/model.md, OB-numbers OpenBSD's (there, too), and "S-n" what no
// system may do:
//   S-1  an IPsec SA whose IKE SA the member does not hold
//   S-2  a sequence number used again under the same key (fatal for counter-mode ciphers)

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sasync/event/event.hpp"
#include "sasync/model/effect.hpp"

namespace sasync::audit {

/// An exposure is what the system's design leaves open; a violation is what should not have happened.
enum class Grade : std::uint8_t { violation, exposure };

struct Finding {
  Grade grade = Grade::violation;
  std::string_view rule{};    ///< "O-4"; lives for the whole program
  std::string_view source{};  ///< what the rule rests on
  std::string text{};         ///< one sentence
  std::uint64_t event = 0;    ///< number of the event, from 1; 0: at the end
  Timestamp time{};
  std::string member{};
  std::optional<std::uint32_t> spi{};
};

class Audit {
 public:
  explicit Audit(model::Model model) : model_(model) {}

  /// After the machine took `event`. `number` counts events from 1. Costs no more than what the step touched.
  void check(std::uint64_t number, const event::SyncEvent& event, const model::State& after,
             const model::Effects& effects);
  /// What only the end of a stream shows.
  void finish();

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  /// Findings beyond kFindingsMax are counted only.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  static constexpr std::size_t kFindingsMax = 10'000;

 private:
  struct KnownIke {
    std::string tunnel{};
    bool configured = false;  ///< strongSwan: its full IKE_UPDATE was said
    std::uint32_t next_send = 0, next_receive = 0;
  };
  struct KnownChild {
    std::string tunnel{};
    std::uint32_t spi_out = 0;
  };
  struct Sender {
    std::optional<std::uint32_t> next_sequence{};
    std::optional<event::Phase> phase{};    ///< of the full synchronization that it sends
    std::optional<std::uint64_t> gap_at{};  ///< event number of a gap that nobody has asked about yet
    event::Role role = event::Role::starting;
  };
  /// Which numbers an outbound SA has used, as far as a window tells.
  struct Used {
    std::uint64_t highest = 0;
    std::array<std::uint64_t, 16> seen{};  ///< bit n of the whole: `highest - n` was used
    bool reported = false;
  };

  /// OpenBSD: one SA as it was said last. Which way it goes PF_KEY does not say.
  struct KnownSa {
    event::IpsecSaAdd said{};
    std::uint64_t rpl = 0;  ///< of pfsync, by the sender that told it last
    std::string told_by{};
  };
  /// OpenBSD: a snapshot on its way.
  struct Snapshot {
    std::uint64_t begun_at = 0;
    std::uint64_t rejuvenated = 0;  ///< OB-13
    std::int64_t seconds_more_max = 0;
  };

  void report(Grade grade, std::string_view rule, std::string_view source, std::string text,
              std::optional<std::uint32_t> spi = std::nullopt);

  void see(const event::IkeSaAdd& add);
  void see(const event::IkeSaUpdate& update);
  void see(const event::IkeSaDelete& del);
  void see(const event::IpsecSaAdd& add);
  void see(const event::IpsecSaDelete& del);
  void see(const event::MessageIdSync& ids);
  void see(const event::DialupCreate& dialup);
  void see(const event::DialupDelete& dialup);
  void see(const event::ConnSync& conn);
  void see(const event::IkeRestart& restart);
  void see(const event::ResyncRequest& request);
  void see(const event::ResyncBegin& begin);
  void see(const event::ResyncEnd& end);
  void see(const event::Heartbeat& heartbeat);
  void see(const event::RoleChange& change);
  void see(const event::MemberLeave& leave);
  void see(const event::Mtu& mtu);
  void see(const event::EspPacket& packet);
  void see(const event::EspSeqno& seqno);
  void see(const event::SyncError& error);
  template <class Other>
  void see(const Other&) {}

  void check_sequence();
  void check_gaps();
  void check_effects(const model::Effects& effects);
  void check_child_without_ike(const model::Effect& installed);
  void check_roles();
  // OpenBSD (audit_openbsd.cpp)
  void see_openbsd_state(const event::Heartbeat& heartbeat);
  void see_openbsd_add(const event::IpsecSaAdd& add);
  void see_openbsd_delete(const event::IpsecSaDelete& del);
  void see_openbsd_counter(const event::EspSeqno& seqno);
  void check_pfkey_sender();
  void begin_snapshot();
  void end_snapshot();
  void finish_openbsd();
  [[nodiscard]] bool is_openbsd() const { return model_ == model::Model::openbsd; }
  [[nodiscard]] bool is_fgcp() const { return model_ == model::Model::fgcp; }
  void forget_tunnel_routes(const std::string& tunnel);

  model::Model model_;
  const event::SyncEvent* event_ = nullptr;
  const model::State* state_ = nullptr;
  std::uint64_t number_ = 0;
  std::unordered_map<std::string, KnownIke> ike_sas_;       ///< by name of the IKE SA (SPIs and version)
  std::unordered_map<std::uint32_t, KnownChild> children_;  ///< by inbound SPI
  std::unordered_set<std::string> deleted_ike_;
  std::unordered_set<std::uint32_t> deleted_children_;
  std::unordered_set<std::string> tunnels_;
  std::map<std::string, Sender, std::less<>> senders_;
  std::unordered_map<std::uint32_t, Used> used_;                     ///< by outbound SPI
  std::map<std::pair<std::uint32_t, net::IpAddress>, KnownSa> sas_;  ///< OpenBSD: by SPI and destination
  std::map<std::string, Snapshot, std::less<>> snapshots_;           ///< OpenBSD: by sender and receiver
  bool margin_reported_ = false;
  std::vector<Finding> findings_;
  std::uint64_t count_ = 0;
};

}  // namespace sasync::audit
