// Every prefix of a message is an error that says where, or a whole message that is written back as it is.

#include "decoding.hpp"
#include "named_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  constexpr std::size_t kBytesMax = 1024;  // the work grows with the square
  const auto message = fuzz::named_message({data, std::min(size, kBytesMax)});
  if (!message) return 0;
  fuzz::Decoding decoding{proto::protocols()[message->protocol]};
  for (std::size_t length = 0; length <= message->bytes.size(); ++length) {
    decoding.check(message->bytes.first(length), message->hint);
  }
  return 0;
}
