#include "sasync/crypto/secret_bytes.hpp"

#include <openssl/crypto.h>

namespace sasync::crypto {

void wipe(void* memory, std::size_t bytes) noexcept { OPENSSL_cleanse(memory, bytes); }

}  // namespace sasync::crypto
