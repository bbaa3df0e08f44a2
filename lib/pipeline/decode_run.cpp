#include "sasync/pipeline/decode_run.hpp"

#include <algorithm>
#include <thread>

#include "datagram_source.hpp"
#include "message_printer.hpp"

namespace sasync::pipeline {
namespace {

constexpr std::size_t kBatchesPerWorker = 3;
constexpr std::size_t kFlushBytes = 1U << 20U;

void work(BatchExchange& batches, MessagePrinter& printer) {
  while (auto batch = batches.take_work()) {
    for (const auto& item : batch->items) {
      printer.print(*batch, item, batch->out);
      if (batch->out.size() > kFlushBytes) batches.flush_early(*batch);
    }
    batches.finish(std::move(batch));
  }
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
  const std::size_t workers =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  BatchExchange batches{workers * kBatchesPerWorker, output};
  DatagramSource source{options, batches, listener, stop, [&] { return begin_output(options, output); }};
  std::vector<std::unique_ptr<MessagePrinter>> printers;
  bool complete = false;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
      auto* printer = printers.emplace_back(std::make_unique<MessagePrinter>(options)).get();
      threads.emplace_back([&batches, printer] { work(batches, *printer); });
    }
    complete = source.read_all();
    batches.close();
  }

  report::MessageStats stats;
  for (const auto& printer : printers) stats.add(printer->stats());
  if (output.is_open()) write_stats(options, source.stats(), stats, output);
  if (!output.error().empty()) listener.say(output.error());
  if (!output.reader_gone()) {
    for (const auto& remark : source.remarks()) listener.say(remark);
  }
  return {.trouble = (!complete && !output.reader_gone()) || !output.error().empty(),
          .malformed = stats.malformed() != 0};
}

}  // namespace sasync::pipeline
