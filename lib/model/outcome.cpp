#include "sasync/model/outcome.hpp"

#include "parts.hpp"

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

}  // namespace sasync::model
