// Every prefix of a message is an error that says where, or a whole message that is written back as it is.
// Where a protocol runs over TCP, the front of a stream is cut alike however much of it is here: "not yet" with the
// size of what begins there, if any, and from that size on always the same.

#include "decoding.hpp"
#include "named_message.hpp"

namespace {

using namespace sasync;
using fuzz::require;
using Kind = net::StreamCut::Kind;

/// Whether the cutter said something that holds for any longer front, too.
bool is_final(const net::StreamCut& cut) { return cut.kind != Kind::not_yet; }

void check_bounds(const net::StreamCut& cut, std::size_t length) {
  if (cut.kind == Kind::message || cut.kind == Kind::skip) {
    require(1 <= cut.bytes && cut.bytes <= length, "what is cut off is there");
  } else if (cut.kind == Kind::not_yet) {
    require(cut.bytes == 0 || cut.bytes > length, "what is not here yet is longer than what is");
  }
}

void check_cuts(net::StreamCutter cut_stream, Bytes whole) {
  net::StreamCut before;
  for (std::size_t length = 1; length <= whole.size(); ++length) {
    check_bounds(cut_stream(whole.first(length), true), length);
    const auto cut = cut_stream(whole.first(length), false);
    check_bounds(cut, length);
    if (is_final(before)) {
      require(cut.kind == before.kind && cut.bytes == before.bytes, "more bytes do not change a cut");
    } else if (before.bytes != 0) {
      require(is_final(cut) == (length >= before.bytes), "a message is here when its last byte is");
      require(cut.kind == Kind::skip || cut.bytes == before.bytes, "a message is as long as was said");
    }
    before = cut;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kBytesMax = 1024;  // the work grows with the square
  const auto message = fuzz::named_message({data, std::min(size, kBytesMax)});
  if (!message) return 0;
  const auto& protocol = proto::protocols()[message->protocol];
  fuzz::Decoding decoding{protocol};
  for (std::size_t length = 0; length <= message->bytes.size(); ++length) {
    decoding.check(message->bytes.first(length), message->hint);
  }
  if (protocol.cut_stream != nullptr) check_cuts(protocol.cut_stream, message->bytes);
  return 0;
}
