#include "sasync/base/result.hpp"

#include <fmt/format.h>

namespace sasync {

std::string describe(const DecodeError& error) {
  const auto announced = error.announced;
  const auto available = error.available;
  switch (error.code) {
    case DecodeErrc::truncated:
      return fmt::format("truncated: {} bytes announced, {} left", announced, available);
    case DecodeErrc::trailing_bytes:
      return fmt::format("{} bytes follow the end of the message", available);
    case DecodeErrc::unterminated:
      return fmt::format("text without its closing zero byte, {} bytes left", available);
    case DecodeErrc::unknown_family:
      return fmt::format("address family {} has no known size", announced);
    case DecodeErrc::unknown_type:
      return fmt::format("type {} is not known here, so its size is not either", announced);
    case DecodeErrc::bad_value:
      return fmt::format("value {} is not allowed here", announced);
    case DecodeErrc::bad_length:
      return fmt::format("length {} does not fit: {} expected", announced, available);
    case DecodeErrc::limit_exceeded:
      return fmt::format("{} is more than the limit of {}", announced, available);
    case DecodeErrc::bad_compression:
      return fmt::format("compressed data of {} bytes does not inflate", announced);
    case DecodeErrc::not_this_protocol:
      return "not a message of this protocol";
    case DecodeErrc::bad_checksum:
      return fmt::format("checksum {:08x} does not match: {:08x} computed", announced, available);
    case DecodeErrc::bad_authentication:
      return announced == 0 ? "not authenticated, though there is a password"
                            : "authentication does not match the password";
    case DecodeErrc::missing_field:
      return "a required field is missing";
    case DecodeErrc::repeated:
      return fmt::format("type {} stands here a second time", announced);
  }
  return "unknown error";
}

}  // namespace sasync
