#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "sasync/base/text.hpp"
#include "sasync/crypto/cipher.hpp"
#include "sasync/keys/decrypt.hpp"

namespace sasync::keys {
namespace {

namespace ike = proto::ike;

/// Why SK or SKF stays closed; where the message itself is wrong, its place too.
struct Closed {
  Problem problem;
  DecodeStatus status{};
};
template <class T>
using Opened = std::expected<T, Closed>;

std::unexpected<Closed> closed(Problem problem) { return std::unexpected(Closed{std::move(problem)}); }

std::size_t data_offset(const ike::Payload& payload) {
  constexpr std::size_t kPayloadHeaderBytes = 4;
  constexpr std::size_t kFragmentNumbersBytes = 4;
  const bool is_fragment = payload.type == ike::PayloadType::encrypted_fragment;
  return payload.offset + kPayloadHeaderBytes + (is_fragment ? kFragmentNumbersBytes : 0);
}

std::unexpected<Closed> malformed(const ike::Payload& payload, std::size_t bytes, std::size_t least,
                                  std::string_view why) {
  const auto text = fmt::format("{} at offset {}: {}", ike::payload_name(payload.type), payload.offset, why);
  const DecodeError error{DecodeErrc::bad_length, data_offset(payload), "data", bytes, least};
  return std::unexpected(Closed{.problem = {ProblemCode::malformed, text}, .status = std::unexpected(error)});
}

/// The parts of what SK and SKF hold (RFC 7296 section 3.14).
struct Parts {
  Bytes iv, ciphertext, icv;
};

Opened<Parts> split(const ike::Payload& payload, Bytes data, std::size_t iv_bytes, std::size_t icv_bytes) {
  constexpr std::size_t kPadLengthBytes = 1;
  const auto least = iv_bytes + kPadLengthBytes + icv_bytes;
  if (data.size() < least) {
    return malformed(payload, data.size(), least,
                     fmt::format("{} bytes are less than an IV of {}, a pad length and an ICV of {}", data.size(),
                                 iv_bytes, icv_bytes));
  }
  const auto ciphertext_bytes = data.size() - iv_bytes - icv_bytes;
  return Parts{
      .iv = data.first(iv_bytes), .ciphertext = data.subspan(iv_bytes, ciphertext_bytes), .icv = data.last(icv_bytes)};
}

Opened<SecretBytes> without_padding(const ike::Payload& payload, SecretBytes plaintext) {
  const std::size_t padding = plaintext.back();
  if (padding + 1 > plaintext.size()) {
    return malformed(payload, plaintext.size(), padding + 1, "more padding announced than there are bytes");
  }
  plaintext.resize(plaintext.size() - padding - 1);
  return plaintext;
}

Opened<crypto::Integrity> integrity_of(const Algorithms& algorithms) {
  constexpr std::size_t kUnchecked96Bytes = 12;
  if (algorithms.integ == kUnchecked96)
    return crypto::Integrity{.number = kUnchecked96, .key_bytes = 0, .icv_bytes = kUnchecked96Bytes};
  const auto found = crypto::find_integrity(algorithms.integ);
  if (!found) return closed(problem_of(found.error()));
  return *found;
}

/// What SK or SKF holds, when its ICV fits these keys. `message.bytes` ends with `data`: nothing follows SK.
Opened<SecretBytes> open(const ike::Message& message, const ike::Payload& payload, Bytes data, const Ikev2Keys& keys) {
  const bool from_initiator = (message.flags & ike::kFlagInitiator) != 0;
  const auto& algorithms = keys.algorithms;
  const auto cipher = crypto::find_cipher(algorithms.encr, algorithms.encr_bits);
  if (!cipher) return closed(problem_of(cipher.error()));
  crypto::Integrity integrity;
  if (!cipher->is_aead()) {
    const auto found = integrity_of(algorithms);
    if (!found) return std::unexpected(found.error());
    integrity = *found;
  }
  const auto parts =
      split(payload, data, cipher->iv_bytes, cipher->is_aead() ? cipher->icv_bytes : integrity.icv_bytes);
  if (!parts) return std::unexpected(parts.error());

  crypto::CipherInput input{.keymat = from_initiator ? keys.sk_ei : keys.sk_er, .iv = parts->iv, .associated = {}};
  if (cipher->is_aead()) {
    // RFC 5282 section 5.1, RFC 7383 section 2.5.1: all before the IV.
    input.associated = message.bytes.first(message.bytes.size() - data.size());
  } else if (algorithms.integ != kUnchecked96) {
    const auto expected = crypto::icv(integrity, from_initiator ? keys.sk_ai : keys.sk_ar,
                                      {message.bytes.first(message.bytes.size() - integrity.icv_bytes)});
    if (!expected) return closed(problem_of(expected.error()));
    if (!crypto::equal(*expected, parts->icv)) {
      return closed(problem_of(
          {.code = crypto::Errc::not_authentic, .kind = crypto::Kind::integrity, .number = algorithms.integ}));
    }
  }
  auto plaintext = crypto::decrypt(*cipher, input, parts->ciphertext, cipher->is_aead() ? parts->icv : Bytes{});
  if (!plaintext) return closed(problem_of(plaintext.error()));
  return without_padding(payload, std::move(*plaintext));
}

constexpr std::size_t kTailBytes = 16;

std::string sa_text(const Spis& spis) {
  Text text;
  append_hex(text, Bytes{spis.initiator});
  append(text, "_i ");
  append_hex(text, Bytes{spis.responder});
  append(text, "_r");
  return std::string{view(text)};
}

/// With the newest keys that fit: older ones protect what came before an IKE_INTERMEDIATE exchange was over.
Decrypted open_with_any(const ike::Message& message, const ike::Payload& payload, Bytes data, const KeyStore& keys) {
  const auto spis = Spis::from(message.initiator_spi, message.responder_spi);
  const auto* sa = keys.find_ike(spis);
  Decrypted result;
  if (sa == nullptr || sa->generations.empty()) {
    result.outcome = Outcome::no_keys;
    result.problem = {ProblemCode::unknown_sa, fmt::format("no keys are known of IKE_SA {}", sa_text(spis))};
    return result;
  }
  for (const auto& generation : sa->generations | std::views::reverse) {
    const bool is_checked = generation.keys.algorithms.integ != kUnchecked96;
    auto opened = open(message, payload, data, generation.keys);
    if (opened) {
      result.outcome = Outcome::decrypted;
      result.proof = is_checked ? Proof::integrity : Proof::padding_only;
      result.plaintext = std::move(*opened);
      result.problem = is_checked ? Problem{}
                                  : Problem{ProblemCode::incomplete,
                                            "the ICV is not verified: the table does not say by which algorithm"};
      result.status = {};
      return result;
    }
    result.outcome = Outcome::failed;
    result.problem = std::move(opened.error().problem);
    if (is_checked) result.status = opened.error().status;  // else the keys may be wrong instead
  }
  return result;
}

void read_inside(Decrypted& opened, ike::PayloadType first) {
  Reader in{opened.plaintext};
  ike::decode_payloads(in, 2, first, opened.payloads);
  opened.status = in.finish("payloads");
  if (opened.status || opened.proof == Proof::integrity) return;
  // Nothing proves that these were the right keys.
  opened = {};
  opened.outcome = Outcome::failed;
  opened.problem = {ProblemCode::not_authentic, "no payloads fit what the keys give, and the ICV is not verified"};
}

Bytes data_of(const ike::Payload& payload) {
  if (const auto* fragment = std::get_if<ike::EncryptedFragment>(&payload.body)) return fragment->data;
  return std::get<ike::Opaque>(payload.body).data;
}

/// SK or SKF, which is always the last payload.
const ike::Payload* encrypted_payload(const ike::Message& message) {
  if (message.major_version() != 2 || message.payloads.empty()) return nullptr;
  const auto& last = message.payloads.back();
  const bool is = last.type == ike::PayloadType::encrypted || last.type == ike::PayloadType::encrypted_fragment;
  return is ? &last : nullptr;
}

}  // namespace

Decrypted decrypt(const ike::Message& message, const KeyStore& keys) {
  const auto* payload = encrypted_payload(message);
  if (payload == nullptr || payload->type != ike::PayloadType::encrypted) return {};
  auto opened = open_with_any(message, *payload, data_of(*payload), keys);
  if (opened.outcome == Outcome::decrypted) read_inside(opened, payload->next);
  return opened;
}

Decrypted Decryptor::decrypt(const ike::Message& message) {
  ++order_;
  if (message.framing == ike::Framing::keepalive) return {};
  if (message.major_version() == 1) {
    if (!message.encrypted.empty()) return decrypt_ikev1(message);
    learn(message);
    return {};
  }
  const auto* payload = encrypted_payload(message);
  if (payload == nullptr) return {};
  if (payload->type == ike::PayloadType::encrypted) return keys::decrypt(message, keys_);
  return add_fragment(message, *payload, open_with_any(message, *payload, data_of(*payload), keys_));
}

// RFC 7383 section 2.6: a part counts when its ICV fits; more fragments than before mean that the sender began anew
// with smaller ones; fewer are of an attempt that was given up.
Decrypted Decryptor::add_fragment(const ike::Message& message, const ike::Payload& payload, Decrypted opened) {
  if (opened.outcome != Outcome::decrypted) return opened;
  const auto& fragment = std::get<ike::EncryptedFragment>(payload.body);
  opened.outcome = Outcome::failed;
  if (fragment.total > kFragmentsMax) {
    opened.problem = {ProblemCode::limit_exceeded,
                      fmt::format("SKF at offset {}: {} fragments, more than {} are not put together", payload.offset,
                                  fragment.total, kFragmentsMax)};
    return opened;
  }
  const FragmentKey key{.spis = Spis::from(message.initiator_spi, message.responder_spi),
                        .message_id = message.message_id,
                        .flags = static_cast<std::uint8_t>(message.flags & (ike::kFlagInitiator | ike::kFlagResponse))};
  const auto tail = fragment.data.last(std::min(fragment.data.size(), kTailBytes));
  if (was_completed(key, fragment.number, tail)) {
    opened.outcome = Outcome::duplicate;
    return opened;
  }
  auto& whole = fragmented_[key];
  if (fragment.total < whole.total) {
    opened.problem = {ProblemCode::malformed, fmt::format("SKF at offset {}: {} fragments, {} were announced before",
                                                          payload.offset, fragment.total, whole.total)};
    return opened;
  }
  if (fragment.total > whole.total) {
    fragment_bytes_ -= whole.bytes;
    whole = {.order = order_, .total = fragment.total};
  }
  if (whole.parts.contains(fragment.number)) {
    opened.outcome = Outcome::duplicate;
    return opened;
  }
  if (fragment.number == 1) whole.first = payload.next;
  whole.bytes += opened.plaintext.size();
  fragment_bytes_ += opened.plaintext.size();
  whole.parts[fragment.number] = std::move(opened.plaintext);
  whole.tails[fragment.number].assign(tail.begin(), tail.end());
  opened.plaintext.clear();
  opened.outcome = Outcome::incomplete;
  if (whole.parts.size() < whole.total) {
    forget_oldest_fragments();
    return opened;
  }
  opened.plaintext.reserve(whole.bytes);
  for (const auto& [number, part] : whole.parts) {
    opened.plaintext.insert(opened.plaintext.end(), part.begin(), part.end());
  }
  const auto first = whole.first;
  if (completed_.size() >= kCompletedMessagesMax) completed_.pop_front();
  completed_.push_back({.key = key, .tails = std::move(whole.tails)});
  fragment_bytes_ -= whole.bytes;
  fragmented_.erase(key);
  opened.outcome = Outcome::decrypted;
  read_inside(opened, first);
  return opened;
}

bool Decryptor::was_completed(const FragmentKey& key, std::uint16_t number, Bytes tail) const {
  return std::ranges::any_of(completed_, [&](const CompletedMessage& message) {
    if (message.key != key) return false;
    const auto found = message.tails.find(number);
    return found != message.tails.end() && std::ranges::equal(found->second, tail);
  });
}

void Decryptor::forget_oldest_fragments() {
  while (fragmented_.size() > kFragmentedMessagesMax || fragment_bytes_ > kFragmentBytesMax) {
    const auto oldest = std::ranges::min_element(fragmented_, {}, [](const auto& entry) { return entry.second.order; });
    fragment_bytes_ -= oldest->second.bytes;
    fragmented_.erase(oldest);
  }
}

std::vector<std::string> Decryptor::unfinished() const {
  std::vector<std::string> sentences;
  for (const auto& [key, whole] : fragmented_) {
    std::string missing;
    for (std::uint16_t number = 1; number <= whole.total; ++number) {
      if (!whole.parts.contains(number)) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", number);
    }
    sentences.push_back(fmt::format("IKE_SA {}, message {}: of {} fragments there never came {}", sa_text(key.spis),
                                    key.message_id, whole.total, missing));
  }
  return sentences;
}

}  // namespace sasync::keys
