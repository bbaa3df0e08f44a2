#pragma once
// Takes keys from the strongSwan HA messages of a capture. Private to the pipeline.

#include <string>
#include <vector>

#include "sasync/keys/key_store.hpp"

namespace sasync::pipeline {

class KeyCollector {
 public:
  /// `keys` must live as long as this.
  KeyCollector(const proto::DecodeOptions& options, keys::KeyStore& keys);

  /// All strongSwan HA messages in capture order, with what their tracker said of them.
  void take(Bytes message, std::uint32_t hint);

  /// Keys that could not be had, and why: one sentence each, the first ones whole.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  static constexpr std::size_t kProblemsMax = 8;

  keys::KeyStore& keys_;
  proto::strongswan_ha::State state_;
  proto::strongswan_ha::Message message_;
  std::vector<std::string> problems_;
  std::uint64_t problem_count_ = 0;
};

}  // namespace sasync::pipeline
