#pragma once
// A life's sayings as the events that each system would say them with; none where it has no words for it.

#include <string>
#include <vector>

#include "life.hpp"
#include "sasync/event/event.hpp"
#include "sasync/model/settings.hpp"

namespace sasync::fuzz {

struct Tongue {
  model::Model system = model::Model::fgcp;
  std::string layout = "3c";        ///< strongSwan
  bool numbered = false;            ///< FGCP: messages have numbers
  std::uint64_t output_margin = 0;  ///< OpenBSD
};

/// Appends the messages, which have no time yet. FGCP's are one for a saying.
void speak(const Saying& saying, const Tongue& tongue, std::vector<event::SyncEvent>& out);

std::string member_name(model::MemberIndex member);
event::IkeId ike_id(std::uint8_t tunnel, Serial ike);
std::uint32_t spi_in(Serial child);
std::uint32_t spi_out(Serial child);

}  // namespace sasync::fuzz
