#include "sasync/event/event.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "sasync/event/layout.hpp"

using namespace sasync;
using namespace sasync::event;

// Never made: only asked whether a value can be made of so many.
struct Anything {
  template <class T>
  operator T() const;
};

namespace {

/// Members of an aggregate without bases.
template <class T, class... Parts>
constexpr std::size_t member_count() {
  if constexpr (requires { T{Parts{}..., Anything{}}; }) {
    return member_count<T, Parts..., Anything>();
  } else {
    return sizeof...(Parts);
  }
}

template <class T>
void check_layout_is_complete() {
  std::set<Field> fields;
  for_each_member<T>([&](auto member) { fields.insert(member.field); });
  BOOST_TEST(fields.size() == member_count<T>());
}

template <class... T>
void check_layouts() {
  (check_layout_is_complete<T>(), ...);
}

template <class Enum>
void check_names() {
  std::set<std::string_view> names;
  for (const auto& [value, name] : Names<Enum>::table) {
    BOOST_TEST(names.insert(name).second);
    BOOST_TEST((from_name<Enum>(name) == value));
    BOOST_TEST(name_of(value) == name);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_event)

BOOST_AUTO_TEST_CASE(every_member_of_every_body_is_in_its_layout) {
  check_layouts<Proposal, MemberJoin, MemberLeave, RoleChange, Heartbeat, Segments, TunnelRole, ResyncRequest,
                ResyncBarrier, SyncAck, SyncError, ConnSync, VikeSync, IkeSa, IkeSaDelete, MessageIdSync,
                MessageIdSyncExchange, Phase1Iv, Dialup, IkeRestart, Dpd, IpsecSaAdd, IpsecSaDelete, EspSeqno,
                ReplayState, Route, Mtu, EspPacket, IkeMessage>();
}

BOOST_AUTO_TEST_CASE(every_name_stands_for_one_value) {
  check_names<Kind>();
  check_names<Role>();
  check_names<Reason>();
  check_names<Scope>();
  check_names<Phase>();
  check_names<Direction>();
  check_names<SyncFault>();
  check_names<DpdResult>();
  check_names<IpsecMode>();
  check_names<Ipcomp>();
  check_names<IpsecProtocol>();
  check_names<ExchangeType>();
  check_names<IdentityType>();
  std::set<std::string_view> names;
  for (const auto& [field, name] : kFieldNames) {
    BOOST_TEST(names.insert(name).second);
    BOOST_TEST((field_from_name(name) == field));
  }
  BOOST_TEST(!field_from_name("no_such_field").has_value());
}

BOOST_AUTO_TEST_CASE(kinds_follow_the_variant) {
  BOOST_TEST((kind_of(Body{MemberJoin{}}) == Kind::member_join));
  BOOST_TEST((kind_of(Body{ResyncEnd{}}) == Kind::resync_end));
  BOOST_TEST((kind_of(Body{IkeSaUpdate{}}) == Kind::ike_sa_update));
  BOOST_TEST((kind_of(Body{DialupDelete{}}) == Kind::dialup_delete));
  BOOST_TEST((kind_of(Body{IpsecSaAdd{}}) == Kind::ipsec_sa_add));
  BOOST_TEST((kind_of(Body{RouteDelete{}}) == Kind::route_delete));
  BOOST_TEST((kind_of(Body{IkeMessage{}}) == Kind::ike_message));
}

BOOST_AUTO_TEST_CASE(an_ike_sa_is_named_by_version_and_spis) {
  const IkeId id{1, 2, 2, true};
  BOOST_TEST(same_sa(id, {1, 2, 2, false}));
  BOOST_TEST(same_sa(id, {1, 2, 0, {}}));
  BOOST_TEST(!same_sa(id, {1, 2, 1, true}));
  BOOST_TEST(!same_sa(id, {1, 3, 2, true}));
}

BOOST_AUTO_TEST_CASE(key_material_is_a_set) {
  KeyMaterial one;
  one.set(KeyKind::nonce_r, Secret::of(as_bytes("r")));
  one.set(KeyKind::nonce_i, Secret::of(as_bytes("i")));
  KeyMaterial other;
  other.set(KeyKind::nonce_i, Secret::of(as_bytes("x")));
  other.set(KeyKind::nonce_i, Secret::of(as_bytes("i")));
  other.set(KeyKind::nonce_r, Secret::of(as_bytes("r")));
  BOOST_TEST((one == other));
  BOOST_TEST(one.find(KeyKind::psk) == nullptr);
  BOOST_TEST_REQUIRE(one.find(KeyKind::nonce_i) != nullptr);
  BOOST_TEST(as_text(one.find(KeyKind::nonce_i)->octets) == "i");
}

// A replay may hold many events; whoever lets them grow should know it.
static_assert(sizeof(SyncEvent) <= 1024);

BOOST_AUTO_TEST_SUITE_END()
