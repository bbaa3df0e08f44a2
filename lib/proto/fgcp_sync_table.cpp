#include "fgcp_sync_table.hpp"

#include <algorithm>

namespace sasync::proto::fgcp_sync {
namespace detail {
namespace {

using event::Field;
using event::Kind;

constexpr auto kMessageTypes = std::to_array<MessageType>({
    {1, Kind::member_join, "MEMBER_JOIN"},
    {2, Kind::member_leave, "MEMBER_LEAVE"},
    {3, Kind::role_change, "ROLE_CHANGE"},
    {4, Kind::resync_request, "RESYNC_REQUEST"},
    {5, Kind::resync_begin, "RESYNC_BEGIN"},
    {6, Kind::resync_end, "RESYNC_END"},
    {7, Kind::sync_ack, "SYNC_ACK"},
    {8, Kind::sync_error, "SYNC_ERROR"},
    {9, Kind::conn_sync, "CONN_SYNC"},
    {10, Kind::vike_sync, "VIKE_SYNC"},
    {11, Kind::ike_sa_add, "IKE_SA_ADD"},
    {12, Kind::ike_sa_update, "IKE_SA_UPDATE"},
    {13, Kind::ike_sa_delete, "IKE_SA_DELETE"},
    {14, Kind::ipsec_sa_add, "IPSEC_SA_ADD"},
    {15, Kind::ipsec_sa_delete, "IPSEC_SA_DELETE"},
    {16, Kind::esp_seqno, "ESP_SEQNO"},
    {17, Kind::replay_state, "REPLAY_STATE"},
    {18, Kind::message_id_sync, "MESSAGE_ID_SYNC"},
    {19, Kind::message_id_sync_exchange, "MESSAGE_ID_EXCHANGE"},
    {20, Kind::route_add, "ROUTE_ADD"},
    {21, Kind::route_delete, "ROUTE_DELETE"},
    {22, Kind::dialup_create, "DIALUP_CREATE"},
    {23, Kind::dialup_delete, "DIALUP_DELETE"},
    {24, Kind::ike_restart, "IKE_RESTART"},
    {25, Kind::tunnel_role, "TUNNEL_ROLE"},
});

constexpr std::uint16_t kFirstKeyTlv = 0x80;

constexpr auto kTlvNumbersBeforeKeys = std::to_array<TlvNumber>({
    // names and addresses of members and objects
    {0x01, Field::ike_id},
    {0x02, Field::tunnel},
    {0x03, Field::child},
    {0x04, Field::vdom},
    {0x05, Field::interface},
    {0x06, Field::parent},
    {0x07, Field::index},
    {0x08, Field::dialup},
    {0x09, Field::subject},
    {0x0A, Field::receiver},
    {0x0B, Field::old_primary},
    {0x0C, Field::new_primary},
    {0x0D, Field::address},
    // roles, synchronization, the link
    {0x10, Field::reason},
    {0x11, Field::role},
    {0x12, Field::priority},
    {0x13, Field::scope},
    {0x14, Field::phase},
    {0x15, Field::count},
    {0x16, Field::segments},
    {0x17, Field::expected_sequence},
    {0x18, Field::found_sequence},
    {0x19, Field::acknowledged},
    {0x1A, Field::fault},
    {0x1B, Field::expected_length},
    {0x1C, Field::found_length},
    {0x1D, Field::message_type},
    // IKE SAs
    {0x20, Field::version},
    {0x21, Field::local},
    {0x22, Field::remote},
    {0x23, Field::local_id},
    {0x24, Field::remote_id},
    {0x25, Field::remote_eap_id},
    {0x26, Field::xauth_user},
    {0x27, Field::eap_user},
    {0x28, Field::replaces},
    {0x29, Field::old_prf},
    {0x2A, Field::auth_method},
    {0x2B, Field::encryption},
    {0x2C, Field::encryption_bits},
    {0x2D, Field::integrity},
    {0x2E, Field::prf},
    {0x2F, Field::key_exchange},
    {0x30, Field::additional_key_exchanges},
    {0x31, Field::created},
    {0x32, Field::lifetime_seconds},
    {0x33, Field::rekey_in_seconds},
    {0x34, Field::nat_traversal},
    {0x35, Field::dpd_sent},
    {0x36, Field::dpd_received},
    {0x37, Field::message_id_sync_supported},
    {0x38, Field::replay_counter_sync_supported},
    {0x39, Field::conditions},
    {0x3A, Field::extensions},
    {0x3B, Field::private_conditions},
    {0x3C, Field::private_extensions},
    {0x3D, Field::peer_addresses},
    {0x3E, Field::local_virtual_ips},
    {0x3F, Field::remote_virtual_ips},
    // message IDs
    {0x40, Field::next_send},
    {0x41, Field::next_receive},
    {0x42, Field::window},
    {0x43, Field::nonce},
    {0x44, Field::proposed_send},
    {0x45, Field::proposed_receive},
    {0x46, Field::answered_send},
    {0x47, Field::answered_receive},
    {0x48, Field::replay_delta},
    {0x49, Field::by_peer},
    // IPsec SAs, counters, routes
    {0x50, Field::spi},
    {0x51, Field::spi_in},
    {0x52, Field::spi_out},
    {0x53, Field::cpi_in},
    {0x54, Field::cpi_out},
    {0x55, Field::ipsec_protocol},
    {0x56, Field::mode},
    {0x57, Field::ipcomp},
    {0x58, Field::esn},
    {0x59, Field::initiator},
    {0x5A, Field::serial},
    {0x5B, Field::replay_window},
    {0x5C, Field::soft_seconds},
    {0x5D, Field::hard_seconds},
    {0x5E, Field::soft_bytes},
    {0x5F, Field::hard_bytes},
    {0x60, Field::udp_encapsulation},
    {0x61, Field::add_route},
    {0x62, Field::local_ts},
    {0x63, Field::remote_ts},
    {0x64, Field::sequence},
    {0x65, Field::jump},
    {0x66, Field::highest},
    {0x67, Field::bitmap},
    {0x68, Field::bytes},
    {0x69, Field::destination},
    {0x6A, Field::prefix},
    {0x6B, Field::rdomain},
    {0x6C, Field::refused},
    {0x6D, Field::process},
    // opaque
    {0x70, Field::payload},
});

/// The above, and one number a kind of key, in the order of the kinds.
constexpr auto kTlvNumbers = [] {
  std::array<TlvNumber, kTlvNumbersBeforeKeys.size() + event::kKeyKindCount> numbers{};
  std::ranges::copy(kTlvNumbersBeforeKeys, numbers.begin());
  for (std::size_t i = 0; i < event::kKeyKindCount; ++i) {
    numbers[kTlvNumbersBeforeKeys.size() + i] = {static_cast<std::uint16_t>(kFirstKeyTlv + i),
                                                 event::field_of(static_cast<event::KeyKind>(i))};
  }
  return numbers;
}();

constexpr std::size_t kTlvNumberEnd = kFirstKeyTlv + event::kKeyKindCount;

/// By TLV number, 1 + the field; 0: none.
constexpr auto kFieldsByTlv = [] {
  std::array<std::uint8_t, kTlvNumberEnd> fields{};
  for (const auto& [number, field] : kTlvNumbers) fields[number] = static_cast<std::uint8_t>(1 + index_of(field));
  return fields;
}();

constexpr auto kTlvsByField = [] {
  std::array<std::uint16_t, event::kFieldCount> numbers{};
  for (const auto& [number, field] : kTlvNumbers) numbers[index_of(field)] = number;
  return numbers;
}();

// --- handlers ------------------------------------------------------------------------------------------------------

/// One TLV an element: every list but octets and numbers.
template <class T>
inline constexpr bool is_repeated = false;
template <class T>
inline constexpr bool is_repeated<std::vector<T>> = !std::unsigned_integral<T>;

template <Field Id>
constexpr const char* field_name() {
  return event::name_of(Id).data();  // the names are literals
}

template <Field Id, class T>
void read_value(Reader& in, T& value) {
  if constexpr (event::is_optional<T>) {
    read_value<Id>(in, value.emplace());
  } else if constexpr (is_repeated<T>) {
    read_value<Id>(in, value.emplace_back());
  } else {
    Format<T>::read(in, value, field_name<Id>());
  }
}

template <class T>
struct ElementOf {
  using Type = T;
};
template <class T>
struct ElementOf<std::optional<T>> : ElementOf<T> {};
template <class T>
  requires is_repeated<std::vector<T>>
struct ElementOf<std::vector<T>> {
  using Type = T;
};

template <Field Id, class T>
void show_value(const Shown& to) {
  Reader in{to.value, to.offset};
  typename ElementOf<T>::Type value{};
  Format<typename ElementOf<T>::Type>::read(in, value, field_name<Id>());
  show(to, value);
}

template <Field Id, class T>
constexpr TlvHandler handler_of(void (*read)(Reader&, event::Body&)) {
  return {.read = read,
          .show = show_value<Id, T>,
          .format = Format<typename ElementOf<T>::Type>::name(),
          .repeats = is_repeated<T>};
}

template <class BodyOfKind, class Entry, event::KeyKind Key>
void read_key(Reader& in, event::Body& body) {
  event::Secret secret;
  Format<event::Secret>::read(in, secret, field_name<event::field_of(Key)>());
  Entry::of(*std::get_if<BodyOfKind>(&body)).set(Key, std::move(secret));
}

template <class BodyOfKind, class Entry, std::size_t... KeyIndexes>
constexpr void add_key_handlers(MessageHandler& handler, std::index_sequence<KeyIndexes...>) {
  ((handler.tlvs[index_of(event::field_of(static_cast<event::KeyKind>(KeyIndexes)))] = handler_of<
        event::field_of(static_cast<event::KeyKind>(KeyIndexes)),
        std::conditional_t<is_secret(static_cast<event::KeyKind>(KeyIndexes)), event::Secret, event::Octets>>(
        read_key<BodyOfKind, Entry, static_cast<event::KeyKind>(KeyIndexes)>)),
   ...);
}

template <class BodyOfKind, class Entry>
constexpr void add_handler(MessageHandler& handler) {
  using Value = std::remove_cvref_t<decltype(Entry::of(std::declval<BodyOfKind&>()))>;
  if constexpr (std::is_same_v<Value, event::KeyMaterial>) {
    add_key_handlers<BodyOfKind, Entry>(handler, std::make_index_sequence<event::kKeyKindCount>{});
  } else if constexpr (std::is_same_v<Value, event::Proposal>) {
    event::for_each_member<event::Proposal>([&](auto inner) {
      using Inner = decltype(inner);
      using InnerValue = std::remove_cvref_t<decltype(Inner::of(std::declval<event::Proposal&>()))>;
      handler.tlvs[index_of(Inner::field)] = handler_of<Inner::field, InnerValue>([](Reader& in, event::Body& body) {
        read_value<Inner::field>(in, Inner::of(Entry::of(*std::get_if<BodyOfKind>(&body))));
      });
    });
  } else {
    handler.tlvs[index_of(Entry::field)] = handler_of<Entry::field, Value>([](Reader& in, event::Body& body) {
      read_value<Entry::field>(in, Entry::of(*std::get_if<BodyOfKind>(&body)));
    });
    if (event::MustBeSaid<Value>) handler.required.add(Entry::field);
  }
}

template <std::size_t KindIndex>
MessageHandler make_handler() {
  using BodyOfKind = std::variant_alternative_t<KindIndex, event::AnyBody>;
  MessageHandler handler{.make_body = [](event::Body& body) { body.emplace<KindIndex>(); }, .tlvs = {}, .required = {}};
  event::for_each_member<BodyOfKind>([&](auto entry) { add_handler<BodyOfKind, decltype(entry)>(handler); });
  return handler;
}

template <std::size_t... KindIndexes>
std::array<MessageHandler, sizeof...(KindIndexes)> make_handlers(std::index_sequence<KindIndexes...>) {
  return {make_handler<KindIndexes>()...};
}

// --- writing -------------------------------------------------------------------------------------------------------

class TlvWriter {
 public:
  explicit TlvWriter(Writer& out) : out_(out) {}

  template <class T>
  void members(const T& body) {
    event::for_each_member<T>([&](auto entry) { put<entry.field>(entry.of(body)); });
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  template <Field Id, class T>
  void put(const T& value) {
    if constexpr (event::is_optional<T>) {
      if (value) put_tlv(tlv_of_field(Id), *value);
    } else if constexpr (is_repeated<T>) {
      for (const auto& element : value) put_tlv(tlv_of_field(Id), element);
    } else if constexpr (std::is_same_v<T, event::Proposal>) {
      members(value);
    } else if constexpr (std::is_same_v<T, event::KeyMaterial>) {
      for (const auto& [kind, key] : value.all()) {
        if (key.known()) put_tlv(tlv_of_field(event::field_of(kind)), key);
      }
    } else {
      if (event::MustBeSaid<T> || Format<T>::size(value) != 0) put_tlv(tlv_of_field(Id), value);
    }
  }

  /// What is longer than its length field can say is written all the same, and good() is false from then on.
  template <class T>
  void put_tlv(std::uint16_t number, const T& value) {
    const auto size = Format<T>::size(value);
    good_ &= size <= UINT16_MAX;
    out_.le<std::uint16_t>(number);
    out_.le<std::uint16_t>(static_cast<std::uint16_t>(size));
    Format<T>::write(out_, value);
  }

  Writer& out_;
  bool good_ = true;
};

}  // namespace

std::span<const TlvNumber> tlv_numbers() { return kTlvNumbers; }

const MessageType* find_message_type(std::uint8_t number) {
  return number == 0 || number > kMessageTypes.size() ? nullptr : &kMessageTypes[number - 1U];
}

const MessageType* find_message_type(event::Kind kind) {
  const auto found = std::ranges::find(kMessageTypes, kind, &MessageType::kind);
  return found == kMessageTypes.end() ? nullptr : &*found;
}

std::optional<event::Field> field_of_tlv(std::uint16_t number) {
  if (number >= kTlvNumberEnd || kFieldsByTlv[number] == 0) return std::nullopt;
  return static_cast<event::Field>(kFieldsByTlv[number] - 1);
}

std::uint16_t tlv_of_field(event::Field field) { return kTlvsByField[index_of(field)]; }

const MessageHandler* find_handler(event::Kind kind) {
  static const auto kHandlers = make_handlers(std::make_index_sequence<event::kKindCount>{});
  return find_message_type(kind) == nullptr ? nullptr : &kHandlers[static_cast<std::size_t>(kind)];
}

bool write_tlvs(const event::Body& body, Writer& out) {
  TlvWriter writer(out);
  std::visit([&]<class BodyOfKind>(const BodyOfKind& what) { writer.members(what); }, body);
  return writer.good();
}

}  // namespace detail

std::span<const MessageType> message_types() { return detail::kMessageTypes; }

std::span<const TlvType> tlv_types() {
  static const auto kTypes = [] {
    std::vector<TlvType> types;
    for (const auto& [number, field] : detail::tlv_numbers()) {
      for (const auto& message : message_types()) {
        const auto& handler = detail::find_handler(message.kind)->tlvs[index_of(field)];
        const TlvType type{number, field, handler.format, handler.repeats};
        const bool is_new = handler.read != nullptr && std::ranges::find(types, type) == types.end();
        if (is_new) types.push_back(type);
      }
    }
    return types;
  }();
  return kTypes;
}

}  // namespace sasync::proto::fgcp_sync
