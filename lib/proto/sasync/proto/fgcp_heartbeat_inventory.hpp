#pragma once
// The interface inventory of an FGCP heartbeat (TLV 0x002A): a count, then records under zlib. The same sender says the
// same one in every heartbeat, so what was inflated is kept.

#include <memory>
#include <optional>
#include <vector>

#include "sasync/base/result.hpp"
#include "sasync/net/address.hpp"

namespace sasync::proto::fgcp_heartbeat {

inline constexpr std::size_t kInventoryCountBytes = 2;
inline constexpr std::size_t kInterfaceRecordBytes = 23;

/// What the interface inventories of one message may inflate to: over 11,000 interfaces.
inline constexpr std::size_t kInflatedBytesMax = std::size_t{256} * 1024;
/// What may follow the announced interfaces in one inventory: enough for fields nobody knows of, and too little for a
/// bomb.
inline constexpr std::size_t kTrailingBytesMax = 4096;
/// Inflated inventories that are kept for the next heartbeat with the same bytes, and their memory.
inline constexpr std::size_t kCachedInventoriesMax = 256;
inline constexpr std::size_t kCachedBytesMax = std::size_t{16} * 1024 * 1024;

/// Bits of Interface::flags.
inline constexpr std::uint8_t kAdminUp = 1U << 0U;
inline constexpr std::uint8_t kLinkUp = 1U << 1U;
inline constexpr std::uint8_t kLinkMonitored = 1U << 2U;
inline constexpr std::uint8_t kHaEligible = 1U << 3U;

struct Interface {
  Bytes name;  ///< 16 bytes, padded with zeros
  net::MacAddress mac;
  std::uint8_t flags = 0;
};

/// An interface inventory, inflated. It is shared between the messages that carry the same bytes.
struct Inventory {
  Inventory() = default;
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  std::vector<std::uint8_t> wire;  ///< the TLV's value that it was read from
  std::vector<std::uint8_t> inflated;
  std::vector<Interface> interfaces;   ///< views into `inflated`; as many as announced
  std::size_t interfaces_up = 0;       ///< those with the link up
  Bytes trailing;                      ///< inflated bytes after the last record
  std::size_t after_stream_bytes = 0;  ///< at the end of the value, after the compressed stream
  std::optional<DecodeError> fault;    ///< its offset counts from the first byte of the value; then the rest is empty
};

/// Keeps inflated inventories, so that only an inventory that changed is inflated. Broken ones are kept too: a sender
/// cannot make the decoder inflate the same bomb again and again.
class InventoryCache {
 public:
  InventoryCache();
  InventoryCache(InventoryCache&&) noexcept;
  InventoryCache& operator=(InventoryCache&&) noexcept;
  ~InventoryCache();

  /// `value` is the TLV's value, at least its two-byte count.
  std::shared_ptr<const Inventory> find_or_inflate(Bytes value);

 private:
  class Inflater;
  std::shared_ptr<const Inventory> make_inventory(Bytes value);

  std::unique_ptr<Inflater> inflater_;
  std::vector<std::shared_ptr<const Inventory>> slots_;
  std::size_t bytes_ = 0;
};

}  // namespace sasync::proto::fgcp_heartbeat
