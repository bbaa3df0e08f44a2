#pragma once
// What each sender of strongSwan HA messages told of its IKE_SAs, in memory of a fixed size. Private to the tracker.

#include <array>
#include <cstdint>
#include <vector>

namespace sasync::proto::strongswan_ha {

/// An IKE_SA as one sender names it.
struct ToldName {
  std::uint64_t initiator_spi = 0, responder_spi = 0;
  std::uint32_t sender = 0;
  std::uint8_t version = 0;
  friend bool operator==(const ToldName&, const ToldName&) = default;
};

struct ToldSa {
  ToldName name{};
  std::uint64_t order = 0;    ///< of the telling; 0: nothing is told here
  std::uint32_t resyncs = 0;  ///< that the receiver had asked for when it was told of the SA
  bool added = false;         ///< by IKE_ADD
  bool updated = false;       ///< by a full IKE_UPDATE since then
};

/// A table of sets: an SA has its place in one of them, so that the time for a message is bounded too, whatever SPIs a
/// sender invents. When its set is full, the SA that was told of first is forgotten.
class ToldSas {
 public:
  static constexpr std::size_t kSets = 8192;
  static constexpr std::size_t kSasPerSet = 8;  ///< so that it is 65,536 SAs in all, and 2.6 MiB

  /// nullptr when it was not told of, or forgotten.
  ToldSa* find(const ToldName& name) {
    if (sets_.empty()) return nullptr;
    for (auto& sa : set_of(name).sas) {
      if (sa.order != 0 && sa.name == name) return &sa;
    }
    return nullptr;
  }

  /// One that find() does not find.
  ToldSa& add(const ToldName& name) {
    if (sets_.empty()) sets_.resize(kSets);
    auto& set = set_of(name);
    auto* place = set.sas.data();
    for (auto& sa : set.sas) {
      if (sa.order < place->order) place = &sa;
    }
    if (place->order != 0) set.has_forgotten = true;
    *place = {.name = name, .order = ++order_};
    return *place;
  }

  void erase(const ToldName& name) {
    if (auto* sa = find(name)) *sa = {};
  }

  /// That an SA is not found says that nothing was told of it, unless this is true.
  [[nodiscard]] bool may_have_forgotten(const ToldName& name) { return !sets_.empty() && set_of(name).has_forgotten; }

 private:
  struct Set {
    std::array<ToldSa, kSasPerSet> sas{};
    bool has_forgotten = false;
  };

  Set& set_of(const ToldName& name) {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
    auto mixed = (name.initiator_spi ^ (name.responder_spi * kOdd) ^ name.sender) * kOdd;
    mixed ^= mixed >> 32U;
    return sets_[mixed % kSets];
  }

  std::vector<Set> sets_;
  std::uint64_t order_ = 0;
};

}  // namespace sasync::proto::strongswan_ha
