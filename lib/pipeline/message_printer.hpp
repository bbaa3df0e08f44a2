#pragma once
// Decodes and prints the items of a batch. One a thread. Private to the pipeline.

#include <memory>
#include <vector>

#include "batches.hpp"
#include "sasync/pipeline/decode_run.hpp"
#include "sasync/report/stats.hpp"

namespace sasync::pipeline {

class MessagePrinter {
 public:
  explicit MessagePrinter(const DecodeOptions& options);

  /// Prints the item's message to `out`; counts it.
  void print(const Batch& batch, const Item& item, Text& out);
  [[nodiscard]] const report::MessageStats& stats() const { return stats_; }

 private:
  void show_opened(const OpenedIke& opened, report::Record& record);

  const DecodeOptions& options_;
  using IkeDecoder = proto::DecoderOf<proto::ike::State, proto::ike::Message>;

  std::vector<std::unique_ptr<proto::Decoder>> decoders_;
  IkeDecoder* ike_ = nullptr;  ///< one of them, when there are keys
  proto::Fields fields_;
  report::MessageStats stats_;
};

}  // namespace sasync::pipeline
