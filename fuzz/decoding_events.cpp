// Apart from the other rules: it brings a reader of JSON with it.
#include "decoding.hpp"
#include "sasync/event/event_json.hpp"

namespace sasync::fuzz {

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

}  // namespace sasync::fuzz
