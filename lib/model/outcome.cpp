#include "sasync/model/outcome.hpp"

#include <algorithm>

#include "parts.hpp"
#include "texts.hpp"

namespace sasync::model {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::resumed:
      return "resumed";
    case Outcome::rekeyed:
      return "rekeyed";
    case Outcome::renegotiated:
      return "renegotiated";
    case Outcome::lost:
      return "lost";
  }
  return "";
}

std::string_view name_of(Way way) {
  switch (way) {
    case Way::continued:
      return "continued";
    case Way::rekeyed:
      return "rekeyed";
    case Way::renegotiated:
      return "renegotiated";
    case Way::replay_dropped:
      return "replay_dropped";
    case Way::black_holed:
      return "black_holed";
    case Way::mtu_icmp:
      return "mtu_icmp";
    case Way::stopped:
      return "stopped";
  }
  return "";
}

Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to) {
  if (to == kNoMember) {
    return {.outcome = Outcome::lost,
            .inbound = Way::stopped,
            .outbound = Way::stopped,
            .lost_inbound = 1,
            .lost_outbound = 1,
            .reason = texts::kNobodyServes};
  }
  switch (state.settings->model) {
    case Model::strongswan:
      return strongswan::judge(state, child, from, to);
    case Model::fgcp:
      return fgcp::judge(state, child, from, to);
    case Model::openbsd:
      return openbsd::judge(state, child, from, to);
  }
  return {};
}

void meet_route_gap(Verdict& verdict) {
  if (verdict.route_gap) return;
  verdict.route_gap = true;
  // A way on which nothing passes afterwards either is worse than that.
  const bool passes =
      verdict.outbound == Way::continued || verdict.outbound == Way::rekeyed || verdict.outbound == Way::replay_dropped;
  if (passes) verdict.outbound = Way::mtu_icmp;
  auto free = std::ranges::find(verdict.rules, std::string_view{});
  for (const std::string_view rule : {"FG-18", "FG-19"}) {
    if (free != verdict.rules.end()) *free++ = rule;
  }
}

}  // namespace sasync::model
