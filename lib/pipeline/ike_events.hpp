#pragma once
// Events of IKE messages with what they encrypt: keys come from the sync stream itself, and from the user. Private to
// the pipeline.

#include <string>
#include <vector>

#include "ike_opener.hpp"
#include "key_collector.hpp"
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

  /// Sync messages that tell of an IKE_SA, in the order of the stream.
  void take_sync(Bytes message, std::uint32_t hint) { collector_.take(message, hint); }
  /// IKE messages in the order of the stream: says in `message` whether it was opened, and what of RFC 6311 it holds.
  void open(const ClosedIke& closed, event::IkeMessage& message);
  /// What was not opened, when there are keys at all; one sentence each.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  keys::KeyStore own_;
  keys::KeyStore& keys_;
  KeyCollector collector_;
  IkeOpener opener_;
};

}  // namespace sasync::pipeline
