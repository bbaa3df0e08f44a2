#pragma once
// What must hold of a stream and of the machine's state after every step. Shares no code with the machine: it keeps its
// own books of what was said, and looks at the state only where a rule is about what a member holds.
//
// Rules: O-1 to O-10 are FGCP's (docs/model.md), as is FG-8, H-numbers strongSwan's (docs/protocols/strongswan-ha.md),
// "RFC6027-n" the rows of the table of cluster hazards in docs/model.md, OB-numbers OpenBSD's (there, too), and "S-n"
// what no system may do:
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
#include <vector>

#include "sasync/audit/books.hpp"
#include "sasync/audit/finding.hpp"
#include "sasync/audit/full_syncs.hpp"
#include "sasync/audit/message_ids.hpp"
#include "sasync/audit/roles.hpp"
#include "sasync/audit/sequences.hpp"
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
  struct Sender {
    event::Role role = event::Role::starting;
    std::vector<std::uint16_t> segments{};  ///< strongSwan: by its last STATUS
    Timestamp status_at{};
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
    std::optional<std::uint32_t> process{};  ///< that flushed; nothing of a snapshot has followed yet
  };

  void report(Grade grade, std::string_view rule, std::string_view source, std::string text,
              std::optional<std::uint32_t> spi = std::nullopt);

  void see(const event::MemberJoin& join);
  void see(const event::IkeSaAdd& add);
  void see(const event::IkeSaUpdate& update);
  void see(const event::IkeSaDelete& del);
  void see(const event::IpsecSaAdd& add);
  void see(const event::IpsecSaDelete& del);
  void see(const event::MessageIdSync& ids);
  void see(const event::MessageIdSyncExchange& told);
  void see(const event::DialupCreate& dialup);
  void see(const event::DialupDelete& dialup);
  void see(const event::ConnSync& conn);
  void see(const event::RouteAdd& route);
  void see(const event::RouteDelete& route);
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
  void see(const event::TunnelRole& role);
  void see(const event::SegmentTake& take);
  void see(const event::SegmentDrop& drop);
  void see(const event::EspSeqno& seqno);
  void see(const event::SyncError& error);
  template <class Other>
  void see(const Other&) {}

  void hear(const model::Said& said);
  void take(const model::Failover& failover);
  [[nodiscard]] model::MemberSet hearers_of(const model::Said& said) const;
  void follow_numbers(bool is_said);
  void check_gaps(std::uint64_t patience);
  void check_effects(const model::Effects& effects);
  void check_packet(const model::Effect& packet);
  void check_child_without_ike(const model::Effect& installed);
  void collect(std::vector<Finding> found);
  [[nodiscard]] std::optional<bool> uses_esn(const event::IkeId& id) const;
  void check_segments(const std::vector<std::uint16_t>& segments);
  void forget_status();
  void report_roles(Roles::Conflict conflict);
  void check_speaker(Books::Name tunnel);
  [[nodiscard]] Roles::Now now() const;
  void use_outbound(std::uint32_t spi, std::uint64_t number);
  /// S-4 and S-5: asks `holds(member)` of every member that should have heard the event; `what()` names the SA.
  template <class Text, class Holds>
  void check_hearers(bool should_hold, const Text& what, std::optional<std::uint32_t> spi, const Holds& holds);
  void check_ike_add(const event::IkeSaAdd& add);
  void check_child_add(const event::IpsecSaAdd& add, const Books::Ike* ike, Books::Name tunnel);
  void check_strongswan_child(const event::IpsecSaAdd& add, const Books::Ike* ike);
  void check_spi(std::uint32_t spi, const Books::Found<Books::Child>& known, Books::Name tunnel);
  [[nodiscard]] std::optional<bool> peer_support(const event::IkeId& id);
  // Tunnels and routes (audit_tunnels.cpp)
  /// What a member holds of a tunnel, by the state.
  struct Left {
    std::size_t ike_sas = 0, children = 0, routes = 0;
    bool exists = false;
    [[nodiscard]] bool any() const { return exists || ike_sas != 0 || children != 0; }
  };
  void name_tunnel(Books::Name tunnel, bool is_dialup);
  void end_with_last_ike(Books::Name tunnel);
  /// A delete of what went with its tunnel or its IKE SA names it once more: that goes on with the same step.
  void go_on_with_step(Books::Name tunnel);
  [[nodiscard]] bool is_same_step(const Books::Tunnel& tunnel) const;
  [[nodiscard]] Left left_of(Books::Name tunnel, model::MemberIndex member) const;
  void check_tunnel_left(Books::Name tunnel);
  void check_sas_left(Books::Name tunnel, model::MemberIndex member, const Left& left);
  void check_routes_left(Books::Name tunnel, model::MemberIndex member, const Left& left);
  void check_restarted(Books::Name tunnel, bool is_primarys, const std::string& subject);
  /// O-10 by what is still said of, or sent through, a dialup tunnel that a restart took away.
  void check_survival(Books::Name tunnel, std::uint32_t life, std::string_view what);
  void check_ike_survival(const event::IkeId& id);
  void check_outbound_survival(std::uint32_t spi, std::string_view what);
  // OpenBSD (audit_openbsd.cpp)
  void see_openbsd_state(const event::Heartbeat& heartbeat);
  void check_contested();
  void see_openbsd_add(const event::IpsecSaAdd& add);
  void see_openbsd_delete(const event::IpsecSaDelete& del);
  void see_openbsd_counter(const event::EspSeqno& seqno);
  void check_pfkey_sender();
  void begin_snapshot(const event::ResyncBegin& begin);
  void see_snapshot();
  void see_live();
  void check_identities(const event::IpsecSaAdd& add);
  void forget_sas();
  void end_snapshot();
  void finish_openbsd();
  [[nodiscard]] bool is_openbsd() const { return model_ == model::Model::openbsd; }
  [[nodiscard]] bool is_fgcp() const { return model_ == model::Model::fgcp; }

  model::Model model_;
  const event::SyncEvent* event_ = nullptr;
  const model::State* state_ = nullptr;
  const model::Effects* effects_ = nullptr;
  Timestamp time_{};
  std::uint64_t number_ = 0;
  model::MemberSet hearers_ = 0;      ///< of the event
  std::vector<std::string> members_;  ///< their names, as the state numbers them
  Books books_;
  std::unordered_map<Books::Name, std::string> own_role_;  ///< FX-9: tunnels with a primary of their own
  std::int64_t step_until_ns_ = 0;  ///< what a restart took away may be deleted by name until then
  bool has_restarted_ = false;      ///< dialup tunnels went with an IKE process
  std::map<std::string, Sender, std::less<>> senders_;
  Roles roles_;                                       ///< FGCP
  Sequences sequences_;                               ///< FGCP
  FullSyncs full_syncs_;                              ///< FGCP
  std::unordered_map<std::uint32_t, Used> used_;      ///< by outbound SPI
  std::unordered_map<std::uint32_t, Used> accepted_;  ///< by inbound SPI: what the cluster took
  bool two_serve_ = false;                            ///< a split brain was told of
  bool told_releases_ = false;                        ///< H16 was told of
  bool other_history_ = false;                        ///< a failover was put in
  MessageIds message_ids_;
  std::map<std::pair<std::uint32_t, net::IpAddress>, KnownSa> sas_;  ///< OpenBSD: by SPI and destination
  std::map<std::string, std::uint32_t, std::less<>>
      sasyncd_process_;                                     ///< OpenBSD: which flushes where a snapshot begins
  std::map<std::string, Snapshot, std::less<>> snapshots_;  ///< OpenBSD: by sender and receiver
  bool margin_reported_ = false;
  bool identities_reported_ = false;
  std::vector<Finding> findings_;
  std::uint64_t count_ = 0;
};

}  // namespace sasync::audit
