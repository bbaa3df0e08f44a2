#include "sasync/crypto/cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace sasync::crypto {
namespace {

/// How the IV of the packet and the salt of the key material make the algorithm's own nonce or counter block.
enum class Mode : std::uint8_t { null, cbc, ctr, gcm, ccm, chacha };

struct Row {
  std::uint16_t number;
  std::uint16_t key_bits;
  Mode mode;
  std::uint8_t icv_bytes;
  const EVP_CIPHER* (*algorithm)();
};

enum Transform : std::uint16_t {
  kTripleDes = 3,
  kNull = 11,
  kAesCbc = 12,
  kAesCtr = 13,
  kAesCcm8 = 14,
  kAesCcm12 = 15,
  kAesCcm16 = 16,
  kAesGcm8 = 18,
  kAesGcm12 = 19,
  kAesGcm16 = 20,
  kChaCha20Poly1305 = 28,
};

constexpr std::array kRows{
    Row{kTripleDes, 192, Mode::cbc, 0, EVP_des_ede3_cbc},
    Row{kNull, 0, Mode::null, 0, EVP_enc_null},
    Row{kAesCbc, 128, Mode::cbc, 0, EVP_aes_128_cbc},
    Row{kAesCbc, 192, Mode::cbc, 0, EVP_aes_192_cbc},
    Row{kAesCbc, 256, Mode::cbc, 0, EVP_aes_256_cbc},
    Row{kAesCtr, 128, Mode::ctr, 0, EVP_aes_128_ctr},
    Row{kAesCtr, 192, Mode::ctr, 0, EVP_aes_192_ctr},
    Row{kAesCtr, 256, Mode::ctr, 0, EVP_aes_256_ctr},
    Row{kAesCcm8, 128, Mode::ccm, 8, EVP_aes_128_ccm},
    Row{kAesCcm8, 192, Mode::ccm, 8, EVP_aes_192_ccm},
    Row{kAesCcm8, 256, Mode::ccm, 8, EVP_aes_256_ccm},
    Row{kAesCcm12, 128, Mode::ccm, 12, EVP_aes_128_ccm},
    Row{kAesCcm12, 192, Mode::ccm, 12, EVP_aes_192_ccm},
    Row{kAesCcm12, 256, Mode::ccm, 12, EVP_aes_256_ccm},
    Row{kAesCcm16, 128, Mode::ccm, 16, EVP_aes_128_ccm},
    Row{kAesCcm16, 192, Mode::ccm, 16, EVP_aes_192_ccm},
    Row{kAesCcm16, 256, Mode::ccm, 16, EVP_aes_256_ccm},
    Row{kAesGcm8, 128, Mode::gcm, 8, EVP_aes_128_gcm},
    Row{kAesGcm8, 192, Mode::gcm, 8, EVP_aes_192_gcm},
    Row{kAesGcm8, 256, Mode::gcm, 8, EVP_aes_256_gcm},
    Row{kAesGcm12, 128, Mode::gcm, 12, EVP_aes_128_gcm},
    Row{kAesGcm12, 192, Mode::gcm, 12, EVP_aes_192_gcm},
    Row{kAesGcm12, 256, Mode::gcm, 12, EVP_aes_256_gcm},
    Row{kAesGcm16, 128, Mode::gcm, 16, EVP_aes_128_gcm},
    Row{kAesGcm16, 192, Mode::gcm, 16, EVP_aes_192_gcm},
    Row{kAesGcm16, 256, Mode::gcm, 16, EVP_aes_256_gcm},
    Row{kChaCha20Poly1305, 256, Mode::chacha, 16, EVP_chacha20_poly1305},
};

constexpr std::size_t kBitsPerByte = 8;
constexpr std::size_t kAesBlockBytes = 16;
constexpr std::size_t kDesBlockBytes = 8;

Cipher cipher_of(const Row& row) {
  Cipher cipher{.number = row.number, .key_bytes = row.key_bits / kBitsPerByte, .icv_bytes = row.icv_bytes};
  switch (row.mode) {
    case Mode::null:
      break;
    case Mode::cbc:  // RFC 2451 section 3, RFC 3602 section 3
      cipher.block_bytes = cipher.iv_bytes = row.number == kTripleDes ? kDesBlockBytes : kAesBlockBytes;
      break;
    case Mode::ctr:     // RFC 3686 section 4, RFC 5930
    case Mode::gcm:     // RFC 4106 section 4, RFC 5282
    case Mode::chacha:  // RFC 7634 section 2
      cipher.iv_bytes = 8;
      cipher.salt_bytes = 4;
      break;
    case Mode::ccm:  // RFC 4309 section 4, RFC 5282
      cipher.iv_bytes = 8;
      cipher.salt_bytes = 3;
      break;
  }
  return cipher;
}

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

enum class Direction : std::uint8_t { decrypt = 0, encrypt = 1 };

/// Salt and IV, and for CTR the block counter that begins with 1 (RFC 3686 section 4).
SecretBytes nonce_of(const Row& row, const CipherInput& input) {
  const Bytes salt = input.keymat.subspan(row.key_bits / kBitsPerByte);
  SecretBytes nonce(salt.begin(), salt.end());
  nonce.insert(nonce.end(), input.iv.begin(), input.iv.end());
  if (row.mode == Mode::ctr) nonce.insert(nonce.end(), {0, 0, 0, 1});
  return nonce;
}

bool control(EVP_CIPHER_CTX* context, int command, std::size_t size, void* data) {
  return EVP_CIPHER_CTX_ctrl(context, command, static_cast<int>(size), data) == 1;
}

/// One run of a cipher through OpenSSL, in the order of calls that its modes want (CCM: lengths and tag before data).
class Run {
 public:
  Run(const Row& row, const CipherInput& input, Direction direction)
      : row_(row), input_(input), direction_(direction), context_(EVP_CIPHER_CTX_new()) {}

  bool start(Bytes icv) {
    const auto nonce = nonce_of(row_, input_);
    const int encrypting = static_cast<int>(direction_);
    if (!context_ || EVP_CipherInit_ex2(context_.get(), row_.algorithm(), nullptr, nullptr, encrypting, nullptr) != 1) {
      return false;
    }
    if (row_.icv_bytes != 0 && !control(context_.get(), EVP_CTRL_AEAD_SET_IVLEN, nonce.size(), nullptr)) return false;
    const bool tag_first = row_.icv_bytes != 0 && (direction_ == Direction::decrypt || row_.mode == Mode::ccm);
    if (tag_first) {
      tag_.assign(icv.begin(), icv.end());
      void* const tag = direction_ == Direction::decrypt ? tag_.data() : nullptr;
      if (!control(context_.get(), EVP_CTRL_AEAD_SET_TAG, row_.icv_bytes, tag)) return false;
    }
    const auto* const iv = nonce.empty() ? nullptr : nonce.data();
    const auto* const key = input_.keymat.empty() ? nullptr : input_.keymat.data();
    return EVP_CipherInit_ex2(context_.get(), nullptr, key, iv, encrypting, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1;
  }

  /// False also when a tag does not fit: CCM says so here, GCM and ChaCha20-Poly1305 in finish().
  bool feed(Bytes text, SecretBytes& out) {
    int size = 0;
    const auto bytes = static_cast<int>(text.size());
    if (row_.mode == Mode::ccm && EVP_CipherUpdate(context_.get(), nullptr, &size, nullptr, bytes) != 1) return false;
    if (row_.icv_bytes != 0 && !input_.associated.empty() &&
        EVP_CipherUpdate(context_.get(), nullptr, &size, input_.associated.data(),
                         static_cast<int>(input_.associated.size())) != 1) {
      return false;
    }
    // CCM verifies in this call, so it is made for an empty text, too; it wants pointers all the same.
    static constexpr std::uint8_t kNothing = 0;
    std::uint8_t nowhere = 0;
    if (text.empty() && row_.mode != Mode::ccm) return true;
    return EVP_CipherUpdate(context_.get(), out.empty() ? &nowhere : out.data(), &size,
                            text.empty() ? &kNothing : text.data(), bytes) == 1;
  }

  bool finish() {
    if (row_.mode == Mode::ccm) return true;
    std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> none{};
    int size = 0;
    return EVP_CipherFinal_ex(context_.get(), none.data(), &size) == 1;
  }

  bool take_tag(SecretBytes& out) {
    const auto at = out.size();
    out.resize(at + row_.icv_bytes);
    return control(context_.get(), EVP_CTRL_AEAD_GET_TAG, row_.icv_bytes, out.data() + at);
  }

 private:
  const Row& row_;
  const CipherInput& input_;
  Direction direction_;
  Context context_;
  SecretBytes tag_;
};

const Row* find_row(std::uint16_t number, std::size_t key_bytes) {
  for (const auto& row : kRows) {
    if (row.number == number && row.key_bits / kBitsPerByte == key_bytes) return &row;
  }
  return nullptr;
}

Error error(Errc code, const Cipher& cipher) {
  return {.code = code,
          .kind = Kind::encryption,
          .number = cipher.number,
          .key_bits = static_cast<std::uint16_t>(cipher.key_bytes * kBitsPerByte)};
}

std::optional<Error> check_sizes(const Row* row, const Cipher& cipher, const CipherInput& input, Bytes text) {
  if (row == nullptr) return error(Errc::unsupported, cipher);
  if (input.keymat.size() != cipher.keymat_bytes()) return error(Errc::key_size, cipher);
  if (input.iv.size() != cipher.iv_bytes || text.size() % cipher.block_bytes != 0) return error(Errc::length, cipher);
  return std::nullopt;
}

}  // namespace

Result<Cipher> find_cipher(std::uint16_t transform, std::uint16_t key_bits) {
  const Row* only = nullptr;
  std::size_t sizes = 0;
  for (const auto& row : kRows) {
    if (row.number != transform) continue;
    if (row.key_bits == key_bits) return cipher_of(row);
    only = &row;
    ++sizes;
  }
  if (sizes == 1 && key_bits == 0) return cipher_of(*only);
  return std::unexpected(Error{.code = sizes == 0 ? Errc::unsupported : Errc::key_size,
                               .kind = Kind::encryption,
                               .number = transform,
                               .key_bits = key_bits});
}

Result<SecretBytes> decrypt(const Cipher& cipher, const CipherInput& input, Bytes ciphertext, Bytes icv) {
  const auto* row = find_row(cipher.number, cipher.key_bytes);
  if (const auto wrong = check_sizes(row, cipher, input, ciphertext)) return std::unexpected(*wrong);
  if (icv.size() != cipher.icv_bytes) return std::unexpected(error(Errc::length, cipher));
  SecretBytes out(ciphertext.size());
  if (row->mode == Mode::null) {
    std::ranges::copy(ciphertext, out.begin());
    return out;
  }
  Run run{*row, input, Direction::decrypt};
  if (!run.start(icv)) return std::unexpected(error(Errc::unsupported, cipher));
  if (!run.feed(ciphertext, out) || !run.finish()) return std::unexpected(error(Errc::not_authentic, cipher));
  return out;
}

Result<SecretBytes> encrypt(const Cipher& cipher, const CipherInput& input, Bytes plaintext) {
  const auto* row = find_row(cipher.number, cipher.key_bytes);
  if (const auto wrong = check_sizes(row, cipher, input, plaintext)) return std::unexpected(*wrong);
  SecretBytes out(plaintext.size());
  if (row->mode == Mode::null) {
    std::ranges::copy(plaintext, out.begin());
    return out;
  }
  Run run{*row, input, Direction::encrypt};
  const bool done =
      run.start({}) && run.feed(plaintext, out) && run.finish() && (!cipher.is_aead() || run.take_tag(out));
  if (!done) return std::unexpected(error(Errc::unsupported, cipher));
  return out;
}

}  // namespace sasync::crypto
