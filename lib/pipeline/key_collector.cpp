#include "key_collector.hpp"

#include <fmt/format.h>

namespace sasync::pipeline {

namespace ha = proto::strongswan_ha;

KeyCollector::KeyCollector(const proto::DecodeOptions& options, keys::KeyStore& keys)
    : keys_(keys), state_{.byte_order = options.byte_order} {}

void KeyCollector::take(Bytes message, std::uint32_t hint) {
  if (!ha::decode(message, hint, state_, message_)) return;  // decoding it says what is wrong
  const auto added = keys_.add(message_);
  if (added) return;
  const auto& problem = added.error();
  // It waits for its IKE_SA, which can still come; remarks() counts those that wait at the end.
  if (problem.code == keys::ProblemCode::unknown_sa && message_.type == ha::MessageType::child_add) return;
  if (problems_.size() < kProblemsMax) problems_.push_back(problem.text);
  ++problem_count_;
}

std::vector<std::string> KeyCollector::remarks() const {
  auto remarks = problems_;
  if (problem_count_ > problems_.size()) {
    remarks.push_back(fmt::format("{} further messages whose keys cannot be had", problem_count_ - problems_.size()));
  }
  if (const auto waiting = keys_.pending_children(); waiting != 0) {
    remarks.push_back(fmt::format(
        "{} CHILD_SAs have no keys: the IKE_ADD of their IKE_SAs, or of a rekey of it, is not in the capture",
        waiting));
  }
  return remarks;
}

}  // namespace sasync::pipeline
