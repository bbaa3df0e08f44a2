#include "wireshark_names.hpp"

#include <array>
#include <span>

namespace sasync::keys {
namespace {

struct CipherRow {
  NamedCipher cipher;
  std::string_view name;
};
struct IntegrityRow {
  std::uint16_t integ;
  std::string_view name;
};

constexpr std::array kIkeCiphers{
    CipherRow{{3, 0}, "3DES [RFC2451]"},
    CipherRow{{11, 0}, "NULL [RFC2410]"},
    CipherRow{{12, 128}, "AES-CBC-128 [RFC3602]"},
    CipherRow{{12, 192}, "AES-CBC-192 [RFC3602]"},
    CipherRow{{12, 256}, "AES-CBC-256 [RFC3602]"},
    CipherRow{{13, 128}, "AES-CTR-128 [RFC5930]"},
    CipherRow{{13, 192}, "AES-CTR-192 [RFC5930]"},
    CipherRow{{13, 256}, "AES-CTR-256 [RFC5930]"},
    CipherRow{{14, 128}, "AES-CCM-128 with 8 octet ICV [RFC5282]"},
    CipherRow{{14, 192}, "AES-CCM-192 with 8 octet ICV [RFC5282]"},
    CipherRow{{14, 256}, "AES-CCM-256 with 8 octet ICV [RFC5282]"},
    CipherRow{{15, 128}, "AES-CCM-128 with 12 octet ICV [RFC5282]"},
    CipherRow{{15, 192}, "AES-CCM-192 with 12 octet ICV [RFC5282]"},
    CipherRow{{15, 256}, "AES-CCM-256 with 12 octet ICV [RFC5282]"},
    CipherRow{{16, 128}, "AES-CCM-128 with 16 octet ICV [RFC5282]"},
    CipherRow{{16, 192}, "AES-CCM-192 with 16 octet ICV [RFC5282]"},
    CipherRow{{16, 256}, "AES-CCM-256 with 16 octet ICV [RFC5282]"},
    CipherRow{{18, 128}, "AES-GCM-128 with 8 octet ICV [RFC5282]"},
    CipherRow{{18, 192}, "AES-GCM-192 with 8 octet ICV [RFC5282]"},
    CipherRow{{18, 256}, "AES-GCM-256 with 8 octet ICV [RFC5282]"},
    CipherRow{{19, 128}, "AES-GCM-128 with 12 octet ICV [RFC5282]"},
    CipherRow{{19, 192}, "AES-GCM-192 with 12 octet ICV [RFC5282]"},
    CipherRow{{19, 256}, "AES-GCM-256 with 12 octet ICV [RFC5282]"},
    CipherRow{{20, 128}, "AES-GCM-128 with 16 octet ICV [RFC5282]"},
    CipherRow{{20, 192}, "AES-GCM-192 with 16 octet ICV [RFC5282]"},
    CipherRow{{20, 256}, "AES-GCM-256 with 16 octet ICV [RFC5282]"},
};

// "NONE" goes with an AEAD.
constexpr std::array kIkeIntegrities{
    IntegrityRow{0, "NONE [RFC4306]"},
    IntegrityRow{1, "HMAC_MD5_96 [RFC2403]"},
    IntegrityRow{2, "HMAC_SHA1_96 [RFC2404]"},
    IntegrityRow{5, kUncheckedIntegrity},
    IntegrityRow{6, "HMAC_MD5_128 [RFC4595]"},
    IntegrityRow{7, "HMAC_SHA1_160 [RFC4595]"},
    IntegrityRow{8, kUncheckedIntegrity},
    IntegrityRow{12, "HMAC_SHA2_256_128 [RFC4868]"},
    IntegrityRow{13, "HMAC_SHA2_384_192 [RFC4868]"},
    IntegrityRow{14, "HMAC_SHA2_512_256 [RFC4868]"},
    IntegrityRow{kUnchecked96, kUncheckedIntegrity},
};

// The last row is an older spelling: it is read, and never written.
constexpr std::array kEspCiphers{
    CipherRow{{11, 0}, "NULL"},
    CipherRow{{3, 0}, "TripleDES-CBC [RFC2451]"},
    CipherRow{{12, 0}, "AES-CBC [RFC3602]"},
    CipherRow{{13, 0}, "AES-CTR [RFC3686]"},
    CipherRow{{18, 0}, "AES-GCM with 8 octet ICV [RFC4106]"},
    CipherRow{{19, 0}, "AES-GCM with 12 octet ICV [RFC4106]"},
    CipherRow{{20, 0}, "AES-GCM with 16 octet ICV [RFC4106]"},
    CipherRow{{20, 0}, "AES-GCM [RFC4106]"},
};

constexpr std::array kEspIntegrities{
    IntegrityRow{0, "NULL"},
    IntegrityRow{1, "HMAC-MD5-96 [RFC2403]"},
    IntegrityRow{2, "HMAC-SHA-1-96 [RFC2404]"},
    IntegrityRow{12, "HMAC-SHA-256-128 [RFC4868]"},
    IntegrityRow{13, "HMAC-SHA-384-192 [RFC4868]"},
    IntegrityRow{14, "HMAC-SHA-512-256 [RFC4868]"},
};

std::string_view name_in(std::span<const IntegrityRow> rows, std::uint16_t integ) {
  for (const auto& row : rows) {
    if (row.integ == integ) return row.name;
  }
  return {};
}

template <class Rows>
auto row_named(const Rows& rows, std::string_view name) -> decltype(rows.data()) {
  for (const auto& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

std::string_view ike_cipher_name(std::uint16_t encr, std::uint16_t bits) {
  for (const auto& [cipher, name] : kIkeCiphers) {
    if (cipher.encr == encr && (cipher.bits == bits || cipher.bits == 0)) return name;
  }
  return {};
}

std::string_view ike_integrity_name(std::uint16_t integ) { return name_in(kIkeIntegrities, integ); }

std::string_view esp_cipher_name(std::uint16_t encr) {
  for (const auto& [cipher, name] : kEspCiphers) {
    if (cipher.encr == encr) return name;
  }
  return {};
}

std::string_view esp_integrity_name(std::uint16_t integ) { return name_in(kEspIntegrities, integ); }

std::optional<NamedCipher> find_ike_cipher(std::string_view name) {
  const auto* row = row_named(kIkeCiphers, name);
  return row == nullptr ? std::nullopt : std::optional{row->cipher};
}

std::optional<std::uint16_t> find_ike_integrity(std::string_view name) {
  if (name == kUncheckedIntegrity) return kUnchecked96;  // which one it is, it does not say
  const auto* row = row_named(kIkeIntegrities, name);
  return row == nullptr ? std::nullopt : std::optional{row->integ};
}

std::optional<NamedCipher> find_esp_cipher(std::string_view name) {
  const auto* row = row_named(kEspCiphers, name);
  return row == nullptr ? std::nullopt : std::optional{row->cipher};
}

std::optional<std::uint16_t> find_esp_integrity(std::string_view name) {
  const auto* row = row_named(kEspIntegrities, name);
  return row == nullptr ? std::nullopt : std::optional{row->integ};
}

}  // namespace sasync::keys
