#pragma once
// What the reference machine is told before it starts: which system it models, and the numbers that no stream says.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sasync::model {

enum class Model : std::uint8_t { fgcp, strongswan, openbsd };

/// What a subordinate does with the outbound ESP sequence number (section 3 of the FGCP page).
enum class SeqnoPolicy : std::uint8_t {
  max,   ///< set to the maximum when the SA is replicated: the first packet overflows and re-keys (FG-5, FG-7)
  jump,  ///< last synchronized number plus a jump, at takeover (FX-1 to FX-3)
  none,  ///< the last number known
};

/// Whether the peer agrees message IDs anew (RFC 6311); automatic: what the stream says, else no.
enum class PeerSupport : std::uint8_t { automatic, yes, no };

/// What is set for one tunnel. Absent: the cluster's setting.
struct TunnelSettings {
  std::optional<SeqnoPolicy> esp_seqno{};
  std::optional<std::uint64_t> seq_jump{};
  std::optional<PeerSupport> peer_rfc6311{};
  std::optional<bool> peer_dpd{};  ///< the peer has dead-peer detection
  bool operator==(const TunnelSettings&) const = default;
};

struct Settings {
  Model model = Model::fgcp;
  SeqnoPolicy esp_seqno_ikev1 = SeqnoPolicy::max;
  SeqnoPolicy esp_seqno_ikev2 = SeqnoPolicy::jump;  ///< inferred: the description says nothing on IKEv2's child SAs
  std::uint64_t seq_jump = 0x8000'0000;             ///< assumed: the formula is not public
  PeerSupport peer_rfc6311 = PeerSupport::automatic;
  bool peer_dpd = true;
  std::uint32_t replay_window = 64;       ///< packets, where the stream does not say it (RFC 4303 section 3.4.3)
  std::uint32_t packet_length = 100;      ///< bytes of the packets of judge(): FG-18 is about long ones
  std::uint32_t message_id_slack = 1;     ///< RFC 6311 section 5: M1 is the last known number plus the window at least
  std::int64_t route_gap_ns = 0;          ///< FG-18: between removal of the old route and the new one
  std::int64_t sync_lag_ns = 0;           ///< a subordinate misses what was said so shortly before the failover
  std::int64_t exchange_ns = 50'000'000;  ///< an IKE exchange with the peer, there and back
  std::int64_t request_timeout_ns = 30'000'000'000;  ///< until a member gives an unanswered IKE request up (assumed)
  std::int64_t dpd_ns = 60'000'000'000;              ///< between probes of an idle peer (FX-11)
  std::uint32_t dpd_retries = 3;                     ///< unanswered probes until the peer gives the tunnel up (FX-11)
  std::uint32_t rekey_rate_per_second = 0;           ///< exchanges that a member can do; 0: no limit
  std::int64_t heartbeat_timeout_ns = 0;             ///< 0: the model's own (strongSwan 2.1 s, FGCP 6 x 200 ms)
  std::uint64_t output_margin = 16'384;  ///< OpenBSD (OB-7): in what pfsync says of an outbound counter; 0: none
  std::uint16_t segment_count = 0;       ///< strongSwan; 0: the highest number seen
  std::map<std::string, TunnelSettings, std::less<>> tunnels{};

  /// Silence after which the others take a member for dead; 0: the model does not say.
  [[nodiscard]] std::int64_t heartbeat_timeout() const {
    constexpr std::int64_t kStrongswanNs = 2'100'000'000;  // heartbeat_timeout's default
    constexpr std::int64_t kFgcpNs = 1'200'000'000;        // 6 x 200 ms
    if (model == Model::openbsd) return 0;                 // CTL_STATE is said once; CARP is not seen
    if (heartbeat_timeout_ns != 0) return heartbeat_timeout_ns;
    return model == Model::strongswan ? kStrongswanNs : kFgcpNs;
  }
  /// From one exchange of a member to the next, in nanoseconds, so that no second has more than the rate; 0: no limit.
  [[nodiscard]] std::int64_t exchange_interval() const {
    constexpr std::int64_t kSecondNs = 1'000'000'000;
    const std::int64_t rate = rekey_rate_per_second;
    return rate == 0 ? 0 : (kSecondNs + rate - 1) / rate;
  }
  [[nodiscard]] const TunnelSettings* find(std::string_view tunnel) const {
    const auto found = tunnels.find(tunnel);
    return found == tunnels.end() ? nullptr : &found->second;
  }
  bool operator==(const Settings&) const = default;
};

}  // namespace sasync::model
