// Events as JSON Lines: what is read is written, and read again it is the same; with secrets and without.

#include "sasync/event/event_json.hpp"

#include "oracle.hpp"

namespace {

using namespace sasync;
using fuzz::require;

std::string written(const event::SyncEvent& event, bool show_secrets) {
  Text out;
  append_json(out, event, {.show_secrets = show_secrets});
  return {out.data(), out.size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto event = event::read_json(as_text({data, size}), 1);
  if (!event) {
    require(!describe(event.error()).empty(), "an error has words");
    return 0;
  }
  for (const bool show_secrets : {true, false}) {
    const auto once = written(*event, show_secrets);
    const auto read = event::read_json(once);
    require(read.has_value(), "an event that was written can be read", read ? "" : describe(read.error()));
    require(!show_secrets || *read == *event, "an event comes back as it was", once);
    require(written(*read, show_secrets) == once, "an event is written the same twice", once);
  }
  return 0;
}
