#pragma once
// The numbers of fgcp-sync, and for every message type how each of its TLVs is read, written and shown.

#include <array>
#include <optional>
#include <span>
#include <utility>

#include "fgcp_sync_values.hpp"
#include "sasync/proto/fgcp_sync.hpp"

namespace sasync::proto::fgcp_sync::detail {

/// Number and field of every TLV. Numbers are for ever; the tens only sort them.
struct TlvNumber {
  std::uint16_t number;
  event::Field field;
};
std::span<const TlvNumber> tlv_numbers();

/// nullptr and nullopt: not known.
const MessageType* find_message_type(std::uint8_t number);
const MessageType* find_message_type(event::Kind kind);
std::optional<event::Field> field_of_tlv(std::uint16_t number);
/// 0: the field has no TLV.
std::uint16_t tlv_of_field(event::Field field);

/// What can be done with one TLV of one message type. `read` puts the value into the body; `show` reads it once more.
struct TlvHandler {
  void (*read)(Reader& value, event::Body& body) = nullptr;
  void (*show)(const Shown& to) = nullptr;
  std::string_view format;
  bool repeats = false;
};

/// What can be done with one message type.
struct MessageHandler {
  void (*make_body)(event::Body& body) = nullptr;
  std::array<TlvHandler, event::kFieldCount> tlvs{};  ///< by field
  event::FieldSet required{};
};

/// nullptr: the kind has no message.
const MessageHandler* find_handler(event::Kind kind);

/// Appends the TLVs of what `body` says. False when a value is longer than a TLV holds.
bool write_tlvs(const event::Body& body, Writer& out);

}  // namespace sasync::proto::fgcp_sync::detail
