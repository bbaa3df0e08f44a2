#include "fields.hpp"

#include <algorithm>
#include <array>

namespace sasync::diff {
namespace {

using state::ChildSa;
using state::IkeSa;

// One text for each kind of value.
std::string text_of(state::Interned value) { return std::string{value.view()}; }
std::string text_of(const net::IpAddress& value) { return net::to_string(value); }
std::string text_of(const state::TextList& list) {
  std::string text;
  for (const auto& item : list) {
    if (!text.empty()) text += ' ';
    text += item.view();
  }
  return text;
}
template <class T>
std::string text_of(const std::optional<T>& value) {
  if constexpr (std::is_enum_v<T>) {
    return std::string{name_of(value.value())};
  } else if constexpr (std::is_same_v<T, bool>) {
    return value.value() ? "true" : "false";
  } else {
    return std::to_string(value.value());
  }
}

bool known(state::Interned value) { return value.present(); }
bool known(const net::IpAddress& value) { return value.present(); }
bool known(const state::TextList& value) { return value.present(); }
template <class T>
bool known(const std::optional<T>& value) {
  return value.has_value();
}

template <class T>
constexpr bool kIsNumber = false;
template <>
constexpr bool kIsNumber<std::optional<std::uint16_t>> = true;
template <>
constexpr bool kIsNumber<std::optional<std::uint32_t>> = true;
template <>
constexpr bool kIsNumber<std::optional<std::uint64_t>> = true;

constexpr std::string_view kNotSynced = "each member counts and times for itself";
constexpr std::string_view kOwnNumber = "a member's own numbering";
constexpr std::string_view kNoDesign{};
constexpr std::string_view kWrongKeys = "after failover: packets fail their integrity check at the other end";
constexpr std::string_view kWrongPolicy =
    "after failover: packets that the peer sends match no policy here, or the reverse";
constexpr std::string_view kWrongAddress = "after failover: packets go where the peer no longer is";
constexpr std::string_view kWrongNames = "the members' configurations differ: what is negotiated next may be refused";
constexpr std::string_view kWrongLifetime =
    "the members' configurations differ: after failover the SA ends at another time";
constexpr std::string_view kNoMatter = "no tunnel depends on it";
constexpr std::string_view kNone{};

/// A row out of a function that gives the value of an SA.
template <class Sa, auto Get>
constexpr Field<Sa> row(std::string_view name, std::string_view by_design, std::string_view consequence) {
  using Value = std::remove_cvref_t<decltype(Get(std::declval<const Sa&>()))>;
  Field<Sa> field{.name = name,
                  .differs =
                      [](const Sa& left, const Sa& right) {
                        const auto& a = Get(left);
                        const auto& b = Get(right);
                        return known(a) && known(b) && !(a == b);
                      },
                  .text = [](const Sa& sa) { return known(Get(sa)) ? text_of(Get(sa)) : std::string{}; },
                  .number = nullptr,
                  .by_design = by_design,
                  .consequence = consequence,
                  .moves = by_design == kNotSynced,
                  .breaks = consequence == kWrongKeys || consequence == kWrongPolicy || consequence == kWrongAddress};
  if constexpr (kIsNumber<Value>) {
    field.number = [](const Sa& sa) { return std::optional<std::uint64_t>{Get(sa)}; };
  }
  return field;
}

// Shorthand for the tables below only; a function cannot take the name of a member.
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define SASYNC_IKE(name, member, by_design, consequence) \
  row<IkeSa, [](const IkeSa& sa) -> const auto& { return sa.member; }>(name, by_design, consequence)
#define SASYNC_CHILD(name, member, by_design, consequence) \
  row<ChildSa, [](const ChildSa& sa) -> const auto& { return sa.member; }>(name, by_design, consequence)
// NOLINTEND(cppcoreguidelines-macro-usage)

constexpr auto kIkeFields = std::to_array<Field<IkeSa>>({
    SASYNC_IKE("name", name, kNoDesign, kWrongNames),
    SASYNC_IKE("version", version, kNoDesign, kWrongKeys),
    SASYNC_IKE("initiator", initiator, kNoDesign, kWrongKeys),
    SASYNC_IKE("state", state, "passive until it takes over",
               "the members are not in the same phase: the new primary goes on with its own"),
    SASYNC_IKE("local.address", local.address, kNoDesign, kWrongAddress),
    SASYNC_IKE("local.port", local.port, kNoDesign, kWrongAddress),
    SASYNC_IKE("local.id", local.id, kNoDesign, kWrongNames),
    SASYNC_IKE("remote.address", remote.address, kNoDesign, kWrongAddress),
    SASYNC_IKE("remote.port", remote.port, kNoDesign, kWrongAddress),
    SASYNC_IKE("remote.id", remote.id, kNoDesign, kWrongNames),
    SASYNC_IKE("encryption", encryption, kNoDesign, kWrongKeys),
    SASYNC_IKE("integrity", integrity, kNoDesign, kWrongKeys),
    SASYNC_IKE("prf", prf, kNoDesign, kWrongKeys),
    SASYNC_IKE("dh_group", dh_group, kNoDesign, kWrongKeys),
    SASYNC_IKE("message_id.send", message_id.send, "FG-22: message IDs are agreed anew after failover",
               "after failover: the peer ignores the next request"),
    SASYNC_IKE("message_id.receive", message_id.receive, "FG-22: message IDs are agreed anew after failover",
               "after failover: the peer's next request is ignored"),
    SASYNC_IKE("virtual_ips", virtual_ips, kNoDesign,
               "after failover: the peer's inner address is not its own any more"),
    SASYNC_IKE("dialup", dialup, kNoDesign, kWrongNames),
    SASYNC_IKE("vdom", vdom, kNoDesign, kWrongNames),
    SASYNC_IKE("interface", interface, kNoDesign, kWrongAddress),
    SASYNC_IKE("unique_id", unique_id, kOwnNumber, kNoMatter),
    SASYNC_IKE("age_seconds", age_seconds, kNotSynced, kNone),
    SASYNC_IKE("rekey_in_seconds", rekey_in_seconds, kNotSynced, kNone),
    SASYNC_IKE("expires_in_seconds", expires_in_seconds, kNotSynced, kNone),
    SASYNC_IKE("lifetime_seconds", lifetime_seconds, kNoDesign, kWrongLifetime),
    SASYNC_IKE("selectors_total", selectors_total, kNoDesign, kWrongNames),
    SASYNC_IKE("selectors_up", selectors_up, kNoDesign, "after failover: selectors without an SA"),
});

constexpr auto kChildFields = std::to_array<Field<ChildSa>>({
    SASYNC_CHILD("name", name, kNoDesign, kWrongNames),
    SASYNC_CHILD("state", state, "a passive member shows a replaced SA as installed until its delete",
                 "one member has replaced or deleted the SA, the other has not"),
    SASYNC_CHILD("spi_in", spi_in, kNoDesign, "after failover: packets of the peer meet an unknown SPI"),
    SASYNC_CHILD("spi_out", spi_out, kNoDesign,
                 "after failover: the peer gets packets with an SPI that it does not know"),
    SASYNC_CHILD("protocol", protocol, kNoDesign, kWrongKeys),
    SASYNC_CHILD("mode", mode, kNoDesign, kWrongPolicy),
    SASYNC_CHILD("encapsulation", encapsulation, kNoDesign, kWrongAddress),
    SASYNC_CHILD("encryption", encryption, kNoDesign, kWrongKeys),
    SASYNC_CHILD("integrity", integrity, kNoDesign, kWrongKeys),
    SASYNC_CHILD("dh_group", dh_group, kNoDesign, "the next re-key may be refused"),
    SASYNC_CHILD("esn", esn, kNoDesign, kWrongKeys),
    SASYNC_CHILD("local_ts", local_ts, kNoDesign, kWrongPolicy),
    SASYNC_CHILD("remote_ts", remote_ts, kNoDesign, kWrongPolicy),
    SASYNC_CHILD("seq_out", seq_out,
                 "FG-5, FX-1: the outbound number is at the maximum, jumps ahead, or is not synchronized",
                 "after failover: the peer may drop packets as replays"),
    SASYNC_CHILD("replay.window", replay.window, kNoDesign, "after failover: packets out of order may be dropped"),
    SASYNC_CHILD("replay.last", replay.last, "the replay window of a subordinate starts empty",
                 "after failover: packets that were accepted once may be accepted again"),
    SASYNC_CHILD("mtu", mtu, "FG-17: the MTU is not synchronized",
                 "larger packets are answered with ICMP for a moment"),
    SASYNC_CHILD("bytes_in", bytes_in, kNotSynced, kNone),
    SASYNC_CHILD("bytes_out", bytes_out, kNotSynced, kNone),
    SASYNC_CHILD("packets_in", packets_in, kNotSynced, kNone),
    SASYNC_CHILD("packets_out", packets_out, kNotSynced, kNone),
    SASYNC_CHILD("reqid", reqid, kOwnNumber, kNoMatter),
    SASYNC_CHILD("unique_id", unique_id, kOwnNumber, kNoMatter),
    SASYNC_CHILD("age_seconds", age_seconds, kNotSynced, kNone),
    SASYNC_CHILD("rekey_in_seconds", rekey_in_seconds, kNotSynced, kNone),
    SASYNC_CHILD("expires_in_seconds", expires_in_seconds, kNotSynced, kNone),
    SASYNC_CHILD("lifetime_seconds", lifetime_seconds, kNoDesign, kWrongLifetime),
});

#undef SASYNC_IKE
#undef SASYNC_CHILD

/// Where a system is not as FGCP is.
struct Design {
  model::Model model;
  std::string_view field;
  std::string_view rule;
};
constexpr auto kDesigns = std::to_array<Design>({
    {model::Model::strongswan, "message_id.send", "H5: message IDs are told in messages of their own and may lag"},
    {model::Model::strongswan, "message_id.receive", "H5: message IDs are told in messages of their own and may lag"},
    {model::Model::strongswan, "seq_out", "H8: sequence numbers are not synchronized"},
    {model::Model::strongswan, "replay.last", "H8: sequence numbers are not synchronized"},
    {model::Model::openbsd, "seq_out", "OB-7: the first number after a takeover is the last counter told"},
    {model::Model::openbsd, "replay.last", "OB-9: what came after the last counter is not told"},
});

template <class Sa>
std::string_view design_of(const Field<Sa>& field, model::Model model) {
  const auto* found = std::ranges::find_if(
      kDesigns, [&](const Design& design) { return design.model == model && design.field == field.name; });
  return found == kDesigns.end() ? field.by_design : found->rule;
}

}  // namespace

std::span<const Field<IkeSa>> ike_fields() { return kIkeFields; }
std::span<const Field<ChildSa>> child_fields() { return kChildFields; }

template <>
std::string_view by_design(const Field<IkeSa>& field, model::Model model) {
  return design_of(field, model);
}
template <>
std::string_view by_design(const Field<ChildSa>& field, model::Model model) {
  return design_of(field, model);
}

}  // namespace sasync::diff
