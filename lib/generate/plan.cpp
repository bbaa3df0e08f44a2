#include "plan.hpp"

#include <charconv>

#include "algorithms.hpp"

namespace sasync::generate {
namespace {

using event::kEncryptionAesCbc;
using event::kEncryptionAesGcm16;
using event::kIntegrityHmacSha2_256_128;

constexpr std::uint32_t kClusterAddress = 0xC633'6401;  // 198.51.100.1 (TEST-NET-2, RFC 5737)
constexpr std::uint32_t kPeerAddresses = 0x6440'0000;   // 100.64.0.0/10 (RFC 6598): room for four million
constexpr std::uint32_t kRemoteNetworks = 0x0A00'0000;  // 10.0.0.0/8 in /28: room for a million
constexpr std::uint32_t kVirtualIps = 0xAC10'0000;      // 172.16.0.0/12: room for a million
constexpr std::uint32_t kLocalNetwork = 0xC0A8'0000;    // 192.168.0.0/16
constexpr std::uint32_t kFgcpLink = 0xA9FE'0001;        // 169.254.0.1 and on
constexpr std::uint32_t kStrongswanLink = 0x0A09'0001;  // 10.9.0.1 and 10.9.0.2
constexpr std::uint32_t kOpenbsdLink = 0xC0A8'FE01;     // 192.168.254.1 and 192.168.254.2
constexpr std::uint16_t kIkePort = 500;
constexpr std::uint16_t kNatPort = 4500;

event::Identity fqdn(std::string_view text) {
  return {.type = event::IdentityType::fqdn, .value = {text.begin(), text.end()}};
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

net::IpAddress ipv4(std::uint32_t address) {
  net::IpAddress out;
  out.size = 4;
  for (unsigned i = 0; i < 4; ++i) out.octets.at(i) = static_cast<std::uint8_t>(address >> (24U - 8U * i));
  return out;
}

Timestamp Plan::time(std::int64_t time_us) const {
  constexpr std::int64_t kMicroseconds = 1'000'000;
  return {.seconds = settings_.start_seconds + time_us / kMicroseconds,
          .nanoseconds = static_cast<std::uint32_t>(time_us % kMicroseconds * 1000),
          .digits = 6};
}

void Plan::name_members() {
  for (unsigned member = 0; member < settings_.members; ++member) {
    const auto address = ipv4((is_fgcp() ? kFgcpLink : is_openbsd() ? kOpenbsdLink : kStrongswanLink) + member);
    std::string name = net::to_string(address);
    if (is_fgcp()) {
      name = "SASYNCGEN000000";  // 16 characters, as serial numbers have, and nobody's
      append_number(name, member + 1);
    }
    // Locally administered addresses.
    const std::array<std::uint8_t, 6> mac{0x02, 0x00, 0x00, 0x00, 0x00, static_cast<std::uint8_t>(member + 1)};
    member_names_.push_back(name);
    stations_.push_back({.mac = net::MacAddress::from(mac), .address = address});
  }
}

bool Plan::dialup(std::uint32_t tunnel) const {
  if (scripted(tunnel) != nullptr) return false;
  return dialup_index(tunnel + 1) != dialup_index(tunnel);
}

// As many of the first n as the share asks for, evenly spread.
std::uint32_t Plan::dialup_index(std::uint32_t tunnel) const {
  return static_cast<std::uint32_t>(std::uint64_t{tunnel} * settings_.dialup / kOne);
}

std::uint8_t Plan::version(std::uint32_t tunnel) const {
  if (const auto* connection = scripted(tunnel)) return connection->ike;
  if (settings_.ike == IkeChoice::mixed) return mix64(key_ + tunnel) % 2 == 0 ? 1 : 2;
  return settings_.ike == IkeChoice::version_1 ? 1 : 2;
}

bool Plan::cluster_initiates(std::uint32_t tunnel) const {
  if (const auto* connection = scripted(tunnel)) return connection->initiator == Side::cluster;
  return !dialup(tunnel) && mix64(key_ - tunnel) % 2 == 0;
}

std::size_t Plan::children(std::uint32_t tunnel) const {
  const auto* connection = scripted(tunnel);
  return connection == nullptr ? 1 : connection->children.size();
}

bool Plan::child_is_later(std::uint32_t tunnel, std::size_t child) const {
  const auto* connection = scripted(tunnel);
  return connection != nullptr && connection->children.at(child).later;
}

bool Plan::child_has_secret(std::uint32_t tunnel, bool with_ike_sa) const {
  const auto* connection = scripted(tunnel);
  if (connection == nullptr || !connection->pfs) return false;
  return connection->ike == 1 || !with_ike_sa;
}

void Plan::append_tunnel_name(std::string& out, std::uint32_t tunnel) const {
  if (const auto* connection = scripted(tunnel)) {
    out += connection->name;
  } else if (!dialup(tunnel)) {
    out += "site-";
    append_number(out, tunnel + 1);
  } else {
    out += parent_name();
    if (!is_fgcp()) return;
    out += '_';
    append_number(out, dialup_index(tunnel));
  }
}

void Plan::append_child_name(std::string& out, std::uint32_t tunnel, std::size_t child) const {
  if (const auto* connection = scripted(tunnel)) {
    out += connection->children.at(child).name;
  } else {
    out += "net";
  }
}

event::Host Plan::local(std::uint32_t tunnel) const {
  if (const auto* connection = scripted(tunnel)) return connection->local;
  return {.address = ipv4(kClusterAddress), .port = dialup(tunnel) ? kNatPort : kIkePort};
}

event::Host Plan::remote(std::uint32_t tunnel) const {
  if (const auto* connection = scripted(tunnel)) return connection->remote;
  return {.address = ipv4(kPeerAddresses + 1 + tunnel), .port = dialup(tunnel) ? kNatPort : kIkePort};
}

event::Identity Plan::local_id(std::uint32_t tunnel) const {
  if (const auto* connection = scripted(tunnel)) return connection->local_id;
  return fqdn("gw.example");
}

event::Identity Plan::remote_id(std::uint32_t tunnel) const {
  if (const auto* connection = scripted(tunnel)) return connection->remote_id;
  std::string name = dialup(tunnel) ? "user-" : "site-";
  append_number(name, tunnel + 1);
  name += dialup(tunnel) ? "@example" : ".example";
  auto identity = fqdn(name);
  if (dialup(tunnel)) identity.type = event::IdentityType::rfc822;
  return identity;
}

net::IpAddress Plan::virtual_ip(std::uint32_t tunnel) { return ipv4(kVirtualIps + 1 + tunnel); }

void Plan::selectors(std::uint32_t tunnel, std::size_t child, std::vector<event::Selector>& local_ts,
                     std::vector<event::Selector>& remote_ts) const {
  if (const auto* connection = scripted(tunnel)) {
    local_ts = connection->children.at(child).local_ts;
    remote_ts = connection->children.at(child).remote_ts;
    return;
  }
  constexpr std::uint32_t kHosts16 = 0xFFFF;
  constexpr std::uint32_t kHosts28 = 15;
  const auto network = kRemoteNetworks + tunnel * (kHosts28 + 1);
  local_ts.assign(1, {.from = ipv4(kLocalNetwork), .to = ipv4(kLocalNetwork + kHosts16)});
  if (dialup(tunnel)) {
    remote_ts.assign(1, {.from = virtual_ip(tunnel), .to = virtual_ip(tunnel)});
  } else {
    remote_ts.assign(1, {.from = ipv4(network), .to = ipv4(network + kHosts28)});
  }
}

event::Proposal Plan::ike_proposal(std::uint32_t tunnel) const {
  const auto* connection = scripted(tunnel);
  if (connection != nullptr && connection->proposal) return *connection->proposal;
  constexpr std::uint16_t kBits = 128;
  return {.encryption = kEncryptionAesCbc,
          .encryption_bits = kBits,
          .integrity = kIntegrityHmacSha2_256_128,
          .prf = event::kPrfHmacSha2_256,
          .key_exchange = version(tunnel) == 1 ? event::kKeyExchangeModp2048 : event::kKeyExchangeEcp256};
}

event::Proposal Plan::child_proposal(std::uint32_t tunnel, std::size_t child, bool with_ike_sa) const {
  constexpr std::uint16_t kBits128 = 128;
  constexpr std::uint16_t kBits256 = 256;
  event::Proposal proposal{
      .encryption = kEncryptionAesCbc, .encryption_bits = kBits128, .integrity = kIntegrityHmacSha2_256_128};
  if (dialup(tunnel)) proposal = {.encryption = kEncryptionAesGcm16, .encryption_bits = kBits256};
  const auto* connection = scripted(tunnel);
  if (connection != nullptr) proposal = connection->children.at(child).proposal.value_or(proposal);
  if (child_has_secret(tunnel, with_ike_sa)) proposal.key_exchange = ike_proposal(tunnel).key_exchange;
  return proposal;
}

std::size_t Plan::secret_bytes(std::uint32_t tunnel) const {
  return algorithm(state::AlgorithmKind::dh_group, ike_proposal(tunnel).key_exchange).octets;
}

std::size_t Plan::public_bytes(std::uint32_t tunnel) const {
  return algorithm(state::AlgorithmKind::dh_group, ike_proposal(tunnel).key_exchange).public_octets;
}

event::IkeId Plan::ike_id(std::uint32_t tunnel, Serial ike) const {
  // mix64 is a bijection: two SAs never have the same SPI. Zero would mean "no answer yet".
  const auto initiator = mix64(key_ + ike);
  const auto responder = mix64(~key_ + ike);
  const bool unsaid = !is_fgcp() && settings_.layout < proto::strongswan_ha::Layout::v3a;  // not on the wire there
  return {.initiator_spi = initiator == 0 ? 1 : initiator,
          .responder_spi = responder == 0 ? 1 : responder,
          .version = unsaid ? std::uint8_t{0} : version(tunnel),
          .initiator = by_cluster(ike)};
}

std::uint32_t Plan::spi_in(Serial child) const { return mix32(static_cast<std::uint32_t>(key_) + child); }
std::uint32_t Plan::spi_out(Serial child) const { return mix32(static_cast<std::uint32_t>(key_ >> 32U) ^ child); }

bool Plan::usable(Serial child) const {
  constexpr std::uint32_t kReserved = 256;
  return spi_in(child) >= kReserved && spi_out(child) >= kReserved;
}

}  // namespace sasync::generate
