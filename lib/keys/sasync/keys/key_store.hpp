#pragma once
// All keys that are known: derived from a strongSwan HA sync stream, or read from Wireshark's tables.
//
//   KeyStore keys;
//   for each message of the sync capture, in order: keys.add(message);
//   keys.load_table("ikev2_decryption_table");
//   Decryptor decryptor{keys};                      // decrypt.hpp
//   write_wireshark_tables(keys, "directory");      // wireshark_tables.hpp

#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "sasync/keys/derive.hpp"
#include "sasync/keys/problem.hpp"
#include "sasync/net/address.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::keys {

// A store holds no more; what comes after is refused with a Problem. A capture of 100,000 tunnels fits.
inline constexpr std::size_t kIkeSasMax = 1U << 18U;
inline constexpr std::size_t kEspSasMax = 1U << 20U;
inline constexpr std::size_t kGenerationsMax = 16;  ///< of one IKE_SA: IKE_INTERMEDIATE allows seven exchanges
inline constexpr std::size_t kPendingChildrenMax = 1U << 12U;  ///< CHILD_SAs that wait for their IKE_SA's SK_d

/// One set of SK_* of an IKE_SA. IKE_INTERMEDIATE replaces them while the SA is made; older ones stay, for the
/// messages that they protect.
struct Generation {
  Ikev2Keys keys;
  SecretBytes fingerprint;   ///< hash of what the keys were made of: tells a repeated IKE_ADD from a further one
  bool alternative = false;  ///< the other reading of RFC 7296 section 2.18, when the PRF changed at a rekey
};

struct IkeSa {
  Spis spis;
  std::uint8_t version = 2;
  std::vector<Generation> generations;  ///< IKEv2; in the order of the stream
  std::optional<Ikev1Keys> v1;          ///< from the stream: all of it; from a table: `ka` alone
  SecretBytes sk_d;                     ///< IKEv2: for CHILD_SAs; also of an SA that is known from its successor only
  std::uint16_t prf = 0;                ///< that goes with `sk_d`
  SecretBytes last_phase1_block;        ///< IKEv1: from IKE_IV
  net::IpAddress local, remote;         ///< of the cluster and of its peer
};

/// One direction of a CHILD_SA.
struct EspSa {
  std::uint32_t spi = 0;        ///< as ESP has it
  Spis ike;                     ///< zeros when it comes from a table
  bool inbound = false;         ///< towards the cluster
  bool from_initiator = false;  ///< of the exchange that made it
  Algorithms algorithms;
  SecretBytes encr;  ///< key and salt
  SecretBytes integ;
  net::IpAddress src{}, dst{};  ///< from a table; else of the IKE_SA
};

struct TableImport {
  std::size_t entries = 0;
  std::vector<std::string> left_out;  ///< one sentence for each line that names an unsupported algorithm
};

class KeyStore {
 public:
  KeyStore() = default;
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;
  KeyStore(KeyStore&&) noexcept = default;
  KeyStore& operator=(KeyStore&&) noexcept = default;
  ~KeyStore() = default;

  /// Takes what a message says about keys; messages that say nothing are fine. They must come in capture order. A
  /// message that was seen before (RESYNC) changes nothing.
  Status add(const proto::strongswan_ha::Message& message);

  /// Reads a file in the form of Wireshark's ikev2_decryption_table, ikev1_decryption_table or esp_sa, told apart line
  /// by line. Fails at the first line that is malformed, and says which; an algorithm that is not supported costs its
  /// own line only.
  Expected<TableImport> load_table(const std::filesystem::path& path);

  /// For tables and tests. An IKE_SA that is known gets the further keys.
  Status add(IkeSa sa);
  Status add(EspSa sa);

  /// nullptr: not known. An IKEv1 table entry has no responder SPI and is found by the initiator's.
  [[nodiscard]] const IkeSa* find_ike(const Spis& spis) const;
  /// All SAs with that SPI: it is unique at one receiver only.
  [[nodiscard]] std::vector<const EspSa*> find_esp(std::uint32_t spi) const;

  /// In the order in which they became known.
  [[nodiscard]] const std::deque<IkeSa>& ike_sas() const { return ike_sas_; }
  [[nodiscard]] const std::deque<EspSa>& esp_sas() const { return esp_sas_; }
  /// CHILD_SAs whose IKE_SA was never announced, so that they have no keys.
  [[nodiscard]] std::size_t pending_children() const { return pending_.size(); }

 private:
  struct Child {
    Spis ike;
    bool initiator = false;
    std::uint32_t inbound_spi = 0, outbound_spi = 0;
    Algorithms algorithms;
    SecretBytes nonce_i, nonce_r, secret, add_secret;
  };

  Expected<IkeSa*> find_or_add(const Spis& spis, std::uint8_t version);
  IkeSa* find_mutable(const Spis& spis);
  Status add_ike(const proto::strongswan_ha::Message& message);
  Status add_ikev1(const proto::strongswan_ha::Message& message, const Spis& spis);
  Status add_ikev2(const proto::strongswan_ha::Message& message, const Spis& spis);
  Status learn_old_sk_d(const proto::strongswan_ha::Message& message);
  Status add_generation(IkeSa& sa, crypto::Result<Ikev2Keys> keys, const SecretBytes& fingerprint, bool alternative);
  Status add_child(const proto::strongswan_ha::Message& message);
  Status derive(const IkeSa& sa, const Child& child);
  Status derive_pending(const IkeSa& sa);

  std::deque<IkeSa> ike_sas_;
  std::deque<EspSa> esp_sas_;
  std::map<Spis, std::size_t> ike_by_spis_;
  std::unordered_multimap<std::uint32_t, std::size_t> esp_by_spi_;
  std::vector<Child> pending_;
};

}  // namespace sasync::keys
