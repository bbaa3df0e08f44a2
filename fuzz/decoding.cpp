#include "decoding.hpp"

#include <algorithm>

#include "sasync/event/event_json.hpp"

namespace sasync::fuzz {
namespace {

const proto::Protocol& row(std::string_view name) {
  const auto found = proto::find_protocol(name);
  require(found.has_value(), "the target's protocol is in the table", name);
  return proto::protocols()[*found];
}

}  // namespace

Decoding::Decoding(std::string_view name, const proto::DecodeOptions& options) : Decoding(row(name), options) {}

Decoding::Decoding(const proto::Protocol& protocol, const proto::DecodeOptions& options)
    : protocol_(&protocol), options_(options), decoder_(protocol.make_decoder(options)) {}

void Decoding::check(Bytes in, std::uint32_t hint) {
  status_ = decoder_->decode(in, hint);
  if (!status_) {
    require(status_.error().offset <= in.size(), "the error lies inside the message", status_.error().field);
    require(*status_.error().field != '\0', "the error names a field");
    return;
  }
  written_.clear();
  decoder_->encode(written_);
  require(std::ranges::equal(written_.view(), in), "what decodes is written back byte by byte", protocol_->name);
}

void Decoding::check_again(Bytes in, std::uint32_t hint) const {
  const auto fresh = protocol_->make_decoder(options_);
  require(fresh->decode(in, hint) == status_, "the same bytes twice decode or fail the same", protocol_->name);
  const auto is_head = [head = fresh->head()](const proto::MessageHead& other) {
    return head.message == other.message && head.type == other.type && head.version == other.version &&
           head.layout == other.layout;
  };
  require(is_head(decoder_->head()), "the same bytes twice are the same message", protocol_->name);
  Text once;
  decoder_->summarize(once);
  Text twice;
  fresh->summarize(twice);
  require(view(once) == view(twice), "the same bytes twice say the same", view(twice));
  const auto is_note = [](const proto::Note& a, const proto::Note& b) { return a.id == b.id && a.text == b.text; };
  require(std::ranges::equal(decoder_->notes(), fresh->notes(), is_note), "the same bytes twice have the same notes");
}

void Decoding::check_events(const net::Origin& origin) {
  std::vector<event::SyncEvent> events;
  decoder_->append_events(origin, status_ ? nullptr : &status_.error(), events);
  for (const auto& event : events) {
    Text json;
    append_json(json, event, {.show_secrets = true});
    const auto read = event::read_json(view(json));
    require(read.has_value(), "an event that was written can be read", view(json));
    Text again;
    append_json(again, *read, {.show_secrets = true});
    require(view(again) == view(json), "an event is written again as it was read", view(json));
  }
}

proto::DecodeOptions options_with_keys() {
  proto::DecodeOptions options;
  options.ha_password = "fuzz";
  options.sasyncd_key = kSasyncdKey;
  return options;
}

void fuzz_protocol(Decoding& decoding, Bytes in) {
  constexpr std::uint32_t kTypeMax = 255;
  if (in.size() > kMessageBytesMax) return;
  decoding.check(in);
  require(decoding.decoder().head().type <= kTypeMax, "a message type fits into the statistics");
  // A new decoder is dear: the long messages are left to the target `printers`.
  constexpr std::size_t kAgainBytesMax = 64;
  if (in.size() <= kAgainBytesMax) decoding.check_again(in);
}

}  // namespace sasync::fuzz
