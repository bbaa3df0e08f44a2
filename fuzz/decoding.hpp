#pragma once
// The rules that hold for the decoder of every protocol, whatever the bytes:
//   an error lies inside the message and names its field;
//   what decodes is written back byte by byte (every protocol here has one encoding of a message);
//   the same bytes say the same to a decoder that has seen other messages and to a new one.

#include <memory>
#include <string_view>

#include "oracle.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::fuzz {

/// The longest message looked at: what a UDP datagram carries.
inline constexpr std::size_t kMessageBytesMax = 65'507;

/// Whatever a key opens is opened: "fuzz" and kSasyncdKey.
proto::DecodeOptions options_with_keys();
inline constexpr std::string_view kSasyncdKey = "0123456789abcdef";

class Decoding {
 public:
  using MakeDecoder = decltype(proto::Protocol::make_decoder);

  /// Links no decoder but that one: what an engine counts and goes through after every input is what can be reached.
  Decoding(std::string_view name, MakeDecoder make_decoder, const proto::DecodeOptions& options = {});
  /// Links the whole table of protocols, of which `name` is a row.
  explicit Decoding(std::string_view name, const proto::DecodeOptions& options = {});
  explicit Decoding(const proto::Protocol& protocol, const proto::DecodeOptions& options = {});

  /// Decodes and checks. The message stays in decoder() until the next call.
  void check(Bytes in, std::uint32_t hint = 0);

  /// After check() of the same bytes: a new decoder says the same of them.
  void check_again(Bytes in, std::uint32_t hint = 0) const;

  /// What the message of the last check() says, as JSON and back.
  void check_events(const net::Origin& origin);

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] const proto::Decoder& decoder() const { return *decoder_; }
  [[nodiscard]] const DecodeStatus& status() const { return status_; }

 private:
  std::string_view name_;
  MakeDecoder make_decoder_;
  proto::DecodeOptions options_;
  std::unique_ptr<proto::Decoder> decoder_;
  DecodeStatus status_{};
  Writer written_;
};

/// One input of the target of one protocol.
void fuzz_protocol(Decoding& decoding, Bytes in);

}  // namespace sasync::fuzz
