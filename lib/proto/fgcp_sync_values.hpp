#pragma once
// How each type of value stands in a TLV of fgcp-sync: read, its size, write, show. One place for both directions.

#include "sasync/base/reader.hpp"
#include "sasync/base/text.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/event/layout.hpp"
#include "sasync/proto/identity.hpp"

namespace sasync::proto::fgcp_sync::detail {

// Every value's format: its name in the specification, its size, read, write, show. `read` gets a cursor over the
// value alone and consumes all of it or fails; `show` gets the bytes of a value that was read without a fault.

inline bool expect_left(Reader& in, std::size_t size, const char* field) {
  if (in.left() != size) in.fail(DecodeErrc::bad_length, field, in.left(), size);
  return !in.failed();
}

template <class T>
struct Format;

template <std::unsigned_integral T>
struct Format<T> {
  static constexpr std::string_view name() {
    return sizeof(T) == 1 ? "u8" : sizeof(T) == 2 ? "u16" : sizeof(T) == 4 ? "u32" : "u64";
  }
  static std::size_t size(T) { return sizeof(T); }
  static void read(Reader& in, T& value, const char* field) {
    if (expect_left(in, sizeof(T), field)) value = in.le<T>(field);
  }
  static void write(Writer& out, T value) { out.le<T>(value); }
};

template <>
struct Format<bool> {
  static constexpr std::string_view name() { return "flag"; }
  static std::size_t size(bool) { return 1; }
  static void read(Reader& in, bool& value, const char* field) {
    if (!expect_left(in, 1, field)) return;
    const auto at = in.offset();
    const auto octet = in.u8(field);
    if (octet > 1) in.fail({DecodeErrc::bad_value, at, field, octet, 0});
    value = octet == 1;
  }
  static void write(Writer& out, bool value) { out.u8(value ? 1 : 0); }
};

template <class Enum>
  requires std::is_enum_v<Enum>
struct Format<Enum> {
  static constexpr std::string_view name() { return event::Names<Enum>::open ? "u8" : "enum"; }
  static std::size_t size(Enum) { return 1; }
  static void read(Reader& in, Enum& value, const char* field) {
    if (!expect_left(in, 1, field)) return;
    const auto at = in.offset();
    // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): an open enumeration takes any octet
    value = static_cast<Enum>(in.u8(field));
    if (!event::Names<Enum>::open && event::name_of(value).empty()) {
      in.fail({DecodeErrc::bad_value, at, field, static_cast<std::uint64_t>(value), 0});
    }
  }
  static void write(Writer& out, Enum value) { out.u8(static_cast<std::uint8_t>(value)); }
};

template <>
struct Format<std::string> {
  static constexpr std::string_view name() { return "text"; }
  static std::size_t size(const std::string& text) { return text.size(); }
  static void read(Reader& in, std::string& text, const char*) { text = as_text(in.rest()); }
  static void write(Writer& out, const std::string& text) { out.bytes(as_bytes(text)); }
};

template <>
struct Format<event::Octets> {
  static constexpr std::string_view name() { return "octets"; }
  static std::size_t size(const event::Octets& octets) { return octets.size(); }
  static void read(Reader& in, event::Octets& octets, const char*) {
    const auto all = in.rest();
    octets.assign(all.begin(), all.end());
  }
  static void write(Writer& out, const event::Octets& octets) { out.bytes(octets); }
};

template <>
struct Format<event::Secret> {
  static constexpr std::string_view name() { return "secret"; }
  static std::size_t size(const event::Secret& secret) { return secret.octets.size(); }
  static void read(Reader& in, event::Secret& secret, const char*) { secret = event::Secret::of(in.rest()); }
  static void write(Writer& out, const event::Secret& secret) { out.bytes(secret.octets); }
};

/// What is left, as an address: 4 or 16 bytes.
inline net::IpAddress read_address(Reader& in, const char* field) {
  const auto size = in.left();
  if (size != 4 && size != 16) in.fail(DecodeErrc::bad_length, field, size, size < 10 ? 4 : 16);
  return net::IpAddress::from(in.rest());
}

template <>
struct Format<net::IpAddress> {
  static constexpr std::string_view name() { return "address"; }
  static std::size_t size(const net::IpAddress& address) { return address.size; }
  static void read(Reader& in, net::IpAddress& address, const char* field) { address = read_address(in, field); }
  static void write(Writer& out, const net::IpAddress& address) { out.bytes(address.bytes()); }
};

template <>
struct Format<event::Host> {
  static constexpr std::string_view name() { return "host"; }
  static std::size_t size(const event::Host& host) { return 2U + host.address.size; }
  static void read(Reader& in, event::Host& host, const char* field) {
    host.port = in.le<std::uint16_t>(field);
    host.address = read_address(in, field);
  }
  static void write(Writer& out, const event::Host& host) {
    out.le<std::uint16_t>(host.port);
    out.bytes(host.address.bytes());
  }
};

template <>
struct Format<event::Prefix> {
  static constexpr std::string_view name() { return "prefix"; }
  static std::size_t size(const event::Prefix& prefix) { return 1U + prefix.address.size; }
  static void read(Reader& in, event::Prefix& prefix, const char* field) {
    const auto at = in.offset();
    prefix.length = in.u8(field);
    prefix.address = read_address(in, field);
    if (prefix.length > prefix.address.size * 8U) in.fail({DecodeErrc::bad_value, at, field, prefix.length, 0});
  }
  static void write(Writer& out, const event::Prefix& prefix) {
    out.u8(prefix.length);
    out.bytes(prefix.address.bytes());
  }
};

template <>
struct Format<event::IkeId> {
  static constexpr std::size_t kBytes = 18;
  static constexpr std::uint8_t kRoleNotSaid = 255;
  static constexpr std::string_view name() { return "ike_id"; }
  static std::size_t size(const event::IkeId&) { return kBytes; }
  static void read(Reader& in, event::IkeId& id, const char* field) {
    if (!expect_left(in, kBytes, field)) return;
    id.version = in.u8(field);
    const auto at = in.offset();
    const auto role = in.u8(field);
    if (role > 1 && role != kRoleNotSaid) in.fail({DecodeErrc::bad_value, at, field, role, 0});
    if (role <= 1) id.initiator = role == 1;
    id.initiator_spi = in.be<std::uint64_t>(field);  // SPIs are octets of the IKE header, not integers
    id.responder_spi = in.be<std::uint64_t>(field);
  }
  static void write(Writer& out, const event::IkeId& id) {
    out.u8(id.version);
    out.u8(id.initiator ? static_cast<std::uint8_t>(*id.initiator ? 1 : 0) : kRoleNotSaid);
    out.be<std::uint64_t>(id.initiator_spi);
    out.be<std::uint64_t>(id.responder_spi);
  }
};

template <>
struct Format<event::Identity> {
  static constexpr std::string_view name() { return "identity"; }
  static std::size_t size(const event::Identity& identity) { return 1 + identity.value.size(); }
  static void read(Reader& in, event::Identity& identity, const char* field) {
    identity.type = static_cast<event::IdentityType>(in.u8(field));
    const auto value = in.rest();
    identity.value.assign(value.begin(), value.end());
  }
  static void write(Writer& out, const event::Identity& identity) {
    out.u8(static_cast<std::uint8_t>(identity.type));
    out.bytes(identity.value);
  }
};

template <>
struct Format<event::Selector> {
  static constexpr std::size_t kBytesBeforeAddresses = 6;
  static constexpr std::string_view name() { return "selector"; }
  static std::size_t size(const event::Selector& selector) {
    return kBytesBeforeAddresses + selector.from.size + selector.to.size;
  }
  static void read(Reader& in, event::Selector& selector, const char* field) {
    const auto size = in.left();
    if (size != kBytesBeforeAddresses + 8 && size != kBytesBeforeAddresses + 32) {
      in.fail(DecodeErrc::bad_length, field, size, kBytesBeforeAddresses + (size < 26 ? 8 : 32));
    }
    selector.protocol = in.u8(field);
    const auto at = in.offset();
    const auto dynamic = in.u8(field);
    if (dynamic > 1) in.fail({DecodeErrc::bad_value, at, field, dynamic, 0});
    selector.dynamic = dynamic == 1;
    selector.from_port = in.le<std::uint16_t>(field);
    selector.to_port = in.le<std::uint16_t>(field);
    selector.from = net::IpAddress::from(in.take(in.left() / 2, field));
    selector.to = net::IpAddress::from(in.rest());
  }
  static void write(Writer& out, const event::Selector& selector) {
    out.u8(selector.protocol);
    out.u8(selector.dynamic ? 1 : 0);
    out.le<std::uint16_t>(selector.from_port);
    out.le<std::uint16_t>(selector.to_port);
    out.bytes(selector.from.bytes());
    out.bytes(selector.to.bytes());
  }
};

template <>
struct Format<Timestamp> {
  static constexpr std::size_t kBytes = 13;
  static constexpr std::int64_t kSecondsMax = 9'223'372'035;  // the year 2262: as far as nanoseconds reach
  static constexpr std::string_view name() { return "time"; }
  static std::size_t size(const Timestamp&) { return kBytes; }
  static void read(Reader& in, Timestamp& time, const char* field) {
    if (!expect_left(in, kBytes, field)) return;
    const auto at = in.offset();
    time.seconds = static_cast<std::int64_t>(in.le<std::uint64_t>(field));
    time.nanoseconds = in.le<std::uint32_t>(field);
    time.digits = in.u8(field);
    if (time.seconds > kSecondsMax || time.seconds < -kSecondsMax || time.nanoseconds >= 1'000'000'000 ||
        time.digits > 9) {
      in.fail({DecodeErrc::bad_value, at, field, static_cast<std::uint64_t>(time.seconds), 0});
    }
  }
  static void write(Writer& out, const Timestamp& time) {
    out.le<std::uint64_t>(static_cast<std::uint64_t>(time.seconds));
    out.le<std::uint32_t>(time.nanoseconds);
    out.u8(time.digits);
  }
};

template <>
struct Format<std::vector<std::uint16_t>> {
  static constexpr std::string_view name() { return "u16 list"; }
  static std::size_t size(const std::vector<std::uint16_t>& numbers) { return 2 * numbers.size(); }
  static void read(Reader& in, std::vector<std::uint16_t>& numbers, const char* field) {
    if (in.left() % 2 != 0) in.fail(DecodeErrc::bad_length, field, in.left(), in.left() - 1);
    while (in.more()) numbers.push_back(in.le<std::uint16_t>(field));
  }
  static void write(Writer& out, const std::vector<std::uint16_t>& numbers) {
    for (const auto number : numbers) out.le<std::uint16_t>(number);
  }
};

// --- what is shown

/// A TLV to show: where it stands, its bytes, and where the fields go.
struct Shown {
  Fields& fields;
  event::Field field;
  std::size_t offset;
  Bytes value;
  bool list;

  void add(Value shown) const { fields.add(event::name_of(field), offset, 4 + value.size(), std::move(shown), list); }
};

template <std::unsigned_integral T>
void show(const Shown& to, T value) {
  if (const auto digits = event::hex_digits(to.field); digits != 0) {
    to.add(Hex{value, static_cast<std::uint8_t>(digits)});
  } else if constexpr (sizeof(T) == 8) {
    to.add(BigNumber{value});
  } else {
    to.add(Number{value});
  }
}
inline void show(const Shown& to, bool value) { to.add(Boolean{value}); }
template <class Enum>
  requires std::is_enum_v<Enum>
void show(const Shown& to, Enum value) {
  to.add(Enumerated{static_cast<std::uint64_t>(value), event::name_of(value)});
}
inline void show(const Shown& to, const std::string&) { to.add(WireText{as_text(to.value)}); }
inline void show(const Shown& to, const event::Octets&) { to.add(Octets{to.value}); }
inline void show(const Shown& to, const event::Secret&) { to.add(Secret{to.value}); }
inline void show(const Shown& to, const net::IpAddress& address) { to.add(Address{address}); }
inline void show(const Shown& to, const event::Host& host) { to.add(Host{host.address, host.port}); }
inline void show(const Shown& to, const event::Selector& selector) {
  to.add(
      Selector{selector.from, selector.to, selector.from_port, selector.to_port, selector.protocol, selector.dynamic});
}
inline void show(const Shown& to, const event::Identity& identity) {
  to.add(make_identity(static_cast<std::uint8_t>(identity.type), to.value.subspan(1), to.fields));
}
inline void show(const Shown& to, const event::IkeId& id) {
  to.add(IkeId{id.version, id.initiator.value_or(false), to.value.subspan(2, 8), to.value.subspan(10, 8)});
}
inline void show(const Shown& to, const Timestamp& time) {
  Text text;
  append(text, time);
  to.add(WireText{to.fields.keep(std::string(view(text)))});
}
inline void show(const Shown& to, const event::Prefix& prefix) {
  to.add(WireText{to.fields.keep(net::to_string(prefix.address) + '/' + std::to_string(prefix.length))});
}
inline void show(const Shown& to, const std::vector<std::uint16_t>& numbers) {
  to.fields.open_array(event::name_of(to.field), to.offset, 4 + to.value.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) to.fields.add({}, to.offset + 4 + 2 * i, 2, Number{numbers[i]});
  to.fields.close();
}

}  // namespace sasync::proto::fgcp_sync::detail
