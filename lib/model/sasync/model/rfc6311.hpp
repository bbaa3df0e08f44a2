#pragma once
// RFC 6311: message IDs agreed anew after a failover, both ends, as a pure machine of its own. Numbers are message IDs
// of requests; a name with "send" is of the side that owns the endpoint.

#include <cstdint>
#include <optional>
#include <string_view>

namespace sasync::model::rfc6311 {

/// IKEV2_MESSAGE_ID_SYNC (16422) in a request, Message ID 0; with IPSEC_REPLAY_COUNTER_SYNC (16423) when it has a
/// delta.
struct Request {
  std::uint32_t nonce = 0;
  std::uint32_t expected_send = 0;     ///< M1
  std::uint32_t expected_receive = 0;  ///< P1
  std::optional<std::uint64_t> replay_delta{};
  bool replay_esn = false;  ///< the delta takes eight octets, not four
  bool operator==(const Request&) const = default;
};
struct Response {
  std::uint32_t nonce = 0;
  std::uint32_t expected_send = 0;     ///< P2
  std::uint32_t expected_receive = 0;  ///< M2
  bool operator==(const Response&) const = default;
};

/// One end of an IKE SA.
struct Endpoint {
  bool supported = false;         ///< both ends announced 16420
  bool replay_supported = false;  ///< both ends announced 16421
  bool established = true;
  bool esn = false;             ///< the child SAs use extended sequence numbers, all of them
  std::uint32_t next_send = 0;  ///< lowest ID never used; a request in flight counts as used
  std::uint32_t next_receive = 0;
  std::uint32_t window = 1;             ///< requests
  std::uint32_t highest_m1 = 0;         ///< sent by anyone on this side of the cluster
  std::optional<Request> asked{};       ///< own request without an answer yet
  std::optional<Request> last_taken{};  ///< the other side's last one, to know a retransmission
  std::optional<Response> last_answer{};
  bool request_open = false;       ///< an ordinary own request without an answer
  std::uint64_t replay_added = 0;  ///< by the other side's delta to this side's outbound ESP numbers
  bool operator==(const Endpoint&) const = default;
};

enum class Refusal : std::uint8_t {
  none,
  not_supported,  ///< one end never announced it: the exchange is not allowed
  not_established,
  too_low,  ///< M1 below what is expected: taken for a replay, dropped silently
  wrong_nonce,
  nothing_asked,
  ids_exhausted,     ///< would pass 2^32 - 1: the IKE SA must be re-keyed before
  wrong_delta_size,  ///< of a replay delta: eight octets with ESN, else four
};
std::string_view text_of(Refusal refusal);

struct Proposal {
  std::optional<Request> request{};
  Refusal refusal = Refusal::none;
};
/// The new member's request: M1 is `slack` above what it knows, and above every M1 that its side ever sent. A repeated
/// call while unanswered gives the same request, a retransmission, unless the other side has moved the numbers past it
/// by a request of its own. A delta that the peer does not support, or that needs ESN where there is none, is left out.
Proposal propose(Endpoint& self, std::uint32_t nonce, std::uint32_t slack,
                 std::optional<std::uint64_t> replay_delta = std::nullopt);

struct Answer {
  std::optional<Response> response{};
  Refusal refusal = Refusal::none;
};
Answer answer(Endpoint& self, const Request& request);

/// Takes the answer to the own request.
Refusal accept(Endpoint& self, const Response& response);

/// The own request stays without an answer: the next proposal is a new one, with a higher M1.
void give_up(Endpoint& self);

/// IPSEC_REPLAY_COUNTER_SYNC alone, in an ordinary INFORMATIONAL exchange: message IDs are exact.
Refusal take_replay_delta(Endpoint& self, std::uint64_t delta, bool esn);

/// `slack` for a member that may have missed `missed` requests (section 5.1: those of a whole window are in flight).
constexpr std::uint32_t slack_for(std::uint32_t window, std::uint32_t missed) {
  return window > missed ? window : missed;
}

}  // namespace sasync::model::rfc6311
