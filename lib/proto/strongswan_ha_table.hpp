#pragma once
// The one table of strongSwan HA's attributes: name, encoding, and number in each layout. Private to the decoder, the
// printer and the tracker of that protocol.

#include <array>

#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::proto::strongswan_ha {

inline constexpr std::uint8_t kVersionMin = 1;
inline constexpr std::uint8_t kVersionMax = 5;

enum class Encoding : std::uint8_t { u8, u16, u32, ike_id, identity, host, text, chunk, chunk_of_u16, selector };

/// How a value is shown.
enum class Meaning : std::uint8_t {
  plain,
  boolean,
  secret,
  octets,
  spi,
  cpi,
  encryption,
  integrity,
  prf,
  key_exchange,
  mode,
  ipcomp,
  esn,
  auth_method,
  conditions,
  extensions,
};

/// Columns of the table: layouts 4 and 5 share one.
inline constexpr std::size_t kColumns = 7;
constexpr std::size_t column_of(Layout layout) {
  return layout == Layout::v5 ? column_of(Layout::v4) : static_cast<std::size_t>(layout);
}

struct AttributeInfo {
  AttributeName name;
  const char* field;  ///< in JSON
  Encoding encoding;
  Meaning meaning;
  bool list;                                   ///< can repeat
  std::array<std::uint8_t, kColumns> numbers;  ///< in layouts 1, 2a, 2b, 3a, 3b, 3c, 4 and 5; 0: not in that layout
};

// In the order of AttributeName.
inline constexpr std::array kAttributes{
#define ROW(name, encoding, meaning, list, ...)                                             \
  AttributeInfo {                                                                           \
    AttributeName::name, #name, Encoding::encoding, Meaning::meaning, list, { __VA_ARGS__ } \
  }
    // clang-format off
    ROW(ike_id,        ike_id,       plain,        false,  1,  1,  1,  1,  1,  1,  1),
    ROW(ike_rekey_id,  ike_id,       plain,        false,  2,  2,  2,  2,  2,  2,  2),
    ROW(local_id,      identity,     plain,        false,  3,  3,  3,  3,  3,  3,  3),
    ROW(remote_id,     identity,     plain,        false,  4,  4,  4,  4,  4,  4,  4),
    ROW(remote_eap_id, identity,     plain,        false,  0,  5,  5,  5,  5,  5,  5),
    ROW(local_addr,    host,         plain,        false,  5,  6,  6,  6,  6,  6,  6),
    ROW(remote_addr,   host,         plain,        false,  6,  7,  7,  7,  7,  7,  7),
    ROW(config_name,   text,         plain,        false,  7,  8,  8,  8,  8,  8,  8),
    ROW(conditions,    u32,          conditions,   false,  8,  9,  9,  9,  9,  9,  9),
    ROW(extensions,    u32,          extensions,   false,  9, 10, 10, 10, 10, 10, 10),
    ROW(local_vip,     host,         plain,        true,  10, 11, 11, 11, 11, 11, 11),
    ROW(remote_vip,    host,         plain,        true,  11, 12, 12, 12, 12, 12, 12),
    ROW(peer_addr,     host,         plain,        true,  12, 13, 13, 13, 13, 13, 13),
    ROW(initiator,     u8,           boolean,      false,  0, 14, 14, 14, 14, 14, 14),
    ROW(nonce_i,       chunk,        octets,       false, 13, 15, 15, 15, 15, 15, 15),
    ROW(nonce_r,       chunk,        octets,       false, 14, 16, 16, 16, 16, 16, 16),
    ROW(secret,        chunk,        secret,       false, 15, 17, 17, 17, 17, 17, 17),
    ROW(add_secret,    chunk,        secret,       false,  0,  0,  0,  0,  0,  0, 18),
    ROW(old_skd,       chunk,        secret,       false, 16, 18, 18, 18, 18, 18, 19),
    ROW(alg_prf,       u16,          prf,          false, 17, 19, 19, 19, 19, 19, 20),
    ROW(alg_old_prf,   u16,          prf,          false, 18, 20, 20, 20, 20, 20, 21),
    ROW(alg_encr,      u16,          encryption,   false, 19, 21, 21, 21, 21, 21, 22),
    ROW(alg_encr_len,  u16,          plain,        false, 20, 22, 22, 22, 22, 22, 23),
    ROW(alg_integ,     u16,          integrity,    false, 21, 23, 23, 23, 23, 23, 24),
    ROW(alg_dh,        u16,          key_exchange, false,  0,  0,  0,  0, 24, 24, 25),
    ROW(alg_add_kes,   chunk_of_u16, key_exchange, false,  0,  0,  0,  0,  0,  0, 26),
    ROW(ipsec_mode,    u8,           mode,         false, 22, 24, 24, 24, 25, 25, 27),
    ROW(ipcomp,        u8,           ipcomp,       false, 23, 25, 25, 25, 26, 26, 28),
    ROW(inbound_spi,   u32,          spi,          false, 24, 26, 26, 26, 27, 27, 29),
    ROW(outbound_spi,  u32,          spi,          false, 25, 27, 27, 27, 28, 28, 30),
    ROW(inbound_cpi,   u16,          cpi,          false, 26, 28, 28, 28, 29, 29, 31),
    ROW(outbound_cpi,  u16,          cpi,          false, 27, 29, 29, 29, 30, 30, 32),
    ROW(local_ts,      selector,     plain,        true,  28, 30, 30, 30, 31, 31, 33),
    ROW(remote_ts,     selector,     plain,        true,  29, 31, 31, 31, 32, 32, 34),
    ROW(initiate_mid,  u32,          plain,        false, 30,  0,  0,  0,  0,  0,  0),
    ROW(respond_mid,   u32,          plain,        false, 31,  0,  0,  0,  0,  0,  0),
    ROW(mid,           u32,          plain,        false,  0, 32, 32, 32, 33, 33, 35),
    ROW(segment,       u16,          plain,        true,  32, 33, 33, 33, 34, 34, 36),
    ROW(esn,           u16,          esn,          false,  0,  0, 34, 34, 35, 35, 37),
    ROW(ike_version,   u8,           plain,        false,  0,  0,  0, 35, 36, 36, 38),
    ROW(local_dh,      chunk,        octets,       false,  0,  0,  0, 36, 37, 37, 39),
    ROW(remote_dh,     chunk,        octets,       false,  0,  0,  0, 37, 38, 38, 40),
    ROW(psk,           chunk,        secret,       false,  0,  0,  0, 38, 39, 39, 41),
    ROW(iv,            chunk,        secret,       false,  0,  0,  0, 39, 40, 40, 42),
    ROW(auth_method,   u16,          auth_method,  false,  0,  0,  0,  0,  0, 41, 43),
// clang-format on
#undef ROW
};

inline constexpr std::uint8_t kNoAttribute = 0xFF;
using NumberToRow = std::array<std::uint8_t, 256>;

consteval std::array<NumberToRow, kColumns> rows_by_number() {
  std::array<NumberToRow, kColumns> rows{};
  for (std::size_t column = 0; column < kColumns; ++column) {
    rows[column].fill(kNoAttribute);
    for (std::size_t row = 0; row < kAttributes.size(); ++row) {
      const auto number = kAttributes[row].numbers[column];
      if (number != 0) rows[column][number] = static_cast<std::uint8_t>(row);
    }
  }
  return rows;
}
inline constexpr auto kRowsByNumber = rows_by_number();

inline const NumberToRow& attributes_of(Layout layout) { return kRowsByNumber[column_of(layout)]; }
inline const AttributeInfo& info_of(AttributeName name) { return kAttributes[static_cast<std::size_t>(name)]; }

/// What a type byte says in messages of that version.
MessageType type_of(std::uint8_t version, std::uint8_t number);
/// The layout a version byte stands for when nothing else is known: the newest of its kind, which reads the others too
/// (3c what 3b sends, 2b what 2a sends).
Layout default_layout(std::uint8_t version);
/// What a version 3 message tells of its sender's layout (3a, or 3b/3c read as 3c); nothing when it tells nothing.
std::optional<Layout> layout_evidence(Bytes in);

}  // namespace sasync::proto::strongswan_ha
