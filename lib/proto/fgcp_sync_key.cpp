// Checksum and authentication of fgcp-sync.

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <stdexcept>

#include "sasync/proto/fgcp_sync.hpp"

namespace sasync::proto::fgcp_sync {
namespace {

constexpr std::string_view kHkdfSalt = "sasync-ref/1";
constexpr std::string_view kHkdfInfo = "fgcp-sync message authentication";
constexpr std::size_t kKeyBytes = 32;

template <class T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
template <class T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, Freer<T, Free>>;

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL cannot do ") + what);
}

constexpr std::size_t kSlices = 8;

/// CRC-32C (RFC 3720 appendix B.4): what an octet does to the checksum, when as many others come after it.
constexpr auto kChecksums = [] {
  constexpr std::uint32_t kPolynomial = 0x82F6'3B78;  // 0x1EDC6F41, the lowest bit first
  std::array<std::array<std::uint32_t, 256>, kSlices> tables{};
  for (std::uint32_t octet = 0; octet < 256; ++octet) {
    auto crc = octet;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
    tables[0][octet] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t octet = 0; octet < 256; ++octet) {
      const auto before = tables[slice - 1][octet];
      tables[slice][octet] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}();

/// Eight octets at a time ("slicing by 8"): the checksum of long messages is most of what a message costs otherwise.
std::uint32_t add_to_checksum(std::uint32_t crc, Bytes octets) {
  while (octets.size() >= kSlices) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kSlices; ++i) {
      const auto mixed = i < 4 ? (crc >> (8 * i) ^ octets[i]) & 0xFFU : octets[i];
      next ^= kChecksums[kSlices - 1 - i][mixed];
    }
    crc = next;
    octets = octets.subspan(kSlices);
  }
  for (const auto octet : octets) crc = (crc >> 8U) ^ kChecksums[0][(crc ^ octet) & 0xFFU];
  return crc;
}

OSSL_PARAM octets_param(const char* name, std::string_view octets) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OpenSSL only reads it, by a pointer that could write
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(octets.data()), octets.size());
}

OSSL_PARAM sha256_param(const char* name) {
  static auto digest = std::to_array("SHA256");
  return OSSL_PARAM_construct_utf8_string(name, digest.data(), 0);
}

std::array<std::uint8_t, kKeyBytes> derive_key(std::string_view password) {
  const Owned<EVP_KDF, EVP_KDF_free> hkdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  check(hkdf != nullptr, "HKDF");
  const Owned<EVP_KDF_CTX, EVP_KDF_CTX_free> context(EVP_KDF_CTX_new(hkdf.get()));
  const std::array parameters{sha256_param(OSSL_KDF_PARAM_DIGEST), octets_param(OSSL_KDF_PARAM_KEY, password),
                              octets_param(OSSL_KDF_PARAM_SALT, kHkdfSalt),
                              octets_param(OSSL_KDF_PARAM_INFO, kHkdfInfo), OSSL_PARAM_construct_end()};
  std::array<std::uint8_t, kKeyBytes> key{};
  check(context != nullptr, "HKDF");
  check(EVP_KDF_derive(context.get(), key.data(), key.size(), parameters.data()) == 1, "HKDF with SHA-256");
  return key;
}

}  // namespace

MessageKey::MessageKey(std::string_view password) {
  const auto key = derive_key(password);
  const Owned<EVP_MAC, EVP_MAC_free> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  check(hmac != nullptr, "HMAC");
  context_ = std::shared_ptr<EVP_MAC_CTX>(EVP_MAC_CTX_new(hmac.get()), EVP_MAC_CTX_free);
  const std::array parameters{sha256_param(OSSL_MAC_PARAM_DIGEST), OSSL_PARAM_construct_end()};
  check(context_ != nullptr, "HMAC");
  check(EVP_MAC_init(context_.get(), key.data(), key.size(), parameters.data()) == 1, "HMAC with SHA-256");
}

std::array<std::uint8_t, kAuthenticatorBytes> MessageKey::sign(std::span<const Bytes> pieces) const {
  constexpr const char* kWhat = "HMAC with SHA-256";
  check(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1, kWhat);  // the same key once more
  for (const auto piece : pieces) check(EVP_MAC_update(context_.get(), piece.data(), piece.size()) == 1, kWhat);
  std::array<std::uint8_t, kAuthenticatorBytes> authenticator{};
  std::size_t size = 0;
  check(EVP_MAC_final(context_.get(), authenticator.data(), &size, authenticator.size()) == 1, kWhat);
  check(size == authenticator.size(), kWhat);
  return authenticator;
}

std::uint32_t checksum(std::span<const Bytes> pieces) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const auto piece : pieces) crc = add_to_checksum(crc, piece);
  return ~crc;
}

std::uint32_t checksum(Bytes message) {
  constexpr std::size_t kAt = 32;
  constexpr std::array<std::uint8_t, 4> kZeros{};
  return checksum(std::array<Bytes, 3>{message.first(kAt), kZeros, message.subspan(kAt + kZeros.size())});
}

}  // namespace sasync::proto::fgcp_sync
