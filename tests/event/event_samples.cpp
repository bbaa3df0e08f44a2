// Writes generated events of every kind, as JSON Lines: with secrets, and without.

#include <cstdio>

#include "event/random_event.hpp"
#include "sasync/event/event_json.hpp"

int main() {
  using namespace sasync;
  constexpr std::size_t kEventsPerKind = 24;
  testing::RandomEvents random(testing::property_seeds().back());
  Text text;
  for (std::size_t i = 0; i < kEventsPerKind * event::kKindCount; ++i) {
    const auto made = random.of_kind(static_cast<event::Kind>(i % event::kKindCount));
    event::append_json(text, made, {.show_secrets = i % 2 == 0});
    append(text, '\n');
  }
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
