#pragma once
// Tables without a memory block for each entry: one look into one place, which matters when they are larger than the
// processor's cache.

#include <tsl/robin_map.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sasync/base/large_pages.hpp"
#include "sasync/base/segmented_vector.hpp"

namespace sasync {

/// Every bit of the result hangs on every bit of `number` (the finalizer of splitmix64).
constexpr std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
  number = (number ^ (number >> 27U)) * 0x94D0'49BB'1331'11EBU;
  return number ^ (number >> 31U);
}

struct MixedHash {
  std::size_t operator()(std::uint64_t number) const noexcept { return static_cast<std::size_t>(mixed(number)); }
};

/// A map with numbers for keys. References and iterators are void after a change.
template <class Number, class Value>
using FlatMap = tsl::robin_map<Number, Value, MixedHash, std::equal_to<Number>, LargePages<std::pair<Number, Value>>>;

/// Finds a record, which is kept elsewhere under a number and has its key in it, by the hash of that key. So the table
/// stays small, and the key is compared where the record is looked at anyway. It keeps half of the hash: a few records
/// in a million share one.
class FlatIndex {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = std::numeric_limits<Index>::max();

  /// The record with that hash for which `is_it(index)` holds; kNone when there is none. It is also asked of records
  /// that have the same half of a hash.
  template <class IsIt>
  [[nodiscard]] Index find(std::uint64_t hash, const IsIt& is_it) const {
    const auto found = first_.find(half(hash));
    if (found == first_.end()) return kNone;
    if (is_it(found->second)) return found->second;
    const auto [begin, end] = further_.equal_range(half(hash));
    const auto other = std::find_if(begin, end, [&](const auto& entry) { return is_it(entry.second); });
    return other == end ? kNone : other->second;
  }

  /// `index` is not in the table.
  void insert(std::uint64_t hash, Index index) {
    if (!first_.emplace(half(hash), index).second) further_.emplace(half(hash), index);
  }

  /// False when it is not in the table.
  bool erase(std::uint64_t hash, Index index) {
    const auto found = first_.find(half(hash));
    if (found == first_.end()) return false;
    const auto [begin, end] = further_.equal_range(half(hash));
    if (found->second != index) {
      const auto other = std::find_if(begin, end, [index](const auto& entry) { return entry.second == index; });
      if (other == end) return false;
      further_.erase(other);
    } else if (begin == end) {
      first_.erase(found);
    } else {
      found.value() = begin->second;
      further_.erase(begin);
    }
    return true;
  }

  [[nodiscard]] std::size_t size() const { return first_.size() + further_.size(); }

  /// Calls `see(index)` for every entry, in no order.
  template <class See>
  void for_each(const See& see) const {
    for (const auto& entry : first_) see(entry.second);
    for (const auto& entry : further_) see(entry.second);
  }

 private:
  using HalfHash = std::uint32_t;
  static HalfHash half(std::uint64_t hash) { return static_cast<HalfHash>(hash ^ (hash >> 32U)); }
  struct AsItIs {
    std::size_t operator()(HalfHash hash) const noexcept { return hash; }
  };
  tsl::robin_map<HalfHash, Index, AsItIs, std::equal_to<HalfHash>, LargePages<std::pair<HalfHash, Index>>> first_{};
  std::unordered_multimap<HalfHash, Index> further_{};  ///< of a half that another record has, too
};

/// A map of what is too large to be moved about: one look tells that something is not in it. References stay good until
/// what they refer to is erased.
template <class Key, class Value, class Hash>
class FlatTable {
 public:
  /// nullptr when it is not in the table.
  [[nodiscard]] Value* find(const Key& key) {
    const auto at = place(key);
    return at == FlatIndex::kNone ? nullptr : &entries_[at].value;
  }
  /// A new value; the key is not in the table.
  Value& insert(const Key& key) {
    if (free_.empty()) {
      free_.push_back(static_cast<FlatIndex::Index>(entries_.size()));
      entries_.emplace_back();
    }
    const auto at = free_.back();
    free_.pop_back();
    index_.insert(Hash{}(key), at);
    entries_[at].key = key;
    return entries_[at].value;
  }
  void erase(const Key& key) {
    const auto at = place(key);
    if (at == FlatIndex::kNone) return;
    index_.erase(Hash{}(key), at);
    entries_[at] = {};
    free_.push_back(at);
  }
  [[nodiscard]] std::size_t size() const { return index_.size(); }
  /// Calls `see(key, value)` for every entry, in no order.
  template <class See>
  void for_each(const See& see) const {
    index_.for_each([&](FlatIndex::Index at) { see(entries_[at].key, entries_[at].value); });
  }

 private:
  struct Entry {
    Key key{};
    Value value{};
  };
  [[nodiscard]] FlatIndex::Index place(const Key& key) const {
    return index_.find(Hash{}(key), [&](FlatIndex::Index at) { return entries_[at].key == key; });
  }

  FlatIndex index_{};
  SegmentedVector<Entry> entries_{};
  std::vector<FlatIndex::Index> free_{};
};

}  // namespace sasync
