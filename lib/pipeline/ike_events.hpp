#pragma once
// Events of IKE messages with what they encrypt: keys come from the sync stream itself, and from the user. Private to
// the pipeline.

#include <string>
#include <vector>

#include "ike_opener.hpp"
#include "key_collector.hpp"
#include "sasync/crypto/secret_bytes.hpp"
#include "sasync/event/event.hpp"

namespace sasync::pipeline {

/// An IKE message whose inside is looked at later, when the keys that follow it on the sync link are there.
struct ClosedIke {
  std::vector<std::uint8_t> bytes{};
  std::uint32_t hint = 0;
};

class IkeEvents {
 public:
  /// `given` (can be nullptr) must live as long as this; it gets the stream's keys, too.
  IkeEvents(const proto::DecodeOptions& options, keys::KeyStore* given);

  /// Sync messages that tell of an IKE_SA, in the order of the stream. Nothing is derived before something is
  /// encrypted: most inputs are of the sync link alone.
  void take_sync(Bytes message, std::uint32_t hint);
  /// IKE messages in the order of the stream: says in `message` whether it was opened, and what of RFC 6311 it holds.
  void open(const ClosedIke& closed, event::IkeMessage& message);
  /// What was not opened, when there are keys at all; one sentence each.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  static constexpr std::size_t kHeldBytesMax = 64U << 20U;  ///< what is beyond is derived at once
  struct HeldSync {
    crypto::SecretBytes bytes;
    std::uint32_t hint = 0;
  };
  void derive_held();

  keys::KeyStore own_;
  keys::KeyStore& keys_;
  KeyCollector collector_;
  IkeOpener opener_;
  std::vector<HeldSync> held_;
  std::size_t held_bytes_ = 0;
  bool derives_ = false;
};

}  // namespace sasync::pipeline
