#include "algorithms.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace sasync::generate {
namespace {

using enum state::AlgorithmKind;

// Key lengths: RFC 7296 section 2.13 and RFC 2104 (as long as the hash); salts: RFC 4106; groups: RFC 3526, RFC 5903
// (both coordinates in public, one as the secret), RFC 8031.
constexpr std::array kAlgorithms{
    Algorithm{encryption, event::kEncryptionAesCbc, 128, 16, 0},
    Algorithm{encryption, event::kEncryptionAesCbc, 192, 24, 0},
    Algorithm{encryption, event::kEncryptionAesCbc, 256, 32, 0},
    Algorithm{encryption, event::kEncryptionAesGcm16, 128, 20, 0},
    Algorithm{encryption, event::kEncryptionAesGcm16, 192, 28, 0},
    Algorithm{encryption, event::kEncryptionAesGcm16, 256, 36, 0},
    Algorithm{integrity, event::kIntegrityHmacSha1_96, 0, 20, 0},
    Algorithm{integrity, event::kIntegrityHmacSha2_256_128, 0, 32, 0},
    Algorithm{integrity, event::kIntegrityHmacSha2_384_192, 0, 48, 0},
    Algorithm{integrity, event::kIntegrityHmacSha2_512_256, 0, 64, 0},
    Algorithm{prf, event::kPrfHmacSha1, 0, 20, 0},
    Algorithm{prf, event::kPrfHmacSha2_256, 0, 32, 0},
    Algorithm{prf, event::kPrfHmacSha2_384, 0, 48, 0},
    Algorithm{prf, event::kPrfHmacSha2_512, 0, 64, 0},
    Algorithm{dh_group, event::kKeyExchangeModp1024, 0, 128, 128},
    Algorithm{dh_group, event::kKeyExchangeModp1536, 0, 192, 192},
    Algorithm{dh_group, event::kKeyExchangeModp2048, 0, 256, 256},
    Algorithm{dh_group, event::kKeyExchangeModp3072, 0, 384, 384},
    Algorithm{dh_group, event::kKeyExchangeModp4096, 0, 512, 512},
    Algorithm{dh_group, event::kKeyExchangeEcp256, 0, 32, 64},
    Algorithm{dh_group, event::kKeyExchangeEcp384, 0, 48, 96},
    Algorithm{dh_group, event::kKeyExchangeEcp521, 0, 66, 132},
    Algorithm{dh_group, event::kKeyExchangeCurve25519, 0, 32, 32},
};

}  // namespace

const Algorithm* find_algorithm(state::AlgorithmKind kind, std::string_view name) {
  const auto at = std::ranges::find_if(kAlgorithms, [&](const auto& one) {
    return one.kind == kind && state::canonical_name(kind, one.number, one.bits) == name;
  });
  return at == kAlgorithms.end() ? nullptr : &*at;
}

const Algorithm& algorithm(state::AlgorithmKind kind, const std::optional<std::uint16_t>& number, std::uint16_t bits) {
  const auto at = std::ranges::find_if(
      kAlgorithms, [&](const auto& one) { return one.kind == kind && number == one.number && bits == one.bits; });
  if (at == kAlgorithms.end()) throw std::logic_error("sasync-gen made a proposal that it does not know");
  return *at;
}

const Algorithm& encryption_of(const event::Proposal& proposal) {
  return algorithm(encryption, proposal.encryption, proposal.encryption_bits.value_or(0));
}

}  // namespace sasync::generate
