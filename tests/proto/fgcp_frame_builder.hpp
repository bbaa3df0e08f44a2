#pragma once
// Builds FGCP frames byte by byte after docs/protocols/fgcp-frames.md: no public capture of them exists.

#include <zlib.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sasync/base/writer.hpp"
#include "sasync/proto/fields.hpp"

namespace fgcp_test {

using namespace sasync;
using Octets = std::vector<std::uint8_t>;

/// The fixed header of 88 bytes.
struct Header {
  std::uint16_t magic = 0x4711;
  std::uint8_t mode = 2;
  std::uint8_t flags = 0;
  std::string_view group_name = "ha-lab";
  std::uint16_t unknown_36 = 0x0201;
  std::uint16_t group_id = 88;
  std::array<std::uint16_t, 6> unknown_40{1, 2, 3, 4, 5, 6};
  std::string_view port_name = "port3";
  std::uint16_t revision = 17;
  std::uint16_t unknown_70 = 0xBEEF;
  std::string_view serial_number = "FGT60E4Q16000001";

  [[nodiscard]] Writer begin() const {
    Writer out;
    out.le(magic);
    out.u8(mode);
    out.u8(flags);
    out.padded(as_bytes(group_name), 32);
    out.le(unknown_36);
    out.le(group_id);
    for (const auto word : unknown_40) out.le(word);
    out.padded(as_bytes(port_name), 16);
    out.le(revision);
    out.le(unknown_70);
    out.padded(as_bytes(serial_number), 16);
    return out;
  }
};

inline void add_tlv(Writer& out, std::uint16_t type, Bytes value) {
  out.le(type);
  out.le(static_cast<std::uint16_t>(value.size()));
  out.bytes(value);
}

inline void add_tlv(Writer& out, std::uint16_t type, std::initializer_list<std::uint8_t> value) {
  add_tlv(out, type, Bytes{value.begin(), value.size()});
}

inline Octets deflated(Bytes plain) {
  Octets compressed(compressBound(plain.size()));
  auto size = static_cast<uLongf>(compressed.size());
  BOOST_REQUIRE(compress2(compressed.data(), &size, plain.data(), plain.size(), 9) == Z_OK);
  compressed.resize(size);
  return compressed;
}

struct InterfaceRecord {
  std::string_view name;
  std::array<std::uint8_t, 6> mac;
  std::uint8_t flags;
};

inline Octets records(std::initializer_list<InterfaceRecord> interfaces) {
  Writer out;
  for (const auto& entry : interfaces) {
    out.padded(as_bytes(entry.name), 16);
    out.bytes(entry.mac);
    out.u8(entry.flags);
  }
  return std::move(out).take();
}

inline Octets inventory(std::uint16_t count, Bytes compressed) {
  Writer out;
  out.le(count);
  out.bytes(compressed);
  return std::move(out).take();
}

inline Octets four_interfaces() {
  return records({{"port1", {0x00, 0x09, 0x0F, 0x09, 0x58, 0x00}, 0x0F},
                  {"port2", {0x00, 0x09, 0x0F, 0x09, 0x58, 0x01}, 0x07},
                  {"port3", {0x70, 0x4C, 0xA5, 0x01, 0x02, 0x03}, 0x03},
                  {"dmz", {0x70, 0x4C, 0xA5, 0x01, 0x02, 0x04}, 0x91}});
}

inline Octets three_checksums() {
  Writer out;
  for (std::uint32_t i = 0; i < 12; ++i) out.be(0x1A2B3C4DU + i);
  return std::move(out).take();
}

/// A heartbeat with every TLV that has a name, and its end.
inline Octets whole_heartbeat(const Header& header = {}) {
  Writer out = header.begin();
  add_tlv(out, 0x000B, {1});
  add_tlv(out, 0x000C, {200});
  add_tlv(out, 0x000D, {0});
  add_tlv(out, 0x002A, inventory(4, deflated(four_interfaces())));
  add_tlv(out, 0x003C, three_checksums());
  add_tlv(out, 0x0000, {});
  return std::move(out).take();
}

/// First field of that name at the top level or below; nullptr when there is none.
inline const proto::Field* find(const proto::Fields& fields, std::string_view name) {
  for (const auto& field : fields.all()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

/// The value of the first field of that name, which must be there and of that kind.
template <class Value>
const Value& value_of(const proto::Fields& fields, std::string_view name) {
  const auto* field = find(fields, name);
  BOOST_TEST_REQUIRE(field != nullptr, name << " is missing");
  const auto* value = std::get_if<Value>(&field->value);
  BOOST_TEST_REQUIRE(value != nullptr, name << " is of another kind");
  return *value;
}

inline Octets to_octets(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace fgcp_test
