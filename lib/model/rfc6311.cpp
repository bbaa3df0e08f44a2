#include "sasync/model/rfc6311.hpp"

#include <algorithm>
#include <limits>

namespace sasync::model::rfc6311 {
namespace {

constexpr std::uint64_t kMessageIdMax = std::numeric_limits<std::uint32_t>::max();

// Section 5.2: the delta is added to every outbound ESP number of the peer. It has one size, for all child SAs.
std::optional<std::uint64_t> usable_delta(const Endpoint& self, std::optional<std::uint64_t> delta) {
  if (!delta || !self.replay_supported) return std::nullopt;
  if (!self.esn && *delta > kMessageIdMax) return std::nullopt;
  return delta;
}

Refusal allowed(const Endpoint& self) {
  if (!self.established) return Refusal::not_established;
  if (!self.supported) return Refusal::not_supported;
  return Refusal::none;
}

}  // namespace

std::string_view text_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::none:
      return "";
    case Refusal::not_supported:
      return "the peer does not support message ID synchronization";
    case Refusal::not_established:
      return "the IKE SA is not established";
    case Refusal::too_low:
      return "the proposed message ID is below what the peer expects";
    case Refusal::wrong_nonce:
      return "the answer has another nonce";
    case Refusal::nothing_asked:
      return "an answer without a request";
    case Refusal::ids_exhausted:
      return "no message IDs are left";
    case Refusal::wrong_delta_size:
      return "the replay counter delta has the wrong size";
  }
  return "";
}

Proposal propose(Endpoint& self, std::uint32_t nonce, std::uint32_t slack, std::optional<std::uint64_t> replay_delta) {
  if (const auto refusal = allowed(self); refusal != Refusal::none) return {{}, refusal};
  if (self.asked && self.asked->expected_send >= self.next_send) return {self.asked, Refusal::none};
  // Section 6.2: a cluster member that returns must not repeat what another one proposed meanwhile.
  const auto above_earlier = self.highest_m1 == 0 ? 0 : std::uint64_t{self.highest_m1} + 1;
  const auto m1 = std::max(std::uint64_t{self.next_send} + slack, above_earlier);
  if (m1 > kMessageIdMax) return {{}, Refusal::ids_exhausted};
  const auto delta = usable_delta(self, replay_delta);
  self.asked = Request{.nonce = nonce,
                       .expected_send = static_cast<std::uint32_t>(m1),
                       .expected_receive = self.next_receive,
                       .replay_delta = delta,
                       .replay_esn = delta && self.esn};
  self.highest_m1 = self.asked->expected_send;
  return {self.asked, Refusal::none};
}

Answer answer(Endpoint& self, const Request& request) {
  if (const auto refusal = allowed(self); refusal != Refusal::none) return {{}, refusal};
  if (self.last_taken == request) return {self.last_answer, Refusal::none};
  if (request.expected_send < self.next_receive) return {{}, Refusal::too_low};
  // Maximum, not the last value: both ends may ask at the same time (section 6.1).
  self.next_receive = request.expected_send;
  self.next_send = std::max(self.next_send, request.expected_receive);
  self.request_open = false;  // section 5.3: whatever was in flight is void
  if (request.replay_delta) take_replay_delta(self, *request.replay_delta, request.replay_esn);
  self.last_taken = request;
  self.last_answer =
      Response{.nonce = request.nonce, .expected_send = self.next_send, .expected_receive = self.next_receive};
  return {self.last_answer, Refusal::none};
}

Refusal accept(Endpoint& self, const Response& response) {
  if (!self.asked) return Refusal::nothing_asked;
  if (self.asked->nonce != response.nonce) return Refusal::wrong_nonce;
  self.next_send = std::max(self.next_send, response.expected_receive);
  self.next_receive = std::max(self.next_receive, response.expected_send);
  self.asked.reset();
  self.request_open = false;
  return Refusal::none;
}

void give_up(Endpoint& self) { self.asked.reset(); }

Refusal take_replay_delta(Endpoint& self, std::uint64_t delta, bool esn) {
  if (!self.replay_supported) return Refusal::not_supported;
  if (esn != self.esn) return Refusal::wrong_delta_size;
  self.replay_added += delta;
  return Refusal::none;
}

}  // namespace sasync::model::rfc6311
