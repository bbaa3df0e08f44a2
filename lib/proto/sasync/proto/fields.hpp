#pragma once
// The one form in which every protocol's messages are shown: named fields in wire order, each with its place.
// A protocol's describe() fills it, the printers read it. Values are views into the message or plain numbers.

#include <cstdint>
#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sasync/base/bytes.hpp"
#include "sasync/net/address.hpp"

namespace sasync::proto {

struct FlagName {
  std::uint8_t bit;
  std::string_view name;
};

struct Number {
  std::uint64_t value;
};
/// A number that can pass 2^53: JSON shows it as a decimal string.
struct BigNumber {
  std::uint64_t value;
};
struct Boolean {
  bool value;
};
/// An enumeration value; `name` is empty when nobody named the number.
struct Enumerated {
  std::uint64_t number;
  std::string_view name;
};
struct Flags {
  std::uint64_t bits;
  std::span<const FlagName> names;
};
/// Text from the wire, not escaped.
struct WireText {
  std::string_view text;
};
struct Octets {
  Bytes bytes;
};
/// Key material: printed as "<32 bytes redacted>" unless the user asks for it.
struct Secret {
  Bytes bytes;
};
/// An SPI, CPI or the like: hex of a fixed width.
struct Hex {
  std::uint64_t value;
  std::uint8_t digits;
};
struct Address {
  net::IpAddress address;
};
struct Host {
  net::IpAddress address;
  std::uint16_t port;
};
struct Mac {
  net::MacAddress address;
};
/// IKE identity. `value` is text to be shown as it is, or octets to be shown by `form`.
struct Identity {
  enum class Form : std::uint8_t { text, octets, address, subnet, range };
  std::string_view type;
  Bytes value;
  Form form;
};
/// Traffic selector (RFC 7296 section 3.13.1).
struct Selector {
  net::IpAddress from, to;
  std::uint16_t from_port, to_port;
  std::uint8_t protocol;
  bool dynamic;  ///< strongSwan: the address is filled in later
};
/// The name of an IKE_SA: SPIs as the IKE header shows them. `initiator`: the sender is the original initiator.
struct IkeId {
  std::uint8_t version;  ///< major version; 0 when the message does not say
  bool initiator;
  Bytes initiator_spi, responder_spi;  ///< 8 bytes each
};
/// An element of a structure: between OpenObject/OpenArray and Close stand its members.
struct OpenObject {};
struct OpenArray {};
struct Close {};

using Value = std::variant<Number, BigNumber, Boolean, Enumerated, Flags, WireText, Octets, Secret, Hex, Address, Host,
                           Mac, Identity, Selector, IkeId, OpenObject, OpenArray, Close>;

inline constexpr std::uint32_t kNoField = UINT32_MAX;

struct Field {
  std::string_view name;  ///< empty for the elements of an array and for Close; lives for the whole program
  std::uint32_t offset;   ///< of the field's first byte within the protocol message
  std::uint32_t length;   ///< in bytes; 0 for what has no bytes of its own
  Value value;
  bool list = false;                   ///< can repeat: JSON shows an array even when there is one
  bool repeats = false;                ///< a field of this name came before, at the top level
  std::uint32_t next_same = kNoField;  ///< index of the next top-level field of this name
};

/// An attribute or TLV that nobody knows: kept, and no fault.
struct Unknown {
  std::uint32_t type;
  std::uint32_t offset;
  Bytes bytes;
  bool may_be_secret;  ///< stands where key material can stand: treated like Secret
};

class Fields {
 public:
  void clear();

  void add(std::string_view name, std::size_t offset, std::size_t length, Value value, bool list = false);
  void open_object(std::string_view name, std::size_t offset, std::size_t length);
  void open_array(std::string_view name, std::size_t offset, std::size_t length);
  void close();
  void add_unknown(const Unknown& unknown) { unknown_.push_back(unknown); }

  /// Keeps a text that is made for showing, as long as these fields are kept.
  std::string_view keep(std::string text);

  /// From `offset` on the message is encrypted, and this is what it says there: fields in it show these bytes. They
  /// must live as long as the message.
  void show_plain(std::size_t offset, Bytes plain) {
    plain_offset_ = offset;
    plain_ = plain;
  }
  /// The decrypted bytes of a field, or none.
  [[nodiscard]] Bytes plain_bytes(const Field& field) const;

  [[nodiscard]] std::span<const Field> all() const { return fields_; }
  [[nodiscard]] std::span<const Unknown> unknown() const { return unknown_; }

 private:
  void link_to_earlier(std::uint32_t index);

  std::vector<Field> fields_;
  std::vector<Unknown> unknown_;
  std::forward_list<std::string> kept_;  // takes no memory before there is something to keep
  std::size_t plain_offset_ = 0;
  Bytes plain_;
  std::uint64_t names_seen_ = 0;  ///< one bit a name's hash: a clear bit means "certainly new"
  unsigned depth_ = 0;
};

}  // namespace sasync::proto
