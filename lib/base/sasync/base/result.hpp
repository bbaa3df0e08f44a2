#pragma once
// What decoding yields: a value, or an error that says what is wrong, where, and in which field.
// Malformed traffic is never an exception.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

namespace sasync {

enum class DecodeErrc : std::uint8_t {
  truncated,           ///< the bytes end before the value does
  trailing_bytes,      ///< the value ends before the bytes do
  unterminated,        ///< a text without its closing zero byte
  unknown_family,      ///< an address family whose size nobody knows
  unknown_type,        ///< a type number without which the value has no known size
  bad_value,           ///< a value that the protocol excludes
  bad_length,          ///< a length field that contradicts what it measures
  limit_exceeded,      ///< more than the named limit allows
  bad_compression,     ///< a compressed value that does not inflate
  not_this_protocol,   ///< the bytes are no message of this protocol at all
  bad_checksum,        ///< the message's checksum is not that of its bytes
  bad_authentication,  ///< the proof of origin does not match, or is missing though it can be checked
  missing_field,       ///< a field without which the message means nothing
  repeated,            ///< what may stand once stands a second time
};

/// Where and why decoding stopped. `offset` counts from the first byte of the protocol message; `field` is the
/// field's name as the JSON output spells it and lives for the whole program.
struct DecodeError {
  DecodeErrc code = DecodeErrc::truncated;
  std::size_t offset = 0;
  const char* field = "";
  std::uint64_t announced = 0;  ///< what the message claims: a length, a count, a number (0 when it claims nothing)
  std::uint64_t available = 0;  ///< what is there, or what is allowed

  bool operator==(const DecodeError&) const = default;
};

template <class T>
using Decoded = std::expected<T, DecodeError>;

/// For decoders that fill a reused value: what was read before the fault stays in it.
using DecodeStatus = std::expected<void, DecodeError>;

/// One sentence for people: "truncated: 512 bytes announced, 40 left".
std::string describe(const DecodeError& error);

}  // namespace sasync
