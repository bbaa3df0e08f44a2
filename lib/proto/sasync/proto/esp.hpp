#pragma once
// ESP (RFC 4303): native, IP protocol 50, or in UDP port 4500 (RFC 3948 section 2.1). All behind the sequence number is
// encrypted, and is only counted. Described in docs/protocols/ike.md.

#include "sasync/proto/protocol.hpp"

namespace sasync::proto::esp {

inline constexpr std::size_t kHeaderBytes = 8;

struct Message {
  std::uint32_t spi = 0;       ///< as on the wire; 0 is never sent, 1 to 255 are reserved
  std::uint32_t sequence = 0;  ///< the lower half of an extended sequence number
  Bytes data;                  ///< IV, ciphertext and ICV
  std::size_t size = 0;        ///< of the packet: what a short one lacks is not shown
  std::vector<Note> notes;
};

struct State {};

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);
/// A packet of the outside link; nothing when its header is not whole.
std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);

}  // namespace sasync::proto::esp
