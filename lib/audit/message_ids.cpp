#include "sasync/audit/message_ids.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sasync::audit {
namespace {

constexpr std::string_view kRfc6027 = "RFC 6027";
constexpr std::string_view kRfc6311 = "RFC 6311";
constexpr std::uint8_t kIkev2 = 2;
constexpr std::uint8_t kFlagInitiator = 0x08, kFlagResponse = 0x20;
/// What was used so shortly before the end may be told after it; and an answer seen so shortly before may be under way.
constexpr std::int64_t kSettledNs = 1'000'000'000;

std::string name_of(const event::IkeId& id) {
  return fmt::format("{:016x}/{:016x}", id.initiator_spi, id.responder_spi);
}

}  // namespace

std::string MessageIds::Sighting::sa() const { return name_of(message.ike_id); }

std::string MessageIds::Sighting::whose() const {
  if (!entry.cluster_initiated) return from == 0 ? "the original initiator" : "the original responder";
  return (from == 0) == *entry.cluster_initiated ? "the cluster" : "the peer";
}

MessageIds::Entry* MessageIds::find(const event::IkeId& id) {
  if (id.version > kIkev2 || id.version == 1 || id.responder_spi == 0) return nullptr;
  return entries_.find({id.initiator_spi, id.responder_spi});
}

MessageIds::Entry* MessageIds::find_or_add(const event::IkeId& id) {
  if (auto* known = find(id)) return known;
  if (id.version != kIkev2 || id.responder_spi == 0 || entries_.size() >= kIkeSasMax) return nullptr;
  return &entries_.insert({id.initiator_spi, id.responder_spi});
}

void MessageIds::report(std::string_view rule, std::string text, Grade grade, std::uint64_t event) {
  const auto source = rule == lag_rule_ ? lag_source_ : rule.starts_with("RFC6311") ? kRfc6311 : kRfc6027;
  found_.push_back({.grade = grade, .rule = rule, .source = source, .text = std::move(text), .event = event});
}

std::vector<Finding> MessageIds::take() { return std::exchange(found_, {}); }

// --- what the members say

void MessageIds::see(const event::IkeSaAdd& add) {
  const auto* old = add.replaces ? find(*add.replaces) : nullptr;
  const auto inherited =
      old == nullptr
          ? Entry{}
          : Entry{.supports_ids = old->supports_ids, .supports_replay = old->supports_replay, .window = old->window};
  const auto announced = [&](bool Side::* what) -> std::optional<bool> {
    if (old == nullptr || !old->sides[0].auth_seen || !old->sides[1].auth_seen) return std::nullopt;
    return old->sides[0].*what && old->sides[1].*what;
  };
  const auto ids = announced(&Side::announces_ids);
  const auto replay = announced(&Side::announces_replay);
  auto* entry = find_or_add(add.ike_id);
  if (entry == nullptr) return;
  entry->added = true;
  if (add.ike_id.initiator) entry->cluster_initiated = add.ike_id.initiator;
  const auto set = [](std::optional<bool>& fact, const auto&... sources) { ((fact = sources ? sources : fact), ...); };
  set(entry->supports_ids, inherited.supports_ids, ids, add.message_id_sync_supported);
  set(entry->supports_replay, inherited.supports_replay, replay, add.replay_counter_sync_supported);
}

void MessageIds::see(const event::IkeSaUpdate& update) {
  auto* entry = find(update.ike_id);
  if (entry == nullptr) return;
  if (update.message_id_sync_supported) entry->supports_ids = update.message_id_sync_supported;
  if (update.replay_counter_sync_supported) entry->supports_replay = update.replay_counter_sync_supported;
}

void MessageIds::see(const event::IkeSaDelete& del) {
  entries_.erase({del.ike_id.initiator_spi, del.ike_id.responder_spi});
}

void MessageIds::see(const event::MessageIdSync& told) {
  auto* entry = find(told.ike_id);
  if (entry == nullptr) return;
  if (told.ike_id.initiator) entry->cluster_initiated = told.ike_id.initiator;
  if (told.window) entry->window = std::max(*told.window, 1U);
  if (!entry->cluster_initiated) return;
  auto& own = entry->sides.at(*entry->cluster_initiated ? 0 : 1);
  auto& peers = entry->sides.at(*entry->cluster_initiated ? 1 : 0);
  if (told.next_send) own.told = told.next_send;
  if (told.next_receive) peers.told = told.next_receive;
}

void MessageIds::see(const event::MessageIdSyncExchange& told, std::uint64_t number, std::optional<bool> support) {
  auto* entry = find(told.ike_id);
  if (entry == nullptr) return;
  const bool by_initiator = entry->cluster_initiated.value_or(true) != told.by_peer.value_or(false);
  auto& asker = entry->sides.at(by_initiator ? 0 : 1);
  auto& other = entry->sides.at(by_initiator ? 1 : 0);
  if (!compare_with_wire(*entry, told)) {
    const auto* last = asker.told_exchange.get();
    const Ask ask{
        .nonce = told.nonce, .send = told.proposed_send, .receive = told.proposed_receive, .delta = told.replay_delta};
    if (last == nullptr || last->ask != ask) {
      check_told_ask(*entry, asker, other, told, support);
      asker.told_exchange = std::make_unique<Exchange>(Exchange{.ask = ask, .event = number});
    }
    if (!told.answered_send || !told.answered_receive || asker.told_exchange->answer) return;
    check_told_answer(asker, other, told);
    asker.told_exchange->answer = Answer{.send = *told.answered_send, .receive = *told.answered_receive};
  }
  if (!told.answered_send || !told.answered_receive) return;
  asker.told = std::max(asker.told.value_or(0), *told.answered_receive);
  other.told = std::max(other.told.value_or(0), *told.answered_send);
}

// FG-24: what the members are told of an exchange is what passed on the wire.
bool MessageIds::compare_with_wire(const Entry& entry, const event::MessageIdSyncExchange& told) {
  for (const auto& side : entry.sides) {
    const auto* exchange = side.exchange.get();
    if (exchange == nullptr || exchange->ask.nonce != told.nonce) continue;
    if (!exchange->answer) return true;
    const auto& ask = exchange->ask;
    const auto& answer = *exchange->answer;
    if (ask.send == told.proposed_send && ask.receive == told.proposed_receive &&
        answer.send == told.answered_send.value_or(answer.send) &&
        answer.receive == told.answered_receive.value_or(answer.receive)) {
      return true;
    }
    report("RFC6311-4",
           fmt::format("the members are told of other numbers than those of the synchronization of IKE SA "
                       "{} on the wire (event {}): M1 {}, P1 {}, P2 {}, M2 {}",
                       name_of(told.ike_id), exchange->event, ask.send, ask.receive, answer.send, answer.receive));
    return true;
  }
  return false;
}

// Nobody saw it: by what the members told each other before.
void MessageIds::check_told_ask(const Entry& entry, const Side& asker, const Side& other,
                                const event::MessageIdSyncExchange& told, std::optional<bool> support) {
  const auto sa = name_of(told.ike_id);
  const auto announced = [&](const std::optional<bool>& said, bool Side::* what) {
    const auto& [initiator, responder] = entry.sides;
    if (initiator.auth_seen && responder.auth_seen) return std::optional{initiator.*what && responder.*what};
    return said || !entry.added ? said : std::optional{false};
  };
  if (!support) support = announced(entry.supports_ids, &Side::announces_ids);
  if (support == false) {
    report("RFC6311-1",
           fmt::format("message IDs of IKE SA {} are synchronized, and nobody said that both ends announced "
                       "IKEV2_MESSAGE_ID_SYNC_SUPPORTED",
                       sa));
  }
  if (told.replay_delta && announced(entry.supports_replay, &Side::announces_replay) == false) {
    report("RFC6311-1", fmt::format("replay counters of IKE SA {} are synchronized, and nobody said that both ends "
                                    "announced IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED",
                                    sa));
  }
  if (asker.told_exchange != nullptr && asker.told_exchange->ask.nonce == told.nonce) {
    report("RFC6311-3",
           fmt::format("a synchronization of IKE SA {} is repeated with its nonce and with other numbers", sa));
  }
  if (asker.told && told.proposed_send < *asker.told) {
    report("RFC6311-3", fmt::format("M1 {} for IKE SA {} is below {}, which the members were told: the other end drops "
                                    "the request",
                                    told.proposed_send, sa, *asker.told));
  }
  if (other.told && told.proposed_receive < *other.told) {
    report("RFC6311-3", fmt::format("P1 {} for IKE SA {} is below {}: the members were told of the requests before",
                                    told.proposed_receive, sa, *other.told));
  }
}

// The answerer may know of more than the members.
void MessageIds::check_told_answer(const Side& asker, const Side& other, const event::MessageIdSyncExchange& told) {
  const auto check = [&](std::string_view name, std::uint32_t found, std::uint32_t proposed,
                         const std::optional<std::uint32_t>& next) {
    const auto least = std::max(proposed, next.value_or(0));
    if (found >= least) return;
    report("RFC6311-4", fmt::format("{} {} in the answer for IKE SA {} is below {}, the greater of {} proposed and {} "
                                    "that the members were told",
                                    name, found, name_of(told.ike_id), least, proposed, next.value_or(0)));
  };
  check("M2", *told.answered_receive, told.proposed_send, asker.told);
  check("P2", *told.answered_send, told.proposed_receive, other.told);
}

// --- the wire

void MessageIds::see(const event::IkeMessage& message, const Timestamp& time, std::uint64_t number,
                     std::optional<bool> esn) {
  if (message.ike_id.version != kIkev2) return;
  last_ns_ = time.total_nanoseconds();
  const bool response = (message.flags & kFlagResponse) != 0;
  if (message.exchange_type == event::ExchangeType::ike_sa_init) {
    auto* entry = response ? find_or_add(message.ike_id) : nullptr;
    if (entry == nullptr || entry->sides[0].next) return;
    entry->sides[0].next = 1;
    entry->sides[1].next = 0;
    entry->whole = true;
    return;
  }
  // IKE_AUTH comes before the members speak of the IKE SA, and says what it supports.
  auto* entry = message.message_id_sync_supported ? find_or_add(message.ike_id) : find(message.ike_id);
  if (entry == nullptr) return;
  const std::size_t sender = (message.flags & kFlagInitiator) != 0 ? 0 : 1;
  if (message.message_id_sync_supported) {
    auto& side = entry->sides.at(sender);
    side.auth_seen = true;
    side.announces_ids = side.announces_ids || *message.message_id_sync_supported;
    side.announces_replay = side.announces_replay || message.replay_counter_sync_supported.value_or(false);
  }
  const Sighting at{
      .entry = *entry, .message = message, .from = response ? 1 - sender : sender, .number = number, .esn = esn};
  if (!message.nonce && message.replay_delta) see_delta(at);
  if (message.nonce) return response ? see_answer(at) : see_ask(at);
  if (see_passed_zero(at)) return;
  response ? see_response(at) : see_request(at);
}

bool MessageIds::see_passed_zero(const Sighting& at) {
  auto& side = at.side();
  // 0 was IKE_SA_INIT's. The responder, and both ends of an IKE SA that replaces another, begin with it.
  const bool passed = (at.from == 0 && at.entry.whole) || side.next.value_or(0) > 1;
  if (at.message.message_id != 0 || !passed || at.message.exchange_type != event::ExchangeType::informational) {
    return false;
  }
  const bool response = (at.message.flags & kFlagResponse) != 0;
  if (at.message.opened == true) {
    if (response) return true;
    report("RFC6311-2", fmt::format("a request of {} for IKE SA {} has the message ID 0, which was passed, and "
                                    "synchronizes nothing: it is discarded",
                                    at.whose(), at.sa()));
    return true;
  }
  if (!response) {
    side.probable = at.number;
  } else if (side.probable != 0) {
    report(
        "RFC6311-6",
        fmt::format("events {} and {} are probably a message ID synchronization that {} asks for (IKE SA {}, message "
                    "ID 0): it is encrypted, and the keys are not known (--keys)",
                    side.probable, at.number, at.whose(), at.sa()),
        Grade::exposure);
    side.probable = 0;
    for (auto& each : at.entry.sides) each.next = each.told = std::nullopt;  // whatever it set them to
  }
  return true;
}

void MessageIds::see_request(const Sighting& at) {
  auto& side = at.side();
  const auto id = at.message.message_id;
  const bool fresh = !side.next || id >= *side.next;
  if (!fresh) return see_old(at);
  compare_with_told(at);
  const bool as_told = side.told && (id == *side.told || id + 1 == *side.told);
  if (side.next && id >= *side.next + at.entry.window && !as_told) {
    report("RFC6027-5", fmt::format("request {} of {} for IKE SA {} comes where {} is next: beyond a window of {}, or "
                                    "the capture lacks what is between",
                                    id, at.whose(), at.sa(), *side.next, at.entry.window));
  }
  side.next = id + 1;
  side.open = true;
  side.taken_over = false;
  side.last_ns = last_ns_;
}

// A retransmission, unless nobody can have a reason to send it again.
void MessageIds::see_old(const Sighting& at) {
  auto& side = at.side();
  const auto id = at.message.message_id;
  const bool last = id + at.entry.window >= *side.next;
  if (last && (side.open || !side.taken_over)) return;
  const auto why = side.taken_over ? "after the takeover, and the peer answers what it did before, or drops it"
                                   : "which is no retransmission any more";
  report("RFC6027-4", fmt::format("request {} of {} for IKE SA {} comes again where {} is next, {}", id, at.whose(),
                                  at.sa(), *side.next, why));
  side.taken_over = false;
}

// Told before it is sent (strongSwan's own requests), or right after it came.
void MessageIds::compare_with_told(const Sighting& at) {
  auto& side = at.side();
  const auto id = at.message.message_id;
  if (!side.told || id == *side.told || id + 1 == *side.told) return;
  if (id > *side.told) {
    report(lag_rule_, fmt::format("request {} of {} for IKE SA {} is on the wire, and the members were told that {} is "
                                  "next: they do not know of those before it",
                                  id, at.whose(), at.sa(), *side.told));
  } else {
    report("RFC6027-5", fmt::format("request {} of {} for IKE SA {} is on the wire, and the members were told that {} "
                                    "is next: a new primary begins beyond what the other end expects",
                                    id, at.whose(), at.sa(), *side.told));
  }
  side.told = id + 1;  // told once
}

void MessageIds::see_response(const Sighting& at) {
  auto& side = at.side();
  const auto id = at.message.message_id;
  if (side.next && id + 1 == *side.next) side.open = false;
  if (id >= side.void_below) return;
  report("RFC6311-5", fmt::format("an answer to request {} of {} for IKE SA {} comes after the synchronization that "
                                  "made it void (next is {})",
                                  id, at.whose(), at.sa(), side.void_below));
}

void MessageIds::taken_over(const event::IkeId& id) {
  auto* entry = find(id);
  if (entry == nullptr || !entry->cluster_initiated) return;
  const std::size_t own = *entry->cluster_initiated ? 0 : 1;
  compare_at_takeover(entry->sides.at(own), true, name_of(id));
  compare_at_takeover(entry->sides.at(1 - own), false, name_of(id));
  entry->sides.at(own).taken_over = true;
}

void MessageIds::compare_at_takeover(const Side& side, bool is_clusters, const std::string& sa) {
  if (!side.next || !side.told || *side.next == *side.told) return;
  // The peer sends a request again that nobody answered.
  if (!is_clusters && side.open && *side.told + 1 == *side.next) return;
  const auto whose = is_clusters ? "the cluster" : "the peer";
  report(
      *side.told < *side.next ? lag_rule_ : "RFC6027-5",
      fmt::format("takeover of IKE SA {}: the members were told that request {} of {} is next, and on the wire it is "
                  "{}",
                  sa, *side.told, whose, *side.next));
}

void MessageIds::check_answered(const Side& side, const std::string& sa) {
  const auto check = [&](const Exchange* exchange) {
    if (exchange == nullptr || exchange->answer) return;
    report(
        "RFC6311-6",
        fmt::format("the synchronization of IKE SA {} (M1 {}, P1 {}) has no answer: what it asks for is not in force",
                    sa, exchange->ask.send, exchange->ask.receive),
        Grade::exposure, exchange->event);
  };
  check(side.exchange.get());
  const bool is_seen = side.exchange != nullptr && side.told_exchange != nullptr &&
                       side.exchange->ask.nonce == side.told_exchange->ask.nonce;
  if (!is_seen) check(side.told_exchange.get());
}

void MessageIds::finish() {
  std::vector<std::pair<Key, const Entry*>> in_order;
  in_order.reserve(entries_.size());
  entries_.for_each([&](const Key& key, const Entry& entry) { in_order.emplace_back(key, &entry); });
  std::ranges::sort(in_order, {}, [](const auto& known) { return known.first; });
  for (const auto& [key, entry] : in_order) {
    const auto name = fmt::format("{:016x}/{:016x}", key.first, key.second);
    for (const auto& side : entry->sides) {
      check_answered(side, name);
      if (!side.next || !side.told || *side.told >= *side.next || last_ns_ - side.last_ns < kSettledNs) continue;
      report(lag_rule_,
             fmt::format("IKE SA {}: the members were told that request {} is next, and on the wire it is {}", name,
                         *side.told, *side.next));
    }
  }
}

// --- RFC 6311

void MessageIds::check_form(const Sighting& at) {
  const auto& message = at.message;
  const bool response = (message.flags & kFlagResponse) != 0;
  if (message.exchange_type != event::ExchangeType::informational || (message.nonce && message.message_id != 0)) {
    report("RFC6311-2", fmt::format("a synchronization of IKE SA {} is in {} with message ID {}, not in INFORMATIONAL "
                                    "with 0",
                                    at.sa(), event::name_of(message.exchange_type), message.message_id));
  }
  if (message.nonce && message.further_payloads.value_or(0) != 0) {
    report("RFC6311-2",
           fmt::format("{} of IKE SA {} has {} more in it than its notifies: it is ignored",
                       response ? "the answer to a synchronization" : "a synchronization", at.sa(),
                       *message.further_payloads == 1 ? std::string{"one payload"}
                                                      : fmt::format("{} payloads", *message.further_payloads)));
  }
  if (!message.replay_delta) return;
  if (response) {
    report("RFC6311-2", fmt::format("the answer to a synchronization of IKE SA {} has a replay counter", at.sa()));
  }
  if (message.esn && at.esn && *message.esn != *at.esn) {
    report("RFC6311-2", fmt::format("the replay counter for IKE SA {} has {} octets, and its child SAs use {} sequence "
                                    "numbers",
                                    at.sa(), *message.esn ? 8 : 4, *at.esn ? "extended" : "32-bit"));
  }
}

void MessageIds::check_support(const Sighting& at) {
  const auto& sides = at.entry.sides;
  const bool seen = sides[0].auth_seen && sides[1].auth_seen;
  const auto known = [&](const std::optional<bool>& said, bool Side::* what) {
    return seen ? std::optional{sides[0].*what && sides[1].*what} : said;
  };
  if (at.message.nonce && known(at.entry.supports_ids, &Side::announces_ids) == false) {
    report("RFC6311-1", fmt::format("{} synchronizes message IDs of IKE SA {}, and not both ends announced "
                                    "IKEV2_MESSAGE_ID_SYNC_SUPPORTED: it is ignored",
                                    at.whose(), at.sa()));
  }
  if (at.message.replay_delta && known(at.entry.supports_replay, &Side::announces_replay) == false) {
    report("RFC6311-1", fmt::format("{} synchronizes replay counters of IKE SA {}, and not both ends announced "
                                    "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED: it is ignored",
                                    at.whose(), at.sa()));
  }
}

// Counters alone, in an ordinary exchange: message IDs are exact.
void MessageIds::see_delta(const Sighting& at) {
  const bool response = (at.message.flags & kFlagResponse) != 0;
  const auto& next = at.side().next;
  if (!response && next && at.message.message_id < *next) return;  // a retransmission
  check_form(at);
  if (!response) check_support(at);
}

void MessageIds::check_proposal(const Sighting& at, const Ask& ask) {
  const auto& side = at.side();
  const auto& other = at.other();
  const auto check = [&](bool broken, std::string text) {
    if (broken) report("RFC6311-3", std::move(text));
  };
  check(side.next && ask.send < *side.next,
        fmt::format("M1 {} of {} for IKE SA {} is below {}, which the other end expects: it drops the request",
                    ask.send, at.whose(), at.sa(), side.next.value_or(0)));
  check(side.told && ask.send < *side.told,
        fmt::format("M1 {} of {} for IKE SA {} is below {}, which the members were told", ask.send, at.whose(), at.sa(),
                    side.told.value_or(0)));
  check(other.told && ask.receive < *other.told,
        fmt::format("P1 {} of {} for IKE SA {} is below {}: the members were told of the requests before", ask.receive,
                    at.whose(), at.sa(), other.told.value_or(0)));
}

void MessageIds::see_ask(const Sighting& at) {
  const auto& message = at.message;
  auto& side = at.side();
  const Ask ask{.nonce = *message.nonce,
                .send = message.next_send.value_or(0),
                .receive = message.next_receive.value_or(0),
                .delta = message.replay_delta};
  if (side.exchange != nullptr && side.exchange->ask == ask) return;  // a retransmission
  check_form(at);
  check_support(at);
  if (side.exchange != nullptr && side.exchange->ask.nonce == ask.nonce) {
    report("RFC6311-3",
           fmt::format("a synchronization of IKE SA {} is repeated with its nonce and with other numbers", at.sa()));
  }
  check_proposal(at, ask);
  side.exchange = std::make_unique<Exchange>(Exchange{
      .ask = ask, .event = at.number, .next_send = at.other().next.value_or(0), .next_receive = side.next.value_or(0)});
  note_crossing(*side.exchange, at.other().exchange.get());
}

// Who answers has asked itself: the answer may be under way, on another way than what is captured.
void MessageIds::note_crossing(Exchange& made, Exchange* others) const {
  if (others == nullptr || (others->answer && last_ns_ - others->answered_ns > kSettledNs)) return;
  made.crosses = others->crosses = true;
  made.next_send = std::min(made.next_send, others->next_receive);
  made.next_receive = std::min(made.next_receive, others->next_send);
}

void MessageIds::check_answer(const Sighting& at, const Answer& answer) {
  const auto& side = at.side();
  const auto& other = at.other();
  const auto& exchange = *side.exchange;
  const auto& ask = exchange.ask;
  const auto check = [&](std::string_view name, std::uint32_t found, std::uint32_t proposed,
                         const std::optional<std::uint32_t>& next, std::uint32_t before, std::uint32_t named) {
    const auto expected = std::max(proposed, next.value_or(0));
    // With a capture that begins later the answerer may know of more.
    if (found == expected || (found > expected && !at.entry.whole)) return;
    // Who has asked itself goes by what it named, and the answer to that may not have reached it yet.
    const bool is_between = std::max(proposed, before) <= found && found <= std::max(expected, named);
    if (exchange.crosses && is_between) return;
    report("RFC6311-4", fmt::format("{} {} in the answer for IKE SA {} is not {}, the greater of {} proposed and {} "
                                    "next on the wire",
                                    name, found, at.sa(), expected, proposed, next.value_or(0)));
  };
  const auto own = exchange.crosses ? other.exchange->ask : Ask{};
  check("M2", answer.receive, ask.send, side.next, exchange.next_receive, own.receive);
  check("P2", answer.send, ask.receive, other.next, exchange.next_send, own.send);
}

void MessageIds::see_answer(const Sighting& at) {
  const auto& message = at.message;
  auto& side = at.side();
  auto& other = at.other();
  const Answer answer{.send = message.next_send.value_or(0), .receive = message.next_receive.value_or(0)};
  if (side.exchange == nullptr) {
    return report("RFC6311-4",
                  fmt::format("an answer to a synchronization of IKE SA {} that nobody asked for", at.sa()));
  }
  auto& exchange = *side.exchange;
  if (exchange.ask.nonce != *message.nonce) {
    return report("RFC6311-4", fmt::format("the answer to the synchronization of IKE SA {} has the nonce {:08x}, and "
                                           "the request {:08x}: it is dropped",
                                           at.sa(), *message.nonce, exchange.ask.nonce));
  }
  if (exchange.answer == answer) return;  // to a retransmission
  check_form(at);
  check_answer(at, answer);
  exchange.answer = answer;
  exchange.answered_ns = last_ns_;
  // Not the last value but the greatest: the other end's exchange may have named a greater one.
  const auto move = [](Side& end, std::uint32_t next) {
    end.next = std::max(end.next.value_or(0), next);
    end.void_below = std::max(end.void_below, next);
  };
  move(side, answer.receive);
  move(other, answer.send);
  for (auto& each : at.entry.sides) {
    each.open = each.taken_over = false;
    each.told.reset();  // only the member that asked knows, until it tells the others
  }
}

}  // namespace sasync::audit
