#pragma once
// Names and shapes of OpenBSD's PF_KEY numbers. Private to the PF_KEY decoder.
// Origin of every number: docs/protocols/pfkeyv2.md.

#include <array>

#include "sasync/proto/pfkey.hpp"

namespace sasync::proto::pfkey {

struct NumberName {
  std::uint16_t number;
  std::string_view name;
};

/// How an extension's value is laid out.
enum class Shape : std::uint8_t {
  raw,
  secret,  ///< raw, and may hold keys
  sa,
  lifetime,
  address,
  key,
  identity,
  selection,
  single,
  udp_encapsulation,
  tag,
  routing_domain,
  interface,
  replay,
  counters,
};

struct ExtensionInfo {
  const char* name;  ///< in JSON
  Shape shape;
  std::uint16_t bytes;  ///< of the whole extension; 0: it varies
};

/// By number; 0 and what lies behind the table is unknown.
inline constexpr std::array<ExtensionInfo, 41> kExtensions{{
    {"", Shape::secret, 0},
    {"sa", Shape::sa, 16},
    {"lifetime_current", Shape::lifetime, 32},
    {"lifetime_hard", Shape::lifetime, 32},
    {"lifetime_soft", Shape::lifetime, 32},
    {"address_src", Shape::address, 0},
    {"address_dst", Shape::address, 0},
    {"address_proxy", Shape::address, 0},
    {"key_auth", Shape::key, 0},
    {"key_encrypt", Shape::key, 0},
    {"identity_src", Shape::identity, 0},
    {"identity_dst", Shape::identity, 0},
    {"sensitivity", Shape::raw, 0},
    {"proposal", Shape::raw, 0},
    {"supported_auth", Shape::raw, 0},
    {"supported_encrypt", Shape::raw, 0},
    {"spirange", Shape::raw, 16},
    {"x_src_mask", Shape::address, 0},
    {"x_dst_mask", Shape::address, 0},
    {"x_protocol", Shape::selection, 8},
    {"x_flow_type", Shape::selection, 8},
    {"x_src_flow", Shape::address, 0},
    {"x_dst_flow", Shape::address, 0},
    {"x_sa2", Shape::sa, 16},
    {"x_dst2", Shape::address, 0},
    {"x_policy", Shape::single, 8},
    {"x_local_credentials", Shape::secret, 0},
    {"x_remote_credentials", Shape::secret, 0},
    {"x_local_auth", Shape::secret, 0},
    {"x_remote_auth", Shape::secret, 0},
    {"x_supported_comp", Shape::raw, 0},
    {"x_udpencap", Shape::udp_encapsulation, 8},
    {"x_lifetime_lastuse", Shape::lifetime, 32},
    {"x_tag", Shape::tag, 0},
    {"x_tap", Shape::single, 8},
    {"x_satype2", Shape::selection, 8},
    {"x_counter", Shape::counters, 72},
    {"x_rdomain", Shape::routing_domain, 8},
    {"x_mtu", Shape::single, 8},
    {"x_replay", Shape::replay, 16},
    {"x_iface", Shape::interface, 16},
}};

/// nullptr for a number that nobody knows.
constexpr const ExtensionInfo* find_extension(std::uint16_t type) {
  return type == 0 || type >= kExtensions.size() ? nullptr : &kExtensions[type];
}

inline constexpr std::array<std::string_view, 17> kTypes{
    "SADB_RESERVED",  "SADB_GETSPI",    "SADB_UPDATE",    "SADB_ADD",         "SADB_DELETE",   "SADB_GET",
    "SADB_ACQUIRE",   "SADB_REGISTER",  "SADB_EXPIRE",    "SADB_FLUSH",       "SADB_DUMP",     "SADB_X_PROMISC",
    "SADB_X_ADDFLOW", "SADB_X_DELFLOW", "SADB_X_GRPSPIS", "SADB_X_ASKPOLICY", "SADB_X_SPDDUMP"};

inline constexpr std::array<NumberName, 10> kSaTypes{{{0, "UNSPEC"},
                                                      {1, "AH"},
                                                      {2, "ESP"},
                                                      {3, "RSVP"},
                                                      {4, "OSPFV2"},
                                                      {5, "RIPV2"},
                                                      {6, "MIP"},
                                                      {7, "X_IPIP"},
                                                      {8, "X_TCPSIGNATURE"},
                                                      {9, "X_IPCOMP"}}};

inline constexpr std::array<NumberName, 4> kStates{{{0, "LARVAL"}, {1, "MATURE"}, {2, "DYING"}, {3, "DEAD"}}};

/// Those of the sources of 2023 first: a kernel of then refuses the others.
inline constexpr std::array<NumberName, 12> kAuths{{{0, "NONE"},
                                                    {2, "HMAC-MD5"},
                                                    {3, "HMAC-SHA1"},
                                                    {5, "HMAC-SHA2-256"},
                                                    {6, "HMAC-SHA2-384"},
                                                    {7, "HMAC-SHA2-512"},
                                                    {8, "HMAC-RIPEMD160"},
                                                    {9, "AES-GMAC-128"},
                                                    {10, "AES-GMAC-192"},
                                                    {11, "AES-GMAC-256"},
                                                    {12, "ChaCha20-Poly1305"},
                                                    {4, "DES-MAC"}}};
inline constexpr std::array<NumberName, 2> kOldAuths{{{249, "keyed-MD5"}, {250, "keyed-SHA1"}}};

inline constexpr std::array<NumberName, 12> kEncrypts{{{0, "NONE"},
                                                       {3, "3DES-CBC"},
                                                       {6, "CAST"},
                                                       {7, "Blowfish"},
                                                       {11, "NULL"},
                                                       {12, "AES-CBC"},
                                                       {13, "AES-CTR"},
                                                       {18, "AES-GCM-8"},
                                                       {19, "AES-GCM-12"},
                                                       {20, "AES-GCM-16"},
                                                       {21, "AES-GMAC"},
                                                       {22, "ChaCha20-Poly1305"}}};
inline constexpr std::array<NumberName, 1> kOldEncrypts{{{2, "DES-CBC"}}};

inline constexpr std::array<NumberName, 4> kCompressions{{{0, "NONE"}, {1, "OUI"}, {2, "DEFLATE"}, {3, "LZS"}}};

inline constexpr std::array<NumberName, 6> kFlowTypes{
    {{1, "USE"}, {2, "ACQUIRE"}, {3, "REQUIRE"}, {4, "BYPASS"}, {5, "DENY"}, {6, "DONTACQ"}}};

inline constexpr std::uint8_t kDirectionIn = 1;
inline constexpr std::uint8_t kDirectionOut = 2;
inline constexpr std::array<NumberName, 2> kDirections{{{kDirectionIn, "IN"}, {kDirectionOut, "OUT"}}};

inline constexpr std::array<NumberName, 4> kIdentityTypes{{{kIdentityPrefix, "prefix"},
                                                           {kIdentityFqdn, "fqdn"},
                                                           {kIdentityUserFqdn, "user_fqdn"},
                                                           {kIdentityAsn1Dn, "asn1_dn"}}};

inline constexpr std::array<FlagName, 8> kSaFlags{{{0, "PFS"},
                                                   {1, "HALFIV"},
                                                   {2, "TUNNEL"},
                                                   {3, "CHAINDEL"},
                                                   {7, "RANDOMPADDING"},
                                                   {8, "NOREPLAY"},
                                                   {9, "UDPENCAP"},
                                                   {10, "ESN"}}};
inline constexpr std::array<FlagName, 1> kFlowFlags{{{0, "STATIC_POLICY"}}};

template <std::size_t Size>
constexpr std::string_view name_in(const std::array<NumberName, Size>& names, std::uint64_t number) {
  for (const auto& entry : names) {
    if (entry.number == number) return entry.name;
  }
  return {};
}

}  // namespace sasync::proto::pfkey
