#pragma once
// What must hold of a stream and of the machine's state after every step. Shares no code with the machine: it keeps its
// own books of what was said, and looks at the state only where a rule is about what a member holds.
//
// Rules: O-1 to O-10 are FGCP's (docs/model.md), H-numbers strongSwan's (docs/protocols/strongswan-ha.md), "RFC6027-n"
// the rows of the table of cluster hazards in docs/model.md, OB-numbers OpenBSD's (there, too), and "S-n" what no
// system may do:
//   S-1  an IPsec SA whose IKE SA the member does not hold
//   S-2  a sequence number used again under the same key (fatal for counter-mode ciphers)
//   S-3  a packet accepted twice: the replay window of a new primary did not know it
//   S-4  an SA that a member still holds after its delete: it missed the message
//   S-5  an SA that a member lacks after its add: it missed the message, or could not use it; a black hole at a
//   failover
// Those of message IDs on the wire are message_ids.hpp's.

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

#include "sasync/audit/finding.hpp"
#include "sasync/audit/message_ids.hpp"
#include "sasync/event/event.hpp"
#include "sasync/model/effect.hpp"
#include "sasync/model/machine.hpp"

namespace sasync::audit {

class Audit {
 public:
  explicit Audit(model::Model model);

  /// After the machine took `input`. `number` counts events from 1; inputs that are no events have that of the event
  /// they follow. Costs no more than what the step touched.
  void check(std::uint64_t number, const model::Input& input, const model::State& after, const model::Effects& effects);
  /// What only the end of a stream shows.
  void finish();

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  /// Findings beyond kFindingsMax are counted only.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  static constexpr std::size_t kFindingsMax = 10'000;

 private:
  using Name = std::uint32_t;  ///< of a tunnel; 0: none
  struct KnownIke {
    Name tunnel = 0;
    bool configured = false;  ///< strongSwan: its full IKE_UPDATE was said
    std::uint32_t next_send = 0, next_receive = 0;
  };
  struct KnownChild {
    Name tunnel = 0;
    std::uint32_t spi_out = 0;
  };
  struct Sender {
    std::optional<std::uint32_t> next_sequence{};
    /// Of the full synchronizations that it sends, by receiver and virtual cluster.
    std::map<std::pair<std::string, std::uint8_t>, event::Phase> phases{};
    std::optional<std::uint64_t> gap_at{};  ///< event number of a gap that nobody has asked about yet
    event::Role role = event::Role::starting;
    std::vector<std::uint16_t> segments{};  ///< strongSwan: by its last STATUS
    Timestamp status_at{};
    bool speaks = false;         ///< O-7 was told of it, since the last role change
    std::string contested_by{};  ///< OpenBSD: who said MASTER since, while this one is it
  };
  /// Which numbers one direction of an SA has used, as far as a window tells.
  struct Used {
    std::uint64_t highest = 0;
    std::array<std::uint64_t, 16> seen{};  ///< bit n of the whole: `highest - n` was used
    bool reported = false;
    /// False when it was used before.
    bool use(std::uint64_t number);
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
  void see(const event::IkeMessage& message);
  void see(const event::MessageIdSyncExchange& told) { message_ids_.see(told); }
  void see(const event::TunnelRole& role);
  void see(const event::SegmentTake& take);
  void see(const event::SegmentDrop& drop);
  void see(const event::EspSeqno& seqno);
  void see(const event::SyncError& error);
  template <class Other>
  void see(const Other&) {}

  void check_fgcp_add(const event::IpsecSaAdd& add);
  void learn_child(const event::IpsecSaAdd& add, Name tunnel);
  void check_sequence();
  void check_gaps();
  void check_effects(const model::Effects& effects);
  void check_packet(const model::Effect& packet);
  void check_child_without_ike(const model::Effect& installed);
  void collect_message_ids();
  [[nodiscard]] std::optional<bool> uses_esn(const event::IkeId& id) const;
  void check_roles();
  void check_segments(const std::vector<std::uint16_t>& segments);
  void forget_status();
  [[nodiscard]] bool is_too_early() const;
  void check_speaker(const std::string& tunnel);
  void use_outbound(std::uint32_t spi, std::uint64_t number);
  /// S-4 and S-5: asks `holds(member)` of every member that should have heard the event; `what()` names the SA.
  template <class Text, class Holds>
  void check_hearers(bool should_hold, const Text& what, std::optional<std::uint32_t> spi, const Holds& holds);
  // OpenBSD (audit_openbsd.cpp)
  void see_openbsd_state(const event::Heartbeat& heartbeat);
  void check_contested();
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
  /// What an IKE SA is known by: SPIs and version.
  struct IkeName {
    std::uint64_t initiator_spi = 0, responder_spi = 0;
    std::uint8_t version = 0;
    bool operator==(const IkeName&) const = default;
  };
  struct IkeNameHash {
    std::size_t operator()(const IkeName& name) const {
      return static_cast<std::size_t>(name.initiator_spi * 0x9E37'79B9'7F4A'7C15U ^ name.responder_spi) + name.version;
    }
  };
  static IkeName key_of(const event::IkeId& id) { return {id.initiator_spi, id.responder_spi, id.version}; }
  Name name_of_tunnel(const std::string& tunnel);
  [[nodiscard]] std::string_view text_of(Name tunnel) const {
    return tunnel == 0 ? std::string_view{} : std::string_view{*names_[tunnel - 1]};
  }
  [[nodiscard]] bool has_tunnel(const std::string& tunnel) const;

  const event::SyncEvent* event_ = nullptr;
  const model::State* state_ = nullptr;
  const model::Effects* effects_ = nullptr;
  Timestamp time_{};
  std::uint64_t number_ = 0;
  std::unordered_map<IkeName, KnownIke, IkeNameHash> ike_sas_;
  std::unordered_map<std::uint32_t, KnownChild> children_;  ///< by inbound SPI
  std::unordered_set<IkeName, IkeNameHash> deleted_ike_;
  std::unordered_set<std::uint32_t> deleted_children_;
  std::unordered_map<std::string, Name> tunnels_;  ///< every one that was ever named
  std::vector<const std::string*> names_;          ///< by Name, from 1: the keys of `tunnels_`
  std::vector<bool> there_;                        ///< by Name, from 1: it exists now
  std::unordered_set<Name> own_role_;              ///< FX-9: tunnels with a primary of their own
  std::map<std::string, Sender, std::less<>> senders_;
  std::map<std::uint8_t, std::string> primary_;       ///< by virtual cluster; as ROLE_CHANGE says
  std::unordered_map<std::uint32_t, Used> used_;      ///< by outbound SPI
  std::unordered_map<std::uint32_t, Used> accepted_;  ///< by inbound SPI: what the cluster took
  bool two_serve_ = false;                            ///< a split brain was told of
  bool told_releases_ = false;                        ///< H16 was told of
  bool other_history_ = false;                        ///< a failover was put in
  MessageIds message_ids_;
  std::map<std::pair<std::uint32_t, net::IpAddress>, KnownSa> sas_;  ///< OpenBSD: by SPI and destination
  std::map<std::string, Snapshot, std::less<>> snapshots_;           ///< OpenBSD: by sender and receiver
  bool margin_reported_ = false;
  std::vector<Finding> findings_;
  std::uint64_t count_ = 0;
};

}  // namespace sasync::audit
