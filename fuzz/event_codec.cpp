// Events to messages and back, in every encoding that has an encoder.
// Rules: what was read from a message can be said again, and then says the same.

#include <algorithm>

#include "decoding.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/proto/fgcp_sync.hpp"
#include "sasync/proto/pfsync.hpp"
#include "sasync/proto/sasyncd.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::fuzz {
namespace {

namespace ha = proto::strongswan_ha;
namespace ref = proto::fgcp_sync;

/// What a strongSwan HA message says; nothing when the event cannot be said.
std::optional<event::SyncEvent> through_strongswan(const event::SyncEvent& event, ha::Layout layout,
                                                   proto::ByteOrder order) {
  Writer bytes;
  if (!ha::encode_event(event, layout, order, bytes)) return std::nullopt;
  ha::State state{.byte_order = order};
  ha::Message message;
  // Not everything that an event can hold fits its attribute: an identity over 255 bytes wraps, as the daemon's does.
  if (!ha::decode(bytes.view(), 1 + static_cast<std::uint32_t>(layout), state, message)) return std::nullopt;
  Writer again;
  encode(message, again);
  require(std::ranges::equal(again.view(), bytes.view()), "the message is written back");
  return to_event(message, net::Origin{});
}

void check_strongswan(const event::SyncEvent& event, ha::Layout layout, proto::ByteOrder order) {
  const auto first = through_strongswan(event, layout, order);
  if (!first) return;
  const auto second = through_strongswan(*first, layout, order);
  require(second.has_value(), "what a message said can be said again");
  require(*second == *first, "and then says the same");
}

void check_fgcp_sync(const event::SyncEvent& event, const ref::State& state) {
  ref::EventEncoder encoder{state};
  const auto encoded = encoder.encode(event);
  ref::Message made;
  const auto is_made = ref::from_event(event, state, made);
  if (!encoded) {
    require(!is_made && is_made.error() == encoded.error(), "what cannot be encoded is refused for the same reason");
    return;
  }
  const std::vector<std::uint8_t> bytes(encoded->begin(), encoded->end());
  auto decoding = state;
  ref::Message message;
  const auto status = ref::decode(bytes, 0, decoding, message);
  // A value that no message has, such as an address in a field of fixed form that is none.
  require(status.has_value() == is_made.has_value(), "what does not decode is refused");
  if (!status) return;
  Writer written;
  ref::encode(made, written);
  require(std::ranges::equal(written.view(), bytes), "a message that was made is the one that was encoded");
  const net::Origin origin{};
  const auto said = to_event(message, origin);
  require(said.has_value(), "the message says an event");
  const auto again = encoder.encode(*said);
  require(again.has_value() && std::ranges::equal(*again, bytes), "what was read is said in the same bytes");
}

/// OpenBSD's two: every message that the encoders make decodes, and says events.
void check_openbsd(const event::SyncEvent& event) {
  static const proto::sasyncd::Sender kSender{
      .cipher = proto::sasyncd::Cipher{as_bytes(kSasyncdKey)},
      .hasher = {},
      .next_iv = [] { return std::array<std::uint8_t, proto::sasyncd::kIvBytes>{}; },
      .ends_of = [](std::uint32_t) { return proto::sasyncd::Ends{}; }};
  static Decoding sasyncd{"sasyncd", options_with_keys()};
  Writer frames;
  if (proto::sasyncd::encode_event(event, kSender, frames)) {
    for (auto rest = frames.view(); !rest.empty();) {
      const auto cut = proto::sasyncd::cut_stream(rest, false);
      require(cut.kind == net::StreamCut::Kind::message && cut.bytes <= rest.size(), "frames can be told apart");
      sasyncd.check(rest.first(cut.bytes));
      sasyncd.check_events(net::Origin{});
      rest = rest.subspan(cut.bytes);
    }
  }
  static Decoding pfsync{"pfsync"};
  for (const std::uint8_t version : std::to_array<std::uint8_t>({3, 5, 6})) {
    for (const bool wide : {true, false}) {
      Writer message;
      if (!proto::pfsync::encode_events({&event, 1}, {.version = version, .wide = wide}, message)) continue;
      pfsync.check(message.view());
      require(pfsync.status().has_value(), "a message that was written decodes");
      pfsync.check_events(net::Origin{});
    }
  }
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  using ha = proto::strongswan_ha::Layout;
  const auto event = event::read_json(as_text({data, size}));
  if (!event) return 0;
  for (const auto layout : {ha::v1, ha::v2a, ha::v2b, ha::v3a, ha::v3b, ha::v3c, ha::v4, ha::v5}) {
    fuzz::check_strongswan(*event, layout, proto::ByteOrder::little);
  }
  fuzz::check_strongswan(*event, ha::v5, proto::ByteOrder::big);
  static const auto kPlain = proto::fgcp_sync::make_state({});
  static const auto kSigned = proto::fgcp_sync::make_state({.ha_password = "fuzz"});
  fuzz::check_fgcp_sync(*event, kPlain);
  fuzz::check_fgcp_sync(*event, kSigned);
  fuzz::check_openbsd(*event);
  fuzz::require(!proto::fgcp_sync::tlv_types().empty(), "TLVs have types");
  return 0;
}
