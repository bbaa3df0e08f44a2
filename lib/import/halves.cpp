#include "halves.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace sasync::importer {
namespace {

// Above this many SAs in one direction between the same ends their times are not compared: listing order alone counts.
constexpr std::size_t kSameEndsCompareMax = 64;

struct HashBytes {
  std::size_t value = 0xCBF29CE484222325U;
  void add(std::uint64_t number) { value = (value ^ number) * 0x9E3779B97F4A7C15U + (value >> 29U); }
  void add(const net::IpAddress& address) {
    for (const auto octet : address.bytes()) value = (value ^ octet) * 0x100000001B3U;
  }
};

struct AddressHash {
  std::size_t operator()(const net::IpAddress& address) const {
    HashBytes hash;
    hash.add(address);
    return hash.value;
  }
};

/// What names an SA (RFC 4301 section 4.1): destination, protocol, SPI.
struct Identity {
  net::IpAddress destination;
  std::optional<state::Protocol> protocol;
  std::optional<std::uint32_t> spi;
  bool operator==(const Identity&) const = default;
};
struct IdentityHash {
  std::size_t operator()(const Identity& identity) const {
    HashBytes hash;
    hash.add(identity.destination);
    hash.add(identity.spi.value_or(0));
    return hash.value;
  }
};

/// The end points of a tunnel.
struct Ends {
  net::IpAddress local;
  net::IpAddress remote;
  std::optional<std::uint16_t> local_port;
  std::optional<std::uint16_t> remote_port;
  bool operator==(const Ends&) const = default;
};
/// What both halves of a pair have in common.
struct Bundle {
  Ends ends;
  std::optional<state::Protocol> protocol;
  std::optional<state::Mode> mode;
  std::optional<std::uint32_t> reqid;
  state::Interned partner;
  bool operator==(const Bundle&) const = default;
};
struct EndsHash {
  std::size_t operator()(const Ends& ends) const {
    HashBytes hash;
    hash.add(ends.local);
    hash.add(ends.remote);
    hash.add(ends.local_port.value_or(0) * std::uint64_t{65536} + ends.remote_port.value_or(0));
    return hash.value;
  }
};
struct BundleHash {
  std::size_t operator()(const Bundle& bundle) const {
    HashBytes hash{EndsHash{}(bundle.ends)};
    hash.add(bundle.reqid.value_or(0));
    hash.add(state::InternedHash{}(bundle.partner));
    return hash.value;
  }
};

Ends ends_of(const HalfSa& half) {
  if (half.direction == Direction::out) {
    return {half.source, half.destination, half.source_port, half.destination_port};
  }
  return {half.destination, half.source, half.destination_port, half.source_port};
}

// --- directions ------------------------------------------------------------------------------------------------------

class Directions {
 public:
  Directions(Builder& builder, std::vector<HalfSa>& halves) : builder_(builder), halves_(halves) {}

  void decide() {
    for (const auto& address : builder_.options().local_addresses) local_[address] = true;
    for (const auto& half : halves_) {
      if (half.direction) local_[half.direction == Direction::out ? half.source : half.destination] = true;
    }
    if (decide_by_local_addresses() == 0) return;
    count_addresses();
    for (auto& half : halves_) {
      if (!half.direction) assume(half);
    }
    builder_.say_assumed(
        fmt::format("{} SAs do not show whether they are inbound or outbound: that is assumed; name the "
                    "gateway's own addresses (--local-address) to settle it",
                    assumed_));
  }

 private:
  /// How many are left.
  std::size_t decide_by_local_addresses() {
    std::size_t left = 0;
    for (auto& half : halves_) {
      if (half.direction) continue;
      const bool from_here = local_.contains(half.source);
      const bool to_here = local_.contains(half.destination);
      if (from_here != to_here)
        half.direction = from_here ? Direction::out : Direction::in;
      else
        ++left;
    }
    return left;
  }

  /// A gateway has many peers: its own address is in more SAs than theirs.
  void count_addresses() {
    for (const auto& half : halves_) {
      ++uses_[half.source];
      ++uses_[half.destination];
    }
  }

  void assume(HalfSa& half) {
    ++assumed_;
    const auto from = uses_[half.source];
    const auto to = uses_[half.destination];
    if (from != to) {
      half.direction = from > to ? Direction::out : Direction::in;
      return;
    }
    // As many: whoever comes first as a source in this listing is taken for local.
    const auto opposite = first_source_.find(half.destination);
    if (opposite != first_source_.end() && opposite->second == half.source) {
      half.direction = Direction::in;
      return;
    }
    first_source_.try_emplace(half.source, half.destination);
    half.direction = Direction::out;
  }

  Builder& builder_;
  std::vector<HalfSa>& halves_;
  std::unordered_map<net::IpAddress, bool, AddressHash> local_;
  std::unordered_map<net::IpAddress, std::size_t, AddressHash> uses_;
  std::unordered_map<net::IpAddress, net::IpAddress, AddressHash> first_source_;  ///< and its first destination
  std::size_t assumed_ = 0;
};

// --- pairs -----------------------------------------------------------------------------------------------------------

class Pairs {
 public:
  Pairs(Builder& builder, state::Member& member) : builder_(builder), sas_(member.ike_sas.emplace()) {}

  void add(const HalfSa* out, const HalfSa* in) {
    auto& ike = ike_of(out != nullptr ? *out : *in);
    if (out != nullptr) name_ends(ike, out->source_id, out->destination_id);
    if (in != nullptr) name_ends(ike, in->destination_id, in->source_id);
    ike.child_sas->push_back(child(out, in));
  }

 private:
  state::IkeSa& ike_of(const HalfSa& half) {
    const auto ends = ends_of(half);
    const auto [place, is_new] = index_of_.try_emplace(ends, sas_.size());
    if (!is_new) return sas_[place->second];
    auto& ike = sas_.emplace_back();
    ike.local.address = ends.local;
    ike.local.port = ends.local_port;
    ike.remote.address = ends.remote;
    ike.remote.port = ends.remote_port;
    ike.child_sas.emplace();
    return ike;
  }

  static void name_ends(state::IkeSa& ike, state::Interned local, state::Interned remote) {
    if (!ike.local.id) ike.local.id = local;
    if (!ike.remote.id) ike.remote.id = remote;
  }

  /// What both halves have comes from the outbound one; where the inbound one differs, a detail says so.
  state::ChildSa child(const HalfSa* out, const HalfSa* in) {
    state::ChildSa sa;
    details_.clear();
    if (out != nullptr) take_out(sa, *out);
    if (in != nullptr) take_in(sa, *in);
    if (out != nullptr && in != nullptr) note_differences(*out, *in);
    sa.details = builder_.freeze(details_);
    return sa;
  }

  void take_common(state::ChildSa& sa, const HalfSa& half, std::string_view prefix) {
    if (!sa.encryption) sa.encryption = half.encryption;
    if (!sa.integrity) sa.integrity = half.integrity;
    fill(sa.reqid, half.reqid);
    fill(sa.mtu, half.mtu);
    fill(sa.state, half.state);
    fill(sa.protocol, half.protocol);
    fill(sa.mode, half.mode);
    fill(sa.encapsulation, half.encapsulation);
    fill(sa.esn, half.esn);
    fill(sa.age_seconds, half.age_seconds);
    fill(sa.lifetime_seconds, half.hard_seconds);
    const auto left = [&](std::optional<std::uint32_t> limit) -> std::optional<std::uint32_t> {
      if (!half.age_seconds || !limit || *limit == 0 || *limit < *half.age_seconds) return std::nullopt;
      return *limit - *half.age_seconds;
    };
    fill(sa.rekey_in_seconds, left(half.soft_seconds));
    fill(sa.expires_in_seconds, left(half.hard_seconds));
    for (const auto& detail : half.details) {
      builder_.detail(details_, prefix, detail.name.view(), detail.value.view());
    }
  }

  void take_out(state::ChildSa& sa, const HalfSa& half) {
    sa.spi_out = half.spi;
    sa.seq_out = half.sent;
    sa.bytes_out = half.bytes;
    sa.packets_out = half.packets;
    sa.local_ts = half.source_ts;
    sa.remote_ts = half.destination_ts;
    take_common(sa, half, "out.");
  }

  void take_in(state::ChildSa& sa, const HalfSa& half) {
    sa.spi_in = half.spi;
    sa.replay.last = half.received;
    sa.replay.window = half.window;
    sa.bytes_in = half.bytes;
    sa.packets_in = half.packets;
    if (!sa.local_ts) sa.local_ts = half.destination_ts;
    if (!sa.remote_ts) sa.remote_ts = half.source_ts;
    take_common(sa, half, "in.");
  }

  void note_differences(const HalfSa& out, const HalfSa& in) {
    const auto text = [](auto value) { return value ? name_of(*value) : std::string_view{"unknown"}; };
    if (in.encryption != out.encryption) builder_.detail(details_, "in.encryption", in.encryption.view());
    if (in.integrity != out.integrity) builder_.detail(details_, "in.integrity", in.integrity.view());
    if (in.esn && in.esn != out.esn) builder_.detail(details_, "in.esn", *in.esn ? "true" : "false");
    if (in.state != out.state) builder_.detail(details_, "in.state", text(in.state));
    if (in.encapsulation != out.encapsulation) builder_.detail(details_, "in.encapsulation", text(in.encapsulation));
  }

  Builder& builder_;
  std::vector<state::IkeSa>& sas_;
  std::unordered_map<Ends, std::size_t, EndsHash> index_of_;
  DetailList details_;
};

using Indices = std::vector<std::uint32_t>;

struct Members {
  Indices out;
  Indices in;
};

constexpr auto kNone = UINT32_MAX;

/// Of SAs between the same ends, those that were made at the same time are pairs ...
void pair_by_time(const std::vector<HalfSa>& halves, const Indices& outs, Indices& ins, Indices& partners) {
  if (outs.size() > kSameEndsCompareMax || ins.size() > kSameEndsCompareMax) return;
  for (std::size_t i = 0; i < outs.size(); ++i) {
    const auto created = halves[outs[i]].created;
    const auto same_time = [&](std::uint32_t in) { return in != kNone && halves[in].created == created; };
    const auto found = created ? std::ranges::find_if(ins, same_time) : ins.end();
    if (found != ins.end()) partners[i] = std::exchange(*found, kNone);
  }
}

/// ... and then those that stand at the same place in the listing.
void add_pairs(Pairs& pairs, const std::vector<HalfSa>& halves, Members& members) {
  auto& ins = members.in;
  Indices partners(members.out.size(), kNone);
  pair_by_time(halves, members.out, ins, partners);
  std::erase(ins, kNone);
  std::size_t next = 0;
  for (std::size_t i = 0; i < members.out.size(); ++i) {
    if (partners[i] == kNone && next < ins.size()) partners[i] = ins[next++];
    pairs.add(&halves[members.out[i]], partners[i] == kNone ? nullptr : &halves[partners[i]]);
  }
  for (; next < ins.size(); ++next) pairs.add(nullptr, &halves[ins[next]]);
}

/// The same SA twice: the later one counts, at the place of the first.
void drop_repeated(Builder& builder, std::vector<HalfSa>& halves) {
  std::unordered_map<Identity, std::size_t, IdentityHash> first;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const auto [place, is_new] =
        first.try_emplace(Identity{halves[i].destination, halves[i].protocol, halves[i].spi}, kept);
    if (!is_new) builder.warn(halves[i].line, "the SA is listed again: the later listing counts");
    const auto target = place->second;
    if (target != i) halves[target] = halves[i];
    if (is_new) ++kept;
  }
  halves.resize(kept);
}

}  // namespace

void assemble(Builder& builder, state::Member& member, std::vector<HalfSa> halves) {
  drop_repeated(builder, halves);
  Directions(builder, halves).decide();
  std::unordered_map<Bundle, std::size_t, BundleHash> bundle_of;
  std::vector<Members> bundles;  // in the order in which the listing has them
  for (std::uint32_t i = 0; i < halves.size(); ++i) {
    const auto& half = halves[i];
    const Bundle bundle{ends_of(half), half.protocol, half.mode, half.reqid, half.partner};
    const auto [place, is_new] = bundle_of.try_emplace(bundle, bundles.size());
    if (is_new) bundles.emplace_back();
    auto& members = bundles[place->second];
    (half.direction == Direction::out ? members.out : members.in).push_back(i);
  }
  Pairs pairs(builder, member);
  for (auto& members : bundles) add_pairs(pairs, halves, members);
}

}  // namespace sasync::importer
