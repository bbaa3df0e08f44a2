#pragma once
// Everything that is fixed from the start, worked out on demand from the seed and a number, so that nothing is stored
// for a tunnel but its counters: names, addresses, SPIs, key material.

#include "random.hpp"
#include "sasync/event/event.hpp"
#include "sasync/generate/settings.hpp"
#include "sasync/net/frame_writer.hpp"

namespace sasync::generate {

inline constexpr std::string_view kHeartbeatPort = "ha1";

/// Number of an SA, in the order of their making, times two; the lowest bit says that the cluster initiated: of an IKE
/// SA the first exchange, of a pair of IPsec SAs the exchange that made them. 0: none.
using Serial = std::uint32_t;
inline bool by_cluster(Serial serial) { return (serial & 1U) != 0; }

/// What random octets are for: each has a series of its own.
enum class Purpose : std::uint8_t { life, faults, ike_keys, child_keys, psk, outside, tunnel };

class Plan {
 public:
  explicit Plan(const Settings& settings) : settings_(settings), key_(mix64(settings.seed + 1)) {}
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] bool is_fgcp() const { return settings_.protocol == Protocol::fgcp_sync; }
  [[nodiscard]] bool is_openbsd() const {
    return settings_.protocol == Protocol::sasyncd || settings_.protocol == Protocol::pfsync;
  }
  [[nodiscard]] Timestamp time(std::int64_t time_us) const;

  // --- members ---
  /// The name on the wire: FGCP serial number, or address on the sync link.
  [[nodiscard]] const std::string& member_name(unsigned member) const { return member_names_.at(member); }
  [[nodiscard]] const net::Station& station(unsigned member) const { return stations_.at(member); }
  [[nodiscard]] unsigned virtual_clusters() const { return settings_.virtual_clusters ? 2 : 1; }
  void name_members();

  // --- tunnels ---
  [[nodiscard]] const Connection* scripted(std::uint32_t tunnel) const {
    return tunnel < settings_.connections.size() ? &settings_.connections[tunnel] : nullptr;
  }
  [[nodiscard]] bool dialup(std::uint32_t tunnel) const;
  [[nodiscard]] std::uint32_t dialup_index(std::uint32_t tunnel) const;
  [[nodiscard]] std::uint8_t version(std::uint32_t tunnel) const;
  [[nodiscard]] bool cluster_initiates(std::uint32_t tunnel) const;
  /// The member that is primary for the tunnel is that of this virtual cluster, 0 or 1.
  [[nodiscard]] unsigned virtual_cluster(std::uint32_t tunnel) const {
    return settings_.virtual_clusters ? tunnel % 2 : 0;
  }
  [[nodiscard]] std::size_t children(std::uint32_t tunnel) const;
  [[nodiscard]] bool child_is_later(std::uint32_t tunnel, std::size_t child) const;
  [[nodiscard]] bool child_has_secret(std::uint32_t tunnel, bool with_ike_sa) const;

  /// Instance name of a dialup tunnel (FGCP) or the connection's (strongSwan).
  void append_tunnel_name(std::string& out, std::uint32_t tunnel) const;
  [[nodiscard]] static std::string_view parent_name() { return "ra"; }
  void append_child_name(std::string& out, std::uint32_t tunnel, std::size_t child) const;
  [[nodiscard]] std::string_view vdom(std::uint32_t tunnel) const {
    return virtual_cluster(tunnel) == 0 ? "root" : "customers";
  }
  [[nodiscard]] event::Host local(std::uint32_t tunnel) const;
  [[nodiscard]] event::Host remote(std::uint32_t tunnel) const;
  [[nodiscard]] event::Identity local_id(std::uint32_t tunnel) const;
  [[nodiscard]] event::Identity remote_id(std::uint32_t tunnel) const;
  /// Inner address that a dialup peer gets.
  [[nodiscard]] static net::IpAddress virtual_ip(std::uint32_t tunnel);
  void selectors(std::uint32_t tunnel, std::size_t child, std::vector<event::Selector>& local_ts,
                 std::vector<event::Selector>& remote_ts) const;
  [[nodiscard]] event::Proposal ike_proposal(std::uint32_t tunnel) const;
  [[nodiscard]] event::Proposal child_proposal(std::uint32_t tunnel, std::size_t child, bool with_ike_sa) const;
  /// Octets of the IKE key exchange's shared secret and public values.
  [[nodiscard]] std::size_t secret_bytes(std::uint32_t tunnel) const;
  [[nodiscard]] std::size_t public_bytes(std::uint32_t tunnel) const;

  // --- SAs ---
  [[nodiscard]] event::IkeId ike_id(std::uint32_t tunnel, Serial ike) const;
  [[nodiscard]] std::uint32_t spi_in(Serial child) const;
  [[nodiscard]] std::uint32_t spi_out(Serial child) const;
  /// SPIs below 256 are reserved (RFC 4303 section 2.1).
  [[nodiscard]] bool usable(Serial child) const;

 private:
  const Settings& settings_;
  std::uint64_t key_;
  std::vector<std::string> member_names_;
  std::vector<net::Station> stations_;
};

void append_number(std::string& out, std::uint64_t number);
net::IpAddress ipv4(std::uint32_t address);

}  // namespace sasync::generate
