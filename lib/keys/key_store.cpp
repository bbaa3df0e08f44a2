#include "sasync/keys/key_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sasync/base/text.hpp"

namespace sasync::keys {
namespace {

namespace ha = proto::strongswan_ha;
using ha::AttributeName;

Bytes bytes_of(const ha::Message& message, AttributeName name) {
  const auto* attribute = message.find(name);
  return attribute == nullptr ? Bytes{} : std::get<Bytes>(attribute->value);
}

std::uint16_t number_of(const ha::Message& message, AttributeName name) {
  const auto* attribute = message.find(name);
  return attribute == nullptr ? std::uint16_t{0}
                              : static_cast<std::uint16_t>(std::get<std::uint32_t>(attribute->value));
}

const ha::IkeSaId* id_of(const ha::Message& message, AttributeName name) {
  const auto* attribute = message.find(name);
  return attribute == nullptr ? nullptr : &std::get<ha::IkeSaId>(attribute->value);
}

Spis spis_of(const ha::IkeSaId& id) { return Spis::from(id.initiator_spi, id.responder_spi); }

/// The version byte of IKE_ID, else IKE_VERSION, else 2: what a receiver assumes.
std::uint8_t version_of(const ha::Message& message, const ha::IkeSaId& id) {
  constexpr std::uint8_t kDefault = 2;
  if (id.version != 0) return id.version;
  const auto named = number_of(message, AttributeName::ike_version);
  return named != 0 ? static_cast<std::uint8_t>(named) : kDefault;
}

Algorithms algorithms_of(const ha::Message& message) {
  return {.encr = number_of(message, AttributeName::alg_encr),
          .encr_bits = number_of(message, AttributeName::alg_encr_len),
          .integ = number_of(message, AttributeName::alg_integ),
          .prf = number_of(message, AttributeName::alg_prf)};
}

Exchange exchange_of(const ha::Message& message) {
  return {.nonce_i = bytes_of(message, AttributeName::nonce_i),
          .nonce_r = bytes_of(message, AttributeName::nonce_r),
          .secret = bytes_of(message, AttributeName::secret),
          .add_secret = bytes_of(message, AttributeName::add_secret)};
}

SecretBytes fingerprint_of(const ha::Message& message) {
  const auto exchange = exchange_of(message);
  auto digest = crypto::hash(crypto::Hash::sha2_256, {exchange.nonce_i, exchange.nonce_r, exchange.secret,
                                                      exchange.add_secret, bytes_of(message, AttributeName::old_skd)});
  return digest ? std::move(*digest) : SecretBytes{};
}

std::string name_of(const Spis& spis) {
  Text text;
  append_hex(text, Bytes{spis.initiator});
  append(text, "_i ");
  append_hex(text, Bytes{spis.responder});
  append(text, "_r");
  return std::string{view(text)};
}

std::unexpected<Problem> problem(ProblemCode code, std::string_view what, const Spis& spis, std::string_view why) {
  return std::unexpected(Problem{code, fmt::format("{} {}: {}", what, name_of(spis), why)});
}

std::unexpected<Problem> problem(std::string_view what, const Spis& spis, const crypto::Error& error) {
  const auto cause = problem_of(error);
  return problem(cause.code, what, spis, cause.text);
}

}  // namespace

const IkeSa* KeyStore::find_ike(const Spis& spis) const {
  auto found = ike_by_spis_.find(spis);
  if (found == ike_by_spis_.end()) found = ike_by_spis_.find(Spis{.initiator = spis.initiator});
  return found == ike_by_spis_.end() ? nullptr : &ike_sas_[found->second];
}

IkeSa* KeyStore::find_mutable(const Spis& spis) {
  const auto found = ike_by_spis_.find(spis);
  return found == ike_by_spis_.end() ? nullptr : &ike_sas_[found->second];
}

std::vector<const EspSa*> KeyStore::find_esp(std::uint32_t spi) const {
  std::vector<std::size_t> places;
  const auto [first, last] = esp_by_spi_.equal_range(spi);
  for (auto at = first; at != last; ++at) places.push_back(at->second);
  std::ranges::sort(places);
  std::vector<const EspSa*> found;
  found.reserve(places.size());
  for (const auto place : places) found.push_back(&esp_sas_[place]);
  return found;
}

Expected<IkeSa*> KeyStore::find_or_add(const Spis& spis, std::uint8_t version) {
  if (auto* known = find_mutable(spis)) return known;
  if (ike_sas_.size() >= kIkeSasMax) {
    return problem(ProblemCode::limit_exceeded, "IKE_SA", spis, fmt::format("more than {} are not kept", kIkeSasMax));
  }
  ike_by_spis_[spis] = ike_sas_.size();
  auto& sa = ike_sas_.emplace_back();
  sa.spis = spis;
  sa.version = version;
  return &sa;
}

Status KeyStore::add(IkeSa sa) {
  const auto known = find_or_add(sa.spis, sa.version);
  if (!known) return std::unexpected(known.error());
  auto& into = **known;
  if (sa.v1) into.v1 = std::move(sa.v1);
  if (!sa.sk_d.empty()) {
    into.sk_d = std::move(sa.sk_d);
    into.prf = sa.prf;
  }
  if (into.generations.size() + sa.generations.size() > kGenerationsMax) {
    return problem(ProblemCode::limit_exceeded, "IKE_SA", sa.spis, "too many sets of keys for one SA");
  }
  for (auto& generation : sa.generations) into.generations.push_back(std::move(generation));
  return {};
}

Status KeyStore::add(EspSa sa) {
  for (const auto* known : find_esp(sa.spi)) {
    if (known->ike == sa.ike && known->encr == sa.encr && known->integ == sa.integ) return {};
  }
  if (esp_sas_.size() >= kEspSasMax) {
    return problem(ProblemCode::limit_exceeded, "CHILD_SA of", sa.ike,
                   fmt::format("more than {} are not kept", kEspSasMax));
  }
  esp_by_spi_.emplace(sa.spi, esp_sas_.size());
  esp_sas_.push_back(std::move(sa));
  return {};
}

Status KeyStore::add(const ha::Message& message) {
  using enum ha::MessageType;
  switch (message.type) {
    case ike_add:
      return add_ike(message);
    case child_add:
      return add_child(message);
    default:
      break;
  }
  const auto* id = id_of(message, AttributeName::ike_id);
  auto* sa = id == nullptr ? nullptr : find_mutable(spis_of(*id));
  if (sa == nullptr) return {};
  if (message.type == ike_update) {
    const auto address = [&](AttributeName name, net::IpAddress& into) {
      const auto* attribute = message.find(name);
      if (attribute != nullptr) into = net::IpAddress::from(std::get<ha::HostValue>(attribute->value).address);
    };
    address(AttributeName::local_addr, sa->local);
    address(AttributeName::remote_addr, sa->remote);
  } else if (message.type == ike_iv) {
    const auto iv = bytes_of(message, AttributeName::iv);
    if (!iv.empty()) sa->last_phase1_block = crypto::to_secret(iv);
  }
  return {};
}

Status KeyStore::add_ike(const ha::Message& message) {
  const auto* id = id_of(message, AttributeName::ike_id);
  if (id == nullptr) return std::unexpected(Problem{ProblemCode::incomplete, "IKE_ADD without IKE_ID"});
  const auto spis = spis_of(*id);
  if (exchange_of(message).secret.empty()) {
    return problem(ProblemCode::incomplete, "IKE_ADD of", spis, "it has no SECRET");
  }
  return version_of(message, *id) == 1 ? add_ikev1(message, spis) : add_ikev2(message, spis);
}

// The PRF may be left out: it is the HMAC of the negotiated hash then.
Status KeyStore::add_ikev1(const ha::Message& message, const Spis& spis) {
  auto algorithms = algorithms_of(message);
  if (algorithms.prf == 0) algorithms.prf = crypto::prf_of_integrity(algorithms.integ).value_or(0);
  const bool is_initiator = id_of(message, AttributeName::ike_id)->role == 1;
  const auto local_dh = bytes_of(message, AttributeName::local_dh);
  const auto remote_dh = bytes_of(message, AttributeName::remote_dh);
  const auto* psk = message.find(AttributeName::psk);
  const Ikev1Exchange phase1{.exchange = exchange_of(message),
                             .shared_key = psk == nullptr ? std::nullopt : std::optional{std::get<Bytes>(psk->value)},
                             .g_xi = is_initiator ? local_dh : remote_dh,
                             .g_xr = is_initiator ? remote_dh : local_dh};
  auto keys = derive_ikev1(algorithms, spis, phase1);
  if (!keys) return problem("IKE_ADD of", spis, keys.error());
  const auto sa = find_or_add(spis, 1);
  if (!sa) return std::unexpected(sa.error());
  (*sa)->v1 = std::move(*keys);
  return {};
}

// What is learnt backwards: SK_d of the SA that was replaced, when its own IKE_ADD is not in the capture.
Status KeyStore::learn_old_sk_d(const ha::Message& message) {
  const auto* old = id_of(message, AttributeName::ike_rekey_id);
  const auto old_skd = bytes_of(message, AttributeName::old_skd);
  if (old == nullptr || old_skd.empty()) return {};
  const auto sa = find_or_add(spis_of(*old), 2);
  if (!sa) return std::unexpected(sa.error());
  if (!(*sa)->sk_d.empty()) return {};
  (*sa)->sk_d = crypto::to_secret(old_skd);
  (*sa)->prf = number_of(message, AttributeName::alg_old_prf);
  return derive_pending(**sa);
}

Status KeyStore::add_ikev2(const ha::Message& message, const Spis& spis) {
  if (auto learnt = learn_old_sk_d(message); !learnt) return learnt;
  const auto fingerprint = fingerprint_of(message);
  const auto* known = find_mutable(spis);
  const bool repeated = known != nullptr && std::ranges::find(known->generations, fingerprint,
                                                              &Generation::fingerprint) != known->generations.end();
  if (repeated) return {};
  const bool names_algorithms = message.find(AttributeName::alg_encr) != nullptr;
  if (!names_algorithms && (known == nullptr || known->generations.empty())) {
    return problem(ProblemCode::unknown_sa, "IKE_ADD of", spis,
                   "it continues an IKE_SA whose first IKE_ADD is not in the capture");
  }
  const auto sa = find_or_add(spis, 2);
  if (!sa) return std::unexpected(sa.error());

  const auto exchange = exchange_of(message);
  const auto algorithms = algorithms_of(message);
  const OldIkeSa old{.prf = number_of(message, AttributeName::alg_old_prf),
                     .sk_d = bytes_of(message, AttributeName::old_skd)};
  if (!names_algorithms) {
    const auto& first = (*sa)->generations.front().keys.algorithms;
    return add_generation(**sa, derive_ikev2_intermediate(first, spis, exchange, (*sa)->sk_d), fingerprint, false);
  }
  if (old.sk_d.empty()) return add_generation(**sa, derive_ikev2(algorithms, spis, exchange), fingerprint, false);
  if (old.prf != algorithms.prf) {
    const auto other =
        add_generation(**sa, derive_ikev2_rekey(algorithms, spis, exchange, old, algorithms.prf), fingerprint, true);
    if (!other) return other;
  }
  return add_generation(**sa, derive_ikev2_rekey(algorithms, spis, exchange, old, old.prf), fingerprint, false);
}

Status KeyStore::add_generation(IkeSa& sa, crypto::Result<Ikev2Keys> keys, const SecretBytes& fingerprint,
                                bool alternative) {
  if (!keys) return problem("IKE_ADD of", sa.spis, keys.error());
  if (sa.generations.size() >= kGenerationsMax) {
    return problem(ProblemCode::limit_exceeded, "IKE_ADD of", sa.spis, "too many sets of keys for one SA");
  }
  if (!alternative) {
    sa.sk_d = keys->sk_d;
    sa.prf = keys->algorithms.prf;
  }
  sa.generations.push_back({.keys = std::move(*keys), .fingerprint = fingerprint, .alternative = alternative});
  return derive_pending(sa);
}

Status KeyStore::add_child(const ha::Message& message) {
  const auto* id = id_of(message, AttributeName::ike_id);
  const auto* inbound = message.find(AttributeName::inbound_spi);
  const auto* outbound = message.find(AttributeName::outbound_spi);
  if (id == nullptr || inbound == nullptr || outbound == nullptr) {
    return std::unexpected(Problem{ProblemCode::incomplete, "CHILD_ADD without IKE_ID or SPIs"});
  }
  const auto exchange = exchange_of(message);
  Child child{.ike = spis_of(*id),
              .initiator = number_of(message, AttributeName::initiator) != 0,
              .inbound_spi = message.esp_spi(std::get<std::uint32_t>(inbound->value)),
              .outbound_spi = message.esp_spi(std::get<std::uint32_t>(outbound->value)),
              .algorithms = algorithms_of(message),
              .nonce_i = crypto::to_secret(exchange.nonce_i),
              .nonce_r = crypto::to_secret(exchange.nonce_r),
              .secret = crypto::to_secret(exchange.secret),
              .add_secret = crypto::to_secret(exchange.add_secret)};
  const auto* parent = find_ike(child.ike);
  if (parent != nullptr && (parent->v1 || !parent->sk_d.empty())) return derive(*parent, child);
  if (pending_.size() >= kPendingChildrenMax) {
    return problem(ProblemCode::limit_exceeded, "CHILD_ADD of", child.ike,
                   "its IKE_SA is not known, and too many wait for theirs already");
  }
  const auto ike = child.ike;
  pending_.push_back(std::move(child));
  return problem(ProblemCode::unknown_sa, "CHILD_ADD of", ike,
                 "no IKE_ADD of its IKE_SA was seen; its keys will be known when a rekey tells SK_d");
}

Status KeyStore::derive(const IkeSa& sa, const Child& child) {
  const Exchange exchange{
      .nonce_i = child.nonce_i, .nonce_r = child.nonce_r, .secret = child.secret, .add_secret = child.add_secret};
  const QuickModeSpis spis{.spi_i = child.initiator ? child.inbound_spi : child.outbound_spi,
                           .spi_r = child.initiator ? child.outbound_spi : child.inbound_spi};
  auto keys = sa.v1 ? derive_quick_mode(sa.v1->algorithms.prf, sa.v1->skeyid_d, child.algorithms, exchange, spis)
                    : derive_child(sa.prf, sa.sk_d, child.algorithms, exchange);
  if (!keys) return problem("CHILD_ADD of", child.ike, keys.error());
  // The cluster's outbound SA is the initiator's direction when the cluster began the exchange.
  const auto direction = [&](bool inbound) {
    const bool from_initiator = inbound != child.initiator;
    return EspSa{.spi = inbound ? child.inbound_spi : child.outbound_spi,
                 .ike = child.ike,
                 .inbound = inbound,
                 .from_initiator = from_initiator,
                 .algorithms = child.algorithms,
                 .encr = std::move(from_initiator ? keys->encr_i : keys->encr_r),
                 .integ = std::move(from_initiator ? keys->integ_i : keys->integ_r)};
  };
  if (auto added = add(direction(true)); !added) return added;
  return add(direction(false));
}

Status KeyStore::derive_pending(const IkeSa& sa) {
  if (std::ranges::find(pending_, sa.spis, &Child::ike) == pending_.end()) return {};
  Status status;
  std::vector<Child> waiting;
  for (auto& child : pending_) {
    if (child.ike != sa.spis) {
      waiting.push_back(std::move(child));
    } else if (auto derived = derive(sa, child); !derived && status) {
      status = derived;
    }
  }
  pending_ = std::move(waiting);
  return status;
}

}  // namespace sasync::keys
