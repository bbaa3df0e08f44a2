// What a member that has the shared key says: a byte that chooses control or PF_KEY, then the plaintext, which is
// padded, hashed and encrypted here, as no mutation could. Rules: those of the decoders and events; both ways of
// knowing a frame's end agree; the PF_KEY message itself is written back in the byte order in which it was read.

#include <algorithm>

#include "decoding.hpp"
#include "sasync/proto/pfkey.hpp"
#include "sasync/proto/sasyncd.hpp"

namespace {

using namespace sasync;
namespace sasyncd = proto::sasyncd;

sasyncd::Sender sender() {
  return {.cipher = sasyncd::Cipher{as_bytes(fuzz::kSasyncdKey)}, .hasher = {}, .next_iv = [] {
            return std::array<std::uint8_t, sasyncd::kIvBytes>{};
          }};
}

void check_pfkey(Bytes in) {
  for (const auto order : {proto::ByteOrder::automatic, proto::ByteOrder::little, proto::ByteOrder::big}) {
    proto::pfkey::Message message;
    const auto status = proto::pfkey::decode(in, order, 0, message);
    if (!status) {
      fuzz::require(status.error().offset <= in.size(), "the error lies inside the message", status.error().field);
      continue;
    }
    Writer written;
    proto::pfkey::encode(message, written);
    fuzz::require(std::ranges::equal(written.view(), in), "what decodes is written back byte by byte");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto key = sasyncd::parse_key(as_text({data, size}));
  fuzz::require(key.has_value() || !key.error().empty(), "an error has words");
  if (size == 0 || size > sasyncd::kCiphertextBytesMax) return 0;
  static const auto kSender = sender();
  static fuzz::Decoding decoding{"sasyncd", fuzz::options_with_keys()};
  const auto type = data[0] % 2 == 0 ? sasyncd::FrameType::control : sasyncd::FrameType::pfkey;
  const auto plain = Bytes{data, size}.subspan(1);
  check_pfkey(plain);
  Writer frame;
  sasyncd::seal(type, plain, kSender, frame);
  decoding.check(frame.view());
  decoding.check_events(net::Origin{});
  proto::Fields fields;
  decoding.decoder().describe(fields);
  const auto cut = sasyncd::cut_stream(frame.view(), false);
  fuzz::require(!decoding.status() || (cut.kind == net::StreamCut::Kind::message && cut.bytes == frame.size()),
                "a frame that decodes is one message of its stream");
  return 0;
}
