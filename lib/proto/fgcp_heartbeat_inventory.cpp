#include "sasync/proto/fgcp_heartbeat_inventory.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "sasync/base/reader.hpp"
#include "sasync/base/text.hpp"

namespace sasync::proto::fgcp_heartbeat {
namespace {

constexpr std::size_t kInterfaceNameBytes = 16;
constexpr std::size_t kMacBytes = 6;

void read_interfaces(Inventory& inventory, std::uint16_t count) {
  Reader reader{inventory.inflated};
  inventory.interfaces.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    Interface& entry = inventory.interfaces.emplace_back();
    entry.name = reader.take(kInterfaceNameBytes, "name");
    entry.mac = net::MacAddress::from(reader.take(kMacBytes, "mac"));
    entry.flags = reader.u8("flags");
    if ((entry.flags & kLinkUp) != 0) ++inventory.interfaces_up;
  }
  inventory.trailing = reader.rest();
}

std::size_t memory_of(const Inventory& inventory) {
  return sizeof inventory + inventory.wire.capacity() + inventory.inflated.capacity() +
         inventory.interfaces.capacity() * sizeof(Interface);
}

}  // namespace

/// A zlib stream and room for what it inflates to, used again for every inventory.
class InventoryCache::Inflater {
 public:
  Inflater() : usable_(inflateInit_(&stream_, ZLIB_VERSION, static_cast<int>(sizeof stream_)) == Z_OK) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (usable_) inflateEnd(&stream_);
  }

  std::optional<DecodeError> inflate_inventory(Inventory& inventory) {
    constexpr const char* kName = "interface_inventory";
    Reader reader{inventory.wire};
    const auto count = reader.le<std::uint16_t>(kName);
    const Bytes compressed = reader.rest();
    const std::size_t announced = count * kInterfaceRecordBytes;
    if (announced > kInflatedBytesMax) {
      return DecodeError{DecodeErrc::limit_exceeded, 0, kName, announced, kInflatedBytesMax};
    }
    const auto bytes_max = std::min(announced + kTrailingBytesMax, kInflatedBytesMax);
    const auto inflated = inflate_at_most(bytes_max + 1, compressed);
    if (!inflated) {
      return DecodeError{DecodeErrc::bad_compression, kInventoryCountBytes, kName, compressed.size(), 0};
    }
    if (inflated->size() > bytes_max) {
      return DecodeError{DecodeErrc::limit_exceeded, kInventoryCountBytes, kName, inflated->size(), bytes_max};
    }
    if (inflated->size() < announced) {
      return DecodeError{DecodeErrc::bad_length, 0, kName, inflated->size(), announced};
    }
    inventory.after_stream_bytes = stream_.avail_in;
    inventory.inflated.assign(inflated->begin(), inflated->end());
    read_interfaces(inventory, count);
    return std::nullopt;
  }

 private:
  /// Nothing when the stream is unsound, or ends before its end. The bytes are good until the next call.
  std::optional<Bytes> inflate_at_most(std::size_t bytes_max, Bytes compressed) {
    if (!usable_ || inflateReset(&stream_) != Z_OK) return std::nullopt;
    if (room_.size() < bytes_max) room_.resize(bytes_max);
    stream_.next_in = compressed.data();
    stream_.avail_in = static_cast<uInt>(compressed.size());
    stream_.next_out = room_.data();
    stream_.avail_out = static_cast<uInt>(bytes_max);
    const auto result = inflate(&stream_, Z_FINISH);
    const bool is_full = result == Z_BUF_ERROR && stream_.avail_out == 0;
    if (result != Z_STREAM_END && !is_full) return std::nullopt;
    return Bytes{room_}.first(bytes_max - stream_.avail_out);
  }

  z_stream stream_{};
  bool usable_;
  std::vector<std::uint8_t> room_;
};

InventoryCache::InventoryCache() = default;
InventoryCache::InventoryCache(InventoryCache&&) noexcept = default;
InventoryCache& InventoryCache::operator=(InventoryCache&&) noexcept = default;
InventoryCache::~InventoryCache() = default;

std::shared_ptr<const Inventory> InventoryCache::make_inventory(Bytes value) {
  if (inflater_ == nullptr) inflater_ = std::make_unique<Inflater>();
  auto inventory = std::make_shared<Inventory>();
  inventory->wire.assign(value.begin(), value.end());
  inventory->fault = inflater_->inflate_inventory(*inventory);
  return inventory;
}

std::shared_ptr<const Inventory> InventoryCache::find_or_inflate(Bytes value) {
  // A sound stream ends with a checksum of what it inflates to, so its last bytes spread well. Whoever makes them
  // collide only makes the decoder inflate again.
  const auto tail = value.last(std::min<std::size_t>(value.size(), 8));
  const auto slot = std::hash<std::string_view>{}(as_text(tail)) % kCachedInventoriesMax;
  if (slots_.empty()) slots_.resize(kCachedInventoriesMax);
  if (slots_[slot] != nullptr && as_text(slots_[slot]->wire) == as_text(value)) return slots_[slot];

  auto inventory = make_inventory(value);
  const auto bytes = memory_of(*inventory);
  if (slots_[slot] != nullptr) bytes_ -= memory_of(*slots_[slot]);
  slots_[slot].reset();
  if (bytes_ + bytes > kCachedBytesMax) {
    slots_.assign(kCachedInventoriesMax, nullptr);
    bytes_ = 0;
  }
  bytes_ += bytes;
  slots_[slot] = inventory;
  return inventory;
}

}  // namespace sasync::proto::fgcp_heartbeat
