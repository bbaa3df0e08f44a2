#pragma once
// What every protocol offers, and the one table of them. The dispatcher, the list of protocols, the fuzz targets and
// the tests of the documentation iterate this table; a new protocol is a file pair and a row.
//
// Every protocol's header has the same types and functions in the same order:
//   struct Message                                      the message as a value, views into the bytes; `notes` among it
//   struct State                                        what decoding keeps between messages: options, caches
//   DecodeStatus decode(Bytes, Hint, State&, Message&)  what was read before a fault stays in the message
//   void encode(const Message&, Writer&)                gives back the very bytes of every message that decoded
//   MessageHead head(const Message&)                    what the message is called
//   void describe(const Message&, Fields&)              all fields, for -v and JSON
//   void summarize(const Message&, Text&)               the few facts that matter, for one line: each begins with a
//   blank
//   Closed closed(const Message&)                       where messages can be encrypted
// and, where its messages say something of SAs or members,
//   optional or vector<SyncEvent> to_event(const Message&, const net::Origin&)
//   the same with a const DecodeError& before the origin, when a faulty message is an event too

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/base/result.hpp"
#include "sasync/base/text.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/event/event.hpp"
#include "sasync/net/datagram.hpp"
#include "sasync/net/stream.hpp"
#include "sasync/proto/fields.hpp"

namespace sasync::proto {

enum class ByteOrder : std::uint8_t { automatic, little, big };

/// What the user can tell the decoders.
struct DecodeOptions {
  ByteOrder byte_order = ByteOrder::automatic;
  std::string strongswan_layout = "auto";  ///< a layout's name, or "auto"
  std::string ha_password{};               ///< content of --ha-password-file; empty: authentication is not checked
  std::string sasyncd_key{};               ///< the bytes of sasyncd's shared key; empty: nothing is decrypted
  /// EtherType 0x8892 belongs to PROFINET too: true takes every such frame for FGCP session synchronization, as the
  /// user asked; false only those whose sender has been seen to speak FGCP.
  bool assume_session_sync = false;
};

/// A hazard or a remark about a message that is well-formed. Both texts live at least as long as the message.
struct Note {
  std::string_view id;    ///< "H1": the number in the protocol's documentation
  std::string_view text;  ///< what was seen and what it puts at risk
};

/// Notes on one message that only the order of messages shows. The notes themselves are constants of the tracker.
class TrackedNotes {
 public:
  /// As many as a tracker can have to say of one message.
  static constexpr std::size_t kMax = 4;

  void add(const Note& note) {
    if (count_ < kMax) notes_[count_++] = &note;
  }
  [[nodiscard]] std::span<const Note* const> all() const { return std::span{notes_}.first(count_); }

 private:
  std::array<const Note*, kMax> notes_{};
  std::uint8_t count_ = 0;
};

/// What is known of a message beside its bytes. A number alone is what the tracker said.
struct Hint {
  constexpr Hint(std::uint32_t said = 0, std::uint32_t bytes_missing = 0) : tracked(said), missing(bytes_missing) {}

  std::uint32_t tracked;  ///< what the protocol's tracker said of the message
  std::uint32_t missing;  ///< bytes at its end that the capture has not: they are no fault of the message
};

/// A fault that comes of the capture's cut, not of the message: the bytes just end.
inline bool comes_of_cut(const DecodeError& error, const Hint& hint) {
  return hint.missing != 0 && (error.code == DecodeErrc::truncated || error.code == DecodeErrc::unterminated);
}

/// What one message is called.
struct MessageHead {
  std::string_view message;                ///< the type's name; for an unknown type its number
  std::uint32_t type = 0;                  ///< small number that identifies the type within the protocol, below 256
  std::optional<std::uint32_t> version{};  ///< the protocol version byte, where there is one
  std::string_view layout{};               ///< which of several layouts of that version it was read with
};

/// Whether what a message says is closed to the decoder.
enum class Closed : std::uint8_t {
  no,
  no_key,     ///< encrypted, and there is no key
  wrong_key,  ///< encrypted, and the key does not open it
};

/// Decodes one message after another of one protocol, reusing its memory. Not shared between threads.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  /// `in` must live as long as the message is looked at.
  virtual DecodeStatus decode(Bytes in, Hint hint) = 0;
  [[nodiscard]] virtual MessageHead head() const = 0;
  [[nodiscard]] virtual std::span<const Note> notes() const = 0;
  virtual void describe(Fields& fields) const = 0;
  /// Appends the facts of the one-line form behind the message's name: nothing, or text that begins with a blank.
  virtual void summarize(Text& out) const = 0;
  virtual void encode(Writer& out) const = 0;
  /// Appends what the message says as sync events; nothing where it says none. `fault` is decode()'s, or nullptr.
  virtual void append_events(const net::Origin& origin, const DecodeError* fault,
                             std::vector<event::SyncEvent>& events) const = 0;
  [[nodiscard]] virtual Closed closed() const = 0;
};

struct Tracked {
  bool accepted = true;                   ///< false: not a message of this protocol after all
  std::uint32_t hint = 0;                 ///< for Decoder::decode
  TrackedNotes notes{};                   ///< what only the order of messages shows
  std::optional<std::size_t> protocol{};  ///< it belongs to this protocol instead: an index into protocols()
};

/// Looks at every datagram of a protocol family in capture order, before the decoders do, and keeps what only that
/// order can tell. Its memory is bounded.
class Tracker {
 public:
  Tracker() = default;
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;
  virtual ~Tracker() = default;
  virtual Tracked observe(std::size_t protocol, const net::Datagram& datagram) = 0;
};

/// For a row of the table: its default numbers.
template <std::uint32_t... Numbers>
inline constexpr std::array<std::uint32_t, sizeof...(Numbers)> kNumbers{Numbers...};

struct Protocol {
  std::string_view name;
  std::string_view title;  ///< for people: what it is and what its description rests on
  net::Carrier carrier;
  std::span<const std::uint32_t> numbers;  ///< default EtherTypes, ports or IP protocols; at least one
  std::uint32_t inner_ip_offset;           ///< an IP packet follows after so many bytes; 0: none does
  std::unique_ptr<Decoder> (*make_decoder)(const DecodeOptions&);
  std::unique_ptr<Tracker> (*make_tracker)(const DecodeOptions&);  ///< nullptr: none; one instance per function
  net::StreamCutter cut_stream = nullptr;                          ///< with a TCP port: where messages end
  bool either_port = false;  ///< the source port names it too: peers behind a NAT, and their answers, have another one
};

/// The table, in the order in which --list-protocols shows it.
std::span<const Protocol> protocols();
/// Index into protocols(), or nothing.
std::optional<std::size_t> find_protocol(std::string_view name);

namespace detail {
// Calls by argument-dependent lookup, from inside a class whose members have the same names.
inline constexpr auto call_decode = [](auto&&... arguments) { return decode(arguments...); };
inline constexpr auto call_encode = [](auto&&... arguments) { encode(arguments...); };
inline constexpr auto call_head = [](auto&&... arguments) { return head(arguments...); };
inline constexpr auto call_describe = [](auto&&... arguments) { describe(arguments...); };
inline constexpr auto call_summarize = [](auto&&... arguments) { summarize(arguments...); };
inline constexpr auto call_closed = [](auto&&... arguments) { return closed(arguments...); };

template <class Message>
concept HasEvents = requires(const Message& message, const net::Origin& origin) { to_event(message, origin); };
template <class Message>
concept CanBeClosed = requires(const Message& message) { closed(message); };
template <class Message>
concept HasFaultEvents = requires(const Message& message, const DecodeError& fault, const net::Origin& origin) {
  to_event(message, fault, origin);
};
/// What to_event() of a protocol gives, into a list.
inline void append_to(std::vector<event::SyncEvent>& events, event::SyncEvent event) {
  events.push_back(std::move(event));
}
inline void append_to(std::vector<event::SyncEvent>& events, std::optional<event::SyncEvent> event) {
  if (event) events.push_back(std::move(*event));
}
inline void append_to(std::vector<event::SyncEvent>& events, std::vector<event::SyncEvent> more) {
  std::ranges::move(more, std::back_inserter(events));
}
}  // namespace detail

/// Makes a Decoder of a protocol's free functions.
template <class State, class Message>
class DecoderOf final : public Decoder {
 public:
  explicit DecoderOf(State state) : state_(std::move(state)) {}
  DecodeStatus decode(Bytes in, Hint hint) override { return detail::call_decode(in, hint, state_, message_); }
  [[nodiscard]] MessageHead head() const override { return detail::call_head(message_); }
  [[nodiscard]] std::span<const Note> notes() const override { return message_.notes; }
  void describe(Fields& fields) const override { detail::call_describe(message_, fields); }
  void summarize(Text& out) const override { detail::call_summarize(message_, out); }
  void encode(Writer& out) const override { detail::call_encode(message_, out); }
  [[nodiscard]] Message& message() { return message_; }
  void append_events(const net::Origin& origin, const DecodeError* fault,
                     std::vector<event::SyncEvent>& events) const override {
    if constexpr (detail::HasFaultEvents<Message>) {
      if (fault != nullptr) return detail::append_to(events, to_event(message_, *fault, origin));
    }
    if constexpr (detail::HasEvents<Message>) detail::append_to(events, to_event(message_, origin));
  }
  [[nodiscard]] Closed closed() const override {
    if constexpr (detail::CanBeClosed<Message>) {
      return detail::call_closed(message_);
    } else {
      return Closed::no;
    }
  }

 private:
  State state_;
  Message message_;
};

}  // namespace sasync::proto
