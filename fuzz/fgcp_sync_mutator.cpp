// fgcp-sync messages: a fixed header with length and CRC-32C, TLVs, perhaps an authenticator.

#include <algorithm>

#include "mutation.hpp"
#include "sasync/base/reader.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/proto/fgcp_sync.hpp"

namespace sasync::fuzz {
namespace {

namespace ref = proto::fgcp_sync;

// Places in the header, docs/protocols/fgcp-sync.md.
constexpr std::size_t kTypeAt = 5;
constexpr std::size_t kFlagsAt = 6;
constexpr std::size_t kLengthAt = 10;
constexpr std::size_t kChecksumAt = 32;
constexpr std::size_t kTlvHeaderBytes = 4;

void put_le(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

Octets tlv(std::uint16_t type, Bytes value) {
  Writer out;
  out.le(type);
  out.le(static_cast<std::uint16_t>(value.size()));
  out.bytes(value);
  return std::move(out).take();
}

class FgcpSync final : public Format {
 public:
  /// Types and lengths only: to decode every value would take longer than to try the message.
  bool split(Bytes bytes, Pieces& pieces) override {
    if (bytes.size() < ref::kHeaderBytes || !std::ranges::equal(bytes.first(ref::kMagic.size()), ref::kMagic))
      return false;
    Reader in{bytes};
    pieces.head = in.take(ref::kHeaderBytes, "header");
    while (in.left() >= kTlvHeaderBytes) {
      const auto start = in.offset();
      (void)in.le<std::uint16_t>("type");
      const std::size_t length = in.le<std::uint16_t>("length");
      if (length > in.left()) {
        pieces.tail = bytes.subspan(start);
        return true;
      }
      (void)in.take(length, "value");
      pieces.elements.push_back(bytes.subspan(start, kTlvHeaderBytes + length));
    }
    pieces.tail = in.rest();
    return true;
  }

  Octets make_element(const Pieces&, Random& random) override {
    static constexpr auto kSizes = std::to_array<std::size_t>({1, 2, 4, 8, 16, 6, 18, 17, 0, 12});
    const auto types = ref::tlv_types();
    Octets value(kSizes[random.below(std::size(kSizes))]);
    for (auto& byte : value) byte = static_cast<std::uint8_t>(random.once_in(2) ? 0 : random.number());
    return tlv(types[random.below(types.size())].number, value);
  }

  Octets changed_element(Bytes element, const Pieces&, Random& random) override {
    constexpr std::size_t kGrowth = 16;
    if (element.size() < kTlvHeaderBytes) return {element.begin(), element.end()};
    Octets value(element.begin() + kTlvHeaderBytes, element.end());
    mutate_plainly(value, value.size() + kGrowth, random);
    Octets changed(element.begin(), element.begin() + kTlvHeaderBytes);
    changed.insert(changed.end(), value.begin(), value.end());
    put_le(changed, 2, static_cast<std::uint32_t>(value.size()), 2);
    return changed;
  }

  void change_head(Octets& head, Random& random) override {
    if (random.once_in(2)) {
      head[kTypeAt] = static_cast<std::uint8_t>(random.below(ref::message_types().size() + 2));
    } else {
      head[kFlagsAt + random.below(kChecksumAt - kFlagsAt)] = static_cast<std::uint8_t>(random.number());
    }
  }

  void finish(std::span<std::uint8_t> message, Random& random) override {
    if (message.size() < ref::kHeaderBytes || !std::ranges::equal(Bytes{message}.first(4), ref::kMagic)) return;
    auto length = static_cast<std::uint32_t>(message.size());
    if (random.once_in(8)) length += static_cast<std::uint32_t>(random.below(9)) - 4;  // wrong, under a good checksum
    put_le(message, kLengthAt, length, 2);
    put_le(message, kChecksumAt, ref::checksum(message), 4);
  }
};

}  // namespace

Format& message_format() {
  static FgcpSync format;
  return format;
}

}  // namespace sasync::fuzz
