#pragma once
// OpenBSD's sasyncd: frames in a TCP stream (port 500), a clear header and a body encrypted with AES-CBC under the
// shared key. Bodies are control messages or PF_KEY messages. Described in docs/protocols/sasyncd.md.
//
// Without the key a message is shown by its header; control messages are known by their hash all the same.

#include <array>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sasync/event/event.hpp"
#include "sasync/net/stream.hpp"
#include "sasync/proto/pfkey.hpp"
#include "sasync/proto/protocol.hpp"

struct evp_cipher_ctx_st;  // OpenSSL's EVP_CIPHER_CTX
struct evp_md_ctx_st;      // EVP_MD_CTX
struct evp_md_st;          // EVP_MD

namespace sasync::proto::sasyncd {

inline constexpr std::uint16_t kTcpPort = 500;
inline constexpr std::size_t kHeaderBytes = 48;
inline constexpr std::size_t kLengthBytes = 4;  ///< the length field counts what follows it
inline constexpr std::size_t kHashBytes = 20;
inline constexpr std::size_t kIvBytes = 16;
inline constexpr std::size_t kBlockBytes = 16;
inline constexpr std::size_t kCiphertextBytesMin = 12;    ///< the receiver's own limits; what it reads is a multiple
inline constexpr std::size_t kCiphertextBytesMax = 4096;  ///< of kBlockBytes
inline constexpr std::uint32_t kPaddingMax = 15;
inline constexpr std::size_t kControlBytes = 12;

enum class FrameType : std::uint32_t { control = 0, pfkey = 1 };

enum class RunState : std::uint32_t { init = 0, slave = 1, master = 2, fail = 3 };

enum class ControlType : std::uint32_t { reserved = 0, state = 1, error = 2, ack = 3, endsnap = 4, unknown = 5 };

struct Control {
  std::uint32_t ctl = 0;
  std::uint32_t data = 0;
  std::uint32_t data2 = 0;
  bool operator==(const Control&) const = default;
};

/// How the body is known.
enum class Opening : std::uint8_t {
  not_tried,  ///< it is not: cut, malformed, or of a type that the receiver drops
  no_key,     ///< it is not
  key,        ///< decrypted, and the hash fits
  hash,       ///< a control message with a hash that is known
  failed,     ///< decrypted, and the hash does not fit: another key, or damage
};

/// Views point into the decoded bytes or into `storage`: it can be moved, not copied.
struct Message {
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  Message(Message&&) = default;
  Message& operator=(Message&&) = default;
  ~Message() = default;

  std::uint32_t length = 0;  ///< of all behind this field
  std::uint32_t type = 0;
  std::uint32_t pad_length = 0;
  Bytes hash, iv, ciphertext;
  Bytes out_of_step;  ///< no header: bytes between messages
  bool has_header = false;
  std::size_t size = 0;  ///< of what was decoded: what a short one lacks is not shown

  Opening opening = Opening::not_tried;
  Bytes plaintext;  ///< without padding; empty unless decrypted
  Bytes padding;
  std::optional<Control> control;
  Bytes behind_control;
  bool has_pfkey = false;
  pfkey::Message pfkey;
  std::optional<event::Direction> direction;  ///< of the SA in an ADD, as far as anything says it
  bool direction_said = false;                ///< by the message itself
  bool refused = false;                       ///< the receiving kernel does not take it: one of the notes K1 to K10
  std::vector<Note> notes;
  std::vector<std::uint8_t> storage;  ///< decrypted, behind a block that means nothing

  [[nodiscard]] bool is(FrameType wanted) const { return type == static_cast<std::uint32_t>(wanted); }
};

/// The configured `sharedkey`: 16, 24 or 32 bytes, as text or as "0x" and hex. The error is for people.
std::expected<std::vector<std::uint8_t>, std::string_view> parse_key(std::string_view text);

/// AES-CBC under the shared key. Throws std::runtime_error when OpenSSL lacks it. Used by one thread at a time.
class Cipher {
 public:
  /// `key` has a size that parse_key() gives.
  explicit Cipher(Bytes key);
  /// The IV and the ciphertext, whole blocks, as they stand in a frame. `out` becomes as long: the plaintext begins
  /// behind its first block, which means nothing.
  void decrypt(Bytes iv_and_ciphertext, std::vector<std::uint8_t>& out) const;
  /// `in` is whole blocks, and takes the same room in `out`.
  void encrypt(Bytes iv, Bytes in, std::vector<std::uint8_t>& out) const;

 private:
  std::shared_ptr<evp_cipher_ctx_st> decryption_, encryption_;
};

using Hash = std::array<std::uint8_t, kHashBytes>;

/// SHA-1, which is no secret's protection here: the hash is unkeyed.
class Hasher {
 public:
  Hasher();
  [[nodiscard]] Hash operator()(Bytes bytes) const;

 private:
  std::shared_ptr<evp_md_st> algorithm_;
  std::shared_ptr<evp_md_ctx_st> context_;
};

/// The control message whose plaintext has this hash.
std::optional<Control> control_of_hash(Bytes hash);

/// Addresses of this cluster and of its peers, learned from SAs and flows that say their direction.
class AddressSides {
 public:
  void learn(const net::IpAddress& address, bool is_local);
  [[nodiscard]] std::optional<bool> is_local(const net::IpAddress& address) const;

 private:
  static constexpr std::size_t kAddressesMax = 4096;
  std::map<net::IpAddress, bool> local_;
};

struct State {
  std::optional<Cipher> cipher;
  Hasher hasher;
  ByteOrder byte_order = ByteOrder::automatic;
  AddressSides sides;
};

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message);
void encode(const Message& message, Writer& out);
MessageHead head(const Message& message);
void describe(const Message& message, Fields& fields);
void summarize(const Message& message, Text& out);
Closed closed(const Message& message);

/// Where the next message of a stream ends. A partial copy in front of the whole frame, which the daemon sends after a
/// short write, is skipped.
net::StreamCut cut_stream(Bytes ahead, bool searching);

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options);
/// Says what is missing before a message: S8, S9.
std::unique_ptr<Tracker> make_tracker(const DecodeOptions& options);

/// What a message says; nothing for what stays encrypted, inbound flows, and types that the daemon does not send.
std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin);
/// The sync_error that a faulty message is to its receiver.
event::SyncEvent to_event(const Message& message, const DecodeError& fault, const net::Origin& origin);

/// The ends of one SA: with its SPI, the destination is its name.
struct Ends {
  net::IpAddress src, dst;
};

/// What the sender of events chooses.
struct Sender {
  Cipher cipher;
  Hasher hasher;
  std::function<std::array<std::uint8_t, kIvBytes>()> next_iv;
  bool little_endian = true;
  std::function<std::optional<Ends>(std::uint32_t spi)> ends_of{};  ///< for deletes, whose events have only the SPI
  std::uint32_t seq = 0, pid = 0;  ///< of live PF_KEY messages; those of a snapshot have zero
};

/// A flow that requires ESP, as a snapshot has it.
struct Flow {
  net::IpAddress local, remote;  ///< the gateways
  event::Selector src{}, dst{};  ///< networks, addresses of one family
  event::Direction direction = event::Direction::outbound;
};
/// Appends the frame of an X_ADDFLOW. Selectors that are no networks are written as the smallest one around them.
void encode_flow(const Flow& flow, const Sender& sender, Writer& out);

/// Appends a frame with this plaintext: pads, hashes, encrypts.
void seal(FrameType type, Bytes plaintext, const Sender& sender, Writer& out);
void encode_control(const Control& control, Writer& plaintext);
/// Appends the frames that say `event`: one, or two for a pair of SAs. Otherwise says why there are none.
std::expected<void, std::string_view> encode_event(const event::SyncEvent& event, const Sender& sender, Writer& out);

}  // namespace sasync::proto::sasyncd
