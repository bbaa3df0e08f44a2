#include "sasync/state/interned.hpp"

#include <algorithm>
#include <functional>

namespace sasync::state {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10U;
constexpr std::size_t kFirstBlockBytes = std::size_t{4} << 10U;  // each further one is twice as large
constexpr std::size_t kIndexSizeMin = 256;

std::uint32_t hash_of(std::string_view text) {
  const auto hash = std::hash<std::string_view>{}(text);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

}  // namespace

Interned find(const Details& details, std::string_view name) {
  const auto items = details.items();
  const auto found = std::ranges::find_if(items, [&](const Detail& detail) { return detail.name == name; });
  return found == items.end() ? Interned{} : found->value;
}

std::byte* Texts::allocate(std::size_t bytes) {
  bytes = (bytes + alignof(std::size_t) - 1) / alignof(std::size_t) * alignof(std::size_t);
  if (bytes > free_bytes_) {
    const auto doublings = std::min<std::size_t>(blocks_.size(), 6);
    const auto block_bytes = std::max(bytes, std::min(kFirstBlockBytes << doublings, kBlockBytes));
    blocks_.emplace_back(block_bytes);
    arena_bytes_ += block_bytes;
    if (bytes > kBlockBytes / 4) return blocks_.back().data();  // a large one alone: the open block goes on
    free_ = blocks_.back().data();
    free_bytes_ = block_bytes;
  }
  auto* const place = free_;
  free_ += bytes;
  free_bytes_ -= bytes;
  return place;
}

std::size_t Texts::slot_of(std::string_view text, std::uint32_t hash) const {
  const auto mask = index_.size() - 1;
  auto slot = hash & mask;
  while (index_[slot] != nullptr && (index_[slot]->hash != hash || Interned(index_[slot]).view() != text)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void Texts::grow_index() {
  std::vector<const Interned::Record*> old(std::max(kIndexSizeMin, index_.size() * 2));
  old.swap(index_);
  const auto mask = index_.size() - 1;
  for (const auto* record : old) {
    if (record == nullptr) continue;
    auto slot = record->hash & mask;
    while (index_[slot] != nullptr) slot = (slot + 1) & mask;
    index_[slot] = record;
  }
}

Interned Texts::intern(std::string_view text) {
  text = text.substr(0, kTextBytesMax);
  if (used_ * 4 >= index_.size() * 3) grow_index();
  const auto hash = hash_of(text);
  const auto slot = slot_of(text, hash);
  if (index_[slot] == nullptr) {
    auto* record = reinterpret_cast<Interned::Record*>(allocate(sizeof(Interned::Record) + text.size()));
    *record = {static_cast<std::uint32_t>(text.size()), hash};
    if (!text.empty()) std::memcpy(static_cast<void*>(record + 1), text.data(), text.size());
    index_[slot] = record;
    ++used_;
  }
  return Interned(index_[slot]);
}

}  // namespace sasync::state
