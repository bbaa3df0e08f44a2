#pragma once
// IKE: version 1 (RFC 2407, 2408, 2409) and version 2 (RFC 7296 and its extensions), on UDP 500 and, behind a non-ESP
// marker, on UDP 4500 (RFC 3948). Described in docs/protocols/ike.md.
//
// One struct serves both versions where their layouts are alike; the comments say which fields belong to one only.
// What the protocol reserves is kept as it came, so that every message is written back exactly.

#include <array>
#include <variant>

#include "sasync/base/reader.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::proto::ike {

inline constexpr std::size_t kHeaderBytes = 28;
inline constexpr std::size_t kSpiBytes = 8;

// Limits: what is beyond them is malformed. A datagram's size bounds them anyway; these bound what one is worth.
inline constexpr std::size_t kPayloadsMax = 256;    ///< in one message
inline constexpr std::size_t kProposalsMax = 128;   ///< in one SA payload
inline constexpr std::size_t kTransformsMax = 255;  ///< in one proposal: their count has eight bits
inline constexpr std::size_t kAttributesMax = 256;  ///< in one transform or configuration payload
inline constexpr std::size_t kSelectorsMax = 255;   ///< in one traffic selector payload: their count has eight bits

/// Payload types. The two versions share no number.
enum class PayloadType : std::uint8_t {
  none = 0,
  // IKEv1 (RFC 2408 section 3.1, RFC 3947 section 3.2, draft-dukes-ike-mode-cfg)
  v1_security_association = 1,
  v1_proposal = 2,   ///< inside SA only
  v1_transform = 3,  ///< inside SA only
  v1_key_exchange = 4,
  v1_identification = 5,
  v1_certificate = 6,
  v1_certificate_request = 7,
  v1_hash = 8,
  v1_signature = 9,
  v1_nonce = 10,
  v1_notification = 11,
  v1_delete = 12,
  v1_vendor_id = 13,
  v1_attributes = 14,
  v1_nat_d = 20,
  v1_nat_oa = 21,
  v1_nat_d_draft = 130,
  v1_nat_oa_draft = 131,
  v1_fragment = 132,
  // IKEv2 (RFC 7296 section 3.2)
  security_association = 33,
  key_exchange = 34,
  identification_initiator = 35,
  identification_responder = 36,
  certificate = 37,
  certificate_request = 38,
  authentication = 39,
  nonce = 40,
  notify = 41,
  delete_ = 42,
  vendor_id = 43,
  traffic_selector_initiator = 44,
  traffic_selector_responder = 45,
  encrypted = 46,
  configuration = 47,
  eap = 48,
  secure_password = 49,       ///< RFC 6467
  group_identification = 50,  ///< RFC 9838, as the next two
  group_security_association = 51,
  key_download = 52,
  encrypted_fragment = 53,  ///< RFC 7383
  puzzle_solution = 54,     ///< RFC 8019
};

/// Exchange types. The two versions share no number.
enum class ExchangeType : std::uint8_t {
  v1_base = 1,
  v1_identity_protection = 2,  ///< main mode
  v1_authentication_only = 3,
  v1_aggressive = 4,
  v1_informational = 5,
  v1_transaction = 6,  ///< configuration and XAUTH
  v1_quick_mode = 32,
  v1_new_group_mode = 33,
  ike_sa_init = 34,
  ike_auth = 35,
  create_child_sa = 36,
  informational = 37,
  ike_session_resume = 38,
  ike_intermediate = 43,
  ike_followup_ke = 44,
};

// Header flags (RFC 7296 section 3.1, RFC 2408 section 3.1).
inline constexpr std::uint8_t kFlagInitiator = 0x08;  ///< IKEv2: from the original initiator
inline constexpr std::uint8_t kFlagVersion = 0x10;
inline constexpr std::uint8_t kFlagResponse = 0x20;
inline constexpr std::uint8_t kFlagV1Encryption = 0x01;
inline constexpr std::uint8_t kFlagV1Commit = 0x02;
inline constexpr std::uint8_t kFlagV1AuthenticationOnly = 0x04;

inline constexpr std::uint8_t kPayloadCritical = 0x80;  ///< IKEv2 generic payload header

// Notify message types that RFC 6311 adds.
inline constexpr std::uint16_t kMessageIdSyncSupported = 16420;
inline constexpr std::uint16_t kReplayCounterSyncSupported = 16421;
inline constexpr std::uint16_t kMessageIdSync = 16422;
inline constexpr std::uint16_t kReplayCounterSync = 16423;

/// Data attribute (RFC 2408 section 3.3, RFC 7296 section 3.3.5 and 3.15.1).
struct Attribute {
  std::uint32_t offset = 0;
  std::uint16_t type = 0;   ///< with its top bit, as on the wire
  bool is_short = false;    ///< the value stands in place of the length
  std::uint16_t value = 0;  ///< of a short one
  Bytes data{};             ///< of a long one
  /// Without the bit that says which of the two it is.
  [[nodiscard]] std::uint16_t number() const { return type & 0x7FFFU; }
};

/// RFC 7296 section 3.3.2, RFC 2408 section 3.6.
struct Transform {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint8_t more = 0;  ///< 3, or 0 in the last
  std::uint8_t reserved = 0;
  std::uint8_t type = 0;        ///< IKEv1: the transform's number
  std::uint16_t id = 0;         ///< IKEv1: eight bits
  std::uint16_t reserved2 = 0;  ///< IKEv2: eight bits
  std::vector<Attribute> attributes;
};

/// RFC 7296 section 3.3.1, RFC 2408 section 3.5.
struct Proposal {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint8_t more = 0;  ///< 2, or 0 in the last
  std::uint8_t reserved = 0;
  std::uint8_t number = 0;
  std::uint8_t protocol = 0;
  Bytes spi;
  std::vector<Transform> transforms;
};

/// What has no structure of its own, or none that anybody knows: nonce, hash, signature, vendor ID, SK (IV, ciphertext
/// and ICV, whose lengths the negotiated algorithms give), unknown types.
struct Opaque {
  Bytes data;
};
struct SecurityAssociation {
  std::uint32_t doi = 0;        ///< IKEv1
  std::uint32_t situation = 0;  ///< IKEv1
  Bytes unread;                 ///< IKEv1: all after a DOI or situation that says nothing about what follows
  std::vector<Proposal> proposals;
};
struct KeyExchange {
  std::uint16_t group = 0;     ///< IKEv2
  std::uint16_t reserved = 0;  ///< IKEv2
  Bytes data;
};
struct Identification {
  std::uint8_t type = 0;
  std::uint8_t protocol = 0;  ///< reserved in IKEv2
  std::uint16_t port = 0;     ///< reserved in IKEv2
  Bytes data;
};
/// Certificate and certificate request.
struct Certificate {
  std::uint8_t encoding = 0;
  Bytes data;
};
struct Authentication {
  std::uint8_t method = 0;
  Bytes reserved;  ///< three
  Bytes data;
};
struct Notification {
  std::uint32_t doi = 0;  ///< IKEv1
  std::uint8_t protocol = 0;
  std::uint16_t type = 0;
  Bytes spi;
  Bytes data;
};
struct Deletion {
  std::uint32_t doi = 0;  ///< IKEv1
  std::uint8_t protocol = 0;
  std::uint8_t spi_size = 0;
  std::uint16_t count = 0;
  Bytes spis;  ///< `count` times `spi_size`
};
struct TrafficSelector {
  std::uint32_t offset = 0;
  std::uint8_t type = 0;
  std::uint8_t protocol = 0;
  std::uint16_t from_port = 0, to_port = 0;  ///< of types 7 and 8, as the addresses
  Bytes from{}, to{};
  Bytes data{};  ///< of any other type: all after its length
};
struct TrafficSelectors {
  Bytes reserved;  ///< three
  std::vector<TrafficSelector> selectors;
};
struct Configuration {
  std::uint8_t type = 0;
  std::uint8_t reserved = 0;
  std::uint16_t identifier = 0;  ///< reserved in IKEv2
  std::vector<Attribute> attributes;
};
struct Eap {
  std::uint8_t code = 0;
  std::uint8_t identifier = 0;
  Bytes data;  ///< type and type data of requests and responses
};
/// RFC 7383 section 2.5.
struct EncryptedFragment {
  std::uint16_t number = 0;  ///< from 1
  std::uint16_t total = 0;
  Bytes data;  ///< IV, ciphertext and ICV
};
/// IKEv1 NAT-OA (RFC 3947 section 5.2).
struct OriginalAddress {
  std::uint8_t type = 0;
  Bytes reserved;  ///< three
  Bytes address;
};
/// IKEv1 fragment of a whole message (the "FRAGMENTATION" vendor ID).
struct Fragment {
  std::uint16_t id = 0;
  std::uint8_t number = 0;  ///< from 1
  std::uint8_t flags = 0;   ///< 1: the last
  Bytes data;
};

using Body =
    std::variant<Opaque, SecurityAssociation, KeyExchange, Identification, Certificate, Authentication, Notification,
                 Deletion, TrafficSelectors, Configuration, Eap, EncryptedFragment, OriginalAddress, Fragment>;

struct Payload {
  PayloadType type{};
  PayloadType next{};        ///< of SK and SKF: the first payload inside
  std::uint8_t flags = 0;    ///< IKEv2: kPayloadCritical; all else is reserved
  std::uint32_t offset = 0;  ///< of the generic payload header
  std::uint32_t length = 0;  ///< generic payload header included
  Body body{};
};

/// What stands in place of, or before, the IKE header (RFC 3948 sections 2.2 and 2.3).
enum class Framing : std::uint8_t { none, non_esp_marker, keepalive };

struct Message {
  Framing framing = Framing::none;
  Bytes bytes;  ///< the IKE message as it came, without the marker: integrity is computed over it
  Bytes initiator_spi, responder_spi;
  PayloadType next_payload{};
  std::uint8_t version = 0;  ///< major in the upper half, minor in the lower
  std::uint8_t exchange_type = 0;
  std::uint8_t flags = 0;
  std::uint32_t message_id = 0;
  std::uint32_t length = 0;
  std::vector<Payload> payloads;
  Bytes encrypted;  ///< IKEv1 with the encryption flag: all after the header
  /// The payloads inside SK, SKF or `encrypted`, from whoever has the keys and keeps them (show_decrypted); describe()
  /// and summarize() show them, all at the offset of the ciphertext. Their own offsets count in the plaintext.
  std::optional<std::span<const Payload>> decrypted;
  std::vector<Note> notes;

  [[nodiscard]] std::uint8_t major_version() const { return version >> 4U; }
  [[nodiscard]] bool is(ExchangeType type) const { return exchange_type == static_cast<std::uint8_t>(type); }
  /// First payload of that type, or nullptr.
  [[nodiscard]] const Payload* find(PayloadType type) const;
};

struct State {};

/// What the port says: a hint for decode(). `any` looks at the bytes.
inline constexpr std::uint32_t kHintAny = 0;
inline constexpr std::uint32_t kHintPlain = 1;   ///< UDP 500: no marker
inline constexpr std::uint32_t kHintMarker = 2;  ///< UDP 4500: a marker or a keepalive, else it is ESP

/// Offsets count from the first byte of the UDP payload, so from the marker where there is one.
DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
/// Adds what was decrypted, which must live as long as the message is looked at, and the notes about it.
void show_decrypted(Message& message, std::span<const Payload> payloads);
/// Offset of the payload, or in IKEv1 of the bytes, in which decrypted payloads were.
std::size_t encrypted_offset(const Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);
/// The header as an event of the outside link; nothing for a keepalive, or when the header is not whole.
std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin);

/// A chain of payloads, as after the header or inside SK: reads until a payload says that none follows (or is SK or
/// SKF), and leaves what is behind it in `in`. What was read before a fault is in `payloads`.
void decode_payloads(Reader& in, std::uint8_t major_version, PayloadType first, std::vector<Payload>& payloads);
/// Writes them with the "next payload" fields and lengths that they need; `flags` and reserved fields as they are.
void encode_payloads(std::span<const Payload> payloads, std::uint8_t major_version, Writer& out);

/// Names in the spelling of the RFC or of IANA's registry; empty when there is none.
std::string_view payload_name(PayloadType type);
std::string_view exchange_name(std::uint8_t exchange_type);
std::string_view notify_name(std::uint8_t major_version, std::uint16_t type);
/// What vendor a vendor ID stands for.
std::string_view vendor_name(Bytes vendor_id);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);
/// Tells by the port whether a marker is expected; what is ESP on UDP 4500 is not accepted.
std::unique_ptr<Tracker> make_tracker(const DecodeOptions& options);

}  // namespace sasync::proto::ike
