#pragma once
// Opens what IKE encrypts: SK payloads (RFC 7296 section 3.14, RFC 5282), SKF fragments (RFC 7383), and IKEv1 messages
// (RFC 2409 sections 5 and appendix B), with the keys that a KeyStore knows. Nothing is taken for decrypted whose
// integrity fails.

#include <map>
#include <string>
#include <vector>

#include "sasync/keys/key_store.hpp"
#include "sasync/proto/ike.hpp"

namespace sasync::keys {

// What is kept while fragments are missing. When it is too much, the oldest message is given up.
inline constexpr std::size_t kFragmentsMax = 256;  ///< of one message
inline constexpr std::size_t kFragmentedMessagesMax = 64;
inline constexpr std::size_t kFragmentBytesMax = 1U << 20U;  ///< of all of them
inline constexpr std::size_t kCompletedMessagesMax = 64;     ///< whose fragments are known when they come again
// What is kept of IKEv1 exchanges. The oldest goes first.
inline constexpr std::size_t kIkev1SasMax = 1U << 14U;
inline constexpr std::size_t kIkev1ExchangesMax = 64;  ///< of one IKE_SA

enum class Outcome : std::uint8_t {
  not_encrypted,
  decrypted,
  incomplete,  ///< a fragment, in order; others are missing
  duplicate,   ///< a fragment that is there already
  no_keys,     ///< of an IKE_SA that the store does not know
  failed,      ///< `problem` says why
};

/// How it is known that these are the right keys and bytes.
enum class Proof : std::uint8_t {
  none,
  integrity,     ///< IKEv2: the ICV
  hash,          ///< IKEv1: the HASH payload, and the padding
  padding_only,  ///< payloads and padding fit, the HASH (IKEv1) or ICV cannot be computed; `problem` says why
};

struct Decrypted {
  Outcome outcome = Outcome::not_encrypted;
  Proof proof = Proof::none;
  Problem problem;
  SecretBytes plaintext;                      ///< the payloads look at it
  std::vector<proto::ike::Payload> payloads;  ///< offsets count in the plaintext
  /// Decrypted: of the payloads inside, which can be malformed too. Else of the message, where it is what is wrong.
  DecodeStatus status;
};

class Decryptor {
 public:
  /// `keys` must live as long as this, and may grow meanwhile.
  explicit Decryptor(const KeyStore& keys) : keys_(keys) {}

  /// All IKE messages in capture order, the unencrypted ones too: IKEv1 needs what they say.
  Decrypted decrypt(const proto::ike::Message& message);

  /// Fragmented messages that were never completed: which, and what is missing. One sentence each.
  [[nodiscard]] std::vector<std::string> unfinished() const;

 private:
  struct FragmentKey {
    Spis spis;
    std::uint32_t message_id = 0;
    std::uint8_t flags = 0;  ///< who sends it, request or response
    friend auto operator<=>(const FragmentKey&, const FragmentKey&) = default;
  };
  struct FragmentedMessage {
    std::uint64_t order = 0;
    std::uint16_t total = 0;
    std::size_t bytes = 0;
    proto::ike::PayloadType first{};
    std::map<std::uint16_t, SecretBytes> parts{};
    std::map<std::uint16_t, std::vector<std::uint8_t>> tails{};  ///< last bytes on the wire: a repetition has the same
  };
  /// A message that is whole: its fragments may come again, from a retransmission or a doubled capture.
  struct CompletedMessage {
    FragmentKey key;
    std::map<std::uint16_t, std::vector<std::uint8_t>> tails;
  };

  /// One exchange of IKEv1: a message ID.
  struct Ikev1Exchange {
    std::uint64_t order = 0;
    SecretBytes last_block;
    SecretBytes nonce_i, nonce_r;
    std::map<SecretBytes, SecretBytes> ivs;  ///< by last block of the ciphertext: a retransmission has the same
  };
  struct Ikev1Sa {
    SecretBytes sa_body;  ///< SAi_b
    Algorithms algorithms;
    SecretBytes g_xi, g_xr;
    SecretBytes last_phase1_block;
    std::map<std::uint32_t, Ikev1Exchange> exchanges;
  };
  struct Ikev1Work;

  Decrypted decrypt_sk(const proto::ike::Message& message, const proto::ike::Payload& payload);
  Decrypted add_fragment(const proto::ike::Message& message, const proto::ike::Payload& payload, Decrypted opened);
  void forget_oldest_fragments();
  [[nodiscard]] bool was_completed(const FragmentKey& key, std::uint16_t number, Bytes tail) const;
  void learn(const proto::ike::Message& message);
  Decrypted decrypt_ikev1(const proto::ike::Message& message);
  Ikev1Sa& ikev1_sa(const proto::ike::Message& message);

  const KeyStore& keys_;
  std::uint64_t order_ = 0;
  std::map<FragmentKey, FragmentedMessage> fragmented_;
  std::size_t fragment_bytes_ = 0;
  std::deque<CompletedMessage> completed_;  ///< oldest first
  using Cookie = std::array<std::uint8_t, Spis::kBytes>;
  std::map<Cookie, Ikev1Sa> ikev1_;  ///< by initiator SPI
  std::deque<Cookie> ikev1_order_;   ///< oldest first
};

/// The same for one IKEv2 message with an SK payload, without memory of others.
Decrypted decrypt(const proto::ike::Message& message, const KeyStore& keys);

}  // namespace sasync::keys
