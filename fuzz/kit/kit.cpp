// The target of fuzz-your-parser: somebody else's parser against the reference decoder of SASYNC_KIT_PROTOCOL.
// Rules: it reads nothing behind the message; it refuses what is malformed and takes what says an event; what it says
// of an event is what the decoder says.

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "decoding.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync_kit.h"

namespace sasync::fuzz {
namespace {

constexpr std::size_t kRoomBytes = std::size_t{64} << 10U;

/// Memory that ends where a message ends: behind it lies a page that cannot be read. So reads behind the message are
/// found in parsers, too, that AddressSanitizer has not instrumented.
class GuardedRoom {
 public:
  GuardedRoom() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    auto* const room = mmap(nullptr, kRoomBytes + page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(room != MAP_FAILED, "there is memory");
    room_ = static_cast<std::uint8_t*>(room);
    require(mprotect(room_ + kRoomBytes, page_, PROT_NONE) == 0, "a page can be guarded");
  }
  const std::uint8_t* place(Bytes message) {
    auto* const at = room_ + kRoomBytes - message.size();
    if (!message.empty()) std::memcpy(at, message.data(), message.size());
    return at;
  }

 private:
  std::size_t page_;
  std::uint8_t* room_ = nullptr;
};

/// Every key of `said` is in `reference`, with the same value.
void compare(std::string_view said, const event::SyncEvent& reference) {
  Text text;
  append_json(text, reference, {.show_secrets = true});
  const auto expected = nlohmann::json::parse(view(text));
  const auto got = nlohmann::json::parse(said, nullptr, false);
  require(got.is_object(), "the parser writes one JSON object a line", said);
  for (const auto& [key, value] : got.items()) {
    const auto found = expected.find(key);
    const auto both =
        key + ": " + value.dump() + ", the reference has " + (found == expected.end() ? "none" : found->dump());
    require(found != expected.end() && *found == value, "the parser says what the reference says", both);
  }
}

void compare(std::string_view said, const std::vector<event::SyncEvent>& events) {
  std::size_t count = 0;
  while (!said.empty()) {
    const auto end = std::min(said.find('\n'), said.size());
    require(count < events.size(), "the parser says no more events than the reference", said);
    compare(said.substr(0, end), events[count]);
    ++count;
    said.remove_prefix(std::min(end + 1, said.size()));
  }
  require(count == 0 || count == events.size(), "the parser says as many events as the reference");
}

void run(Bytes in) {
  static GuardedRoom room;
  static Decoding decoding{SASYNC_KIT_PROTOCOL};
  static std::array<char, kRoomBytes> json;

  const auto verdict = sasync_kit_parse(room.place(in), in.size(), json.data(), json.size());
  if (verdict == SASYNC_KIT_UNKNOWN) return;
  decoding.check(in);
  std::vector<event::SyncEvent> events;
  if (decoding.status()) decoding.decoder().append_events(net::Origin{}, nullptr, events);
  if (verdict < 0) {
    require(events.empty(), "the parser accepts what says an event");
    return;
  }
  require(decoding.status().has_value(), "the parser rejects what is malformed",
          decoding.status() ? "" : describe(decoding.status().error()) + ", field " + decoding.status().error().field);
  require(static_cast<std::size_t>(verdict) <= json.size(), "the parser writes no more than there is room for");
  compare(std::string_view{json.data(), static_cast<std::size_t>(verdict)}, events);
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size <= sasync::fuzz::kMessageBytesMax) sasync::fuzz::run({data, size});
  return 0;
}
