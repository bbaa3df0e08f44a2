// strongSwan HA messages: two bytes, then attributes without lengths of their own.

#include <array>

#include "mutation.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::fuzz {
namespace {

namespace ha = proto::strongswan_ha;

constexpr std::size_t kHeadBytes = 2;

Octets encoded(const ha::Message& context, const ha::Attribute& attribute) {
  ha::Message message;
  message.layout = context.layout;
  message.attributes.push_back(attribute);
  Writer out;
  encode(message, out);
  return {out.view().begin() + kHeadBytes, out.view().end()};
}

class StrongswanHa final : public Format {
 public:
  bool split(Bytes bytes, Pieces& pieces) override {
    if (bytes.size() < kHeadBytes) return false;
    ha::State state;
    const auto status = ha::decode(bytes, 0, state, message_);
    if (message_.attributes.empty() && !status) return false;
    pieces.head = bytes.first(kHeadBytes);
    std::size_t end = kHeadBytes;
    for (const auto& attribute : message_.attributes) {
      pieces.elements.push_back(bytes.subspan(attribute.offset, attribute.length));
      end = attribute.offset + attribute.length;
    }
    pieces.tail = bytes.subspan(end);
    return true;
  }

  Octets make_element(const Pieces& pieces, Random& random) override {
    constexpr auto kNames = static_cast<std::size_t>(ha::AttributeName::auth_method) + 1;
    const auto name = static_cast<ha::AttributeName>(random.below(kNames));
    // Which kind of value the name has is the decoder's knowledge: the number alone and zeros are read by it.
    const auto numbered = ha::make_attribute(message_.layout, name, std::uint32_t{0});
    Octets message(pieces.head.begin(), pieces.head.end());
    message.push_back(numbered ? numbered->number : static_cast<std::uint8_t>(random.number()));
    const auto at = message.size();
    message.resize(at + kZeros);
    if (random.once_in(2)) message[at] = 2;                                                   // a length, a type
    message[at + 2] = std::array<std::uint8_t, 3>{0, 2, 10}[random.below(3)];                 // a host's address family
    if (random.once_in(3)) message[at] = std::array<std::uint8_t, 2>{7, 8}[random.below(2)];  // a selector's type
    ha::State state;
    (void)ha::decode(message, 0, state, made_);
    if (made_.attributes.empty()) return {message[at - 1]};
    const auto& first = made_.attributes.front();
    return changed_element(Bytes{message}.subspan(first.offset, first.length), pieces, random);
  }

  Octets changed_element(Bytes element, const Pieces& pieces, Random& random) override {
    Octets bytes(pieces.head.begin(), pieces.head.end());
    bytes.insert(bytes.end(), element.begin(), element.end());
    ha::State state;
    (void)ha::decode(bytes, 1 + static_cast<std::uint32_t>(message_.layout), state, made_);
    if (made_.attributes.empty()) {
      Octets changed(element.begin(), element.end());
      mutate_plainly(changed, changed.size() + 8, random);
      return changed;
    }
    auto& attribute = made_.attributes.front();
    Octets room;
    change_value(attribute.value, room, random);
    return encoded(made_, attribute);
  }

  void change_head(Octets& head, Random& random) override {
    auto& byte = head[random.below(head.size())];
    byte = static_cast<std::uint8_t>(random.below(&byte == head.data() ? 7 : 15));
  }

  void finish(std::span<std::uint8_t>, Random&) override {}  // a message has neither length nor checksum

 private:
  static constexpr std::size_t kZeros = 48;

  /// Changes views by pointing them into `room`.
  static Bytes changed(Bytes value, Octets& room, Random& random, std::size_t room_bytes) {
    room.assign(value.begin(), value.end());
    mutate_plainly(room, value.size() + room_bytes, random);
    return room;
  }
  static void change_value(ha::AttributeValue& value, Octets& room, Random& random) {
    constexpr std::size_t kGrowth = 24;
    if (auto* number = std::get_if<std::uint32_t>(&value)) {
      *number = static_cast<std::uint32_t>(random.once_in(2) ? random.below(40) : random.number());
    } else if (auto* chunk = std::get_if<Bytes>(&value)) {
      *chunk = changed(*chunk, room, random, kGrowth);
      if (chunk->size() % 2 != 0) *chunk = chunk->first(chunk->size() - 1);  // some hold numbers of 16 bits
    } else if (auto* identity = std::get_if<ha::IdentityValue>(&value)) {
      identity->type = static_cast<std::uint8_t>(random.below(14));
      identity->data = changed(identity->data, room, random, kGrowth);
    } else if (auto* host = std::get_if<ha::HostValue>(&value)) {
      host->port = static_cast<std::uint16_t>(random.number());
      room = Octets(16, static_cast<std::uint8_t>(random.number()));
      host->family = std::array<std::uint8_t, 5>{2, 10, 24, 28, 30}[random.below(5)];
      host->address = Bytes{room}.first(host->family == 2 ? 4 : 16);
    } else if (auto* selector = std::get_if<ha::TrafficSelector>(&value)) {
      selector->protocol = static_cast<std::uint8_t>(random.below(3) * 6);
      selector->from_port = static_cast<std::uint16_t>(random.number());
      selector->dynamic = static_cast<std::uint8_t>(random.below(3));
    } else if (auto* id = std::get_if<ha::IkeSaId>(&value)) {
      id->version = static_cast<std::uint8_t>(random.below(4));
      id->role = static_cast<std::uint8_t>(random.below(3));
    }
  }

  ha::Message message_;  ///< of the last split()
  ha::Message made_;     ///< with one attribute
};

}  // namespace

Format& message_format() {
  static StrongswanHa format;
  return format;
}

}  // namespace sasync::fuzz
