#include "sasync/net/reassembly.hpp"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace sasync::net {
namespace {

constexpr std::uint32_t kDatagramMax = 65'535;
constexpr std::uint32_t kFragmentUnit = 8;
constexpr std::int64_t kSecond_ns = 1'000'000'000;
/// What the map, the list and the allocator add to a datagram's own size.
constexpr std::size_t kNodeBytes = 128;

/// What fragments of one datagram have in common. The protocol is part of it for IPv4 only.
struct Key {
  IpAddress src, dst;
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// One fragment: its place in the datagram, and where its captured bytes are in Pending::bytes.
struct Piece {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t at = 0;
  std::uint32_t captured = 0;
};

struct Pending;
using Table = std::map<Key, Pending>;
using AgeOrder = std::list<Table::iterator>;

struct Pending {
  Timestamp begun;
  AgeOrder::iterator by_age;
  std::uint8_t protocol = 0;
  bool dead = false;                   ///< destroyed; kept so that later fragments of it begin nothing new
  std::uint32_t received = 0;          ///< bytes of all pieces; they never overlap
  std::uint32_t reach = 0;             ///< the highest end of a piece
  std::optional<std::uint32_t> total;  ///< known from the last fragment
  std::vector<Piece> pieces;           ///< by place
  std::vector<std::uint8_t> bytes;     ///< of all pieces, as they came

  [[nodiscard]] std::size_t footprint() const {
    return sizeof(Pending) + sizeof(Key) + kNodeBytes + pieces.capacity() * sizeof(Piece) + bytes.capacity();
  }
};

enum class Verdict : std::uint8_t { kept, duplicate, overlap, malformed, too_many };

/// True when the two are further apart than `age_ns`, in either direction: a capture's time may jump.
bool further_apart(const Timestamp& a, const Timestamp& b, std::int64_t age_ns) {
  const auto [earlier, later] = std::minmax(a, b);
  const auto seconds = static_cast<std::uint64_t>(later.seconds) - static_cast<std::uint64_t>(earlier.seconds);
  const auto age = std::max<std::int64_t>(age_ns, 0);
  if (seconds > static_cast<std::uint64_t>(age / kSecond_ns) + 1) return true;
  const auto apart = static_cast<std::int64_t>(seconds) * kSecond_ns + later.nanoseconds -
                     static_cast<std::int64_t>(earlier.nanoseconds);
  return apart > age;
}

/// True when the fragment contradicts itself or what is known of its datagram's length.
bool malformed(const Fragment& fragment, const Pending& pending) {
  const auto end = std::uint64_t{fragment.offset} + fragment.length;
  if (fragment.length == 0 || end > kDatagramMax) return true;
  if (fragment.more_fragments) {
    return fragment.length % kFragmentUnit != 0 || (pending.total && end >= *pending.total);
  }
  return end < pending.reach || (pending.total && end != *pending.total);
}

bool same_bytes(const Fragment& fragment, const Pending& pending, const Piece& piece) {
  const auto common = std::min<std::size_t>(piece.captured, fragment.payload.size());
  const auto held = Bytes{pending.bytes}.subspan(piece.at, common);
  return std::ranges::equal(held, fragment.payload.first(common));
}

Verdict insert(Pending& pending, const Fragment& fragment, std::size_t fragments_max) {
  const auto begin = fragment.offset;
  const auto end = begin + fragment.length;
  const auto next = std::ranges::lower_bound(pending.pieces, begin, {}, &Piece::begin);
  if (next != pending.pieces.end() && next->begin == begin && next->end == end) {
    return same_bytes(fragment, pending, *next) ? Verdict::duplicate : Verdict::overlap;
  }
  if (next != pending.pieces.end() && next->begin < end) return Verdict::overlap;
  if (next != pending.pieces.begin() && std::prev(next)->end > begin) return Verdict::overlap;
  if (pending.pieces.size() >= fragments_max) return Verdict::too_many;

  const auto captured = fragment.payload.first(std::min<std::size_t>(fragment.payload.size(), fragment.length));
  const auto at = static_cast<std::uint32_t>(pending.bytes.size());
  pending.pieces.insert(next, Piece{begin, end, at, static_cast<std::uint32_t>(captured.size())});
  pending.bytes.insert(pending.bytes.end(), captured.begin(), captured.end());
  pending.received += fragment.length;
  pending.reach = std::max(pending.reach, end);
  if (!fragment.more_fragments) pending.total = end;
  if (begin == 0) pending.protocol = fragment.protocol;
  return Verdict::kept;
}

}  // namespace

struct Reassembler::State {
  explicit State(ReassemblyLimits given) : limits(given) {
    limits.datagrams = std::max<std::size_t>(limits.datagrams, 1);
  }

  Table::iterator find_or_begin(const Key& key, const Fragment& fragment);
  void expire(const Timestamp& now);
  void evict_oldest();
  /// Removes a datagram altogether.
  void forget(Table::iterator entry);
  /// Destroys a datagram and remembers that it was.
  void kill(Pending& pending, std::uint64_t& counter);
  Reassembled complete(Table::iterator entry);

  ReassemblyLimits limits;
  ReassemblyCounters counters;
  Table table;
  AgeOrder oldest_first;
  std::size_t held = 0;
  std::vector<std::uint8_t> assembled;
};

Table::iterator Reassembler::State::find_or_begin(const Key& key, const Fragment& fragment) {
  auto entry = table.find(key);
  if (entry != table.end() && further_apart(entry->second.begun, fragment.time, limits.age_ns)) {
    if (!entry->second.dead) ++counters.expired;
    forget(entry);
    entry = table.end();
  }
  if (entry != table.end()) return entry;
  while (table.size() >= limits.datagrams) evict_oldest();
  entry = table.try_emplace(key).first;
  entry->second.begun = fragment.time;
  entry->second.by_age = oldest_first.insert(oldest_first.end(), entry);
  held += entry->second.footprint();
  ++counters.pending;
  return entry;
}

void Reassembler::State::expire(const Timestamp& now) {
  while (!oldest_first.empty() && further_apart(oldest_first.front()->second.begun, now, limits.age_ns)) {
    if (!oldest_first.front()->second.dead) ++counters.expired;
    forget(oldest_first.front());
  }
}

void Reassembler::State::evict_oldest() {
  if (!oldest_first.front()->second.dead) ++counters.evicted;
  forget(oldest_first.front());
}

void Reassembler::State::forget(Table::iterator entry) {
  held -= entry->second.footprint();
  if (!entry->second.dead) --counters.pending;
  oldest_first.erase(entry->second.by_age);
  table.erase(entry);
}

void Reassembler::State::kill(Pending& pending, std::uint64_t& counter) {
  held -= pending.footprint();
  pending.dead = true;
  pending.pieces = {};
  pending.bytes = {};
  held += pending.footprint();
  --counters.pending;
  ++counter;
}

Reassembled Reassembler::State::complete(Table::iterator entry) {
  const Pending& pending = entry->second;
  assembled.clear();
  for (const auto& piece : pending.pieces) {
    const auto bytes = Bytes{pending.bytes}.subspan(piece.at, piece.captured);
    assembled.insert(assembled.end(), bytes.begin(), bytes.end());
    if (piece.captured < piece.end - piece.begin) break;
  }
  const Reassembled whole{pending.protocol, assembled, *pending.total};
  ++counters.completed;
  forget(entry);
  return whole;
}

Reassembler::Reassembler(ReassemblyLimits limits) : state_(std::make_unique<State>(limits)) {}
Reassembler::~Reassembler() = default;
Reassembler::Reassembler(Reassembler&&) noexcept = default;
Reassembler& Reassembler::operator=(Reassembler&&) noexcept = default;

Reassembled Reassembler::add(const Fragment& fragment) {
  State& state = *state_;
  state.expire(fragment.time);
  const bool ipv4 = fragment.src.size == 4;
  const Key key{fragment.src, fragment.dst, fragment.identification, ipv4 ? fragment.protocol : std::uint8_t{0}};
  const auto entry = state.find_or_begin(key, fragment);
  Pending& pending = entry->second;
  if (pending.dead) return {};

  state.held -= pending.footprint();
  const auto verdict = malformed(fragment, pending) ? Verdict::malformed
                                                    : insert(pending, fragment, state.limits.fragments_per_datagram);
  state.held += pending.footprint();
  if (verdict == Verdict::overlap) state.kill(pending, state.counters.overlapped);
  if (verdict == Verdict::malformed) state.kill(pending, state.counters.malformed);
  if (verdict == Verdict::too_many) state.kill(pending, state.counters.evicted);
  if (!pending.dead && pending.total && pending.received == *pending.total) return state.complete(entry);
  while (state.held > state.limits.bytes && !state.table.empty()) state.evict_oldest();
  return {};
}

ReassemblyCounters Reassembler::counters() const { return state_->counters; }

}  // namespace sasync::net
