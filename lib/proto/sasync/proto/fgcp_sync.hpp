#pragma once
// `fgcp-sync`, "sasync-ref/1, not FortiOS": our own reference encoding of what FGCP members tell each other about IKE
// and IPsec SAs. FortiOS's own format is not public; nothing here claims to read it. Specified in
// docs/protocols/fgcp-sync.md.
//
// UDP port 703, plain or inside an 0x8893 frame. One message a datagram: a fixed header, TLVs, and, when authenticated,
// a trailer. All integers are little-endian. A payload without our magic is FortiOS's (or anybody's): it is shown by
// its length and never interpreted.

#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/event/event.hpp"
#include "sasync/proto/protocol.hpp"

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX

namespace sasync::proto::fgcp_sync {

inline constexpr std::string_view kProtocolName = "fgcp-sync";
inline constexpr std::string_view kLayoutName = "sasync-ref/1";
/// For everything that people read.
inline constexpr std::string_view kEncodingName = "sasync-ref/1 (not FortiOS)";

inline constexpr std::uint16_t kUdpPort = 703;
inline constexpr std::array<std::uint8_t, 4> kMagic{0xD5, 'S', 'A', 'R'};
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 36;
inline constexpr std::size_t kAuthenticatorBytes = 32;
inline constexpr std::size_t kSerialNumberBytes = 16;
/// What one IPv4 UDP datagram holds. There is no fragmentation above it.
inline constexpr std::size_t kMessageBytesMax = 65'507;

/// Bits of Header::flags. The others are zero; what else comes is kept and noted.
inline constexpr std::uint8_t kAuthenticated = 1U << 0U;  ///< the last 32 bytes are the authenticator
inline constexpr std::uint8_t kResync = 1U << 1U;         ///< part of the answer to a resync request

/// Message types by number. There is none for the MTU, which is not synchronized (FG-17).
struct MessageType {
  std::uint8_t number;
  event::Kind kind;
  std::string_view name;
};
std::span<const MessageType> message_types();

/// TLV types by number. The name is the field's JSON name. A type has one format in all messages.
struct TlvType {
  std::uint16_t number;
  event::Field field;
  std::string_view format;  ///< as the specification names it
  bool repeats;             ///< one TLV for each element of a list
  bool operator==(const TlvType&) const = default;
};
std::span<const TlvType> tlv_types();

struct Header {
  std::uint8_t version = kVersion;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint8_t virtual_cluster = 0;  ///< from 1; 0: not said
  std::uint16_t group_id = 0;
  std::uint16_t length = 0;  ///< of the whole message, header and authenticator included
  std::array<std::uint8_t, kSerialNumberBytes> serial_number{};  ///< ASCII, padded with zeros
  std::uint32_t sequence = 0;                                    ///< of the sender's messages to the cluster
  std::uint32_t crc32c = 0;
};

struct Tlv {
  std::uint16_t type = 0;
  std::uint32_t offset = 0;  ///< of its type
  Bytes value;
};

enum class Authentication : std::uint8_t { absent, not_checked, verified, failed };

/// Its views point into the decoded bytes, or into the message itself: it can be moved, not copied.
struct Message {
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  Message(Message&&) = default;
  Message& operator=(Message&&) = default;
  ~Message() = default;

  bool foreign = false;  ///< no magic: `payload` is all there is
  bool faulty = false;   ///< decode() found a fault: what is here is what could be read
  Bytes payload;
  Header header;
  std::size_t header_bytes = 0;                                   ///< how much of the header was read
  std::vector<Tlv> tlvs;                                          ///< in wire order
  std::array<std::uint8_t, kAuthenticatorBytes> authenticator{};  ///< with kAuthenticated
  Authentication authentication = Authentication::absent;
  /// What the TLVs say. Absent for a foreign payload, an unknown type, and after a fault.
  std::optional<event::Body> body;
  std::vector<Note> notes;
  std::vector<std::uint8_t> storage;  ///< the bytes, when from_event made them

  [[nodiscard]] bool authenticated() const { return (header.flags & kAuthenticated) != 0; }
};

/// The key of HMAC-SHA-256, made of the cluster password by HKDF-SHA-256 (RFC 5869).
class MessageKey {
 public:
  /// Throws std::runtime_error when OpenSSL lacks an algorithm.
  explicit MessageKey(std::string_view password);
  [[nodiscard]] std::array<std::uint8_t, kAuthenticatorBytes> sign(std::span<const Bytes> pieces) const;

 private:
  std::shared_ptr<evp_mac_ctx_st> context_;  // used by one thread at a time
};

struct State {
  std::optional<MessageKey> key;  ///< absent: messages are not authenticated, and authentication is not checked
};
State make_state(const DecodeOptions& options);

/// Faults are looked for in this order: header, length, checksum, authentication, TLVs, missing fields. What can be
/// read is in the message all the same.
DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);

/// The event that a decoded message is. An unknown type is a sync_error (unknown_type); a foreign payload and a message
/// with a fault are none.
std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin);
/// The sync_error that a message with a fault is to its receiver. bad_length counts as ha.sync.rx.len.bad: found_length
/// is what the length field says, expected_length what would have fitted.
event::SyncEvent to_event(const Message& message, const DecodeError& fault, const net::Origin& origin);

/// Makes the messages that say events, one after another, reusing its memory. Authenticated when the state has a key.
class EventEncoder {
 public:
  explicit EventEncoder(State state) : state_(std::move(state)) {}

  /// The message's bytes, valid until the next call; or why there is no message: the kind has none, the member's name
  /// does not fit into 16 bytes, or it would be longer than a datagram.
  /// Not carried: provenance (what is on the wire was said), and key material whose octets are unknown. An absent group
  /// or sequence number becomes 0.
  std::expected<Bytes, std::string_view> encode(const event::SyncEvent& event);

 private:
  State state_;
  Writer tlvs_, message_;
};

/// The same, as a message that owns its bytes.
std::expected<void, std::string_view> from_event(const event::SyncEvent& event, const State& state, Message& message);

/// CRC-32C (Castagnoli, as iSCSI has it: RFC 3720 appendix B.4) of a whole message, its checksum field taken as zero.
/// `message` has at least a header.
std::uint32_t checksum(Bytes message);
/// The same of a message in pieces, which have zeros for the checksum.
std::uint32_t checksum(std::span<const Bytes> pieces);

}  // namespace sasync::proto::fgcp_sync
