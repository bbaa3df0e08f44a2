#include "sasync/pipeline/decode_run.hpp"

#include <algorithm>
#include <thread>

#include "frame_reader.hpp"
#include "message_finder.hpp"
#include "message_printer.hpp"

namespace sasync::pipeline {
namespace {

constexpr std::size_t kBatchesPerThread = 3;
constexpr std::size_t kFlushBytes = 1U << 20U;

void decode(std::unique_ptr<Batch> batch, BatchExchange& batches, MessagePrinter& printer) {
  for (const auto& item : batch->items) {
    printer.print(*batch, item, batch->out);
    if (batch->out.size() > kFlushBytes) batches.flush_early(*batch);
  }
  batches.finish(std::move(batch));
}

void find_and_decode(BatchExchange& batches, MessageFinder& finder, MessagePrinter& printer) {
  while (auto batch = batches.take_read_or_found()) {
    if (batch->is_found) {
      decode(std::move(batch), batches, printer);
    } else {
      finder.find(*batch);
      batches.found(std::move(batch));
    }
  }
}

/// The thread that reads does their work, too.
std::size_t workers_wanted(unsigned threads) {
  if (threads != 0) return threads;
  return std::max(2U, std::thread::hardware_concurrency()) - 1;
}

/// Not before an input could be opened: a wrong name must not cost the file that the output is to replace.
bool begin_output(const DecodeOptions& options, Output& output) {
  if (!output.open()) return false;
  if (options.form != Form::columns || !options.column_header) return true;
  Text header;
  std::string_view tab;
  for (const auto& column : options.columns) {
    append(header, tab);
    append(header, column);
    tab = "\t";
  }
  append(header, '\n');
  return output.write(view(header));
}

void write_stats(const DecodeOptions& options, const report::CaptureStats& capture,
                 const report::MessageStats& messages, Output& output) {
  Text out;
  if (options.form == Form::stats) report::print_stats_table(out, capture, messages);
  if (options.form == Form::stats_json) report::print_stats_json(out, capture, messages);
  if (out.size() != 0) output.write(view(out));
}

}  // namespace

DecodeOutcome run_decode(const DecodeOptions& options, Output& output, const Listener& listener,
                         const std::atomic<bool>& stop) {
  const auto workers = workers_wanted(options.threads);
  BatchExchange batches{(workers + 1) * kBatchesPerThread, output};
  MessageFinder finder{options};
  MessagePrinter reader_printer{options};
  FrameReader reader{
      options,
      batches,
      listener,
      {.begin_output = [&] { return begin_output(options, output); },
       .has_enough = [&] { return finder.has_enough() || stop.load(std::memory_order_relaxed); },
       .help = [&](std::unique_ptr<Batch> batch) { decode(std::move(batch), batches, reader_printer); }}};
  std::vector<std::unique_ptr<MessagePrinter>> printers;
  bool complete = false;
  {
    std::vector<std::jthread> threads;
    const auto start = [&](const std::function<void(MessagePrinter&)>& work) {
      auto* printer = printers.emplace_back(std::make_unique<MessagePrinter>(options)).get();
      threads.emplace_back([&batches, work, printer] { batches.run([&] { work(*printer); }); });
    };
    batches.run([&] {
      start([&](MessagePrinter& printer) { find_and_decode(batches, finder, printer); });
      while (threads.size() < workers) {
        start([&](MessagePrinter& printer) {
          while (auto batch = batches.take_found()) decode(std::move(batch), batches, printer);
        });
      }
      complete = reader.read_all();
      batches.close();
    });
  }
  batches.rethrow_failure();

  auto stats = reader_printer.stats();
  for (const auto& printer : printers) stats.add(printer->stats());
  if (output.is_open()) write_stats(options, finder.stats(), stats, output);
  if (!output.error().empty()) listener.say(output.error());
  if (!output.reader_gone()) {
    for (const auto& remark : finder.remarks()) listener.say(remark);
  }
  return {.trouble = (!complete && !output.reader_gone()) || !output.error().empty(),
          .malformed = stats.malformed() != 0};
}

}  // namespace sasync::pipeline
