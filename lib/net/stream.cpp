#include "sasync/net/stream.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <utility>

namespace sasync::net {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
/// What the maps, the lists and the allocator add to the size of a stream and of a held piece.
constexpr std::size_t kNodeBytes = 128;
/// A piece grows up to here by what is adjacent to it: in front of it, all that it holds is moved.
constexpr std::size_t kPieceBytes = 2048;

struct Key {
  IpAddress src, dst;
  std::uint16_t src_port = 0, dst_port = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// Bytes behind a gap, by their place in the stream. `length` beyond `bytes` was cut by the snapshot length.
struct Piece {
  std::vector<std::uint8_t> bytes;
  std::uint64_t length = 0;

  [[nodiscard]] bool is_whole() const { return bytes.size() == length; }
};

/// A segment of a stream whose begin is not known yet.
struct EarlySegment {
  Origin origin;
  std::uint32_t sequence = 0;  ///< of the first byte
  bool fin = false;
  std::vector<std::uint8_t> bytes;
  std::uint32_t length = 0;
};

bool waited_longer(const Timestamp& since, const Timestamp& now, std::int64_t age_ns) {
  const auto seconds = now.seconds - since.seconds;
  if (seconds > age_ns / kSecond_ns + 1) return true;
  if (seconds < 0) return false;
  return seconds * kSecond_ns + now.nanoseconds - std::int64_t{since.nanoseconds} > age_ns;
}

/// What of a stream is wanted from outside it.
struct Environment {
  const StreamLimits& limits;
  StreamCounters& counters;
  const StreamReassembler::Sink& sink;
};

/// The sequence number of the segment's first byte.
std::uint32_t first_of(const Segment& segment) { return segment.syn ? segment.sequence + 1 : segment.sequence; }

/// One direction of a connection. Places are counted in bytes from where the stream began; `next_` is the first that
/// has not been seen in order.
class Stream {
 public:
  Stream(const Key& key, const StreamPort& port, const Segment& first)
      : port_(port),
        origin_(*first.origin),
        begin_sequence_(first_of(first)),
        next_sequence_(begin_sequence_),
        begin_known_(first.syn),
        searching_(!first.syn) {
    report_.src = key.src;
    report_.dst = key.dst;
    report_.src_port = key.src_port;
    report_.dst_port = key.dst_port;
  }

  /// False when the segment cannot belong to this stream but must begin another.
  [[nodiscard]] bool fits(const Segment& segment, const StreamLimits& limits) const {
    const auto first = first_of(segment);
    if (segment.syn && !begin_known_) {  // it may have been overtaken
      const auto behind = begin_sequence_ - first;
      return behind <= limits.early_bytes;
    }
    if (segment.syn && first != begin_sequence_) return false;
    const auto away = static_cast<std::int32_t>(first - next_sequence_);
    return away > -static_cast<std::int64_t>(limits.reach_bytes) && away < std::int64_t{limits.reach_bytes};
  }

  void take(const Segment& segment, const Environment& to);
  /// The receiver has got everything before `acknowledgement`.
  void acknowledge(std::uint32_t acknowledgement) {
    if (!begin_known_) early_acknowledged_ = acknowledgement;
    const auto ahead = static_cast<std::int32_t>(acknowledgement - next_sequence_);
    if (ahead > 0) acknowledged_ = std::max(acknowledged_, next_ + static_cast<std::uint64_t>(ahead));
  }
  /// Gives up what was waited for too long.
  void give_up_waiting(const Timestamp& now, const Environment& to);
  /// Whether the stream still waits for what may stand before its first segment.
  [[nodiscard]] bool is_early() const { return !begin_known_; }
  /// Takes the earliest segment for the begin, when that was waited for long enough.
  void settle(const Timestamp& now, const Environment& to);
  /// Nothing that was waited for will come. `by_sender`: it said so itself, so that a message which ends early is its
  /// fault. The stream stays: segments that come again must not begin another, and a reset may be forged.
  void end(const Environment& to, bool by_sender);

  [[nodiscard]] bool ended() const { return fin_ && next_ >= *fin_; }
  /// Nothing was sent in it so far.
  [[nodiscard]] bool empty() const { return next_ == 0 && held_.empty() && early_.empty(); }
  [[nodiscard]] std::size_t footprint() const {
    return sizeof(Stream) + kNodeBytes + buffer_.capacity() + held_room_ + held_.size() * (sizeof(Piece) + kNodeBytes) +
           early_bytes_ + early_.capacity() * sizeof(EarlySegment);
  }
  [[nodiscard]] const StreamReport& report() const { return report_; }
  [[nodiscard]] bool has_fault() const { return report_.first_frame != 0; }

 private:
  void count(std::uint64_t StreamCounters::* what, std::uint64_t by, const Environment& to, bool fault = true) {
    if (by == 0) return;
    to.counters.*what += by;
    report_.counters.*what += by;
    if (fault && report_.first_frame == 0) report_.first_frame = origin_.frame;
  }
  [[nodiscard]] Bytes ahead() const { return Bytes{buffer_}.subspan(cut_); }

  void wait_for_begin(const Segment& segment, const Environment& to);
  void begin_at(std::uint32_t sequence, const Environment& to);
  void take_again(std::int64_t begin, const Segment& segment, Bytes bytes, const Environment& to);
  void place(std::uint64_t begin, Bytes bytes, std::uint64_t length, const Environment& to);
  void hold(std::uint64_t begin, Bytes bytes, std::uint64_t length, const Environment& to);
  void hold_uncovered(std::uint64_t begin, Bytes bytes, std::uint64_t length);
  void hold_piece(std::uint64_t begin, Bytes bytes, std::uint64_t length);
  bool grow_before(std::uint64_t begin, Bytes bytes, std::uint64_t length);
  bool grow_behind(std::uint64_t begin, Bytes bytes, std::uint64_t length);
  void compare(Bytes earlier, Bytes later, const Environment& to);
  void append(Bytes bytes, std::uint64_t length, const Environment& to);
  void absorb_held(const Environment& to);
  void lose(std::uint64_t missing, const Environment& to);
  void cut_messages(const Environment& to);
  bool pass_over_rest();
  void take_as_message(std::size_t bytes, const Environment& to);
  void skip(std::size_t bytes, const Environment& to);
  void lose_step(const Environment& to);
  void hand_out_junk(const Environment& to);
  void leave_partial(const Environment& to, std::uint64_t missing, bool by_sender);
  void hand_out(Bytes payload, std::uint64_t length, bool out_of_step, const Environment& to);
  void forget_history(const StreamLimits& limits);

  StreamPort port_;
  StreamReport report_;
  Origin origin_;  ///< of the last segment
  std::uint32_t begin_sequence_ = 0;
  std::uint32_t next_sequence_ = 0;  ///< of the byte at next_
  std::uint64_t next_ = 0;
  bool begin_known_ = false;
  std::vector<EarlySegment> early_;  ///< until the begin is known, as they came
  std::size_t early_bytes_ = 0;
  std::optional<std::uint32_t> early_acknowledged_;
  std::vector<std::uint8_t> buffer_;  ///< history, then at cut_ what is in no message yet; ends at next_
  std::size_t cut_ = 0;
  std::size_t junk_ = 0;           ///< bytes before cut_ that are out of step and not handed out yet
  std::uint64_t pass_over_ = 0;    ///< bytes from cut_ on that belong to a message whose begin or middle is missing
  std::uint64_t lost_before_ = 0;  ///< since the last message
  bool searching_ = false;
  std::map<std::uint64_t, Piece> held_;  ///< behind a gap
  std::size_t held_bytes_ = 0, held_room_ = 0;
  Timestamp waiting_since_;
  std::uint64_t acknowledged_ = 0;
  std::optional<std::uint64_t> fin_;
};

void Stream::take(const Segment& segment, const Environment& to) {
  if (!begin_known_) return wait_for_begin(segment, to);
  origin_ = *segment.origin;
  const auto away = std::int64_t{static_cast<std::int32_t>(first_of(segment) - next_sequence_)};
  const auto begin = static_cast<std::int64_t>(next_) + away;
  const auto end = begin + segment.length;
  if (segment.fin && end >= 0) fin_ = static_cast<std::uint64_t>(end);
  if (segment.length == 0) return;
  auto bytes = segment.payload.first(std::min<std::size_t>(segment.payload.size(), segment.length));
  const auto next = static_cast<std::int64_t>(next_);
  if (begin >= next) {
    place(static_cast<std::uint64_t>(begin), bytes, segment.length, to);
    return;
  }
  // A keepalive repeats the last byte, or any byte in its place (RFC 9293 section 3.8.4).
  if (segment.length == 1 && end == next) return;
  take_again(begin, segment, bytes, to);
}

/// What begins before next_.
void Stream::take_again(std::int64_t begin, const Segment& segment, Bytes bytes, const Environment& to) {
  const auto next = static_cast<std::int64_t>(next_);
  // Before the begin nothing was kept: what comes now was not there in time.
  if (begin < 0) {
    const auto before = std::min<std::uint64_t>(static_cast<std::uint64_t>(-begin), bytes.size());
    count(&StreamCounters::skipped_bytes, before, to);
  }
  const auto old = static_cast<std::size_t>(std::min<std::int64_t>(next - begin, segment.length));
  const auto repeated = bytes.first(std::min(old, bytes.size()));
  const auto back = static_cast<std::size_t>(next - begin);
  if (back <= buffer_.size()) compare(Bytes{buffer_}.subspan(buffer_.size() - back), repeated, to);
  count(&StreamCounters::retransmitted, 1, to, false);
  if (segment.length > old) place(next_, bytes.subspan(repeated.size()), segment.length - old, to);
}

/// Keeps the first segments of a stream without its begin. A SYN that was overtaken tells the begin.
void Stream::wait_for_begin(const Segment& segment, const Environment& to) {
  if (segment.syn) {
    searching_ = false;
    begin_at(first_of(segment), to);
    return take(segment, to);
  }
  if (segment.length == 0 && !segment.fin) return;
  const auto payload = segment.payload.first(std::min<std::size_t>(segment.payload.size(), segment.length));
  early_.push_back({.origin = *segment.origin,
                    .sequence = segment.sequence,
                    .fin = segment.fin,
                    .bytes = {payload.begin(), payload.end()},
                    .length = segment.length});
  early_bytes_ += payload.size();
  const auto away = static_cast<std::int32_t>(segment.sequence - begin_sequence_);
  if (away < 0) begin_sequence_ = next_sequence_ = segment.sequence;
  if (early_.size() >= to.limits.early_segments || early_bytes_ >= to.limits.early_bytes) begin_at(begin_sequence_, to);
}

void Stream::settle(const Timestamp& now, const Environment& to) {
  if (begin_known_) return;
  const bool has_all = early_acknowledged_ && static_cast<std::int32_t>(*early_acknowledged_ - begin_sequence_) > 0;
  const bool waited = early_.empty() || waited_longer(early_.front().origin.time, now, to.limits.early_age_ns);
  if (has_all || waited) begin_at(begin_sequence_, to);
}

/// The stream begins there; what waited for that is taken as it came.
void Stream::begin_at(std::uint32_t sequence, const Environment& to) {
  begin_known_ = true;
  begin_sequence_ = next_sequence_ = sequence;
  if (searching_) count(&StreamCounters::begun_inside, 1, to, false);
  const auto early = std::exchange(early_, {});
  early_bytes_ = 0;
  if (early_acknowledged_) acknowledge(*early_acknowledged_);
  for (const auto& segment : early) {
    take({.origin = &segment.origin,
          .sequence = segment.sequence,
          .fin = segment.fin,
          .payload = segment.bytes,
          .length = segment.length},
         to);
  }
}

/// `bytes` at or behind next_.
void Stream::place(std::uint64_t begin, Bytes bytes, std::uint64_t length, const Environment& to) {
  if (begin == next_ && held_.empty()) {
    append(bytes, length, to);
  } else {
    hold(begin, bytes, length, to);
    absorb_held(to);
  }
}

void Stream::compare(Bytes earlier, Bytes later, const Environment& to) {
  const auto common = std::min(earlier.size(), later.size());
  if (!std::ranges::equal(earlier.first(common), later.first(common))) count(&StreamCounters::conflicts, 1, to);
}

void Stream::hold(std::uint64_t begin, Bytes bytes, std::uint64_t length, const Environment& to) {
  if (held_.empty()) waiting_since_ = origin_.time;
  bool repeats = false;
  auto held = held_.upper_bound(begin);
  if (held != held_.begin()) --held;
  for (; held != held_.end() && held->first < begin + length; ++held) {
    const auto& [at, piece] = *held;
    if (at + piece.length <= begin) continue;
    repeats = true;
    const auto from = std::max(at, begin);
    const auto earlier = Bytes{piece.bytes}.subspan(std::min<std::size_t>(from - at, piece.bytes.size()));
    compare(earlier, bytes.subspan(std::min<std::size_t>(from - begin, bytes.size())), to);
  }
  if (repeats) count(&StreamCounters::retransmitted, 1, to, false);
  hold_uncovered(begin, bytes, length);
}

/// Keeps what no held piece covers: of two versions the first counts.
void Stream::hold_uncovered(std::uint64_t begin, Bytes bytes, std::uint64_t length) {
  const auto end = begin + length;
  auto at = begin;
  auto held = held_.upper_bound(begin);
  if (held != held_.begin()) --held;
  while (at < end) {
    while (held != held_.end() && held->first + held->second.length <= at) ++held;
    if (held != held_.end() && held->first <= at) {
      at = held->first + held->second.length;
      continue;
    }
    const auto until = held == held_.end() ? end : std::min(end, held->first);
    const auto part = bytes.subspan(std::min<std::size_t>(at - begin, bytes.size()));
    const auto kept = part.first(std::min<std::size_t>(part.size(), until - at));
    hold_piece(at, kept, until - at);
    at = until;
    held = held_.upper_bound(at);
    if (held != held_.begin()) --held;
  }
}

/// What no held piece covers. It grows one that is adjacent to it, where that is allowed, else it is one of its own.
void Stream::hold_piece(std::uint64_t begin, Bytes bytes, std::uint64_t length) {
  held_bytes_ += bytes.size();
  if (grow_before(begin, bytes, length) || grow_behind(begin, bytes, length)) return;
  const auto made = held_.emplace(begin, Piece{.bytes = {bytes.begin(), bytes.end()}, .length = length}).first;
  held_room_ += made->second.bytes.capacity();
}

/// The piece before it takes it, and the piece behind it.
bool Stream::grow_before(std::uint64_t begin, Bytes bytes, std::uint64_t length) {
  const auto behind = held_.upper_bound(begin);
  if (behind == held_.begin()) return false;
  auto& [at, piece] = *std::prev(behind);
  const bool adjacent = at + piece.length == begin && piece.is_whole();
  if (!adjacent || piece.bytes.size() + bytes.size() > kPieceBytes) return false;
  held_room_ -= piece.bytes.capacity();
  piece.bytes.insert(piece.bytes.end(), bytes.begin(), bytes.end());
  piece.length += length;
  if (behind != held_.end() && at + piece.length == behind->first && piece.is_whole() &&
      piece.bytes.size() + behind->second.bytes.size() <= kPieceBytes) {
    const auto& more = behind->second;
    piece.bytes.insert(piece.bytes.end(), more.bytes.begin(), more.bytes.end());
    piece.length += more.length;
    held_room_ -= more.bytes.capacity();
    held_.erase(behind);
  }
  held_room_ += piece.bytes.capacity();
  return true;
}

/// The piece behind it takes it.
bool Stream::grow_behind(std::uint64_t begin, Bytes bytes, std::uint64_t length) {
  const auto behind = held_.find(begin + length);
  if (behind == held_.end() || bytes.size() != length) return false;
  if (behind->second.bytes.size() + bytes.size() > kPieceBytes) return false;
  auto node = held_.extract(behind);
  auto& piece = node.mapped();
  held_room_ -= piece.bytes.capacity();
  piece.bytes.insert(piece.bytes.begin(), bytes.begin(), bytes.end());
  piece.length += length;
  held_room_ += piece.bytes.capacity();
  node.key() = begin;
  held_.insert(std::move(node));
  return true;
}

/// The bytes at next_.
void Stream::append(Bytes bytes, std::uint64_t length, const Environment& to) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  next_ += bytes.size();
  next_sequence_ += static_cast<std::uint32_t>(bytes.size());
  cut_messages(to);
  if (length > bytes.size()) lose(length - bytes.size(), to);
  forget_history(to.limits);
}

void Stream::absorb_held(const Environment& to) {
  while (!held_.empty() && held_.begin()->first <= next_) {
    const auto piece = held_.extract(held_.begin());
    held_bytes_ -= piece.mapped().bytes.size();
    held_room_ -= piece.mapped().bytes.capacity();
    append(piece.mapped().bytes, piece.mapped().length, to);
    waiting_since_ = origin_.time;  // another gap is waited for anew
  }
  if (!held_.empty() && (held_.size() > to.limits.held_pieces || held_bytes_ > to.limits.held_bytes)) {
    lose(held_.begin()->first - next_, to);
    absorb_held(to);
  }
}

void Stream::give_up_waiting(const Timestamp& now, const Environment& to) {
  while (!held_.empty()) {
    const auto age = acknowledged_ > next_ ? to.limits.acked_gap_age_ns : to.limits.gap_age_ns;
    if (!waited_longer(waiting_since_, now, age)) return;
    lose(held_.begin()->first - next_, to);
    absorb_held(to);
  }
}

/// `missing` bytes at next_ will never come.
void Stream::lose(std::uint64_t missing, const Environment& to) {
  count(&StreamCounters::gaps, 1, to);
  count(&StreamCounters::missing_bytes, missing, to);
  leave_partial(to, missing, false);
  lost_before_ += missing;
  buffer_.clear();
  cut_ = 0;
  next_ += missing;
  next_sequence_ += static_cast<std::uint32_t>(missing);
}

/// The message that has begun will not become whole. Where its end is known, the stream is in step again behind it.
void Stream::leave_partial(const Environment& to, std::uint64_t missing, bool by_sender) {
  if (pass_over_ != 0) {
    searching_ = pass_over_ < missing;
    pass_over_ -= std::min(pass_over_, missing);
    return;
  }
  const auto rest = ahead();
  StreamCut cut;
  if (!rest.empty()) cut = port_.cut(rest, searching_);
  const bool has_begun = cut.kind == StreamCut::Kind::not_yet && cut.bytes > rest.size();
  // Too little for its end to be known, but what comes here is a message, and its sender left it at that.
  const bool is_left = by_sender && !searching_ && cut.kind == StreamCut::Kind::not_yet && !rest.empty();
  if (has_begun || is_left) hand_out_junk(to);
  cut_ = buffer_.size();
  if (has_begun || is_left) hand_out(rest, by_sender ? rest.size() : cut.bytes, false, to);
  if (has_begun) {
    const auto lacking = cut.bytes - rest.size();
    searching_ = lacking < missing;
    pass_over_ = lacking < missing ? 0 : lacking - missing;
  }
  if (has_begun || is_left) return;
  searching_ = true;
  if (junk_ != 0) {
    junk_ += rest.size();
    return hand_out_junk(to);
  }
  count(&StreamCounters::skipped_bytes, rest.size(), to);
  lost_before_ += rest.size();
}

void Stream::cut_messages(const Environment& to) {
  while (cut_ < buffer_.size()) {
    if (pass_over_rest()) continue;
    const auto found = port_.cut(ahead(), searching_);
    switch (found.kind) {
      case StreamCut::Kind::message:
        if (found.bytes != 0 && found.bytes <= std::min(ahead().size(), to.limits.message_bytes)) {
          take_as_message(found.bytes, to);
        } else {
          lose_step(to);
        }
        break;
      case StreamCut::Kind::not_yet:
        if (found.bytes > to.limits.message_bytes) {
          lose_step(to);
          break;
        }
        if (found.bytes != 0) hand_out_junk(to);
        return;
      case StreamCut::Kind::skip:
        skip(std::clamp<std::size_t>(found.bytes, 1, ahead().size()), to);
        break;
      case StreamCut::Kind::out_of_step:
        lose_step(to);
        break;
    }
  }
}

/// The rest of a message whose middle is missing.
bool Stream::pass_over_rest() {
  if (pass_over_ == 0) return false;
  const auto passed = std::min<std::uint64_t>(pass_over_, ahead().size());
  cut_ += passed;
  pass_over_ -= passed;
  return true;
}

void Stream::take_as_message(std::size_t bytes, const Environment& to) {
  hand_out_junk(to);
  searching_ = false;
  hand_out(ahead().first(bytes), bytes, false, to);
  cut_ += bytes;
}

void Stream::skip(std::size_t bytes, const Environment& to) {
  cut_ += bytes;
  if (junk_ != 0) {
    junk_ += bytes;
    if (junk_ >= to.limits.out_of_step_bytes) hand_out_junk(to);
    return;
  }
  count(&StreamCounters::skipped_bytes, bytes, to);
  lost_before_ += bytes;
}

void Stream::lose_step(const Environment& to) {
  if (searching_) return skip(1, to);
  count(&StreamCounters::out_of_step, 1, to);
  searching_ = true;
  ++cut_;
  ++junk_;
}

void Stream::hand_out_junk(const Environment& to) {
  if (junk_ == 0) return;
  const auto junk = Bytes{buffer_}.subspan(cut_ - junk_, junk_);
  junk_ = 0;
  count(&StreamCounters::skipped_bytes, junk.size(), to);
  hand_out(junk, junk.size(), true, to);
}

void Stream::hand_out(Bytes payload, std::uint64_t length, bool out_of_step, const Environment& to) {
  to.sink({.origin = &origin_,
           .carrier = Carrier::tcp_port,
           .number = port_.port,
           .payload = payload,
           .length = static_cast<std::uint32_t>(length),
           .lost_before = static_cast<std::uint32_t>(std::min<std::uint64_t>(lost_before_, UINT32_MAX)),
           .out_of_step = out_of_step});
  lost_before_ = 0;
}

void Stream::forget_history(const StreamLimits& limits) {
  const auto kept = std::max(limits.history_bytes, junk_);
  if (cut_ <= 2 * kept) return;  // twice: so that what is kept is not moved for every segment
  const auto forgotten = cut_ - kept;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(forgotten));
  cut_ -= forgotten;
}

void Stream::end(const Environment& to, bool by_sender) {
  if (!begin_known_) {
    begin_at(begin_sequence_, to);
    by_sender = by_sender || ended();
  }
  while (!held_.empty()) {
    lose(held_.begin()->first - next_, to);
    absorb_held(to);
  }
  if (ahead().empty() && junk_ == 0) return;
  leave_partial(to, 0, by_sender);
}

}  // namespace

struct StreamReassembler::State {
  explicit State(StreamLimits given) : limits(given) { limits.streams = std::max<std::size_t>(limits.streams, 1); }

  struct Entry;
  using Table = std::map<Key, Entry>;
  using AgeOrder = std::list<Table::iterator>;
  struct Entry {
    Stream stream;
    AgeOrder::iterator by_age;
    std::optional<AgeOrder::iterator> by_begin{};  ///< in `early`
    std::size_t footprint = 0;
    bool reset = false;
  };

  Table::iterator find_or_begin(const Key& key, const Segment& segment, const StreamPort& port, const Sink& sink);
  void take(Table::iterator entry, const Segment& segment, const Sink& sink);
  void tell_reverse(const Key& key, const Segment& segment, const Sink& sink);
  void look_after(Table::iterator entry, const Segment& segment, const Sink& sink);
  void settle_early(const Timestamp& now, const Sink& sink);
  void forget(Table::iterator entry, const Sink& sink);
  void evict(const Sink& sink);
  void measure(Entry& entry) {
    held -= entry.footprint;
    entry.footprint = entry.stream.footprint();
    held += entry.footprint;
  }
  [[nodiscard]] Environment environment(const Sink& sink) { return {limits, counters, sink}; }

  StreamLimits limits;
  StreamCounters counters;
  std::vector<StreamReport> reports;
  Table table;
  AgeOrder longest_silent_first;
  AgeOrder early;  ///< whose begin is not known, in the order in which they were seen
  std::size_t held = 0;
};

StreamReassembler::State::Table::iterator StreamReassembler::State::find_or_begin(const Key& key,
                                                                                  const Segment& segment,
                                                                                  const StreamPort& port,
                                                                                  const Sink& sink) {
  auto entry = table.find(key);
  if (entry != table.end() && !entry->second.stream.fits(segment, limits)) {
    forget(entry, sink);
    entry = table.end();
  }
  if (entry != table.end()) {
    longest_silent_first.splice(longest_silent_first.end(), longest_silent_first, entry->second.by_age);
    return entry;
  }
  // What carries nothing begins nothing: the end of a connection that nobody saw, an acknowledgement.
  if (!segment.syn && segment.length == 0) return table.end();
  while (table.size() >= limits.streams) evict(sink);
  entry = table.try_emplace(key, Entry{.stream = {key, port, segment}, .by_age = {}}).first;
  entry->second.by_age = longest_silent_first.insert(longest_silent_first.end(), entry);
  ++counters.streams;
  if (!segment.syn) entry->second.by_begin = early.insert(early.end(), entry);
  return entry;
}

void StreamReassembler::State::take(Table::iterator entry, const Segment& segment, const Sink& sink) {
  entry->second.stream.take(segment, environment(sink));
  look_after(entry, segment, sink);
}

/// What a segment says of the other direction.
void StreamReassembler::State::tell_reverse(const Key& key, const Segment& segment, const Sink& sink) {
  const auto entry = table.find({key.dst, key.src, key.dst_port, key.src_port});
  if (entry == table.end()) return;
  if (segment.ack) entry->second.stream.acknowledge(segment.acknowledgement);
  look_after(entry, segment, sink);
}

/// Time has passed for the stream, and it may be at its end.
void StreamReassembler::State::look_after(Table::iterator entry, const Segment& segment, const Sink& sink) {
  auto& stream = entry->second.stream;
  stream.settle(segment.origin->time, environment(sink));
  stream.give_up_waiting(segment.origin->time, environment(sink));
  measure(entry->second);
  entry->second.reset = entry->second.reset || segment.rst;
  if (stream.ended() || segment.rst) stream.end(environment(sink), stream.ended());
}

void StreamReassembler::State::settle_early(const Timestamp& now, const Sink& sink) {
  while (!early.empty()) {
    const auto entry = early.front();
    auto& stream = entry->second.stream;
    stream.settle(now, environment(sink));
    if (stream.is_early()) return;
    measure(entry->second);
    early.pop_front();
    entry->second.by_begin.reset();
    if (stream.ended()) stream.end(environment(sink), true);
  }
}

void StreamReassembler::State::forget(Table::iterator entry, const Sink& sink) {
  auto& stream = entry->second.stream;
  stream.end(environment(sink), false);
  if (stream.has_fault() && reports.size() < limits.reports) reports.push_back(stream.report());
  held -= entry->second.footprint;
  longest_silent_first.erase(entry->second.by_age);
  if (entry->second.by_begin) early.erase(*entry->second.by_begin);
  table.erase(entry);
}

void StreamReassembler::State::evict(const Sink& sink) {
  const auto& oldest = longest_silent_first.front()->second;
  if (!oldest.stream.ended() && !oldest.stream.empty() && !oldest.reset) ++counters.evicted;
  forget(longest_silent_first.front(), sink);
}

StreamReassembler::StreamReassembler(StreamLimits limits) : state_(std::make_unique<State>(limits)) {}
StreamReassembler::~StreamReassembler() = default;
StreamReassembler::StreamReassembler(StreamReassembler&&) noexcept = default;
StreamReassembler& StreamReassembler::operator=(StreamReassembler&&) noexcept = default;

void StreamReassembler::add(const Segment& segment, const StreamPort& port, const Sink& sink) {
  State& state = *state_;
  state.settle_early(segment.origin->time, sink);
  const Key key{segment.origin->src, segment.origin->dst, segment.origin->src_port, segment.origin->dst_port};
  const auto entry = state.find_or_begin(key, segment, port, sink);
  if (entry != state.table.end()) state.take(entry, segment, sink);
  if (segment.ack || segment.rst) state.tell_reverse(key, segment, sink);
  while (state.held > state.limits.bytes && !state.table.empty()) state.evict(sink);
}

void StreamReassembler::pass_time(const Timestamp& now, const Sink& sink) {
  if (!state_->early.empty()) state_->settle_early(now, sink);
}

void StreamReassembler::finish(const Sink& sink) {
  while (!state_->table.empty()) state_->forget(state_->longest_silent_first.front(), sink);
  std::ranges::sort(state_->reports, {}, &StreamReport::first_frame);
}

const StreamCounters& StreamReassembler::counters() const { return state_->counters; }
std::span<const StreamReport> StreamReassembler::reports() const { return state_->reports; }

}  // namespace sasync::net
