#pragma once
// strongSwan's HA plugin: one message a UDP datagram (port 4510), a version byte, a type byte, and attributes of
// number and value without a length. Described in docs/protocols/strongswan-ha.md.
//
// The version byte does not tell the attribute numbering: versions 2 and 3 have several. A message is therefore decoded
// with a layout, which belongs to a sender; the tracker finds it out.

#include <optional>
#include <variant>

#include "sasync/event/event.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::proto::strongswan_ha {

/// Attribute numberings, named as in the documentation. Versions 4 and 5 share one.
enum class Layout : std::uint8_t { v1, v2a, v2b, v3a, v3b, v3c, v4, v5 };

std::string_view layout_name(Layout layout);
std::optional<Layout> find_layout(std::string_view name);
/// The version byte that senders of that layout write.
std::uint8_t version_of(Layout layout);

/// Message types by the numbers of versions 3 to 5; `unknown` is any other number.
enum class MessageType : std::uint8_t {
  unknown = 0,
  ike_add = 1,
  ike_update = 2,
  ike_mid_initiator = 3,
  ike_mid_responder = 4,
  ike_delete = 5,
  child_add = 6,
  child_delete = 7,
  segment_drop = 8,
  segment_take = 9,
  status = 10,
  resync = 11,
  ike_iv = 12,
};

enum class AttributeName : std::uint8_t {
  ike_id,
  ike_rekey_id,
  local_id,
  remote_id,
  remote_eap_id,
  local_addr,
  remote_addr,
  config_name,
  conditions,
  extensions,
  local_vip,
  remote_vip,
  peer_addr,
  initiator,
  nonce_i,
  nonce_r,
  secret,
  add_secret,
  old_skd,
  alg_prf,
  alg_old_prf,
  alg_encr,
  alg_encr_len,
  alg_integ,
  alg_dh,
  alg_add_kes,
  ipsec_mode,
  ipcomp,
  inbound_spi,
  outbound_spi,
  inbound_cpi,
  outbound_cpi,
  local_ts,
  remote_ts,
  initiate_mid,
  respond_mid,
  mid,
  segment,
  esn,
  ike_version,
  local_dh,
  remote_dh,
  psk,
  iv,
  auth_method,
};

/// The IKE_SA a message is about. SPIs as the IKE header has them.
struct IkeSaId {
  std::uint8_t version = 0;  ///< major version; not on the wire in layouts 1 and 2
  Bytes initiator_spi, responder_spi;
  std::uint8_t role = 0;  ///< 1: the sending node is the original initiator
};
struct IdentityValue {
  std::uint8_t type = 0;
  Bytes data;
};
struct HostValue {
  std::uint16_t port = 0;
  std::uint8_t family = 0;  ///< the sender's AF_ constant
  Bytes address;
};
struct TrafficSelector {
  std::uint8_t type = 0;  ///< 7 IPv4 range, 8 IPv6 range
  std::uint8_t protocol = 0;
  std::uint16_t from_port = 0, to_port = 0;
  std::uint8_t dynamic = 0;
  Bytes from, to;
};

/// Integers are as read in network order: an SPI of a little-endian sender is still reversed.
using AttributeValue = std::variant<std::uint32_t, IkeSaId, IdentityValue, HostValue, Bytes, TrafficSelector>;

struct Attribute {
  AttributeName name{};
  std::uint8_t number = 0;   ///< on the wire
  std::uint32_t offset = 0;  ///< of the number byte
  std::uint32_t length = 0;  ///< number byte included
  AttributeValue value;
};

/// An unknown attribute has no known length: it and all that follows.
struct UnknownRest {
  std::uint8_t number = 0;
  std::uint32_t offset = 0;
  Bytes bytes;  ///< after the number byte
};

struct Message {
  bool is_empty = false;  ///< an empty datagram: not even a version
  std::uint8_t version = 0;
  std::uint8_t type_number = 0;
  MessageType type = MessageType::unknown;
  Layout layout = Layout::v3c;
  bool spis_reversed = true;  ///< the sender is little-endian: its CHILD_SA SPIs and CPIs stand in reverse
  std::vector<Attribute> attributes;
  std::optional<UnknownRest> unknown;
  std::vector<Note> notes;

  /// First attribute of that name, or nullptr.
  [[nodiscard]] const Attribute* find(AttributeName name) const;
  /// SPI as ESP on the wire shows it.
  [[nodiscard]] std::uint32_t esp_spi(std::uint32_t wire_value) const;
  [[nodiscard]] std::uint16_t cpi(std::uint32_t wire_value) const;
};

struct State {
  ByteOrder byte_order = ByteOrder::automatic;
};

/// The tracked hint is 1 + the layout's number, as the tracker gives it; 0 lets the message itself decide.
DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);

/// What a decoded message says, in the vocabulary of all protocols; nothing for an unknown type and for a message
/// without IKE_ID that needs one. A message that was cut or had a fault says what was read of it, as its receiver does.
std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin);

/// Appends the message that says `event` to `out`, with its attributes in the order in which releases of that layout
/// send them. Otherwise says why there is none: the kind has no message in this protocol or layout, or key material is
/// unknown.
std::expected<void, std::string_view> encode_event(const event::SyncEvent& event, Layout layout, ByteOrder order,
                                                   Writer& out);

/// An attribute with the number it has in `layout`; nothing when the layout has none of that name.
std::optional<Attribute> make_attribute(Layout layout, AttributeName name, AttributeValue value);
std::string_view attribute_name(AttributeName name);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);
/// Finds the layout of every sender, and what only the order of messages shows: H2, H3, H7, H16, H19, H23.
std::unique_ptr<Tracker> make_tracker(const DecodeOptions& options);

}  // namespace sasync::proto::strongswan_ha
