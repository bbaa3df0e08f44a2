// The table of protocols.

#include <algorithm>
#include <array>

#include "sasync/proto/esp.hpp"
#include "sasync/proto/fgcp_frames.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"
#include "sasync/proto/fgcp_sync.hpp"
#include "sasync/proto/fgcp_tracker.hpp"
#include "sasync/proto/ike.hpp"
#include "sasync/proto/pfsync.hpp"
#include "sasync/proto/protocol.hpp"
#include "sasync/proto/sasyncd.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::proto {
namespace {

constexpr std::array kProtocols{
    Protocol{
        .name = "strongswan-ha",
        .title = "strongSwan HA plugin: SA synchronization (checked against the daemon's own encoder and captures)",
        .carrier = net::Carrier::udp_port,
        .numbers = kNumbers<4510>,
        .inner_ip_offset = 0,
        .make_decoder = strongswan_ha::make_decoder,
        .make_tracker = strongswan_ha::make_tracker},
    Protocol{.name = "fgcp-heartbeat",
             .title = "FGCP heartbeat (layout from public reverse analysis; no public capture exists)",
             .carrier = net::Carrier::ethertype,
             .numbers = kNumbers<0x8890>,
             .inner_ip_offset = 0,
             .make_decoder = fgcp_heartbeat::make_decoder,
             .make_tracker = fgcp::make_tracker},
    Protocol{.name = "fgcp-hc",
             .title = "FGCP HC: heartbeat in transparent mode or A-A redistribution (format not public)",
             .carrier = net::Carrier::ethertype,
             .numbers = kNumbers<0x8891>,
             .inner_ip_offset = 0,
             .make_decoder = fgcp_hc::make_decoder,
             .make_tracker = fgcp::make_tracker},
    Protocol{.name = "fgcp-session-sync",
             .title = "FGCP session synchronization (format not public; the EtherType is PROFINET's, too)",
             .carrier = net::Carrier::ethertype,
             .numbers = kNumbers<0x8892>,
             .inner_ip_offset = 0,
             .make_decoder = fgcp_session_sync::make_decoder,
             .make_tracker = fgcp::make_tracker},
    Protocol{.name = "fgcp-session",
             .title = "FGCP layer 2 end point: IP between the members (layout from public reverse analysis)",
             .carrier = net::Carrier::ethertype,
             .numbers = kNumbers<0x8893>,
             .inner_ip_offset = fgcp_session::kHeaderBytes,
             .make_decoder = fgcp_session::make_decoder,
             .make_tracker = fgcp::make_tracker},
    Protocol{.name = "fgcp-sync",
             .title = "sasync-ref/1, not FortiOS: our documented reference encoding of FGCP's SA synchronization",
             .carrier = net::Carrier::udp_port,
             .numbers = kNumbers<fgcp_sync::kUdpPort>,
             .inner_ip_offset = 0,
             .make_decoder = fgcp_sync::make_decoder,
             .make_tracker = nullptr},
    Protocol{.name = "ike",
             .title = "IKE, versions 1 and 2: the outside link (RFC 2408, 2409, 7296; agrees with tshark)",
             .carrier = net::Carrier::udp_port,
             .numbers = kNumbers<500, 4500>,
             .inner_ip_offset = 0,
             .make_decoder = ike::make_decoder,
             .make_tracker = ike::make_tracker,
             .either_port = true},
    Protocol{.name = "esp",
             .title = "ESP: SPI and sequence number, native and in UDP 4500 (RFC 4303, 3948)",
             .carrier = net::Carrier::ip_protocol,
             .numbers = kNumbers<50>,
             .inner_ip_offset = 0,
             .make_decoder = esp::make_decoder,
             .make_tracker = nullptr},
    Protocol{.name = "sasyncd",
             .title = "OpenBSD sasyncd: PF_KEY messages in an encrypted TCP stream (layout from public sources)",
             .carrier = net::Carrier::tcp_port,
             .numbers = kNumbers<sasyncd::kTcpPort>,
             .inner_ip_offset = 0,
             .make_decoder = sasyncd::make_decoder,
             .make_tracker = sasyncd::make_tracker,
             .cut_stream = sasyncd::cut_stream},
    Protocol{.name = "pfsync",
             .title = "pfsync: replay counters of IPsec SAs among pf's states (layout from public sources)",
             .carrier = net::Carrier::ip_protocol,
             .numbers = kNumbers<pfsync::kIpProtocol>,
             .inner_ip_offset = 0,
             .make_decoder = pfsync::make_decoder,
             .make_tracker = nullptr},
};

}  // namespace

std::span<const Protocol> protocols() { return kProtocols; }

std::optional<std::size_t> find_protocol(std::string_view name) {
  const auto found = std::ranges::find(kProtocols, name, &Protocol::name);
  if (found == kProtocols.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kProtocols.begin());
}

}  // namespace sasync::proto
