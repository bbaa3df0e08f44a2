#pragma once
// The thread that reads: captures -> frames, in batches. Private to the pipeline.

#include <functional>
#include <memory>
#include <string>

#include "batches.hpp"
#include "sasync/capture/capture.hpp"
#include "sasync/pipeline/decode_run.hpp"

namespace sasync::pipeline {

class FrameReader {
 public:
  struct Hooks {
    std::function<bool()>
        begin_output;                  ///< called once, when the first input is open; nothing is read if it says false
    std::function<bool()> has_enough;  ///< no more frames are wanted
    BatchExchange::Work help;          ///< for BatchExchange::take_free()
  };
  FrameReader(const DecodeOptions& options, BatchExchange& batches, const Listener& listener, Hooks hooks);

  /// Reads all inputs. False when one of them could not be read to its end.
  bool read_all();

 private:
  bool read_inputs();
  bool read(capture::Capture& capture, const std::string& name);
  void take(const net::Frame& frame);
  void submit();
  void report_progress(const capture::Capture& capture);
  bool is_done();

  const DecodeOptions& options_;
  BatchExchange& batches_;
  const Listener& listener_;
  Hooks hooks_;
  std::unique_ptr<Batch> batch_;
  std::uint64_t frames_ = 0;
  bool done_ = false;  ///< looked at once a batch: asking costs what another thread is at work on
};

}  // namespace sasync::pipeline
