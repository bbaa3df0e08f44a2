#include "document_fields.hpp"

#include <array>

namespace sasync::state {
namespace {

template <class>
struct MemberOf;
template <class Object, class Value>
struct MemberOf<Value Object::*> {
  using object = Object;
  using value = Value;
};

template <class Value>
constexpr FieldType kTypeOf = FieldType::object;
template <>
constexpr FieldType kTypeOf<Interned> = FieldType::text;
template <>
constexpr FieldType kTypeOf<std::optional<bool>> = FieldType::boolean;
template <>
constexpr FieldType kTypeOf<std::optional<std::uint8_t>> = FieldType::number8;
template <>
constexpr FieldType kTypeOf<std::optional<std::uint16_t>> = FieldType::number16;
template <>
constexpr FieldType kTypeOf<std::optional<std::uint32_t>> = FieldType::number32;
template <>
constexpr FieldType kTypeOf<std::optional<std::uint64_t>> = FieldType::decimal;
template <>
constexpr FieldType kTypeOf<net::IpAddress> = FieldType::address;
template <>
constexpr FieldType kTypeOf<std::optional<Timestamp>> = FieldType::time;
template <>
constexpr FieldType kTypeOf<std::optional<Role>> = FieldType::role;
template <>
constexpr FieldType kTypeOf<std::optional<IkeState>> = FieldType::ike_state;
template <>
constexpr FieldType kTypeOf<std::optional<ChildState>> = FieldType::child_state;
template <>
constexpr FieldType kTypeOf<std::optional<Protocol>> = FieldType::protocol;
template <>
constexpr FieldType kTypeOf<std::optional<Mode>> = FieldType::mode;
template <>
constexpr FieldType kTypeOf<std::optional<Encapsulation>> = FieldType::encapsulation;
template <>
constexpr FieldType kTypeOf<TextList> = FieldType::texts;
template <>
constexpr FieldType kTypeOf<std::optional<std::vector<std::uint32_t>>> = FieldType::numbers;
template <>
constexpr FieldType kTypeOf<Details> = FieldType::details;
template <>
constexpr FieldType kTypeOf<std::optional<std::vector<Counter>>> = FieldType::counters;

template <auto Member>
void* member_at(void* object) {
  return &(static_cast<typename MemberOf<decltype(Member)>::object*>(object)->*Member);
}

template <class Object>
const ObjectType* type_of();
template <>
const ObjectType* type_of<Endpoint>();
template <>
const ObjectType* type_of<Replay>();
template <>
const ObjectType* type_of<MessageId>();
template <>
const ObjectType* type_of<ChildSa>();
template <>
const ObjectType* type_of<IkeSa>();
template <>
const ObjectType* type_of<Route>();
template <>
const ObjectType* type_of<ClusterMember>();
template <>
const ObjectType* type_of<Member>();

/// A plain value, its JSON form given by its type.
template <auto Member>
constexpr Field field(std::string_view name, FieldType type = kTypeOf<typename MemberOf<decltype(Member)>::value>) {
  return {name, type, &member_at<Member>, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
}

/// A structure within the structure.
template <auto Member>
constexpr Field object(std::string_view name) {
  using Value = typename MemberOf<decltype(Member)>::value;
  return {name,
          FieldType::object,
          &member_at<Member>,
          &type_of<Value>,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          [](const void* value) { return static_cast<const Value*>(value)->present(); }};
}

template <class Value>
Value& held(Value& list) {
  return list;
}
template <class Value>
Value& held(std::optional<Value>& list) {
  return list ? *list : list.emplace();
}

/// A list of structures; one that is not optional is always present.
template <auto Member>
constexpr Field objects(std::string_view name) {
  using List = typename MemberOf<decltype(Member)>::value;
  using Elements = std::remove_reference_t<decltype(held(std::declval<List&>()))>;
  return {name,
          FieldType::objects,
          &member_at<Member>,
          &type_of<typename Elements::value_type>,
          [](void* list) -> void* { return &held(*static_cast<List*>(list)).emplace_back(); },
          [](void* list) { held(*static_cast<List*>(list)).clear(); },
          [](void* list) { held(*static_cast<List*>(list)).pop_back(); },
          [](const void* list) {
            if constexpr (std::is_same_v<List, Elements>)
              return std::as_bytes(std::span(*static_cast<const List*>(list)));
            else
              return std::as_bytes(std::span(**static_cast<const List*>(list)));
          },
          [](const void* list) {
            if constexpr (std::is_same_v<List, Elements>)
              return true;
            else
              return static_cast<const List*>(list)->has_value();
          }};
}

template <class Object>
Details& unknown_of(void* object) {
  return static_cast<Object*>(object)->unknown;
}

template <class Object>
constexpr ObjectType describe_type(std::span<const Field> fields) {
  return {fields, &unknown_of<Object>, sizeof(Object)};
}

constexpr auto kEndpoint = std::to_array<Field>(
    {field<&Endpoint::address>("address"), field<&Endpoint::port>("port"), field<&Endpoint::id>("id")});

constexpr auto kReplay = std::to_array<Field>({field<&Replay::window>("window"), field<&Replay::last>("last")});

constexpr auto kMessageId =
    std::to_array<Field>({field<&MessageId::send>("send"), field<&MessageId::receive>("receive")});

constexpr auto kChildSa = std::to_array<Field>({field<&ChildSa::name>("name"),
                                                field<&ChildSa::unique_id>("unique_id"),
                                                field<&ChildSa::reqid>("reqid"),
                                                field<&ChildSa::state>("state"),
                                                field<&ChildSa::spi_in>("spi_in", FieldType::spi),
                                                field<&ChildSa::spi_out>("spi_out", FieldType::spi),
                                                field<&ChildSa::protocol>("protocol"),
                                                field<&ChildSa::mode>("mode"),
                                                field<&ChildSa::encapsulation>("encapsulation"),
                                                field<&ChildSa::encryption>("encryption"),
                                                field<&ChildSa::integrity>("integrity"),
                                                field<&ChildSa::dh_group>("dh_group"),
                                                field<&ChildSa::esn>("esn"),
                                                field<&ChildSa::local_ts>("local_ts"),
                                                field<&ChildSa::remote_ts>("remote_ts"),
                                                field<&ChildSa::seq_out>("seq_out"),
                                                object<&ChildSa::replay>("replay"),
                                                field<&ChildSa::mtu>("mtu"),
                                                field<&ChildSa::packets_in>("packets_in"),
                                                field<&ChildSa::bytes_in>("bytes_in"),
                                                field<&ChildSa::packets_out>("packets_out"),
                                                field<&ChildSa::bytes_out>("bytes_out"),
                                                field<&ChildSa::age_seconds>("age_seconds"),
                                                field<&ChildSa::rekey_in_seconds>("rekey_in_seconds"),
                                                field<&ChildSa::expires_in_seconds>("expires_in_seconds"),
                                                field<&ChildSa::lifetime_seconds>("lifetime_seconds"),
                                                field<&ChildSa::details>("details")});

constexpr auto kIkeSa = std::to_array<Field>({field<&IkeSa::name>("name"),
                                              field<&IkeSa::vdom>("vdom"),
                                              field<&IkeSa::unique_id>("unique_id"),
                                              field<&IkeSa::version>("version"),
                                              field<&IkeSa::initiator_spi>("initiator_spi", FieldType::ike_spi),
                                              field<&IkeSa::responder_spi>("responder_spi", FieldType::ike_spi),
                                              field<&IkeSa::initiator>("initiator"),
                                              field<&IkeSa::state>("state"),
                                              object<&IkeSa::local>("local"),
                                              object<&IkeSa::remote>("remote"),
                                              field<&IkeSa::encryption>("encryption"),
                                              field<&IkeSa::integrity>("integrity"),
                                              field<&IkeSa::prf>("prf"),
                                              field<&IkeSa::dh_group>("dh_group"),
                                              object<&IkeSa::message_id>("message_id"),
                                              field<&IkeSa::virtual_ips>("virtual_ips"),
                                              field<&IkeSa::dialup>("dialup"),
                                              field<&IkeSa::interface>("interface"),
                                              field<&IkeSa::age_seconds>("age_seconds"),
                                              field<&IkeSa::rekey_in_seconds>("rekey_in_seconds"),
                                              field<&IkeSa::expires_in_seconds>("expires_in_seconds"),
                                              field<&IkeSa::lifetime_seconds>("lifetime_seconds"),
                                              field<&IkeSa::selectors_total>("selectors_total"),
                                              field<&IkeSa::selectors_up>("selectors_up"),
                                              field<&IkeSa::details>("details"),
                                              objects<&IkeSa::child_sas>("child_sas"),
                                              objects<&IkeSa::children_down>("children_down")});

constexpr auto kRoute = std::to_array<Field>({field<&Route::prefix>("prefix"), field<&Route::tunnel>("tunnel")});

constexpr auto kClusterMember = std::to_array<Field>(
    {field<&ClusterMember::serial>("serial"), field<&ClusterMember::name>("name"), field<&ClusterMember::role>("role"),
     field<&ClusterMember::priority>("priority"), field<&ClusterMember::index>("index"),
     field<&ClusterMember::in_sync>("in_sync"), field<&ClusterMember::details>("details")});

constexpr auto kMember = std::to_array<Field>(
    {field<&Member::name>("name"), field<&Member::serial>("serial"), field<&Member::role>("role"),
     field<&Member::active_segments>("active_segments"), field<&Member::time>("time"), field<&Member::source>("source"),
     objects<&Member::ike_sas>("ike_sas"), objects<&Member::routes>("routes"), field<&Member::counters>("counters"),
     objects<&Member::cluster_members>("cluster_members"), field<&Member::details>("details")});

constexpr auto kDocument =
    std::to_array<Field>({{"format", FieldType::format, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr},
                          objects<&Document::members>("members")});

constexpr ObjectType kEndpointType = describe_type<Endpoint>(kEndpoint);
constexpr ObjectType kReplayType = describe_type<Replay>(kReplay);
constexpr ObjectType kMessageIdType = describe_type<MessageId>(kMessageId);
constexpr ObjectType kChildSaType = describe_type<ChildSa>(kChildSa);
constexpr ObjectType kIkeSaType = describe_type<IkeSa>(kIkeSa);
constexpr ObjectType kRouteType = describe_type<Route>(kRoute);
constexpr ObjectType kClusterMemberType = describe_type<ClusterMember>(kClusterMember);
constexpr ObjectType kMemberType = describe_type<Member>(kMember);
constexpr ObjectType kDocumentType = describe_type<Document>(kDocument);

template <>
const ObjectType* type_of<Endpoint>() {
  return &kEndpointType;
}
template <>
const ObjectType* type_of<Replay>() {
  return &kReplayType;
}
template <>
const ObjectType* type_of<MessageId>() {
  return &kMessageIdType;
}
template <>
const ObjectType* type_of<ChildSa>() {
  return &kChildSaType;
}
template <>
const ObjectType* type_of<IkeSa>() {
  return &kIkeSaType;
}
template <>
const ObjectType* type_of<Route>() {
  return &kRouteType;
}
template <>
const ObjectType* type_of<ClusterMember>() {
  return &kClusterMemberType;
}
template <>
const ObjectType* type_of<Member>() {
  return &kMemberType;
}

}  // namespace

const ObjectType& document_type() { return kDocumentType; }

}  // namespace sasync::state
