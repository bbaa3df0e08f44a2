#include "sasync/proto/fgcp_virtual_mac.hpp"

#include "sasync/base/reader.hpp"

namespace sasync::proto::fgcp {
namespace {

constexpr std::uint32_t kPrefixGroup0 = 0x00090f09;    // documented
constexpr std::uint32_t kPrefixGroup256 = 0xe023fffc;  // this one and the next two: observed
constexpr std::uint32_t kPrefixGroup512 = 0xe023fffd;
constexpr std::uint32_t kPrefixGroup768 = 0xe023fffe;
constexpr std::uint8_t kVirtualCluster2Base = 0x20;  // observed
constexpr std::uint8_t kMacBytes = 6;

std::optional<std::uint16_t> first_group_of(std::uint32_t prefix) {
  switch (prefix) {
    case kPrefixGroup0:
      return 0;
    case kPrefixGroup256:
      return 256;
    case kPrefixGroup512:
      return 512;
    case kPrefixGroup768:
      return 768;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<VirtualMac> recognize_virtual_mac(const net::MacAddress& mac) {
  if (mac.size != kMacBytes) return std::nullopt;
  Reader reader{mac.bytes()};
  const auto first_group = first_group_of(reader.be<std::uint32_t>("prefix"));
  if (!first_group) return std::nullopt;
  const auto group = reader.u8("group");
  const auto last = reader.u8("interface");
  const bool second = last >= kVirtualCluster2Base;
  return VirtualMac{.group_id = static_cast<std::uint16_t>(*first_group + group),
                    .virtual_cluster = static_cast<std::uint8_t>(second ? 2 : 1),
                    .interface_index = static_cast<std::uint8_t>(second ? last - kVirtualCluster2Base : last),
                    .inferred = second || *first_group != 0};
}

}  // namespace sasync::proto::fgcp
