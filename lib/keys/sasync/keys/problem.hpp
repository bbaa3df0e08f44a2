#pragma once
// Why keys could not be had or used: for programs a code, for people a sentence. Never with key material in it.

#include <cstdint>
#include <expected>
#include <string>

#include "sasync/crypto/error.hpp"

namespace sasync::keys {

enum class ProblemCode : std::uint8_t {
  unsupported,     ///< an algorithm, by name
  unknown_sa,      ///< the message builds on an SA that was never announced
  incomplete,      ///< the message lacks what keys are made of
  limit_exceeded,  ///< more than the named limit allows
  malformed,       ///< the message or the table contradicts itself
  not_authentic,   ///< the integrity check or the hash fits no key that is known
  file,            ///< a file could not be read or written
};

struct Problem {
  ProblemCode code = ProblemCode::unsupported;
  std::string text;
};

template <class T>
using Expected = std::expected<T, Problem>;
using Status = Expected<void>;

/// Names the algorithm as the decoder does: "integrity AES_128_GMAC is not supported".
Problem problem_of(const crypto::Error& error);

}  // namespace sasync::keys
