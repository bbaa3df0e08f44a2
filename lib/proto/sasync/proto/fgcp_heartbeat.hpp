#pragma once
// FGCP heartbeat (EtherType 0x8890): a fixed header, then TLVs or an encrypted payload, then an authentication trailer.
// All integers are little-endian. Described in docs/protocols/fgcp-frames.md, which rests on Wireshark's dissector.

#include <memory>
#include <optional>
#include <vector>

#include "sasync/proto/protocol.hpp"

namespace sasync::proto::fgcp_heartbeat {

inline constexpr std::size_t kHeaderBytes = 88;
inline constexpr std::size_t kAuthenticationBytes = 32;
inline constexpr std::size_t kInterfaceRecordBytes = 23;

/// What the interface inventories of one message may inflate to: over 11,000 interfaces.
inline constexpr std::size_t kInflatedBytesMax = std::size_t{256} * 1024;
/// What may follow the announced interfaces in one inventory: enough for fields nobody knows of, and too little for a
/// bomb.
inline constexpr std::size_t kTrailingBytesMax = 4096;
/// Inflated inventories that are kept for the next heartbeat with the same bytes, and their memory.
inline constexpr std::size_t kCachedInventoriesMax = 256;
inline constexpr std::size_t kCachedBytesMax = std::size_t{16} * 1024 * 1024;

/// Bits of Message::flags.
inline constexpr std::uint8_t kEncrypted = 1U << 0U;
inline constexpr std::uint8_t kAuthenticated = 1U << 1U;

/// Bits of Interface::flags.
inline constexpr std::uint8_t kAdminUp = 1U << 0U;
inline constexpr std::uint8_t kLinkUp = 1U << 1U;
inline constexpr std::uint8_t kLinkMonitored = 1U << 2U;
inline constexpr std::uint8_t kHaEligible = 1U << 3U;

/// The types that have a name. Others are normal: the set grows.
enum class TlvType : std::uint16_t {
  end = 0x0000,
  vcluster_id = 0x000B,
  priority = 0x000C,
  override_flag = 0x000D,
  interface_inventory = 0x002A,
  ha_checksums = 0x003C,
};

struct Interface {
  Bytes name;  ///< 16 bytes, padded with zeros
  net::MacAddress mac;
  std::uint8_t flags = 0;
};

/// An interface inventory, inflated. It is shared between the messages that carry the same bytes.
struct Inventory {
  Inventory() = default;
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  std::vector<std::uint8_t> wire;  ///< the TLV's value that it was read from
  std::vector<std::uint8_t> inflated;
  std::vector<Interface> interfaces;   ///< views into `inflated`; as many as announced
  std::size_t interfaces_up = 0;       ///< those with the link up
  Bytes trailing;                      ///< inflated bytes after the last record
  std::size_t after_stream_bytes = 0;  ///< at the end of the value, after the compressed stream
  std::optional<DecodeError> fault;    ///< its offset counts from the first byte of the value; then the rest is empty
};

/// Keeps inflated inventories, so that only an inventory that changed is inflated. Broken ones are kept too: a sender
/// cannot make the decoder inflate the same bomb again and again.
class InventoryCache {
 public:
  InventoryCache();
  InventoryCache(InventoryCache&&) noexcept;
  InventoryCache& operator=(InventoryCache&&) noexcept;
  ~InventoryCache();

  /// `value` is the TLV's value, at least its two-byte count.
  std::shared_ptr<const Inventory> find_or_inflate(Bytes value);

 private:
  class Inflater;
  std::shared_ptr<const Inventory> make_inventory(Bytes value);

  std::unique_ptr<Inflater> inflater_;
  std::vector<std::shared_ptr<const Inventory>> slots_;
  std::size_t bytes_ = 0;
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
