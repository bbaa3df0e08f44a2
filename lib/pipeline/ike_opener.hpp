#pragma once
// What the user's keys say of IKE messages. Decryption depends on the order of messages (fragments, IVs of IKEv1), so
// that it is done where messages are found. Private to the pipeline.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sasync/keys/decrypt.hpp"

namespace sasync::pipeline {

/// One encrypted message, opened or not.
struct OpenedIke {
  keys::Decrypted result;
  std::string_view note_id{};  ///< empty: it was opened, and there is nothing to say
  std::string note{};          ///< one sentence, without key material
};

class IkeOpener {
 public:
  /// `keys` must live as long as this, and may grow meanwhile.
  explicit IkeOpener(const keys::KeyStore& keys) : decryptor_(keys) {}

  /// All IKE messages in capture order. Nothing for those that are not encrypted, malformed, or cut by the capture.
  std::optional<OpenedIke> open(Bytes message, std::uint32_t hint);

  /// What was not opened: one sentence each.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  keys::Decryptor decryptor_;
  proto::ike::State state_;
  proto::ike::Message message_;
  static constexpr std::size_t kOutcomes = 6;
  std::array<std::uint64_t, kOutcomes> counts_{};
};

}  // namespace sasync::pipeline
