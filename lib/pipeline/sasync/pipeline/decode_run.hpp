#pragma once
// One run of sasync-decode: captures -> frames -> datagrams -> messages -> output, in batches, on as many threads as
// help. One thread reads. Everything that depends on the order of frames (reassembly, layouts of senders, counts) is
// done by another; decoding and printing of a batch by any; batches are written in order. So the output does not depend
// on the number of threads.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/pipeline/output.hpp"
#include "sasync/proto/dispatcher.hpp"
#include "sasync/report/record.hpp"

namespace sasync::keys {
class KeyStore;
}

namespace sasync::pipeline {

enum class Form : std::uint8_t { line, detail, detail_bytes, json, columns, stats, stats_json };

struct DecodeOptions {
  std::vector<std::string> files;      ///< "-" is standard input
  std::string interface;               ///< decodes live when not empty
  std::string filter;                  ///< pcap filter expression
  std::vector<std::size_t> protocols;  ///< indices of those to keep; empty keeps all
  std::uint64_t messages_max = 0;      ///< stops after so many; 0 never does
  proto::Dispatcher dispatcher;
  proto::DecodeOptions decoding;
  const keys::KeyStore* keys = nullptr;  ///< opens what IKE encrypts with them
  keys::KeyStore* collected = nullptr;   ///< takes the keys that sync messages tell; can be the same
  Form form = Form::line;
  std::vector<std::string> columns;
  bool column_header = false;
  report::Style style;
  unsigned threads = 0;  ///< beside the one that reads; 0: one less than there are processors
};

/// What a run says beside its results. Called from the thread of the run only.
struct Listener {
  /// One line for people, without the tool's name: a warning, an error, what was skipped.
  std::function<void(std::string_view)> say;
  /// Called now and then while files are read: bytes read and in all (0: not known), frames so far.
  std::function<void(std::uint64_t, std::uint64_t, std::uint64_t)> progress;
};

struct DecodeOutcome {
  bool trouble = false;    ///< an input could not be read to its end, or the output not be written
  bool malformed = false;  ///< a message was malformed
};

/// Runs until the inputs end, `messages_max` is reached, the output closes, or `stop` is set.
DecodeOutcome run_decode(const DecodeOptions& options, Output& output, const Listener& listener,
                         const std::atomic<bool>& stop);

}  // namespace sasync::pipeline
