#pragma once
// What cryptography yields: a value, or which algorithm could not be used and why.

#include <cstdint>
#include <expected>

namespace sasync::crypto {

/// IANA's IKEv2 transform types; `hash` has no type there and is numbered by Hash.
enum class Kind : std::uint8_t { encryption = 1, prf = 2, integrity = 3, hash = 4 };

enum class Errc : std::uint8_t {
  unsupported,    ///< nobody wrote it, or the library in use does not have it
  key_size,       ///< the key is not as long as the algorithm wants it
  length,         ///< the input is not as long as the algorithm wants it, or the output would be too long
  not_authentic,  ///< the tag does not fit the bytes
};

struct Error {
  Errc code = Errc::unsupported;
  Kind kind = Kind::encryption;
  std::uint16_t number = 0;  ///< the transform's, as IANA or strongSwan numbers it
  std::uint16_t key_bits = 0;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

}  // namespace sasync::crypto
