#pragma once
// Ciphers of IKE and ESP, by IANA's IKEv2 transform numbers.

#include "sasync/crypto/error.hpp"
#include "sasync/crypto/secret_bytes.hpp"

namespace sasync::crypto {

struct Cipher {
  std::uint16_t number = 0;
  std::size_t key_bytes = 0;
  std::size_t salt_bytes = 0;   ///< follows the key in the key material
  std::size_t iv_bytes = 0;     ///< on the wire
  std::size_t block_bytes = 1;  ///< ciphertexts are a multiple of it
  std::size_t icv_bytes = 0;    ///< of an AEAD; 0: another algorithm protects the message

  [[nodiscard]] bool is_aead() const { return icv_bytes != 0; }
  [[nodiscard]] std::size_t keymat_bytes() const { return key_bytes + salt_bytes; }
};

/// `key_bits` 0 stands for the algorithm's only key size; an algorithm that has several then says key_size.
Result<Cipher> find_cipher(std::uint16_t transform, std::uint16_t key_bits);

/// What goes into a cipher besides the text. `associated` belongs to an AEAD only.
struct CipherInput {
  Bytes keymat;  ///< key and salt
  Bytes iv;
  Bytes associated;
};

/// `icv` of an AEAD is verified; without one it must be empty. No padding is added or taken away.
Result<SecretBytes> decrypt(const Cipher& cipher, const CipherInput& input, Bytes ciphertext, Bytes icv);
/// The ciphertext, and the ICV of an AEAD behind it.
Result<SecretBytes> encrypt(const Cipher& cipher, const CipherInput& input, Bytes plaintext);

}  // namespace sasync::crypto
