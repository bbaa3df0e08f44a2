// RFC 6311, both ends, against the rules of sections 4 to 6 of the protocol page and strongSwan's own test cases.
#include "sasync/model/rfc6311.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <limits>

namespace {

using namespace sasync::model::rfc6311;

constexpr std::uint32_t kIdMax = std::numeric_limits<std::uint32_t>::max();

Endpoint endpoint(std::uint32_t next_send, std::uint32_t next_receive) {
  return {.supported = true, .replay_supported = true, .next_send = next_send, .next_receive = next_receive};
}

/// Both ends of one IKE SA count the same requests.
bool agree(const Endpoint& a, const Endpoint& b) {
  return a.next_send == b.next_receive && b.next_send == a.next_receive;
}

Refusal exchange(Endpoint& asker, Endpoint& answerer, std::uint32_t nonce, std::uint32_t slack) {
  const auto proposal = propose(asker, nonce, slack);
  if (!proposal.request) return proposal.refusal;
  const auto answered = answer(answerer, *proposal.request);
  if (!answered.response) return answered.refusal;
  return accept(asker, *answered.response);
}

BOOST_AUTO_TEST_SUITE(rfc6311)

BOOST_AUTO_TEST_CASE(the_pages_example) {
  // Request M1 = 12, P1 = 7; response P2 = 7, M2 = 12.
  auto member = endpoint(11, 7);
  auto peer = endpoint(7, 11);
  const auto proposal = propose(member, 0x01020304, 1);
  BOOST_REQUIRE(proposal.request.has_value());
  BOOST_TEST((*proposal.request == Request{.nonce = 0x01020304, .expected_send = 12, .expected_receive = 7}));
  const auto answered = answer(peer, *proposal.request);
  BOOST_REQUIRE(answered.response.has_value());
  BOOST_TEST((*answered.response == Response{.nonce = 0x01020304, .expected_send = 7, .expected_receive = 12}));
  BOOST_TEST((accept(member, *answered.response) == Refusal::none));
  BOOST_TEST(member.next_send == 12U);
  BOOST_TEST(member.next_receive == 7U);
  BOOST_TEST(agree(member, peer));
}

struct StrongswanCase {
  std::uint32_t by_strongswan, by_cluster;  // regular exchanges before
  std::uint32_t m1, p1;
};

// strongSwan initiated: after IKE_AUTH its next own request is 2, and it expects 0.
BOOST_AUTO_TEST_CASE(strongswans_own_cases) {
  constexpr auto kCases = std::to_array<StrongswanCase>({{0, 0, 0, 2},
                                                         {0, 0, 1, 3},
                                                         {1, 0, 0, 3},
                                                         {1, 0, 5, 8},
                                                         {0, 1, 1, 2},
                                                         {0, 1, 2, 2},
                                                         {1, 1, 1, 3},
                                                         {1, 1, 2, 4},
                                                         {1, 2, 2, 4}});
  for (const auto& one : kCases) {
    auto strongswan = endpoint(2 + one.by_strongswan, one.by_cluster);
    const Request request{.nonce = 9, .expected_send = one.m1, .expected_receive = one.p1};
    const auto answered = answer(strongswan, request);
    BOOST_REQUIRE(answered.response.has_value());
    BOOST_TEST((*answered.response == Response{.nonce = 9, .expected_send = one.p1, .expected_receive = one.m1}));
    BOOST_TEST(strongswan.next_send == one.p1);
    BOOST_TEST(strongswan.next_receive == one.m1);
  }
}

BOOST_AUTO_TEST_CASE(the_answer_is_the_larger_of_proposal_and_own_view) {
  auto peer = endpoint(20, 5);
  const auto low_p1 = answer(peer, {.nonce = 1, .expected_send = 9, .expected_receive = 3});
  BOOST_REQUIRE(low_p1.response.has_value());
  BOOST_TEST((*low_p1.response == Response{.nonce = 1, .expected_send = 20, .expected_receive = 9}));
  const auto high_p1 = answer(peer, {.nonce = 2, .expected_send = 9, .expected_receive = 33});
  BOOST_REQUIRE(high_p1.response.has_value());
  BOOST_TEST((*high_p1.response == Response{.nonce = 2, .expected_send = 33, .expected_receive = 9}));
}

BOOST_AUTO_TEST_CASE(a_request_in_flight_at_the_peer_counts_as_used_and_is_void_afterwards) {
  // The peer's request 7 is unanswered: its next one is 8, and 7 is never sent again under its old number.
  auto peer = endpoint(8, 4);
  peer.request_open = true;
  auto member = endpoint(4, 7);
  BOOST_TEST((exchange(member, peer, 1, 1) == Refusal::none));
  BOOST_TEST(!peer.request_open);
  BOOST_TEST(member.next_receive == 8U);
  BOOST_TEST(agree(member, peer));
}

BOOST_AUTO_TEST_CASE(message_id_zero_may_be_proposed) {
  auto peer = endpoint(2, 0);
  BOOST_TEST(answer(peer, {.nonce = 1, .expected_send = 0, .expected_receive = 2}).response.has_value());
  auto member = endpoint(0, 2);
  const auto proposal = propose(member, 1, 0);
  BOOST_REQUIRE(proposal.request.has_value());
  BOOST_TEST(proposal.request->expected_send == 0U);
}

BOOST_AUTO_TEST_CASE(a_retransmission_is_the_same_request_and_gets_the_same_answer) {
  auto member = endpoint(5, 5);
  auto peer = endpoint(5, 5);
  const auto first = propose(member, 1, 1);
  const auto again = propose(member, 2, 7);
  BOOST_TEST((first.request == again.request));
  const auto answered = answer(peer, *first.request);
  const auto after_first = peer;
  const auto repeated = answer(peer, *again.request);
  BOOST_TEST((answered.response == repeated.response));
  BOOST_TEST((peer == after_first));
  BOOST_TEST((accept(member, *answered.response) == Refusal::none));
  BOOST_TEST((accept(member, *repeated.response) == Refusal::nothing_asked));
  BOOST_TEST(agree(member, peer));
}

BOOST_AUTO_TEST_CASE(without_support_of_both_ends_nothing_is_sent_and_nothing_answered) {
  Endpoint member{.next_send = 3, .next_receive = 3};
  const auto before = member;
  BOOST_TEST((propose(member, 1, 1).refusal == Refusal::not_supported));
  BOOST_TEST((answer(member, {.nonce = 1, .expected_send = 9}).refusal == Refusal::not_supported));
  BOOST_TEST((take_replay_delta(member, 1, false) == Refusal::not_supported));
  BOOST_TEST((member == before));
}

BOOST_AUTO_TEST_CASE(only_an_established_sa_is_synchronized) {
  auto peer = endpoint(1, 1);
  peer.established = false;
  BOOST_TEST((answer(peer, {.nonce = 1, .expected_send = 9}).refusal == Refusal::not_established));
  BOOST_TEST((propose(peer, 1, 1).refusal == Refusal::not_established));
}

BOOST_AUTO_TEST_CASE(an_answer_with_another_nonce_is_ignored_and_the_request_stays_open) {
  auto member = endpoint(5, 5);
  auto peer = endpoint(5, 5);
  const auto proposal = propose(member, 1, 1);
  auto response = *answer(peer, *proposal.request).response;
  response.nonce = 2;
  const auto before = member;
  BOOST_TEST((accept(member, response) == Refusal::wrong_nonce));
  BOOST_TEST((member == before));
  response.nonce = 1;
  BOOST_TEST((accept(member, response) == Refusal::none));
}

BOOST_AUTO_TEST_CASE(an_answer_to_nothing_is_ignored) {
  auto member = endpoint(5, 5);
  BOOST_TEST((accept(member, {.nonce = 1, .expected_send = 90, .expected_receive = 90}) == Refusal::nothing_asked));
  BOOST_TEST(member.next_send == 5U);
}

BOOST_AUTO_TEST_CASE(a_proposal_below_what_the_peer_expects_is_dropped_and_a_higher_one_helps) {
  auto member = endpoint(5, 5);
  auto peer = endpoint(5, 9);
  BOOST_TEST((exchange(member, peer, 1, 1) == Refusal::too_low));
  BOOST_TEST((peer == endpoint(5, 9)));
  give_up(member);
  BOOST_TEST((exchange(member, peer, 2, 8) == Refusal::none));
  BOOST_TEST(agree(member, peer));
}

BOOST_AUTO_TEST_CASE(an_old_request_that_somebody_plays_again_is_dropped) {
  auto member = endpoint(5, 5);
  auto peer = endpoint(5, 5);
  const auto old = *propose(member, 1, 1).request;
  BOOST_TEST((accept(member, *answer(peer, old).response) == Refusal::none));
  BOOST_TEST((exchange(member, peer, 2, 1) == Refusal::none));
  const auto before = peer;
  BOOST_TEST((answer(peer, old).refusal == Refusal::too_low));
  BOOST_TEST((peer == before));
}

BOOST_AUTO_TEST_CASE(with_a_window_of_n_the_proposal_skips_n) {
  for (const std::uint32_t window : {1U, 4U, 64U}) {
    auto member = endpoint(10, 10);
    // The old primary had the whole window in flight, and the last of it came before the others.
    auto peer = endpoint(10, 10 + window);
    BOOST_TEST((exchange(member, peer, 1, slack_for(window, 1)) == Refusal::none));
    BOOST_TEST(member.next_send == 10 + window);
    BOOST_TEST(agree(member, peer));
    auto careless = endpoint(10, 10);
    auto other_peer = endpoint(10, 10 + window);
    BOOST_TEST((exchange(careless, other_peer, 1, window - 1) == Refusal::too_low));
  }
}

BOOST_AUTO_TEST_CASE(a_member_that_returns_needs_the_highest_m1_of_the_others) {
  auto peer = endpoint(5, 5);
  auto a = endpoint(5, 5);
  auto b = a;
  BOOST_TEST((exchange(b, peer, 1, 4) == Refusal::none));  // A -> B: M1 = 9
  auto unaware = a;
  BOOST_TEST((exchange(unaware, peer, 2, 1) == Refusal::too_low));  // B -> A with the old numbers
  a.highest_m1 = b.highest_m1;
  BOOST_TEST((exchange(a, peer, 3, 1) == Refusal::none));
  BOOST_TEST(a.next_send == 10U);
  BOOST_TEST(agree(a, peer));
  b.highest_m1 = a.highest_m1;
  BOOST_TEST((exchange(b, peer, 4, 1) == Refusal::none));
  BOOST_TEST(b.next_send > a.next_send);
}

// Both ends are clusters, and both fail over. Every order in which the four messages can arrive, with every relation of
// the numbers; a message may also be lost and sent again at the end.
struct Simultaneous {
  std::array<Endpoint, 2> ends{};
  std::array<std::optional<Request>, 2> request{};
  std::array<std::optional<Response>, 2> response{};  // to the request of the other end

  bool deliver(int step) {
    const auto to = static_cast<std::size_t>(step % 2);
    const auto from = 1 - to;
    if (step < 2) {
      if (!request[from]) return false;
      response[from] = answer(ends[to], *request[from]).response;
      return true;
    }
    if (!response[to]) return false;
    accept(ends[to], *response[to]);
    return true;
  }
};

Simultaneous both_propose(std::uint32_t a_send, std::uint32_t b_expects, std::uint32_t b_send,
                          std::uint32_t a_expects) {
  Simultaneous it{.ends = {endpoint(a_send, a_expects), endpoint(b_send, b_expects)}};
  it.request[0] = propose(it.ends[0], 1, 2).request;
  it.request[1] = propose(it.ends[1], 2, 2).request;
  return it;
}

// Whoever is still without an answer asks again; when the same request finds no answer, with a higher M1.
void finish(Simultaneous& it) {
  for (std::uint32_t round = 0; round < 4; ++round) {
    for (const std::size_t i : {0U, 1U}) {
      if (!it.ends[i].asked) continue;
      if (round >= 2) give_up(it.ends[i]);
      const auto proposal = propose(it.ends[i], 10 + round, 2 + 8 * round);
      const auto answered = answer(it.ends[1 - i], *proposal.request);
      if (answered.response) accept(it.ends[i], *answered.response);
    }
  }
}

BOOST_AUTO_TEST_CASE(both_ends_at_once_in_every_order) {
  constexpr auto kOrders = std::to_array<std::array<int, 4>>(
      {{0, 1, 2, 3}, {0, 1, 3, 2}, {1, 0, 2, 3}, {1, 0, 3, 2}, {0, 3, 1, 2}, {1, 2, 0, 3}});
  for (const std::uint32_t b_expects : {8U, 10U, 12U}) {
    for (const std::uint32_t a_expects : {18U, 20U, 22U}) {
      for (const auto& order : kOrders) {
        auto it = both_propose(10, b_expects, 20, a_expects);
        for (const int step : order) it.deliver(step);
        BOOST_TEST(agree(it.ends[0], it.ends[1]));
        BOOST_TEST(it.ends[0].next_send >= 12U);
        BOOST_TEST(it.ends[1].next_send >= 22U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(both_ends_at_once_with_every_loss) {
  for (const std::uint32_t b_expects : {8U, 12U, 19U}) {
    for (const std::uint32_t a_expects : {18U, 22U, 29U}) {
      for (unsigned lost = 0; lost < 16; ++lost) {
        auto it = both_propose(10, b_expects, 20, a_expects);
        for (const int step : {0, 1, 2, 3}) {
          if ((lost >> static_cast<unsigned>(step) & 1U) == 0) it.deliver(step);
        }
        finish(it);
        BOOST_TEST(!it.ends[0].asked.has_value());
        BOOST_TEST(!it.ends[1].asked.has_value());
        BOOST_TEST(agree(it.ends[0], it.ends[1]));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_replay_delta_moves_the_peers_outbound_numbers_once) {
  auto member = endpoint(5, 5);
  auto peer = endpoint(5, 5);
  const auto proposal = propose(member, 1, 1, 0x4000);
  BOOST_TEST((proposal.request->replay_delta == 0x4000U));
  BOOST_TEST(!proposal.request->replay_esn);
  const auto answered = answer(peer, *proposal.request);
  BOOST_TEST(peer.replay_added == 0x4000U);
  answer(peer, *proposal.request);  // the retransmission
  BOOST_TEST(peer.replay_added == 0x4000U);
  BOOST_TEST((accept(member, *answered.response) == Refusal::none));
  BOOST_TEST(member.replay_added == 0U);
}

BOOST_AUTO_TEST_CASE(the_replay_delta_has_eight_octets_with_esn_and_four_without) {
  constexpr std::uint64_t kWide = std::uint64_t{1} << 33U;
  auto plain = endpoint(5, 5);
  BOOST_TEST(!propose(plain, 1, 1, kWide).request->replay_delta.has_value());
  auto esn = endpoint(5, 5);
  esn.esn = true;
  const auto proposal = propose(esn, 1, 1, kWide);
  BOOST_TEST((proposal.request->replay_delta == kWide));
  BOOST_TEST(proposal.request->replay_esn);
  // Message IDs are agreed all the same when the sizes differ, only the numbers stay.
  auto peer = endpoint(5, 5);
  BOOST_TEST(answer(peer, *proposal.request).response.has_value());
  BOOST_TEST(peer.replay_added == 0U);
  auto esn_peer = endpoint(5, 5);
  esn_peer.esn = true;
  BOOST_TEST(answer(esn_peer, *proposal.request).response.has_value());
  BOOST_TEST(esn_peer.replay_added == kWide);
}

BOOST_AUTO_TEST_CASE(a_peer_without_replay_counter_sync_gets_no_delta) {
  auto member = endpoint(5, 5);
  member.replay_supported = false;
  const auto proposal = propose(member, 1, 1, 0x4000);
  BOOST_REQUIRE(proposal.request.has_value());
  BOOST_TEST(!proposal.request->replay_delta.has_value());
}

BOOST_AUTO_TEST_CASE(replay_counters_alone_take_an_ordinary_exchange) {
  auto peer = endpoint(5, 5);
  BOOST_TEST((take_replay_delta(peer, 7, false) == Refusal::none));
  BOOST_TEST((take_replay_delta(peer, 8, true) == Refusal::wrong_delta_size));
  BOOST_TEST(peer.replay_added == 7U);
  BOOST_TEST(peer.next_send == 5U);
}

BOOST_AUTO_TEST_CASE(message_ids_do_not_wrap) {
  auto member = endpoint(kIdMax - 1, 5);
  BOOST_TEST((propose(member, 1, 2).refusal == Refusal::ids_exhausted));
  BOOST_TEST(!member.asked.has_value());
  BOOST_TEST(propose(member, 1, 1).request->expected_send == kIdMax);
  auto returned = endpoint(5, 5);
  returned.highest_m1 = kIdMax;
  BOOST_TEST((propose(returned, 1, 1).refusal == Refusal::ids_exhausted));
}

BOOST_AUTO_TEST_CASE(every_refusal_has_a_text_of_its_own) {
  BOOST_TEST(text_of(Refusal::none).empty());
  for (const auto refusal : {Refusal::not_supported, Refusal::not_established, Refusal::too_low, Refusal::wrong_nonce,
                             Refusal::nothing_asked, Refusal::ids_exhausted, Refusal::wrong_delta_size}) {
    BOOST_TEST(!text_of(refusal).empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
