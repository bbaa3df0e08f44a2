#pragma once
// What was said of IKE SAs, IPsec SAs, tunnels and routes, by the order of the stream alone. An SA ends by its own
// delete, with its IKE SA, or with its tunnel; what ends with something else costs nothing in that moment, and is known
// by that afterwards.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sasync/base/flat_index.hpp"
#include "sasync/base/segmented_vector.hpp"
#include "sasync/event/event.hpp"

namespace sasync::audit {

class Books {
 public:
  using Name = std::uint32_t;    ///< of a tunnel; 0: none
  using Family = std::uint32_t;  ///< the children of one IKE SA and of those that replace it; 0: of none
  enum class End : std::uint8_t { none, deleted, restarted };

  struct Tunnel {
    std::string name{};
    std::int64_t ended_ns = 0;
    std::uint32_t life = 0;     ///< its end is the end of all its SAs: those of an earlier life are not there
    std::uint32_t ike_sas = 0;  ///< of this life
    Family youngest = 0;        ///< of its IKE SAs
    std::uint8_t virtual_cluster = 1;
    End end = End::none;  ///< of the life before this one
    bool is_there = false;
    bool is_dialup = false;
    bool survival_told = false;  ///< what the stream still says of the life before was told
    std::vector<event::Prefix> routes{};
  };
  struct Ike {
    Name tunnel = 0;
    std::uint32_t life = 0;  ///< of the tunnel, in which it was added
    Family family = 0;
    std::uint32_t next_send = 0, next_receive = 0;
    bool configured = false;  ///< strongSwan: its full IKE_UPDATE was said
  };
  struct Child {
    Name tunnel = 0;
    std::uint32_t life = 0;
    Family family = 0;
    std::uint32_t spi_out = 0;
  };

  /// How an SA stands that is named: never said, said and gone with something else, or there.
  enum class Stand : std::uint8_t { unknown, gone, there };
  template <class Sa>
  struct Found {
    Stand stand = Stand::unknown;
    Sa sa{};
  };

  // --- tunnels

  Name name_of(const std::string& tunnel);
  [[nodiscard]] std::string_view text_of(Name name) const {
    return name == 0 ? std::string_view{} : std::string_view{tunnels_[name - 1].name};
  }
  Tunnel& tunnel(Name name) { return tunnels_[name - 1]; }
  [[nodiscard]] const Tunnel& tunnel(Name name) const { return tunnels_[name - 1]; }
  /// Names of all that were ever said: 1 to this one.
  [[nodiscard]] Name last_name() const { return static_cast<Name>(tunnels_.size()); }
  [[nodiscard]] bool is_there(const std::string& tunnel) const;
  void begin(Name name);
  void end(Name name, End why, std::int64_t now_ns);
  void add_route(Name name, const event::Prefix& prefix);
  /// False when it was not said, or deleted before.
  bool remove_route(Name name, const event::Prefix& prefix);

  // --- IKE SAs

  /// As it is said from here on; what is known of one that is there stays. `is_parent`: its children end with it.
  Ike& add(const event::IkeSa& sa, bool is_parent);
  Ike* find(const event::IkeId& id);
  [[nodiscard]] Found<Ike> look_up(const event::IkeId& id);
  /// As it was; its children end with it.
  Found<Ike> remove(const event::IkeId& id);
  void put_into(Ike& ike, Name name);
  [[nodiscard]] bool was_deleted(const event::IkeId& id) const { return deleted_ike_sas_.contains(key_of(id)); }
  void note_deleted(const event::IkeId& id) { deleted_ike_sas_.insert(key_of(id)); }

  // --- IPsec SAs, by the inbound SPI

  void add(std::uint32_t spi_in, const Child& child);
  [[nodiscard]] Found<Child> look_up_child(std::uint32_t spi_in) const;
  /// The inbound SPI of the pair that has one of these; nothing when none was said.
  std::optional<std::uint32_t> spi_in_of(const std::optional<std::uint32_t>& spi_in,
                                         const std::optional<std::uint32_t>& spi_out);
  /// As it was.
  Found<Child> remove_child(std::uint32_t spi_in);
  [[nodiscard]] bool was_child_deleted(std::uint32_t spi_in) const { return deleted_children_.contains(spi_in); }
  void note_child_deleted(std::uint32_t spi_in) { deleted_children_.insert(spi_in); }

 private:
  struct Key {
    std::uint64_t initiator_spi = 0, responder_spi = 0;
    std::uint8_t version = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>(mixed(key.initiator_spi + mixed(key.responder_spi + key.version)));
    }
  };
  static Key key_of(const event::IkeId& id) { return {id.initiator_spi, id.responder_spi, id.version}; }

  /// The key under which it is in `ike_sas_`, and what is there; nullptr when nothing is.
  std::pair<Key, Ike*> find_said(const event::IkeId& id);
  [[nodiscard]] Name known_name(std::string_view tunnel) const;
  [[nodiscard]] bool is_there(const Ike& ike) const;
  [[nodiscard]] bool is_there(const Child& child) const;
  Family new_family();

  FlatIndex name_of_;                ///< every tunnel that was ever named, less 1
  SegmentedVector<Tunnel> tunnels_;  ///< by Name, from 1
  FlatTable<Key, Ike, KeyHash> ike_sas_;
  FlatMap<std::uint32_t, Child> children_;
  /// Made when the first SA is named by its outbound SPI alone.
  std::optional<FlatMap<std::uint32_t, std::uint32_t>> spi_in_of_;
  std::vector<bool> families_{true};  ///< false: their IKE SA was deleted
  std::unordered_set<Key, KeyHash> deleted_ike_sas_;
  std::unordered_set<std::uint32_t> deleted_children_;
};

}  // namespace sasync::audit
