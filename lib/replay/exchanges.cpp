#include "exchanges.hpp"

namespace sasync::replay {
namespace {

constexpr std::uint8_t kFlagInitiator = 0x08, kFlagResponse = 0x20;

bool is_response(const event::IkeMessage& message) { return (message.flags & kFlagResponse) != 0; }
bool from_initiator(const event::IkeMessage& message) { return (message.flags & kFlagInitiator) != 0; }
/// Whether the original initiator sent the request, or gets its answer.
bool asked_by_initiator(const event::IkeMessage& message) { return from_initiator(message) != is_response(message); }

std::pair<std::uint64_t, std::uint64_t> key_of(const event::IkeId& id) { return {id.initiator_spi, id.responder_spi}; }

/// Of those who hold it the first one's; nullptr when nobody knows more of it than its name.
const model::IkeFacts* facts_of(const model::IkeRecord& record) {
  for (const auto& view : record.views) {
    if (view.facts != nullptr) return view.facts.get();
  }
  return nullptr;
}

}  // namespace

std::optional<bool> is_of_cluster(const model::State& state, const event::IkeMessage& message) {
  if (message.direction) return (*message.direction == event::Direction::outbound) != is_response(message);
  auto cluster_initiated = message.ike_id.initiator;
  const auto index = state.find_ike(message.ike_id);
  if (!cluster_initiated && index != model::kNone) cluster_initiated = state.ike_sas[index].id.initiator;
  if (!cluster_initiated) return std::nullopt;
  return asked_by_initiator(message) == *cluster_initiated;
}

std::vector<IdExchanges::Concluded> IdExchanges::conclude(const event::SyncEvent& event, const model::State& state,
                                                          std::uint64_t number) {
  std::vector<Concluded> concluded;
  const auto add = [&](event::Body body, const std::string& member, model::MemberSet lost) {
    auto& made = concluded.emplace_back();
    made.event.time = event.time;
    made.event.inferred = true;
    made.event.member = member;
    made.event.protocol = "ike";
    made.event.body = std::move(body);
    made.lost = lost;
  };
  const auto serving_of = [&](const event::IkeId& id) {
    const auto index = state.find_ike(id);
    return index == model::kNone ? model::kNoMember : state.serving(state.ike_sas[index]);
  };
  if (const auto* told = std::get_if<event::MessageIdSyncExchange>(&event.body)) hear(event, *told, state, number);
  const auto* message = std::get_if<event::IkeMessage>(&event.body);
  const auto* added = std::get_if<event::IkeSaAdd>(&event.body);
  const auto id = message != nullptr ? message->ike_id : added != nullptr ? added->ike_id : event::IkeId{};
  const auto serving = serving_of(id);
  if (message != nullptr && message->message_id_sync_supported) announce(*message);
  if (serving == model::kNoMember || !state.members[serving].up) return concluded;
  const auto& name = state.members[serving].name;
  if (added != nullptr || (message != nullptr && message->message_id_sync_supported)) {
    if (auto update = support(id)) add(std::move(*update), name, 0);
  }
  if (message == nullptr) return concluded;
  if (!message->nonce) {
    if (message->replay_delta && !is_response(*message)) see_counters(event, *message, state, number);
    return concluded;
  }
  auto exchange = is_response(*message) ? answer(*message) : ask(event, *message, state, number);
  // Only the member that took part knows of it.
  if (exchange) add(std::move(*exchange), name, static_cast<model::MemberSet>(~model::set_of(serving)));
  return concluded;
}

void IdExchanges::announce(const event::IkeMessage& message) {
  const auto key = key_of(message.ike_id);
  if (!announced_.contains(key) && announced_.size() >= kSasMax) return;
  auto& end = announced_[key].at(from_initiator(message) ? 0 : 1);
  end.ids = end.ids.value_or(false) || *message.message_id_sync_supported;
  end.replay = end.replay.value_or(false) || message.replay_counter_sync_supported.value_or(false);
}

std::optional<event::IkeSaUpdate> IdExchanges::support(const event::IkeId& id) const {
  const auto found = announced_.find(key_of(id));
  if (found == announced_.end()) return std::nullopt;
  const auto& [initiator, responder] = found->second;
  if (!initiator.ids || !responder.ids) return std::nullopt;
  event::IkeSaUpdate update;
  update.ike_id = id;
  update.message_id_sync_supported = *initiator.ids && *responder.ids;
  update.replay_counter_sync_supported = initiator.replay.value_or(false) && responder.replay.value_or(false);
  return update;
}

std::optional<event::MessageIdSyncExchange> IdExchanges::ask(const event::SyncEvent& event,
                                                             const event::IkeMessage& message,
                                                             const model::State& state, std::uint64_t number) {
  const auto of_cluster = is_of_cluster(state, message);
  event::MessageIdSyncExchange exchange{.ike_id = message.ike_id,
                                        .nonce = *message.nonce,
                                        .proposed_send = message.next_send.value_or(0),
                                        .proposed_receive = message.next_receive.value_or(0),
                                        .replay_delta = message.replay_delta};
  if (of_cluster) exchange.by_peer = !*of_cluster;
  const std::pair key{key_of(message.ike_id), asked_by_initiator(message)};
  const auto known = asked_.find(key);
  if (known == asked_.end() && asked_.size() >= kSasMax) return std::nullopt;
  auto& asked = asked_[key];
  const bool repeated = known != asked_.end() && asked.exchange.nonce == exchange.nonce &&
                        asked.exchange.proposed_send == exchange.proposed_send &&
                        asked.exchange.proposed_receive == exchange.proposed_receive;
  if (repeated) return std::nullopt;
  asked = {.exchange = exchange, .reported = list(event, exchange, state, number)};
  // Whose it is decides which end's numbers move.
  return of_cluster ? std::optional{exchange} : std::nullopt;
}

// An answer with another nonce is dropped (section 5 of the RFC's exchange), so that it changes nothing.
std::optional<event::MessageIdSyncExchange> IdExchanges::answer(const event::IkeMessage& message) {
  const auto found = asked_.find({key_of(message.ike_id), asked_by_initiator(message)});
  if (found == asked_.end() || found->second.exchange.nonce != *message.nonce) return std::nullopt;
  auto& [exchange, reported] = found->second;
  if (exchange.answered_send) return std::nullopt;  // to a retransmission
  exchange.answered_send = message.next_send;
  exchange.answered_receive = message.next_receive;
  if (reported != 0) report_.exchanges[reported - 1].exchange = exchange;
  return exchange.by_peer ? std::optional{exchange} : std::nullopt;
}

void IdExchanges::hear(const event::SyncEvent& event, const event::MessageIdSyncExchange& told,
                       const model::State& state, std::uint64_t number) {
  if (event.inferred) return;
  const auto key = key_of(told.ike_id);
  for (const bool by_initiator : {false, true}) {
    const auto seen = asked_.find({key, by_initiator});
    if (seen != asked_.end() && seen->second.exchange.nonce == told.nonce) return;
  }
  const Asker asker{key, told.by_peer.value_or(false)};
  const auto known = told_.find(asker);
  if (known == told_.end() && told_.size() >= kSasMax) return;
  auto& last = told_[asker];
  const bool repeated = known != told_.end() && last.exchange.nonce == told.nonce &&
                        last.exchange.proposed_send == told.proposed_send &&
                        last.exchange.proposed_receive == told.proposed_receive;
  if (!repeated) {
    last = {.exchange = told, .reported = list(event, told, state, number)};
    if (last.reported != 0) report_.exchanges[last.reported - 1].is_told = true;
  } else if (last.reported != 0 && told.answered_send) {
    report_.exchanges[last.reported - 1].exchange = told;
  }
}

void IdExchanges::see_counters(const event::SyncEvent& event, const event::IkeMessage& message,
                               const model::State& state, std::uint64_t number) {
  const Asker asker{key_of(message.ike_id), asked_by_initiator(message)};
  const auto known = counters_.find(asker);
  if (known != counters_.end() && known->second == message.message_id) return;  // a retransmission
  if (known == counters_.end() && counters_.size() >= kSasMax) return;
  counters_[asker] = message.message_id;
  event::MessageIdSyncExchange exchange{.ike_id = message.ike_id, .replay_delta = message.replay_delta};
  if (const auto of_cluster = is_of_cluster(state, message)) exchange.by_peer = !*of_cluster;
  const auto place = list(event, exchange, state, number);
  if (place != 0) report_.exchanges[place - 1].counters_only = true;
}

std::size_t IdExchanges::list(const event::SyncEvent& event, const event::MessageIdSyncExchange& exchange,
                              const model::State& state, std::uint64_t number) {
  if (report_.exchanges.size() >= kExchangesMax) return 0;
  const auto index = state.find_ike(exchange.ike_id);
  const auto* facts = index == model::kNone ? nullptr : facts_of(state.ike_sas[index]);
  report_.exchanges.push_back({.time = event.time,
                               .event = number,
                               .tunnel = facts == nullptr ? std::string{} : facts->tunnel,
                               .exchange = exchange});
  return report_.exchanges.size();
}

void WireIds::begin(const FailoverReport& failover, std::size_t failover_index, std::size_t first) {
  for (auto i = first; i < failover.tunnels.size(); ++i) {
    const auto& id = failover.tunnels[i].ike_id;
    auto& places = rows_[{id.initiator_spi, id.responder_spi, id.version}];
    // An earlier failover's have had their time.
    std::erase_if(places, [&](const Place& place) { return place.failover != failover_index; });
    places.push_back({.failover = failover_index, .row = i});
  }
}

// A synchronization that stays closed: 0 was IKE_SA_INIT's, and a responder's first request has it once.
bool WireIds::is_passed_zero(const model::State& state, const event::IkeMessage& message, bool of_cluster) {
  if (message.message_id != 0 || message.exchange_type != event::ExchangeType::informational) return false;
  if (from_initiator(message)) return true;
  const auto index = state.find_ike(message.ike_id);
  if (index == model::kNone) return false;
  const auto& record = state.ike_sas[index];
  const auto serving = state.serving(record);
  if (serving == model::kNoMember) return false;
  const auto& view = record.views[serving];
  return (of_cluster ? view.next_send : view.next_receive) > 1;
}

void WireIds::see(const model::State& state, const event::IkeMessage& message) {
  if (rows_.empty() || is_response(message) || message.nonce) return;
  const auto found = rows_.find({message.ike_id.initiator_spi, message.ike_id.responder_spi, message.ike_id.version});
  if (found == rows_.end()) return;
  const auto of_cluster = is_of_cluster(state, message);
  if (!of_cluster || is_passed_zero(state, message, *of_cluster)) return;
  for (const auto& [failover, index] : found->second) {
    auto& row = failovers_[failover].tunnels[index];
    auto& first = *of_cluster ? row.wire_send : row.wire_receive;
    if (!first) first = message.message_id;
  }
}

}  // namespace sasync::replay
