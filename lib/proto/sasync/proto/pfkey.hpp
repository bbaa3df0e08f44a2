#pragma once
// PF_KEYv2 (RFC 2367) with OpenBSD's numbers, as sasyncd carries it: a base header and extensions, all in units of
// eight bytes, integers in the sender's own byte order. Not a protocol of the table: it has no carrier of its own.
// Described in docs/protocols/pfkeyv2.md.

#include <array>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "sasync/base/result.hpp"
#include "sasync/base/text.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/net/address.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::proto::pfkey {

inline constexpr std::size_t kUnitBytes = 8;
inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::uint8_t kVersion = 2;
/// In one message. OpenBSD has 40 types, each at most once.
inline constexpr std::size_t kExtensionsMax = 128;

enum class Type : std::uint8_t {
  reserved = 0,
  getspi = 1,
  update = 2,
  add = 3,
  delete_ = 4,
  get = 5,
  acquire = 6,
  register_ = 7,
  expire = 8,
  flush = 9,
  dump = 10,
  x_promisc = 11,
  x_addflow = 12,
  x_delflow = 13,
  x_grpspis = 14,
  x_askpolicy = 15,
  x_spddump = 16,
};

enum class SaType : std::uint8_t { unspecified = 0, ah = 1, esp = 2, ipip = 7, tcp_signature = 8, ipcomp = 9 };

enum class ExtensionType : std::uint16_t {
  sa = 1,
  lifetime_current = 2,
  lifetime_hard = 3,
  lifetime_soft = 4,
  address_src = 5,
  address_dst = 6,
  address_proxy = 7,
  key_auth = 8,
  key_encrypt = 9,
  identity_src = 10,
  identity_dst = 11,
  sensitivity = 12,
  proposal = 13,
  supported_auth = 14,
  supported_encrypt = 15,
  spirange = 16,
  x_src_mask = 17,
  x_dst_mask = 18,
  x_protocol = 19,
  x_flow_type = 20,
  x_src_flow = 21,
  x_dst_flow = 22,
  x_sa2 = 23,
  x_dst2 = 24,
  x_policy = 25,
  x_local_credentials = 26,
  x_remote_credentials = 27,
  x_local_auth = 28,
  x_remote_auth = 29,
  x_supported_comp = 30,
  x_udpencap = 31,
  x_lifetime_lastuse = 32,
  x_tag = 33,
  x_tap = 34,
  x_satype2 = 35,
  x_counter = 36,
  x_rdomain = 37,
  x_mtu = 38,
  x_replay = 39,
  x_iface = 40,
};

/// Bits of Sa::flags.
inline constexpr std::uint32_t kFlagTunnel = 0x004;
inline constexpr std::uint32_t kFlagUdpEncapsulation = 0x200;
inline constexpr std::uint32_t kFlagEsn = 0x400;

/// Identity::type.
inline constexpr std::uint16_t kIdentityPrefix = 1;
inline constexpr std::uint16_t kIdentityFqdn = 2;
inline constexpr std::uint16_t kIdentityUserFqdn = 3;
inline constexpr std::uint16_t kIdentityAsn1Dn = 4;

inline constexpr std::uint8_t kStateMature = 1;
inline constexpr std::uint8_t kReplayWindowMax = 64;

struct Sa {
  std::uint32_t spi = 0;
  std::uint8_t replay = 0;  ///< window in packets, no counter
  std::uint8_t state = 0;
  std::uint8_t auth = 0;
  std::uint8_t encrypt = 0;  ///< IPCOMP: the compression
  std::uint32_t flags = 0;
};
struct Lifetime {
  std::uint32_t allocations = 0;
  std::uint64_t bytes = 0, addtime = 0, usetime = 0;
};
/// A BSD sockaddr behind four reserved bytes.
struct Address {
  std::uint32_t reserved = 0;
  std::uint8_t length = 0, family = 0;
  std::uint16_t port = 0;
  std::uint32_t flow_info = 0;  ///< IPv6; as it stands on the wire, in network order
  Bytes address{};              ///< 4 or 16 bytes; none of an unknown family
  Bytes rest{};                 ///< sin_zero; scope and padding; of an unknown family all behind the port
};
struct Key {
  std::uint16_t bits = 0;
  std::uint16_t reserved = 0;
  Bytes key{};
  Bytes padding{};
};
struct Identity {
  std::uint16_t type = 0;
  std::uint16_t reserved = 0;
  std::uint64_t id = 0;
  Bytes text{};
  Bytes padding{};  ///< from the closing zero byte on
};
/// X_PROTOCOL, X_FLOW_TYPE, X_SATYPE2.
struct Selection {
  std::uint8_t number = 0, direction = 0, flags = 0, reserved = 0;
};
/// X_POLICY, X_TAP, X_MTU.
struct Single {
  std::uint32_t value = 0;
};
struct UdpEncapsulation {
  std::uint16_t port = 0;
  std::uint16_t reserved = 0;
};
struct Tag {
  std::uint32_t length = 0;  ///< of the name, with its closing zero byte
  Bytes name{};              ///< without it
  Bytes padding{};           ///< from it on
};
struct RoutingDomain {
  std::uint16_t before = 0, after = 0;
};
struct Interface {
  std::uint32_t unit = 0;
  std::uint8_t direction = 0;
  Bytes reserved{};
};
struct ReplayCounter {
  std::uint32_t reserved = 0;
  std::uint64_t counter = 0;
};
struct Counters {
  std::uint32_t padding = 0;
  /// Packets in, out; bytes in, out; drops in, out; bytes decompressed, uncompressed.
  std::array<std::uint64_t, 8> values{};
};

/// Bytes: of an extension that nobody knows, or that sasyncd never carries.
using Value = std::variant<Bytes, Sa, Lifetime, Address, Key, Identity, Selection, Single, UdpEncapsulation, Tag,
                           RoutingDomain, Interface, ReplayCounter, Counters>;

struct Extension {
  /// In place: as an aggregate the whole of it would be zeroed first, which takes longer than reading it.
  explicit Extension(std::uint16_t type_number) : type(type_number) {}

  std::uint16_t type = 0;
  std::uint32_t offset = 0;  ///< of its length field
  std::uint32_t length = 0;  ///< in bytes
  Value value{};
};

struct Header {
  std::uint8_t version = kVersion;
  std::uint8_t type = 0;
  std::uint8_t error = 0;
  std::uint8_t satype = 0;
  std::uint16_t length = 0;  ///< in units of eight bytes
  std::uint16_t reserved = 0;
  std::uint32_t seq = 0;
  std::uint32_t pid = 0;
};

struct Message {
  bool little_endian = true;
  std::uint32_t offset = 0;  ///< of the header in what carries it
  Header header;
  std::vector<Extension> extensions;

  template <class T>
  [[nodiscard]] const T* find(ExtensionType type) const {
    for (const auto& extension : extensions) {
      if (extension.type == static_cast<std::uint16_t>(type)) return std::get_if<T>(&extension.value);
    }
    return nullptr;
  }
  [[nodiscard]] bool has(ExtensionType type) const;
};

/// `in` is one message; `offset` is where it begins in what carries it, and is added to the offset of every error.
/// Automatic: that order in which the length field fits.
DecodeStatus decode(Bytes in, ByteOrder order, std::size_t offset, Message& message);
/// Gives back the very bytes of every message that decoded.
void encode(const Message& message, Writer& writer);
/// What a kernel will refuse, though it is well-formed. True when the kernel of a receiver does.
bool append_notes(const Message& message, std::vector<Note>& notes);
/// Every field has its place in what carries the message.
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);

/// "SADB_ADD"; empty for a number that has none.
std::string_view type_name(std::uint8_t type);

/// The address of a sockaddr, or none.
net::IpAddress ip_address(const Address& address);

/// IANA's IKEv2 transform numbers of OpenBSD's algorithms, and back; nothing where there is none.
std::optional<std::uint16_t> integrity_transform(std::uint8_t auth);
std::optional<std::uint16_t> encryption_transform(std::uint8_t encrypt);
std::optional<std::uint8_t> auth_of(std::uint16_t integrity);
std::optional<std::uint8_t> encrypt_of(std::uint16_t encryption);
/// The key of this cipher ends in four bytes of salt.
bool has_salt(std::uint8_t encrypt);

}  // namespace sasync::proto::pfkey
