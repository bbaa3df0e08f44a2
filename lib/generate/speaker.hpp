#pragma once
// From an event to the bytes of its message and the frame around it.

#include "plan.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/proto/fgcp_sync.hpp"

namespace sasync::generate {

class Speaker {
 public:
  explicit Speaker(const Plan& plan);

  /// Bytes are valid until the next call.
  Bytes message(const event::SyncEvent& event);
  Bytes frame(std::uint8_t sender, Bytes message);
  /// FGCP's heartbeat, EtherType 0x8890.
  Bytes heartbeat(std::uint8_t member, std::uint8_t virtual_cluster);
  Bytes heartbeat_frame(std::uint8_t member, Bytes message);

 private:
  const Plan& plan_;
  proto::fgcp_sync::EventEncoder fgcp_;
  Writer message_, frame_;
  std::array<std::uint16_t, kMembersMax> identification_{};
};

inline constexpr std::uint16_t kGroupId = 7;

}  // namespace sasync::generate
