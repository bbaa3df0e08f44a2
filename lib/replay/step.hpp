#pragma once
// One step of the machine as those see it who write the report. Private to replay.

#include <optional>

#include "sasync/model/machine.hpp"

namespace sasync::replay {

struct StepInfo {
  const model::State& state;  ///< after it
  const model::Input& input;
  const model::Effects& effects;
  std::uint64_t event = 0;  ///< number of the event that it belongs to
};

/// A packet, and the SA it belongs to; nothing when the step is none. An SPI that nobody holds gives kNone.
struct PacketOf {
  model::Index child = model::kNone;
  event::Direction direction = event::Direction::outbound;
  Timestamp time{};
};

inline std::optional<PacketOf> packet_of(const StepInfo& step) {
  using event::Direction;
  if (const auto* packet = std::get_if<model::Packet>(&step.input)) {
    return PacketOf{packet->child, packet->direction, packet->time};
  }
  const auto* said = std::get_if<model::Said>(&step.input);
  const auto* esp = said == nullptr ? nullptr : std::get_if<event::EspPacket>(&said->event->body);
  if (esp == nullptr) return std::nullopt;
  const auto child = step.state.find_child_out(esp->spi, esp->destination);
  if (child != model::kNone) return PacketOf{child, Direction::outbound, said->event->time};
  return PacketOf{step.state.find_child_in(esp->spi, esp->destination), Direction::inbound, said->event->time};
}

}  // namespace sasync::replay
