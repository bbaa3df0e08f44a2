#pragma once
// FGCP heartbeat (EtherType 0x8890): a fixed header, then TLVs or an encrypted payload, then an authentication trailer.
// All integers are little-endian. Described in docs/protocols/fgcp-frames.md, which rests on Wireshark's dissector.

#include <memory>
#include <optional>
#include <vector>

#include "sasync/proto/fgcp_heartbeat_inventory.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::proto::fgcp_heartbeat {

inline constexpr std::size_t kHeaderBytes = 88;
inline constexpr std::size_t kAuthenticationBytes = 32;

/// Bits of Message::flags.
inline constexpr std::uint8_t kEncrypted = 1U << 0U;
inline constexpr std::uint8_t kAuthenticated = 1U << 1U;

/// The types that have a name. Others are normal: the set grows.
enum class TlvType : std::uint16_t {
  end = 0x0000,
  vcluster_id = 0x000B,
  priority = 0x000C,
  override_flag = 0x000D,
  interface_inventory = 0x002A,
  ha_checksums = 0x003C,
};

struct Tlv {
  std::uint16_t type = 0;
  bool has_known_layout = false;  ///< a type with a name, and the length that it should have
  std::uint32_t offset = 0;       ///< of the TLV's header
  Bytes value;
  std::shared_ptr<const Inventory> inventory;  ///< of an interface inventory without a fault

  [[nodiscard]] bool is(TlvType wanted) const { return type == static_cast<std::uint16_t>(wanted); }
};

/// TLV type 0, and what follows it.
struct EndOfTlvs {
  std::uint32_t offset = 0;
  std::uint16_t length = 0;  ///< as the TLV's header has it; 0 is expected
  Bytes after;
};

struct Message {
  std::uint16_t magic = 0;
  std::uint8_t mode = 0;
  std::uint8_t flags = 0;
  Bytes group_name;  ///< this and the other texts: the whole field of fixed width
  Bytes unknown_36;
  std::uint16_t group_id = 0;
  Bytes unknown_40;
  Bytes port_name;
  std::uint16_t revision = 0;
  Bytes unknown_70;
  Bytes serial_number;

  std::size_t header_bytes = 0;  ///< how much of the header was read
  bool is_fgcp = true;  ///< false: another protocol uses the EtherType; nothing but `payload` and `notes` counts
  Bytes payload;        ///< of another protocol: all of it

  std::vector<Tlv> tlvs;  ///< in wire order, without the end
  std::optional<EndOfTlvs> end;
  Bytes encrypted_payload;
  std::uint32_t authentication_offset = 0;
  Bytes authentication;
  std::vector<Note> notes;

  [[nodiscard]] bool encrypted() const { return (flags & kEncrypted) != 0; }
  [[nodiscard]] bool authenticated() const { return (flags & kAuthenticated) != 0; }
};

struct State {
  InventoryCache inventories;
};

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);
/// Nothing for what is another protocol's, or has no whole header.
std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);

/// The text of a field of fixed width: what stands before its first zero byte.
std::string_view text_of(Bytes padded);
/// True when a whole header is there and its texts are texts: evidence that the sender speaks FGCP.
bool is_plausible(Bytes in);

}  // namespace sasync::proto::fgcp_heartbeat
