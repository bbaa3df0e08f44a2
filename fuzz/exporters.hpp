#pragma once
// A small state of a gateway out of a few bytes, and how the daemons and kernels print it: the other half of the
// importers, written from the pages on the dumps and knowing nothing of lib/import.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/base/bytes.hpp"
#include "sasync/state/algorithms.hpp"

namespace sasync::fuzz {

/// A kind of dump, in one of its forms.
enum class Form : std::uint8_t {
  swanctl_raw,
  swanctl_pretty,
  swanctl_plain,
  xfrm,
  xfrm_statistics,  ///< ip -s
  ipsecctl,
  setkey,
  fortios,  ///< gateway list and tunnel list of release 7, one after the other
};
inline constexpr std::size_t kFormCount = 8;

/// The importer's name.
std::string_view importer_of(Form form);
/// It lists single SAs: nothing of IKE, and only those that are in use.
bool is_of_kernel(Form form);

struct Cipher {
  const state::Algorithm* row = nullptr;
  unsigned key_bits = 0;  ///< without the salt
};

struct Selector {
  std::string_view canonical;   ///< docs/state-document.md
  std::string_view strongswan;  ///< as swanctl prints it
  std::string_view fortios;     ///< protocol:range:port; "": it cannot say it
  bool is_prefix = true;        ///< no ports, no range, not dynamic: what `ip xfrm` prints as "sel"
};

struct Child {
  std::string_view name{}, state{};  ///< the state as strongSwan's word
  std::uint32_t unique_id = 0, reqid = 0;
  std::uint32_t spi_in = 0, spi_out = 0;
  bool is_transport = false, esn = false;
  Cipher encryption{};
  const state::Algorithm* integrity = nullptr;  ///< nullptr: with an AEAD
  const state::Algorithm* dh_group = nullptr;   ///< nullptr: no PFS
  std::uint64_t bytes_in = 0, bytes_out = 0, packets_in = 0, packets_out = 0;
  std::uint64_t seq_out = 0, replay_last = 0;
  std::uint32_t window = 0;
  std::uint32_t age = 0, rekey_in = 0, expires_in = 0;  ///< seconds; the last two 0: no limit
  std::vector<Selector> local_ts{}, remote_ts{};
};

struct Ike {
  std::string_view name{}, state{};
  std::uint32_t unique_id = 0;
  bool is_version_1 = false, initiator = false, udp = false;
  std::uint64_t initiator_spi = 0, responder_spi = 0;
  std::string_view local_address{}, remote_address{}, local_id{}, remote_id{};
  std::uint16_t local_port = 0, remote_port = 0;
  Cipher encryption{};
  const state::Algorithm* integrity = nullptr;  ///< nullptr: with an AEAD
  const state::Algorithm* prf = nullptr;
  const state::Algorithm* dh_group = nullptr;
  std::uint32_t age = 0, rekey_in = 0;
  std::vector<std::string_view> virtual_ips{};
  std::vector<Child> children{};

  /// Nothing is negotiated yet: no algorithms, no times, no children.
  [[nodiscard]] bool is_connecting() const { return state == "CONNECTING"; }
};

/// Addresses that are the gateway's; no peer has one of them.
inline constexpr std::string_view kLocalAddress = "192.0.2.1";
inline constexpr std::string_view kLocalAddressIpv6 = "2001:db8::1";

/// Whatever the bytes are, a state that both forms can print: every SA has SPIs, a peer and times of its own.
std::vector<Ike> make_state(Bytes in, Form one, Form other);

/// The dump. Keys in it are made up.
std::string print(const std::vector<Ike>& state, Form form);

/// OpenBSD's name with the key length in it; "" when the exporter has none.
std::string openbsd_name(const Cipher& cipher);

}  // namespace sasync::fuzz
