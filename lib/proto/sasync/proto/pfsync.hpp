#pragma once
// pfsync: what pf's firewalls tell each other, IP protocol 240. Of interest here are TDB updates: the replay counters
// and byte counts of IPsec SAs. All other actions are named and passed over by their length. Described in
// docs/protocols/pfsync.md.

#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sasync/event/event.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::proto::pfsync {

inline constexpr std::uint32_t kIpProtocol = 240;
inline constexpr std::size_t kHeaderBytes = 20;
inline constexpr std::size_t kSubheaderBytes = 4;
inline constexpr std::size_t kOldTdbBytes = 48;  ///< 32-bit counter
inline constexpr std::size_t kTdbBytes = 52;     ///< 64-bit counter
inline constexpr std::size_t kSectionsMax = 256;
/// What the sender adds to the counter of an outbound SA, so that the receiver starts ahead of it: releases from 2007
/// to about 2022. The message does not say whether it was done.
inline constexpr std::uint64_t kFailoverMargin = 16384;

struct Tdb {
  std::uint32_t offset = 0;
  std::uint32_t spi = 0;
  std::uint8_t address_length = 0;  ///< of the sockaddr
  std::uint8_t family = 0;          ///< 2 IPv4; IPv6 is 24 on OpenBSD and NetBSD, 28 on FreeBSD
  Bytes behind_family{};            ///< of the sockaddr: 26 bytes
  std::uint64_t rpl = 0;            ///< outbound: next sequence number (and the margin); inbound: highest received
  std::uint64_t cur_bytes = 0;
  std::uint8_t sproto = 0;
  std::uint8_t updates = 0;
  std::uint16_t rdomain = 0;  ///< version 3 and 5: zero
  Bytes extra{};              ///< version 6: what a longer message has behind the known part

  [[nodiscard]] net::IpAddress destination() const;
};

struct Section {
  std::uint32_t offset = 0;  ///< of its subheader; version 3: of its first message
  std::uint8_t action = 0;
  std::uint8_t words = 0;  ///< version 6: size of a message in 4-byte words
  std::uint16_t count = 0;
  std::vector<Tdb> tdbs{};
  Bytes data{};  ///< of other actions, all messages; of a TDB action whose size does not fit
};

struct Message {
  std::uint8_t version = 0;
  std::uint8_t second = 0;   ///< version 3: address family; else zero
  std::uint16_t length = 0;  ///< not in version 3
  Bytes checksum;            ///< MD5 of pf's ruleset, or zeros
  std::vector<Section> sections;
  Bytes trailer;         ///< version 5: behind EOF; or what cannot be cut into messages
  std::size_t size = 0;  ///< of what was decoded
  std::vector<Note> notes;
};

struct State {};

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);

/// As OpenBSD's tcpdump spells it where it does; empty for a number without a name.
std::string_view action_name(std::uint8_t version, std::uint8_t action);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);

/// One event a TDB of ESP or AH. The message does not say the SA's direction: who knows it can read the counter as the
/// highest received; here it is taken for that of an outbound SA, and `sequence` is marked as inferred.
std::vector<event::SyncEvent> to_event(const Message& message, const net::Origin& origin);

/// Which message to write.
struct Form {
  std::uint8_t version = 6;
  bool wide = true;  ///< version 6: the action with 64-bit counters
  std::uint16_t rdomain = 0;
};
/// Appends one message with a TDB for each event (esp_seqno, replay_state). Otherwise says why there is none.
std::expected<void, std::string_view> encode_events(std::span<const event::SyncEvent> events, const Form& form,
                                                    Writer& out);

}  // namespace sasync::proto::pfsync
