#include "ike_events.hpp"

#include <utility>

namespace sasync::pipeline {
namespace {

namespace ike = proto::ike;

// What is malformed says nothing, and of two the first counts. False: it is no part of a synchronization.
bool tell_message_ids(const ike::Notification& notify, event::IkeMessage& message) {
  if (notify.data.size() != 3 * sizeof(std::uint32_t) || message.nonce) return false;
  Reader data{notify.data};
  message.nonce = data.be<std::uint32_t>("nonce");
  message.next_send = data.be<std::uint32_t>("expected_send_req_message_id");
  message.next_receive = data.be<std::uint32_t>("expected_recv_req_message_id");
  return true;
}

bool tell_replay_delta(const ike::Notification& notify, event::IkeMessage& message) {
  const auto size = notify.data.size();
  if ((size != sizeof(std::uint32_t) && size != sizeof(std::uint64_t)) || message.replay_delta) return false;
  Reader data{notify.data};
  message.esn = size == sizeof(std::uint64_t);
  message.replay_delta =
      *message.esn ? data.be<std::uint64_t>("counter_delta") : data.be<std::uint32_t>("counter_delta");
  return true;
}

bool tell_synchronized(const ike::Notification& notify, event::IkeMessage& message) {
  if (notify.type == ike::kMessageIdSync) return tell_message_ids(notify, message);
  return notify.type == ike::kReplayCounterSync && tell_replay_delta(notify, message);
}

void tell(const std::vector<ike::Payload>& payloads, event::IkeMessage& message) {
  bool announces_ids = false;
  bool announces_replay = false;
  std::uint32_t further = 0;
  for (const auto& payload : payloads) {
    const auto* notify = std::get_if<ike::Notification>(&payload.body);
    if (notify == nullptr || !tell_synchronized(*notify, message)) ++further;
    if (notify == nullptr) continue;
    announces_ids = announces_ids || notify->type == ike::kMessageIdSyncSupported;
    announces_replay = announces_replay || notify->type == ike::kReplayCounterSyncSupported;
  }
  if (message.nonce || message.replay_delta) message.further_payloads = further;
  if (message.exchange_type != event::ExchangeType::ike_auth) return;
  message.message_id_sync_supported = announces_ids;
  message.replay_counter_sync_supported = announces_replay;
}

}  // namespace

IkeEvents::IkeEvents(const proto::DecodeOptions& options, keys::KeyStore* given)
    : keys_(given != nullptr ? *given : own_), collector_(options, keys_), opener_(keys_) {}

void IkeEvents::take_sync(Bytes message, std::uint32_t hint) {
  if (derives_) return collector_.take(message, hint);
  held_.push_back({.bytes = crypto::to_secret(message), .hint = hint});
  held_bytes_ += message.size();
  if (held_bytes_ > kHeldBytesMax) derive_held();
}

void IkeEvents::derive_held() {
  derives_ = true;
  for (const auto& [bytes, hint] : std::exchange(held_, {})) collector_.take(bytes, hint);
}

void IkeEvents::open(const ClosedIke& closed, event::IkeMessage& message) {
  if (!derives_) derive_held();
  const auto opened = opener_.open(closed.bytes, closed.hint);
  if (!opened) return;
  using keys::Outcome;
  switch (opened->result.outcome) {
    case Outcome::decrypted:
      message.opened = true;
      return tell(opened->result.payloads, message);
    case Outcome::no_keys:
    case Outcome::failed:
      message.opened = false;
      return;
    case Outcome::not_encrypted:
    case Outcome::incomplete:
    case Outcome::duplicate:
      return;
  }
}

std::vector<std::string> IkeEvents::remarks() const {
  if (keys_.ike_sas().empty()) return {};
  auto remarks = opener_.remarks();
  if (remarks.empty()) return {};
  for (auto& text : collector_.remarks()) remarks.push_back(std::move(text));
  return remarks;
}

}  // namespace sasync::pipeline
