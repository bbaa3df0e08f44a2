#include "decoding.hpp"

#include <algorithm>
#include <numeric>

namespace sasync::fuzz {

Decoding::Decoding(std::string_view name, MakeDecoder make_decoder, const proto::DecodeOptions& options)
    : name_(name), make_decoder_(make_decoder), options_(options), decoder_(make_decoder(options)) {}

Decoding::Decoding(const proto::Protocol& protocol, const proto::DecodeOptions& options)
    : Decoding(protocol.name, protocol.make_decoder, options) {}

void Decoding::check(Bytes in, std::uint32_t hint) {
  status_ = decoder_->decode(in, hint);
  if (!status_) {
    require(status_.error().offset <= in.size(), "the error lies inside the message", status_.error().field);
    require(*status_.error().field != '\0', "the error names a field");
    return;
  }
  written_.clear();
  decoder_->encode(written_);
  require(std::ranges::equal(written_.view(), in), "what decodes is written back byte by byte", name_);
}

void Decoding::check_again(Bytes in, std::uint32_t hint) const {
  const auto fresh = make_decoder_(options_);
  require(fresh->decode(in, hint) == status_, "the same bytes twice decode or fail the same", name_);
  const auto is_head = [head = fresh->head()](const proto::MessageHead& other) {
    return head.message == other.message && head.type == other.type && head.version == other.version &&
           head.layout == other.layout;
  };
  require(is_head(decoder_->head()), "the same bytes twice are the same message", name_);
  Text once;
  decoder_->summarize(once);
  Text twice;
  fresh->summarize(twice);
  require(view(once) == view(twice), "the same bytes twice say the same", view(twice));
  const auto is_note = [](const proto::Note& a, const proto::Note& b) { return a.id == b.id && a.text == b.text; };
  require(std::ranges::equal(decoder_->notes(), fresh->notes(), is_note), "the same bytes twice have the same notes");
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
  // A new decoder is dear: some of the short messages do, the same ones every time. The target `printers` does all.
  constexpr std::size_t kAgainBytesMax = 64;
  constexpr unsigned kAgainOnceIn = 8;
  const auto sum = in.size() <= kAgainBytesMax ? std::accumulate(in.begin(), in.end(), 0U) : 1U;
  if (sum % kAgainOnceIn == 0) decoding.check_again(in);
}

}  // namespace sasync::fuzz
