#include "sasync/crypto/prf.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace sasync::crypto {
namespace {

constexpr std::size_t kAesBlockBytes = 16;
using AesBlock = std::array<std::uint8_t, kAesBlockBytes>;

enum class Mac : std::uint8_t { hmac, xcbc, cmac };

struct PrfRow {
  Prf prf;
  Mac mac = Mac::hmac;
  Hash hash = Hash::md5;  ///< of an HMAC
};
constexpr std::array kPrfs{
    PrfRow{{1, 16, 16, false}, Mac::hmac, Hash::md5},
    PrfRow{{2, 20, 20, false}, Mac::hmac, Hash::sha1},
    PrfRow{{4, 16, 16, true}, Mac::xcbc, {}},
    PrfRow{{5, 32, 32, false}, Mac::hmac, Hash::sha2_256},
    PrfRow{{6, 48, 48, false}, Mac::hmac, Hash::sha2_384},
    PrfRow{{7, 64, 64, false}, Mac::hmac, Hash::sha2_512},
    PrfRow{{8, 16, 16, true}, Mac::cmac, {}},
};

struct IntegrityRow {
  Integrity integrity;
  Mac mac = Mac::hmac;
  Hash hash = Hash::md5;
};
// 1025 to 1029 are strongSwan's numbers for other truncations of the same HMACs.
constexpr std::array kIntegrities{
    IntegrityRow{{1, 16, 12}, Mac::hmac, Hash::md5},
    IntegrityRow{{2, 20, 12}, Mac::hmac, Hash::sha1},
    IntegrityRow{{5, 16, 12}, Mac::xcbc, {}},
    IntegrityRow{{6, 16, 16}, Mac::hmac, Hash::md5},
    IntegrityRow{{7, 20, 20}, Mac::hmac, Hash::sha1},
    IntegrityRow{{8, 16, 12}, Mac::cmac, {}},
    IntegrityRow{{12, 32, 16}, Mac::hmac, Hash::sha2_256},
    IntegrityRow{{13, 48, 24}, Mac::hmac, Hash::sha2_384},
    IntegrityRow{{14, 64, 32}, Mac::hmac, Hash::sha2_512},
    IntegrityRow{{1025, 20, 16}, Mac::hmac, Hash::sha1},
    IntegrityRow{{1026, 32, 12}, Mac::hmac, Hash::sha2_256},
    IntegrityRow{{1027, 32, 32}, Mac::hmac, Hash::sha2_256},
    IntegrityRow{{1028, 48, 48}, Mac::hmac, Hash::sha2_384},
    IntegrityRow{{1029, 64, 64}, Mac::hmac, Hash::sha2_512},
};

const char* digest_name(Hash hash) {
  switch (hash) {
    case Hash::md5:
      return "MD5";
    case Hash::sha1:
      return "SHA1";
    case Hash::sha2_256:
      return "SHA256";
    case Hash::sha2_384:
      return "SHA384";
    case Hash::sha2_512:
      return "SHA512";
  }
  return "";
}

struct Free {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, Free>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;

/// OpenSSL's MAC of that name; fetched once, and kept until the program ends.
EVP_MAC* fetched_mac(Mac mac) {
  static EVP_MAC* const kHmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  static EVP_MAC* const kCmac = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
  return mac == Mac::hmac ? kHmac : kCmac;
}

/// HMAC or CMAC. OpenSSL takes the name of the digest, or of the cipher, as text it could write to; it does not.
std::optional<SecretBytes> openssl_mac(Mac mac, std::string part_name, Bytes key, Parts parts) {
  EVP_MAC* const algorithm = fetched_mac(mac);
  if (algorithm == nullptr) return std::nullopt;
  const MacContext context{EVP_MAC_CTX_new(algorithm)};
  if (!context) return std::nullopt;
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(mac == Mac::hmac ? OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER,
                                       part_name.data(), 0),
      OSSL_PARAM_construct_end()};
  // A key of no bytes is a key; a null pointer would mean "the key of before".
  const std::uint8_t none = 0;
  const auto* const key_data = key.empty() ? &none : key.data();
  if (EVP_MAC_init(context.get(), key_data, key.size(), parameters.data()) != 1) return std::nullopt;
  for (const auto part : parts) {
    if (!part.empty() && EVP_MAC_update(context.get(), part.data(), part.size()) != 1) return std::nullopt;
  }
  SecretBytes out(EVP_MAX_MD_SIZE);
  std::size_t size = 0;
  if (EVP_MAC_final(context.get(), out.data(), &size, out.size()) != 1) return std::nullopt;
  out.resize(size);
  return out;
}

/// AES-128 of single blocks.
class AesBlocks {
 public:
  explicit AesBlocks(Bytes key) : context_(EVP_CIPHER_CTX_new()), ready_(start(context_.get(), key)) {}
  [[nodiscard]] bool ready() const { return ready_; }

  AesBlock encrypt(const AesBlock& block) {
    AesBlock out{};
    int size = 0;
    ready_ = ready_ && EVP_EncryptUpdate(context_.get(), out.data(), &size, block.data(), kAesBlockBytes) == 1;
    return out;
  }

 private:
  static bool start(EVP_CIPHER_CTX* context, Bytes key) {
    return context != nullptr && key.size() == kAesBlockBytes &&
           EVP_EncryptInit_ex2(context, EVP_aes_128_ecb(), key.data(), nullptr, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1;
  }

  CipherContext context_;
  bool ready_;
};

AesBlock filled(std::uint8_t byte) {
  AesBlock block{};
  block.fill(byte);
  return block;
}

void add(AesBlock& to, const AesBlock& block) {
  for (std::size_t i = 0; i < kAesBlockBytes; ++i) to[i] = static_cast<std::uint8_t>(to[i] ^ block[i]);
}

// AES-XCBC-MAC, RFC 3566 section 4. OpenSSL has none.
std::optional<SecretBytes> xcbc_mac(Bytes key, Parts parts) {
  SecretBytes message;
  std::size_t bytes = 0;
  for (const auto part : parts) bytes += part.size();
  message.reserve(bytes + kAesBlockBytes);
  for (const auto part : parts) message.insert(message.end(), part.begin(), part.end());

  AesBlocks outer{key};
  auto key1 = outer.encrypt(filled(0x01));
  const bool is_whole = !message.empty() && message.size() % kAesBlockBytes == 0;
  const auto last_key = outer.encrypt(filled(is_whole ? 0x02 : 0x03));
  if (!is_whole) {
    message.push_back(0x80);
    message.resize((message.size() + kAesBlockBytes - 1) / kAesBlockBytes * kAesBlockBytes);
  }
  AesBlocks inner{key1};
  wipe(key1.data(), key1.size());
  AesBlock chain{};
  for (std::size_t at = 0; at < message.size(); at += kAesBlockBytes) {
    AesBlock block{};
    std::copy_n(message.begin() + static_cast<std::ptrdiff_t>(at), kAesBlockBytes, block.begin());
    add(chain, block);
    if (at + kAesBlockBytes == message.size()) add(chain, last_key);
    chain = inner.encrypt(chain);
  }
  if (!outer.ready() || !inner.ready()) return std::nullopt;
  return SecretBytes{chain.begin(), chain.end()};
}

std::optional<SecretBytes> compute(Mac mac, Hash hash, Bytes key, Parts parts) {
  switch (mac) {
    case Mac::hmac:
      return openssl_mac(mac, digest_name(hash), key, parts);
    case Mac::cmac:
      return openssl_mac(mac, "AES-128-CBC", key, parts);
    case Mac::xcbc:
      return xcbc_mac(key, parts);
  }
  return std::nullopt;
}

/// A key of 128 bits for a PRF that has no other: RFC 4434 section 2, RFC 4615 section 3.
std::optional<SecretBytes> fixed_key(Mac mac, Bytes key) {
  if (mac == Mac::hmac || key.size() == kAesBlockBytes) return to_secret(key);
  if (mac == Mac::xcbc && key.size() < kAesBlockBytes) {
    auto padded = SecretBytes(kAesBlockBytes);
    std::ranges::copy(key, padded.begin());
    return padded;
  }
  return compute(mac, {}, filled(0), {key});
}

template <class Rows, class Member>
auto find_row(const Rows& rows, Member member, std::uint16_t transform) -> decltype(rows.data()) {
  for (const auto& row : rows) {
    if ((row.*member).number == transform) return &row;
  }
  return nullptr;
}

Error unsupported(Kind kind, std::uint16_t number) {
  return {.code = Errc::unsupported, .kind = kind, .number = number};
}

}  // namespace

Result<Prf> find_prf(std::uint16_t transform) {
  const auto* row = find_row(kPrfs, &PrfRow::prf, transform);
  if (row == nullptr) return std::unexpected(unsupported(Kind::prf, transform));
  return row->prf;
}

Result<SecretBytes> prf(const Prf& which, Bytes key, Parts parts) {
  const auto* row = find_row(kPrfs, &PrfRow::prf, which.number);
  if (row == nullptr) return std::unexpected(unsupported(Kind::prf, which.number));
  const auto used_key = fixed_key(row->mac, key);
  auto output = used_key ? compute(row->mac, row->hash, *used_key, parts) : std::nullopt;
  if (!output) return std::unexpected(unsupported(Kind::prf, which.number));
  return std::move(*output);
}

Result<SecretBytes> prf_plus(const Prf& which, Bytes key, Parts seed, std::size_t bytes) {
  if (bytes > kPrfPlusBlocksMax * which.output_bytes) {
    return std::unexpected(Error{.code = Errc::length, .kind = Kind::prf, .number = which.number});
  }
  SecretBytes whole_seed;
  std::size_t seed_bytes = 0;
  for (const auto part : seed) seed_bytes += part.size();
  whole_seed.reserve(seed_bytes);
  for (const auto part : seed) whole_seed.insert(whole_seed.end(), part.begin(), part.end());

  SecretBytes output;
  output.reserve(bytes + which.output_bytes);
  SecretBytes block;
  for (std::uint8_t counter = 1; output.size() < bytes; ++counter) {
    auto next = prf(which, key, {block, whole_seed, Bytes{&counter, 1}});
    if (!next) return next;
    block = std::move(*next);
    output.insert(output.end(), block.begin(), block.end());
  }
  output.resize(bytes);
  return output;
}

Result<Integrity> find_integrity(std::uint16_t transform) {
  const auto* row = find_row(kIntegrities, &IntegrityRow::integrity, transform);
  if (row == nullptr) return std::unexpected(unsupported(Kind::integrity, transform));
  return row->integrity;
}

Result<SecretBytes> icv(const Integrity& integrity, Bytes key, Parts parts) {
  const auto* row = find_row(kIntegrities, &IntegrityRow::integrity, integrity.number);
  if (row == nullptr) return std::unexpected(unsupported(Kind::integrity, integrity.number));
  if (key.size() != row->integrity.key_bytes) {
    return std::unexpected(Error{.code = Errc::key_size, .kind = Kind::integrity, .number = integrity.number});
  }
  auto output = compute(row->mac, row->hash, key, parts);
  if (!output) return std::unexpected(unsupported(Kind::integrity, integrity.number));
  output->resize(row->integrity.icv_bytes);
  return std::move(*output);
}

Result<SecretBytes> hash(Hash which, Parts parts) {
  const auto failed = std::unexpected(unsupported(Kind::hash, static_cast<std::uint16_t>(which)));
  const DigestContext context{EVP_MD_CTX_new()};
  const EVP_MD* const digest = EVP_get_digestbyname(digest_name(which));
  if (!context || digest == nullptr || EVP_DigestInit_ex2(context.get(), digest, nullptr) != 1) return failed;
  for (const auto part : parts) {
    if (!part.empty() && EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) return failed;
  }
  SecretBytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context.get(), out.data(), &size) != 1) return failed;
  out.resize(size);
  return out;
}

std::optional<Hash> hash_of_integrity(std::uint16_t transform) {
  const auto* row = find_row(kIntegrities, &IntegrityRow::integrity, transform);
  if (row == nullptr || row->mac != Mac::hmac) return std::nullopt;
  return row->hash;
}

std::optional<std::uint16_t> prf_of_integrity(std::uint16_t transform) {
  const auto wanted = hash_of_integrity(transform);
  if (!wanted) return std::nullopt;
  for (const auto& row : kPrfs) {
    if (row.mac == Mac::hmac && row.hash == *wanted) return row.prf.number;
  }
  return std::nullopt;
}

bool equal(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace sasync::crypto
