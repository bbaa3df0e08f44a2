#include "message_printer.hpp"

namespace sasync::pipeline {

MessagePrinter::MessagePrinter(const DecodeOptions& options) : options_(options) {
  for (const auto& protocol : proto::protocols()) decoders_.push_back(protocol.make_decoder(options.decoding));
  if (options.keys == nullptr) return;
  auto ike = std::make_unique<IkeDecoder>(proto::ike::State{});
  ike_ = ike.get();
  decoders_.at(proto::find_protocol("ike").value()) = std::move(ike);
}

// A fault inside has the place of the ciphertext, as the fields inside have.
void MessagePrinter::show_opened(const OpenedIke& opened, report::Record& record) {
  auto& message = ike_->message();
  const auto& result = opened.result;
  if (result.outcome == keys::Outcome::decrypted) proto::ike::show_decrypted(message, result.payloads);
  if (!opened.note_id.empty()) message.notes.push_back({.id = opened.note_id, .text = opened.note});
  if (result.status) return;
  record.malformed = result.status.error();
  if (result.outcome == keys::Outcome::decrypted) {
    record.malformed->offset = proto::ike::encrypted_offset(message);
  }
}

void MessagePrinter::print(const Batch& batch, const Item& item, Text& out) {
  auto& decoder = *decoders_[item.protocol];
  const auto bytes = batch.payload(item);
  const bool truncated = item.hint.missing != 0;
  const auto status = decoder.decode(bytes, item.hint);
  const bool is_malformed = !status && !proto::comes_of_cut(status.error(), item.hint);
  const bool only_counts = options_.form == Form::stats || options_.form == Form::stats_json;
  if (only_counts && item.opened == Item::kNotOpened) {
    return stats_.count(item.protocol, decoder.head(), item.length, is_malformed, truncated);
  }

  report::Record record{
      .origin = &item.origin,
      .file = options_.files.size() > 1 ? std::string_view{options_.files[item.origin.file]} : std::string_view{},
      .protocol = proto::protocols()[item.protocol].name,
      .head = decoder.head(),
      .bytes = bytes,
      .length = item.length,
      .truncated = truncated,
      .malformed = is_malformed ? std::optional{status.error()} : std::nullopt,
      .notes = {},
      .tracked = item.tracked.all(),
      .fields = &fields_,
      .decoder = &decoder};
  if (item.opened != Item::kNotOpened) show_opened(batch.opened[item.opened], record);
  stats_.count(item.protocol, record.head, item.length, record.malformed.has_value(), truncated);
  if (only_counts) return;
  record.notes = decoder.notes();
  if (options_.form != Form::line) {
    fields_.clear();
    decoder.describe(fields_);
  }
  switch (options_.form) {
    case Form::line:
      return report::print_line(out, record, options_.style);
    case Form::detail:
    case Form::detail_bytes:
      return report::print_detail(out, record, options_.style, options_.form == Form::detail_bytes);
    case Form::json:
      return report::print_json(out, record, options_.style);
    case Form::columns:
      return report::print_columns(out, record, options_.style, options_.columns);
    case Form::stats:
    case Form::stats_json:
      return;
  }
}

}  // namespace sasync::pipeline
