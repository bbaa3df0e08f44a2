#pragma once
// The FGCP frames beside the heartbeat: 0x8891 (HC) and 0x8892 (session synchronization), whose payload nobody has
// described in public, and 0x8893 (L2EP), which carries IP packets. Described in docs/protocols/fgcp-frames.md.

#include <memory>
#include <optional>
#include <vector>

#include "sasync/proto/protocol.hpp"

/// EtherType 0x8891: heartbeats in transparent mode (older documents) or redistributed traffic (newer ones).
namespace sasync::proto::fgcp_hc {

struct Message {
  Bytes payload;
  std::vector<Note> notes;
};

struct State {};

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);

}  // namespace sasync::proto::fgcp_hc

/// EtherType 0x8892: session synchronization (session pickup).
namespace sasync::proto::fgcp_session_sync {

struct Message {
  Bytes payload;
  std::vector<Note> notes;
};

struct State {};

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);

}  // namespace sasync::proto::fgcp_session_sync

/// EtherType 0x8893: the L2EP channel, an IP packet after four bytes. What the IP packet carries is dissected apart.
namespace sasync::proto::fgcp_session {

/// Bytes before the IP packet.
inline constexpr std::uint32_t kHeaderBytes = 4;

/// What the header of the inner IP packet says.
struct InnerHeader {
  std::uint8_t version = 0;  ///< 4 or 6
  net::IpAddress src, dst;
  std::uint8_t protocol = 0;  ///< IPv6: the first next-header value
  std::uint32_t length = 0;   ///< of the whole IP packet
};

struct Message {
  std::uint16_t magic = 0;
  std::uint16_t type = 0;
  std::uint32_t header_bytes = 0;    ///< how much of magic and type was there
  std::optional<InnerHeader> inner;  ///< absent when no IP packet follows, or when it ends before its header does
  Bytes packet;                      ///< the IP packet
  Bytes padding;                     ///< after the IP packet
  Bytes payload;                     ///< what follows when it is no IP packet
  std::vector<Note> notes;
};

struct State {};

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);

/// True when an IP version follows the header: evidence that the sender speaks FGCP.
bool is_plausible(Bytes in);

}  // namespace sasync::proto::fgcp_session
