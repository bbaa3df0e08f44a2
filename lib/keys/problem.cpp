#include "sasync/keys/problem.hpp"

#include <fmt/format.h>

#include "sasync/proto/ike_names.hpp"

namespace sasync::keys {
namespace {

std::string algorithm(const crypto::Error& error) {
  std::string_view kind;
  std::string_view name;
  switch (error.kind) {
    case crypto::Kind::encryption:
      kind = "encryption";
      name = proto::encryption_name(error.number);
      break;
    case crypto::Kind::prf:
      kind = "PRF";
      name = proto::prf_name(error.number);
      break;
    case crypto::Kind::integrity:
      kind = "integrity";
      name = proto::integrity_name(error.number);
      break;
    case crypto::Kind::hash:
      kind = "hash";
      break;
  }
  auto text = name.empty() ? fmt::format("{} algorithm {}", kind, error.number) : fmt::format("{} {}", kind, name);
  if (error.key_bits != 0) text += fmt::format(" with a key of {} bits", error.key_bits);
  return text;
}

}  // namespace

Problem problem_of(const crypto::Error& error) {
  switch (error.code) {
    case crypto::Errc::unsupported:
      return {ProblemCode::unsupported, algorithm(error) + " is not supported"};
    case crypto::Errc::key_size:
      return {ProblemCode::unsupported, algorithm(error) + ": there is no such key size"};
    case crypto::Errc::length:
      return {ProblemCode::malformed, algorithm(error) + ": the length of its input does not fit"};
    case crypto::Errc::not_authentic:
      return {ProblemCode::not_authentic, algorithm(error) + ": the integrity check fails"};
  }
  return {};
}

}  // namespace sasync::keys
