// IKEv1 has no tag: a message is decrypted with each IV that the order of messages allows, and the one that gives
// payloads, a padding and a HASH that fit is the right one. RFC 2409 section 5 says what HASH is made of.

#include <fmt/format.h>

#include <algorithm>

#include "sasync/base/text.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/crypto/cipher.hpp"
#include "sasync/keys/decrypt.hpp"

namespace sasync::keys {
namespace {

namespace ike = proto::ike;
using ike::PayloadType;

constexpr std::size_t kPayloadHeaderBytes = 4;
constexpr std::size_t kIvsMax = 16;  ///< of one exchange: its messages, each once

// RFC 2409 appendix A numbers, as IKEv2 numbers the same algorithms.
std::uint16_t encryption_of(std::uint16_t v1) {
  enum V1 : std::uint16_t { kTripleDes = 5, kAes = 7 };
  enum V2 : std::uint16_t { k3DesCbc = 3, kAesCbc = 12 };
  if (v1 == kTripleDes) return k3DesCbc;
  return v1 == kAes ? kAesCbc : 0;
}

std::uint16_t integrity_of(std::uint16_t v1) {
  constexpr std::array<std::uint16_t, 7> kByHash{0, 1, 2, 0, 12, 13, 14};  // MD5, SHA, Tiger, SHA2-256, -384, -512
  return v1 < kByHash.size() ? kByHash[v1] : std::uint16_t{0};
}

/// What the responder chose: the first transform of its SA payload.
Algorithms chosen_algorithms(const ike::SecurityAssociation& sa) {
  enum Attribute : std::uint16_t { kEncryption = 1, kHash = 2, kKeyLength = 14 };
  Algorithms algorithms;
  if (sa.proposals.empty() || sa.proposals.front().transforms.empty()) return algorithms;
  for (const auto& attribute : sa.proposals.front().transforms.front().attributes) {
    if (attribute.number() == kEncryption) algorithms.encr = encryption_of(attribute.value);
    if (attribute.number() == kHash) algorithms.integ = integrity_of(attribute.value);
    if (attribute.number() == kKeyLength) algorithms.encr_bits = attribute.value;
  }
  return algorithms;
}

/// A payload without its generic header; `all` is what its offset counts in.
Bytes body_of(const ike::Payload& payload, Bytes all) {
  return all.subspan(payload.offset + kPayloadHeaderBytes, payload.length - kPayloadHeaderBytes);
}

const ike::Payload* find(const std::vector<ike::Payload>& payloads, PayloadType type) {
  const auto found = std::ranges::find(payloads, type, &ike::Payload::type);
  return found == payloads.end() ? nullptr : &*found;
}

/// RFC 2409 appendix B: zeros, and in the last byte zero or the number of those before it.
bool is_padding(Bytes bytes, std::size_t block_bytes) {
  if (bytes.empty()) return true;
  const auto zeros = bytes.first(bytes.size() - 1);
  const auto last = bytes.back();
  return bytes.size() <= block_bytes && std::ranges::all_of(zeros, [](auto byte) { return byte == 0; }) &&
         (last == 0 || last == zeros.size() || last == bytes.size());
}

bool is_phase1(const ike::Message& message) { return message.message_id == 0; }

enum class Verdict : std::uint8_t { fits, differs, unknown };

}  // namespace

/// One encrypted message and all that its decryption needs.
struct Decryptor::Ikev1Work {
  const ike::Message& message;
  const IkeSa& sa;
  Ikev1Sa& context;
  Ikev1Exchange& exchange;
  crypto::Cipher cipher{};
  std::optional<crypto::Hash> hash{};
  Problem why_unproved{};

  [[nodiscard]] const Ikev1Keys& keys() const { return *sa.v1; }
  [[nodiscard]] Bytes last_block() const { return message.encrypted.last(cipher.block_bytes); }

  std::optional<Problem> prepare();
  [[nodiscard]] std::vector<SecretBytes> candidate_ivs() const;
  [[nodiscard]] SecretBytes initial_iv() const;
  std::optional<Decrypted> try_iv(Bytes iv);
  Verdict verify(const Decrypted& opened, Bytes payload_bytes);
  Verdict verify_phase1(const Decrypted& opened);
  Verdict verify_phase2(const Decrypted& opened, Bytes payload_bytes);
  void remember(const Decrypted& opened, const SecretBytes& iv);
  Verdict unproved(std::string_view why);
};

/// The cipher, from the stream or, for a table's bare key, from what phase 1 negotiated in the clear.
std::optional<Problem> Decryptor::Ikev1Work::prepare() {
  const auto& algorithms = keys().algorithms.encr != 0 ? keys().algorithms : context.algorithms;
  if (algorithms.encr == 0) {
    return Problem{ProblemCode::incomplete,
                   "the key's cipher is not known: phase 1 is not in the capture, or negotiated "
                   "an algorithm that is not supported"};
  }
  const auto found = crypto::find_cipher(algorithms.encr, algorithms.encr_bits);
  if (!found) return problem_of(found.error());
  cipher = *found;
  hash = crypto::hash_of_integrity(algorithms.integ);
  if (message.encrypted.size() % cipher.block_bytes != 0 || message.encrypted.empty()) {
    return Problem{ProblemCode::malformed, fmt::format("encrypted_data: {} bytes are no whole blocks of {}",
                                                       message.encrypted.size(), cipher.block_bytes)};
  }
  return std::nullopt;
}

SecretBytes Decryptor::Ikev1Work::initial_iv() const {
  if (!keys().initial_iv.empty()) return keys().initial_iv;
  if (!hash || context.g_xr.empty()) return {};
  auto iv = phase1_iv(*hash, context.g_xi, context.g_xr, cipher.iv_bytes);
  return iv ? std::move(*iv) : SecretBytes{};
}

/// The likeliest first: of a retransmission, of the next message in this exchange, of the first one.
std::vector<SecretBytes> Decryptor::Ikev1Work::candidate_ivs() const {
  std::vector<SecretBytes> ivs;
  const auto add = [&](const SecretBytes& iv) {
    if (iv.size() == cipher.iv_bytes) ivs.push_back(iv);
  };
  if (const auto seen = exchange.ivs.find(crypto::to_secret(last_block())); seen != exchange.ivs.end()) {
    add(seen->second);
  }
  add(exchange.last_block);
  if (is_phase1(message)) {
    add(initial_iv());
    return ivs;
  }
  if (!hash) return ivs;
  for (const auto& phase1_block : {context.last_phase1_block, sa.last_phase1_block, initial_iv()}) {
    if (phase1_block.size() != cipher.iv_bytes) continue;
    if (auto iv = phase2_iv(*hash, phase1_block, message.message_id, cipher.iv_bytes)) add(*iv);
  }
  return ivs;
}

std::optional<Decrypted> Decryptor::Ikev1Work::try_iv(Bytes iv) {
  auto plaintext = crypto::decrypt(cipher, {.keymat = keys().ka, .iv = iv, .associated = {}}, message.encrypted, {});
  if (!plaintext) return std::nullopt;
  Decrypted opened;
  opened.plaintext = std::move(*plaintext);
  Reader in{opened.plaintext};
  ike::decode_payloads(in, 1, message.next_payload, opened.payloads);
  opened.status = in.status();
  if (!opened.status || opened.payloads.empty()) return std::nullopt;
  const Bytes payload_bytes = Bytes{opened.plaintext}.first(in.offset());
  if (!is_padding(in.rest(), cipher.block_bytes)) return std::nullopt;
  const auto verdict = verify(opened, payload_bytes);
  if (verdict == Verdict::differs) return std::nullopt;
  opened.outcome = Outcome::decrypted;
  opened.proof = verdict == Verdict::fits ? Proof::hash : Proof::padding_only;
  return opened;
}

Verdict Decryptor::Ikev1Work::unproved(std::string_view why) {
  why_unproved = {ProblemCode::incomplete, fmt::format("the HASH payload is not verified: {}", why)};
  return Verdict::unknown;
}

/// `payload_bytes` are the plaintext without its padding.
Verdict Decryptor::Ikev1Work::verify(const Decrypted& opened, Bytes payload_bytes) {
  if (keys().skeyid_a.empty()) return unproved("a table has the cipher's key only");
  if (!is_phase1(message)) return verify_phase2(opened, payload_bytes);
  return verify_phase1(opened);
}

// HASH_I and HASH_R, RFC 2409 section 5. Which of the two it is depends on who sends, and is not in the message.
Verdict Decryptor::Ikev1Work::verify_phase1(const Decrypted& opened) {
  const auto* id = find(opened.payloads, PayloadType::v1_identification);
  const auto* hash_payload = find(opened.payloads, PayloadType::v1_hash);
  if (hash_payload == nullptr) return unproved("authentication is by signature");
  if (id == nullptr) return unproved("there is no ID payload beside it");
  if (!keys().has_shared_key) return unproved("authentication is by signature");
  if (context.sa_body.empty()) return unproved("the initiator's SA payload is not in the capture");
  const Bytes received = std::get<ike::Opaque>(hash_payload->body).data;
  const Bytes id_body = body_of(*id, opened.plaintext);
  const auto prf = crypto::find_prf(keys().algorithms.prf);
  if (!prf) return unproved("its PRF is not supported");
  const auto hash_i =
      crypto::prf(*prf, keys().skeyid,
                  {keys().g_xi, keys().g_xr, message.initiator_spi, message.responder_spi, context.sa_body, id_body});
  const auto hash_r =
      crypto::prf(*prf, keys().skeyid,
                  {keys().g_xr, keys().g_xi, message.responder_spi, message.initiator_spi, context.sa_body, id_body});
  const bool fits = (hash_i && crypto::equal(*hash_i, received)) || (hash_r && crypto::equal(*hash_r, received));
  return fits ? Verdict::fits : Verdict::differs;
}

// HASH(1), HASH(2) and HASH(3), RFC 2409 section 5.5; HASH(1) also in the other exchanges of phase 2, section 5.7.
Verdict Decryptor::Ikev1Work::verify_phase2(const Decrypted& opened, Bytes payload_bytes) {
  constexpr std::uint8_t kZero = 0;
  const auto& first = opened.payloads.front();
  if (first.type != PayloadType::v1_hash) return Verdict::differs;
  const Bytes received = std::get<ike::Opaque>(first.body).data;
  const Bytes hashed = payload_bytes.subspan(first.offset + first.length);
  const auto prf = crypto::find_prf(keys().algorithms.prf);
  if (!prf) return unproved("its PRF is not supported");
  Writer id;
  id.be(message.message_id);
  const auto fits = [&](crypto::Parts parts) {
    const auto expected = crypto::prf(*prf, keys().skeyid_a, parts);
    return expected && crypto::equal(*expected, received);
  };
  if (fits({id.view(), hashed})) return Verdict::fits;
  if (!exchange.nonce_i.empty() && fits({id.view(), exchange.nonce_i, hashed})) return Verdict::fits;
  if (!exchange.nonce_r.empty() && fits({Bytes{&kZero, 1}, id.view(), exchange.nonce_i, exchange.nonce_r})) {
    return Verdict::fits;
  }
  const bool lacks_nonces = message.is(ike::ExchangeType::v1_quick_mode) && exchange.nonce_r.empty();
  return lacks_nonces ? unproved("earlier messages of its Quick Mode are not in the capture") : Verdict::differs;
}

void Decryptor::Ikev1Work::remember(const Decrypted& opened, const SecretBytes& iv) {
  const auto block = crypto::to_secret(last_block());
  if (exchange.ivs.contains(block)) return;  // a retransmission
  if (exchange.ivs.size() >= kIvsMax) exchange.ivs.clear();
  exchange.ivs[block] = iv;
  exchange.last_block = block;
  if (is_phase1(message)) context.last_phase1_block = block;
  const auto* nonce = find(opened.payloads, PayloadType::v1_nonce);
  if (nonce == nullptr || !message.is(ike::ExchangeType::v1_quick_mode)) return;
  auto& into = exchange.nonce_i.empty() ? exchange.nonce_i : exchange.nonce_r;
  into = crypto::to_secret(std::get<ike::Opaque>(nonce->body).data);
}

Decryptor::Ikev1Sa& Decryptor::ikev1_sa(const ike::Message& message) {
  const auto cookie = Spis::from(message.initiator_spi, {}).initiator;
  if (!ikev1_.contains(cookie)) {
    if (ikev1_order_.size() >= kIkev1SasMax) {
      ikev1_.erase(ikev1_order_.front());
      ikev1_order_.pop_front();
    }
    ikev1_order_.push_back(cookie);
  }
  return ikev1_[cookie];
}

// Phase 1 in the clear: what the initiator offers goes into HASH, what the responder chooses says how to decrypt, and
// the public values give the first IV. Of these the initiator's comes first.
void Decryptor::learn(const ike::Message& message) {
  if (!message.is(ike::ExchangeType::v1_identity_protection) && !message.is(ike::ExchangeType::v1_aggressive)) return;
  auto& sa = ikev1_sa(message);
  const bool is_first = std::ranges::all_of(message.responder_spi, [](auto byte) { return byte == 0; });
  const std::size_t before = message.framing == ike::Framing::non_esp_marker ? kPayloadHeaderBytes : 0;
  for (const auto& payload : message.payloads) {
    if (payload.type == PayloadType::v1_security_association) {
      if (is_first) {
        auto at_message = payload;
        at_message.offset -= static_cast<std::uint32_t>(before);
        sa.sa_body = crypto::to_secret(body_of(at_message, message.bytes));
      } else {
        sa.algorithms = chosen_algorithms(std::get<ike::SecurityAssociation>(payload.body));
      }
    } else if (payload.type == PayloadType::v1_key_exchange) {
      const auto value = crypto::to_secret(std::get<ike::KeyExchange>(payload.body).data);
      if (sa.g_xi.empty()) {
        sa.g_xi = value;
      } else if (value != sa.g_xi) {
        sa.g_xr = value;
      }
    }
  }
}

Decrypted Decryptor::decrypt_ikev1(const ike::Message& message) {
  Decrypted result;
  result.outcome = Outcome::no_keys;
  const auto* sa = keys_.find_ike(Spis::from(message.initiator_spi, message.responder_spi));
  if (sa == nullptr || !sa->v1) {
    result.problem = {ProblemCode::unknown_sa, "no keys are known of this IKE_SA"};
    return result;
  }
  result.outcome = Outcome::failed;
  auto& context = ikev1_sa(message);
  if (context.exchanges.size() >= kIkev1ExchangesMax && !context.exchanges.contains(message.message_id)) {
    context.exchanges.erase(
        std::ranges::min_element(context.exchanges, {}, [](const auto& entry) { return entry.second.order; }));
  }
  auto& exchange = context.exchanges[message.message_id];
  exchange.order = order_;
  Ikev1Work work{.message = message, .sa = *sa, .context = context, .exchange = exchange};
  if (auto wrong = work.prepare()) {
    if (wrong->code == ProblemCode::malformed) {
      const auto block_bytes = work.cipher.block_bytes;
      const auto bytes = message.encrypted.size();
      result.status = std::unexpected(DecodeError{DecodeErrc::bad_length, ike::encrypted_offset(message),
                                                  "encrypted_data", bytes, (bytes / block_bytes + 1) * block_bytes});
    }
    result.problem = std::move(*wrong);
    return result;
  }
  result.problem = {ProblemCode::not_authentic, "no known IV gives payloads, a padding and a HASH that fit"};
  SecretBytes used_iv;
  for (const auto& iv : work.candidate_ivs()) {
    auto opened = work.try_iv(iv);
    if (!opened || (result.outcome == Outcome::decrypted && opened->proof != Proof::hash)) continue;
    result = std::move(*opened);
    used_iv = iv;
    if (result.proof == Proof::hash) break;
    result.problem = work.why_unproved;
  }
  if (result.outcome == Outcome::decrypted) work.remember(result, used_iv);
  return result;
}

}  // namespace sasync::keys
