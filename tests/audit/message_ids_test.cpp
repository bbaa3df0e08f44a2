// Message IDs on the wire against those that were told, and RFC 6311 exchanges: each rule on the shortest story that
// breaks it, and on its healthy twin.
#include "sasync/audit/message_ids.hpp"

#include <array>
#include <bit>
#include <boost/test/unit_test.hpp>

namespace {

using namespace sasync;
using event::ExchangeType;

const event::IkeId kIke{.initiator_spi = 1, .responder_spi = 2, .version = 2, .initiator = {}};

enum class End : std::uint8_t { cluster, peer };

/// The cluster is the original initiator.
class Story {
 public:
  Story() {
    ids_.see(event::IkeSaAdd{{.ike_id = {.initiator_spi = 1, .responder_spi = 2, .version = 2, .initiator = true}}});
  }

  Story& seen_from_the_beginning() {
    auto init = message(End::peer, true, 0);
    init.exchange_type = ExchangeType::ike_sa_init;
    return see(init);
  }
  /// IKE_AUTH, opened.
  Story& announced(bool by_cluster, bool by_peer, bool replay = false) {
    for (const bool response : {false, true}) {
      auto auth = message(response ? End::peer : End::cluster, response, 1);
      auth.exchange_type = ExchangeType::ike_auth;
      auth.opened = true;
      auth.message_id_sync_supported = response ? by_peer : by_cluster;
      auth.replay_counter_sync_supported = replay;
      see(auth);
    }
    return *this;
  }
  Story& told(std::optional<std::uint32_t> send, std::optional<std::uint32_t> receive) {
    ids_.see(event::MessageIdSync{.ike_id = kIke, .next_send = send, .next_receive = receive});
    return *this;
  }
  Story& request(End by, std::uint32_t id) { return see(message(by, false, id)); }
  Story& exchange(End by, std::uint32_t id) { return request(by, id).see(message(other(by), true, id)); }
  Story& exchanges(End by, std::uint32_t first, std::uint32_t last) {
    for (auto id = first; id <= last; ++id) exchange(by, id);
    return *this;
  }
  Story& see(const event::IkeMessage& message, std::optional<bool> esn = false) {
    ++number_;
    ids_.see(message, {1'795'422'613 + static_cast<std::int64_t>(number_), 0}, number_, esn);
    return *this;
  }
  Story& taken_over() {
    ids_.taken_over(kIke);
    return *this;
  }
  Story& ask(std::uint32_t m1, std::uint32_t p1, std::uint32_t nonce = 7, End by = End::cluster) {
    return see(sync(by, false, nonce, m1, p1));
  }
  Story& answer(std::uint32_t m2, std::uint32_t p2, std::uint32_t nonce = 7, End by = End::peer) {
    return see(sync(by, true, nonce, p2, m2));
  }
  static event::IkeMessage message(End by, bool response, std::uint32_t id) {
    event::IkeMessage message;
    message.ike_id = kIke;
    message.message_id = id;
    message.flags = static_cast<std::uint8_t>((by == End::cluster ? 0x08U : 0U) | (response ? 0x20U : 0U));
    return message;
  }
  static event::IkeMessage sync(End by, bool response, std::uint32_t nonce, std::uint32_t send, std::uint32_t receive) {
    auto made = message(by, response, 0);
    made.opened = true;
    made.nonce = nonce;
    made.next_send = send;
    made.next_receive = receive;
    return made;
  }
  audit::MessageIds& ids() { return ids_; }

  /// "rule:event", of exposures in brackets.
  std::string rules() {
    ids_.finish();
    std::string rules;
    for (const auto& finding : ids_.take()) {
      const auto rule = std::string{finding.rule};
      rules += (rules.empty() ? "" : " ") + (finding.grade == audit::Grade::exposure ? "(" + rule + ")" : rule);
      BOOST_TEST(!finding.source.empty());
    }
    return rules;
  }

 private:
  static End other(End end) { return end == End::cluster ? End::peer : End::cluster; }
  audit::MessageIds ids_{"H5", "strongSwan"};
  std::uint64_t number_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(message_ids)

BOOST_AUTO_TEST_CASE(told_before_or_after_the_wire_is_the_same) {
  Story before;
  before.seen_from_the_beginning().told(2, {}).exchange(End::cluster, 1).told(3, {}).exchange(End::cluster, 2);
  BOOST_TEST(before.rules() == "");
  Story after;
  after.seen_from_the_beginning().exchange(End::peer, 0).told({}, 1).exchange(End::peer, 1).told({}, 2);
  BOOST_TEST(after.taken_over().exchange(End::peer, 2).told({}, 3).rules() == "");
}

BOOST_AUTO_TEST_CASE(a_request_that_was_not_told_shows_at_the_next) {
  Story story;
  story.seen_from_the_beginning().told(2, {}).exchange(End::cluster, 1);
  story.exchange(End::cluster, 2).exchange(End::cluster, 3);  // of 3 and 4 the members were not told
  BOOST_TEST(story.rules() == "H5");
}

BOOST_AUTO_TEST_CASE(the_last_one_that_was_not_told_shows_at_takeover_or_at_the_end) {
  Story taken;
  taken.seen_from_the_beginning().told(2, {}).exchange(End::cluster, 1).exchange(End::cluster, 2).taken_over();
  BOOST_TEST(taken.told(3, {}).rules() == "H5");
  Story ended;
  ended.seen_from_the_beginning().told({}, 1).exchange(End::peer, 0).exchange(End::peer, 1).exchange(End::cluster, 1);
  BOOST_TEST(ended.rules() == "H5");
}

BOOST_AUTO_TEST_CASE(a_request_of_the_peer_that_nobody_answered_is_sent_again) {
  Story story;
  story.seen_from_the_beginning().told({}, 1).exchange(End::peer, 0).request(End::peer, 1).taken_over();
  BOOST_TEST(story.exchange(End::peer, 1).told({}, 2).rules() == "");
}

BOOST_AUTO_TEST_CASE(told_ahead_of_the_wire_is_out_of_the_window) {
  Story story;
  story.seen_from_the_beginning().exchange(End::cluster, 1).told(5, {}).taken_over();
  BOOST_TEST(story.rules() == "RFC6027-5");
  Story begins_there;
  begins_there.seen_from_the_beginning().exchange(End::cluster, 1).told(5, {}).exchange(End::cluster, 2);
  BOOST_TEST(begins_there.rules() == "RFC6027-5");
}

BOOST_AUTO_TEST_CASE(a_leap_on_the_wire_alone) {
  Story story;
  BOOST_TEST(story.seen_from_the_beginning().exchange(End::peer, 0).exchange(End::peer, 4).rules() == "RFC6027-5");
}

BOOST_AUTO_TEST_CASE(an_id_used_again_after_takeover_is_no_retransmission) {
  Story story;
  story.seen_from_the_beginning().exchanges(End::cluster, 1, 3).exchange(End::cluster, 3);
  BOOST_TEST(story.rules() == "");
  Story taken;
  taken.seen_from_the_beginning().exchanges(End::cluster, 1, 3).taken_over().exchange(End::cluster, 3);
  BOOST_TEST(taken.rules() == "RFC6027-4");
  Story lower;
  BOOST_TEST(lower.seen_from_the_beginning().exchanges(End::peer, 0, 3).exchange(End::peer, 1).rules() == "RFC6027-4");
}

// The pairs that strongSwan's own test of its answers has: (exchanges done by the peer box, by the cluster), (M1, P1).
BOOST_AUTO_TEST_CASE(exchanges_that_are_accepted) {
  struct Case {
    std::uint32_t by_peer, by_cluster, m1, p1;
  };
  for (const auto& [by_peer, by_cluster, m1, p1] :
       {Case{0, 0, 0, 2}, Case{0, 0, 1, 3}, Case{1, 0, 0, 3}, Case{1, 0, 5, 8}, Case{0, 1, 1, 2}, Case{0, 1, 2, 2},
        Case{1, 1, 1, 3}, Case{1, 1, 2, 4}, Case{1, 2, 2, 4}}) {
    // There the box initiated the IKE SA and has done IKE_AUTH: its next request is 2. So the cluster is the responder.
    audit::MessageIds ids{"H5", "strongSwan"};
    ids.see(event::IkeSaAdd{{.ike_id = {.initiator_spi = 1, .responder_spi = 2, .version = 2, .initiator = false}}});
    std::uint64_t number = 0;
    const auto see = [&](bool from_box, bool response, std::uint32_t id, ExchangeType type,
                         std::optional<std::pair<std::uint32_t, std::uint32_t>> sync = {}) {
      event::IkeMessage message;
      message.ike_id = kIke;
      message.exchange_type = type;
      message.message_id = id;
      message.flags = static_cast<std::uint8_t>((from_box ? 0x08U : 0U) | (response ? 0x20U : 0U));
      message.opened = true;
      if (type == ExchangeType::ike_auth) message.message_id_sync_supported = true;
      if (sync) {
        message.nonce = 0x01020304;
        std::tie(message.next_send, message.next_receive) = std::pair{sync->first, sync->second};
      }
      ids.see(message, {100, 0}, ++number, {});
    };
    using enum ExchangeType;
    see(false, true, 0, ike_sa_init);
    for (const bool response : {false, true}) see(!response, response, 1, ike_auth);
    for (std::uint32_t i = 0; i < by_peer; ++i) {
      for (const bool response : {false, true}) see(!response, response, 2 + i, informational);
    }
    for (std::uint32_t i = 0; i < by_cluster; ++i) {
      for (const bool response : {false, true}) see(response, response, i, informational);
    }
    see(false, false, 0, informational, std::pair{m1, p1});
    see(true, true, 0, informational, std::pair{p1, m1});  // all answered with P2 = P1, M2 = M1
    // What they agreed on is next in both directions.
    for (const bool response : {false, true}) see(response, response, m1, informational);
    for (const bool response : {false, true}) see(!response, response, p1, informational);
    ids.finish();
    for (const auto& finding : ids.take()) BOOST_ERROR(finding.rule << ": " << finding.text << " at M1 " << m1);
  }
}

BOOST_AUTO_TEST_CASE(a_synchronization_that_one_end_never_announced) {
  Story story;
  story.seen_from_the_beginning().announced(true, false).taken_over().ask(2, 0).answer(2, 0);
  BOOST_TEST(story.rules() == "RFC6311-1");
  Story both;
  BOOST_TEST(both.seen_from_the_beginning().announced(true, true).taken_over().ask(2, 0).answer(2, 0).rules() == "");
  Story unknown;  // the stream begins later
  BOOST_TEST(unknown.ask(2, 0).answer(2, 0).rules() == "");
}

BOOST_AUTO_TEST_CASE(a_rekeyed_ike_sa_inherits_what_was_announced) {
  for (const bool by_peer : {true, false}) {
    Story story;
    story.seen_from_the_beginning().announced(true, by_peer);
    event::IkeSaAdd successor;
    successor.ike_id = {.initiator_spi = 3, .responder_spi = 4, .version = 2, .initiator = true};
    successor.replaces = kIke;
    story.ids().see(successor);
    auto ask = Story::sync(End::cluster, false, 7, 2, 0);
    ask.ike_id = successor.ike_id;
    story.see(ask);
    BOOST_TEST(story.rules() == (by_peer ? "(RFC6311-6)" : "RFC6311-1 (RFC6311-6)"));
  }
}

BOOST_AUTO_TEST_CASE(the_form_of_a_synchronization) {
  auto wrong_id = Story::sync(End::cluster, false, 7, 2, 0);
  wrong_id.message_id = 2;
  BOOST_TEST(Story{}.see(wrong_id).answer(2, 0).rules() == "RFC6311-2");
  auto wrong_exchange = Story::sync(End::cluster, false, 7, 2, 0);
  wrong_exchange.exchange_type = ExchangeType::create_child_sa;
  BOOST_TEST(Story{}.see(wrong_exchange).answer(2, 0).rules() == "RFC6311-2");
  auto zero = Story::message(End::cluster, false, 0);
  zero.opened = true;  // an ordinary request with the ID that IKE_SA_INIT had
  BOOST_TEST(Story{}.exchanges(End::cluster, 1, 2).see(zero).rules() == "RFC6311-2");
}

BOOST_AUTO_TEST_CASE(replay_counters_have_the_size_of_the_sequence_numbers) {
  for (const bool esn : {false, true}) {
    for (const bool eight_octets : {false, true}) {
      auto ask = Story::sync(End::cluster, false, 7, 2, 0);
      ask.replay_delta = 1000;
      ask.esn = eight_octets;
      Story story;
      story.announced(true, true, true).see(ask, esn).answer(2, 0);
      BOOST_TEST(story.rules() == (esn == eight_octets ? "" : "RFC6311-2"));
    }
  }
  auto ask = Story::sync(End::cluster, false, 7, 2, 0);
  ask.replay_delta = 1000;
  BOOST_TEST(Story{}.announced(true, true, false).see(ask).answer(2, 0).rules() == "RFC6311-1");
  auto answer = Story::sync(End::peer, true, 7, 0, 2);
  answer.replay_delta = 1000;
  BOOST_TEST(Story{}.ask(2, 0).see(answer).rules() == "RFC6311-2");
}

BOOST_AUTO_TEST_CASE(m1_and_p1_are_beyond_what_is_known) {
  Story used;
  used.exchanges(End::cluster, 1, 5).ask(3, 0);
  BOOST_TEST(used.rules() == "RFC6311-3 (RFC6311-6)");
  Story told;
  told.told(6, 4).ask(5, 3).answer(5, 3);
  BOOST_TEST(told.rules() == "RFC6311-3 RFC6311-3");
  Story next;
  BOOST_TEST(next.told(6, 4).ask(6, 4).answer(6, 4).rules() == "");
}

BOOST_AUTO_TEST_CASE(a_retransmission_is_the_same_message) {
  Story same;
  BOOST_TEST(same.ask(3, 0).ask(3, 0).answer(3, 0).answer(3, 0).rules() == "");
  Story other;
  BOOST_TEST(other.ask(3, 0).ask(4, 0).answer(4, 0).rules() == "RFC6311-3");
}

BOOST_AUTO_TEST_CASE(a_second_failover_must_not_repeat_the_first) {
  Story story;
  story.ask(3, 0, 7).answer(3, 0, 7).taken_over().exchanges(End::cluster, 3, 4).taken_over();
  story.ask(3, 0, 8);
  BOOST_TEST(story.rules() == "RFC6311-3 (RFC6311-6)");
}

BOOST_AUTO_TEST_CASE(the_answer_is_the_greater_of_both) {
  const auto story = [] {
    Story made;
    made.seen_from_the_beginning().exchanges(End::cluster, 1, 4).exchanges(End::peer, 0, 2);
    return made;
  };
  BOOST_TEST(story().ask(5, 3).answer(5, 3).rules() == "");
  BOOST_TEST(story().ask(9, 1).answer(9, 3).rules() == "");
  BOOST_TEST(story().ask(9, 1).answer(9, 1).rules() == "RFC6311-4");  // P2 below what the peer itself used
  BOOST_TEST(story().ask(9, 3).answer(5, 3).rules() == "RFC6311-4");  // M2 below M1
  BOOST_TEST(story().ask(9, 3).answer(20, 3).rules() == "RFC6311-4");
  BOOST_TEST(story().ask(9, 3).answer(9, 3, 8).rules() == "RFC6311-4 (RFC6311-6)");  // another nonce
  BOOST_TEST(story().answer(9, 3).rules() == "RFC6311-4");                           // nobody asked
}

BOOST_AUTO_TEST_CASE(what_was_in_flight_is_void) {
  Story story;
  story.exchanges(End::cluster, 1, 3).request(End::cluster, 4).taken_over().ask(6, 0).answer(6, 0);
  BOOST_TEST(story.see(Story::message(End::peer, true, 4)).exchange(End::cluster, 6).rules() == "RFC6311-5");
}

BOOST_AUTO_TEST_CASE(both_ends_may_fail_over_at_once) {
  Story story;
  story.seen_from_the_beginning().exchanges(End::cluster, 1, 3).exchanges(End::peer, 0, 1).taken_over();
  // Each answers before it has its own answer; both end with the greater numbers.
  story.ask(5, 2, 7).ask(4, 4, 9, End::peer);
  story.answer(5, 2, 7).answer(4, 5, 9, End::cluster);
  BOOST_TEST(story.exchange(End::cluster, 5).exchange(End::peer, 4).rules() == "");
}

/// One end, by the rules of the page's model: it asks with what it knows, and takes the greatest of what is named.
struct Member {
  std::uint32_t next_send = 0, next_receive = 0, slack = 0;
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> asks() const { return {next_send + slack, next_receive}; }
  /// P2 and M2.
  std::pair<std::uint32_t, std::uint32_t> answers(std::pair<std::uint32_t, std::uint32_t> ask) {
    next_receive = std::max(next_receive, ask.first);
    next_send = std::max(next_send, ask.second);
    return {next_send, next_receive};
  }
  void takes(std::pair<std::uint32_t, std::uint32_t> answer) {
    next_send = std::max(next_send, answer.second);
    next_receive = std::max(next_receive, answer.first);
  }
};

/// Both have asked. Of each exchange in turn: the request is captured, it arrives, the answer is captured, it arrives;
/// bit n of `order` says whose step the nth one is.
std::string rules_of_both(Member cluster, Member peer, unsigned order) {
  Story story;
  story.seen_from_the_beginning().exchanges(End::cluster, 1, 3).exchanges(End::peer, 0, 1).taken_over();
  constexpr unsigned kSteps = 8;
  constexpr std::uint32_t kClusters = 7, kPeers = 9;
  const std::array asks{cluster.asks(), peer.asks()};
  std::array<std::pair<std::uint32_t, std::uint32_t>, 2> answers{};
  std::array<unsigned, 2> done{};
  for (unsigned step = 0; step < kSteps; ++step) {
    const auto whose = order >> step & 1U;
    auto& asker = whose == 0 ? cluster : peer;
    auto& answerer = whose == 0 ? peer : cluster;
    const auto from = whose == 0 ? End::cluster : End::peer;
    const auto nonce = whose == 0 ? kClusters : kPeers;
    switch (done.at(whose)++) {
      case 0:
        story.ask(asks.at(whose).first, asks.at(whose).second, nonce, from);
        break;
      case 1:
        BOOST_TEST(asks.at(whose).first >= answerer.next_receive);  // else it would be dropped
        answers.at(whose) = answerer.answers(asks.at(whose));
        break;
      case 2:
        story.answer(answers.at(whose).second, answers.at(whose).first, nonce,
                     from == End::cluster ? End::peer : End::cluster);
        break;
      default:
        asker.takes(answers.at(whose));
    }
  }
  BOOST_TEST(cluster.next_send == peer.next_receive);
  BOOST_TEST(peer.next_send == cluster.next_receive);
  return story.exchange(End::cluster, cluster.next_send).exchange(End::peer, peer.next_send).rules();
}

BOOST_AUTO_TEST_CASE(both_ends_may_fail_over_at_once_in_every_order) {
  unsigned orders = 0;
  for (unsigned order = 0; order < 256; ++order) {
    if (std::popcount(order) != 4) continue;
    ++orders;
    for (const std::uint32_t slack : {0U, 1U, 3U}) {
      for (const std::uint32_t peers_slack : {0U, 1U, 3U}) {
        for (const std::uint32_t missed : {0U, 1U}) {  // of the other end's requests
          const auto rules = rules_of_both({.next_send = 4, .next_receive = 2 - missed, .slack = slack},
                                           {.next_send = 2, .next_receive = 4 - missed, .slack = peers_slack}, order);
          BOOST_TEST(rules == "", rules << " in order " << order << ", slack " << slack << " and " << peers_slack
                                        << ", missed " << missed);
        }
      }
    }
  }
  BOOST_TEST(orders == 70U);
}

// The two streams of the page's section 6.1 in plain numbers, and an answer that no order gives.
BOOST_AUTO_TEST_CASE(answers_that_cross_name_what_was_known_and_nothing_else) {
  const auto crossed = [](std::uint32_t p2, std::uint32_t m2) {
    Story story;
    story.seen_from_the_beginning().exchanges(End::cluster, 1, 1);
    story.ask(5, 2, 1, End::peer).ask(6, 1, 9).answer(5, 2, 1, End::cluster).answer(m2, p2, 9);
    return story.rules();
  };
  BOOST_TEST(crossed(1, 6) == "");  // before it has the answer to its own
  BOOST_TEST(crossed(5, 6) == "");  // after, or by what it named itself
  BOOST_TEST(crossed(0, 6) == "RFC6311-4");
  BOOST_TEST(crossed(6, 6) == "RFC6311-4");
  BOOST_TEST(crossed(1, 5) == "RFC6311-4");
}

BOOST_AUTO_TEST_CASE(without_keys_it_is_probable) {
  Story story;
  story.exchanges(End::cluster, 1, 3).exchange(End::cluster, 0).exchange(End::cluster, 9);
  BOOST_TEST(story.rules() == "(RFC6311-6)");
  Story first;  // of the responder 0 is the first one
  BOOST_TEST(first.seen_from_the_beginning().exchange(End::peer, 0).exchange(End::peer, 0).rules() == "");
}

BOOST_AUTO_TEST_CASE(the_members_are_told_what_was_agreed) {
  for (const std::uint32_t m2 : {3U, 4U}) {
    Story story;
    story.ask(3, 0).answer(3, 0);
    story.ids().see(event::MessageIdSyncExchange{.ike_id = kIke,
                                                 .nonce = 7,
                                                 .proposed_send = 3,
                                                 .proposed_receive = 0,
                                                 .answered_send = 0,
                                                 .answered_receive = m2});
    BOOST_TEST(story.rules() == (m2 == 3 ? "" : "RFC6311-4"));
  }
}

/// What the members tell each other of an exchange that is not on the wire; 5 is next of the cluster, 2 of the peer.
std::string rules_of_told(const event::MessageIdSyncExchange& told, std::optional<bool> announced = true,
                          std::optional<bool> support = {}) {
  Story story;
  event::IkeSaAdd add;
  add.ike_id = kIke;
  add.message_id_sync_supported = announced;
  story.ids().see(add);
  story.told(5, 2).ids().see(told, 3, support);
  return story.rules();
}

event::MessageIdSyncExchange told(std::uint32_t m1, std::uint32_t p1, std::optional<std::uint32_t> p2,
                                  std::optional<std::uint32_t> m2) {
  return {.ike_id = kIke,
          .nonce = 7,
          .proposed_send = m1,
          .proposed_receive = p1,
          .answered_send = p2,
          .answered_receive = m2};
}

BOOST_AUTO_TEST_CASE(an_exchange_that_is_only_told_is_held_to_what_was_told_before) {
  BOOST_TEST(rules_of_told(told(6, 2, 2, 6)) == "");
  BOOST_TEST(rules_of_told(told(5, 2, 3, 5)) == "");  // the peer may know of more
  BOOST_TEST(rules_of_told(told(4, 2, 2, 5)) == "RFC6311-3");
  BOOST_TEST(rules_of_told(told(6, 1, 2, 6)) == "RFC6311-3");
  BOOST_TEST(rules_of_told(told(6, 2, 1, 6)) == "RFC6311-4");
  BOOST_TEST(rules_of_told(told(6, 2, 2, 5)) == "RFC6311-4");
  BOOST_TEST(rules_of_told(told(6, 2, {}, {})) == "(RFC6311-6)");
  auto peers = told(2, 5, 5, 2);  // the numbers are the other way round
  peers.by_peer = true;
  BOOST_TEST(rules_of_told(peers) == "");
  peers.proposed_send = 1;
  BOOST_TEST(rules_of_told(peers) == "RFC6311-3");
}

BOOST_AUTO_TEST_CASE(an_exchange_that_is_only_told_needs_support) {
  for (const std::optional<bool> announced : {std::optional<bool>{}, std::optional{false}}) {
    BOOST_TEST(rules_of_told(told(6, 2, 2, 6), announced) == "RFC6311-1");
    BOOST_TEST(rules_of_told(told(6, 2, 2, 6), announced, true) == "");
  }
  BOOST_TEST(rules_of_told(told(6, 2, 2, 6), true, false) == "RFC6311-1");
  auto counters = told(6, 2, 2, 6);
  counters.replay_delta = 1000;
  BOOST_TEST(rules_of_told(counters) == "RFC6311-1");
}

BOOST_AUTO_TEST_CASE(what_is_told_twice_is_one_exchange) {
  Story story;
  story.told(5, 2).ids().see(told(6, 2, {}, {}), 1, true);
  story.ids().see(told(6, 2, 2, 6), 2, true);
  story.ids().see(told(6, 2, 2, 6), 3, true);
  BOOST_TEST(story.rules() == "");
  auto repeated = told(7, 2, 2, 7);
  story.ids().see(repeated, 4, true);
  BOOST_TEST(story.rules() == "RFC6311-3");
  repeated.nonce = 8;  // a second failover, which begins below the first one's
  repeated.proposed_send = 6;
  repeated.answered_receive = 7;
  story.ids().see(repeated, 5, true);
  BOOST_TEST(story.rules() == "RFC6311-3");
  // With the wire beside it the wire decides, and its answer is enough.
  Story seen;
  seen.announced(true, true).ask(6, 2).ids().see(told(6, 2, {}, {}), 1, true);
  BOOST_TEST(seen.answer(6, 2).rules() == "");
}

BOOST_AUTO_TEST_CASE(nothing_else_is_in_a_synchronization) {
  for (const std::uint32_t further : {0U, 1U}) {
    auto ask = Story::sync(End::cluster, false, 7, 2, 0);
    auto answer = Story::sync(End::peer, true, 7, 0, 2);
    ask.further_payloads = further;
    answer.further_payloads = further;
    BOOST_TEST(Story{}.see(ask).see(answer).rules() == (further == 0 ? "" : "RFC6311-2 RFC6311-2"));
  }
}

BOOST_AUTO_TEST_CASE(replay_counters_alone_need_their_own_support) {
  auto ask = Story::message(End::cluster, false, 2);
  ask.opened = true;
  ask.replay_delta = 1000;
  ask.further_payloads = 0;
  const auto answer = Story::message(End::peer, true, 2);
  for (const bool announced : {true, false}) {
    Story story;
    story.seen_from_the_beginning().announced(true, true, announced).see(ask).see(ask).see(answer);
    BOOST_TEST(story.rules() == (announced ? "" : "RFC6311-1"));
  }
  Story without_ids;  // message IDs are not synchronized by it
  without_ids.seen_from_the_beginning().announced(false, false, true).see(ask).see(answer);
  BOOST_TEST(without_ids.rules() == "");
}

BOOST_AUTO_TEST_CASE(ikev1_and_unknown_sas_are_left_alone) {
  Story story;
  auto other = Story::message(End::peer, false, 9);
  other.ike_id.responder_spi = 99;
  auto v1 = Story::message(End::peer, false, 0x12345678);
  v1.ike_id.version = 1;
  BOOST_TEST(story.see(other).see(v1).rules() == "");
  story.ids().see(event::IkeSaDelete{.ike_id = kIke});
  BOOST_TEST(story.exchange(End::cluster, 1).exchange(End::cluster, 9).rules() == "");
}

BOOST_AUTO_TEST_SUITE_END()
