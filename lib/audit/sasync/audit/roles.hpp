#pragma once
// Who is primary of each virtual cluster of FGCP, by what the members say of themselves and do, and O-7: two who send
// as primary at the same time (FX-17). Books of its own: nothing of it is the machine's.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sasync/event/values.hpp"

namespace sasync::audit {

class Roles {
 public:
  /// A sentence for O-7: one for each time that two members come to be primary of one virtual cluster.
  using Conflict = std::optional<std::string>;
  /// When something is said, in nanoseconds since the epoch, and after which silence of its heartbeats a member is
  /// down.
  struct Now {
    std::int64_t ns = 0, timeout_ns = 0;
  };

  /// `role`: what is said of it, if anything. `starts`: it begins anew, and what it said of itself before is over.
  Conflict joins(const std::string& member, std::uint8_t virtual_cluster, std::optional<event::Role> role, bool starts,
                 const Now& now);
  Conflict beats(const std::string& member, std::uint8_t virtual_cluster, std::optional<event::Role> role,
                 const Now& now);
  /// It adds SAs, which only the primary does. Where nobody is primary, it is.
  Conflict adds(const std::string& member, std::uint8_t virtual_cluster, const Now& now);
  /// `to`: "" for nobody.
  void changes(std::uint8_t virtual_cluster, const std::string& to);
  void leaves(const std::string& member);
  /// What was said of roles holds no more.
  void forget();

  /// "" when nobody is known to be.
  [[nodiscard]] std::string_view primary(std::uint8_t virtual_cluster) const;

 private:
  /// One member's in one virtual cluster.
  struct Claim {
    bool says = false;  ///< that it is primary
    bool told = false;  ///< O-7 was told of it, since somebody last gave the role up
  };
  struct Member {
    std::map<std::uint8_t, Claim> claims{};
    std::optional<std::int64_t> beat_ns{};  ///< nothing: no heartbeat was ever seen, which says nothing of its end
  };

  Conflict say(const std::string& member, std::uint8_t virtual_cluster, event::Role role, const Now& now);
  /// Whoever else is primary there and still alive; "" for nobody. The dead give the role up.
  std::string_view other_primary(const std::string& member, std::uint8_t virtual_cluster, const Now& now);
  Conflict contest(const std::string& member, std::uint8_t virtual_cluster, std::string_view how, const Now& now);
  void give_up(const std::string& member, std::uint8_t virtual_cluster);

  std::map<std::string, Member, std::less<>> members_;
  struct Primary {
    std::string name{};
    bool alone = false;  ///< nobody else has said or done anything of a primary since it did
  };
  std::map<std::uint8_t, Primary> primary_;
};

}  // namespace sasync::audit
