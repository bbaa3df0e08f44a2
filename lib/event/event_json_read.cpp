#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "sasync/event/address_text.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/event/layout.hpp"

namespace sasync::event {
namespace {

using Json = nlohmann::json;

/// What is wrong with a line so far: the key is put together on the way out.
struct Problem {
  std::string key;
  std::string expected;
};

bool fail(Problem& problem, std::string expected) {
  problem.expected = std::move(expected);
  return false;
}

/// Puts the name of the value around in front: "version" becomes "ike_id.version".
bool fail_within(Problem& problem, std::string_view outer) {
  const bool separate = !problem.key.empty() && problem.key.front() != '[';
  problem.key.insert(0, separate ? std::string(outer) + '.' : std::string(outer));
  return false;
}

// --- text to tree, strictly ------------------------------------------------------------------------------------------

/// Builds the tree, and refuses what JSON lets pass and a stream of events must not hold: repeated keys, fractions,
/// deep nesting.
class StrictTree final : public nlohmann::json_sax<Json> {
 public:
  StrictTree(Json& root, Problem& problem) : root_(root), problem_(problem) {}

  bool null() override { return fail(problem_, "a value, not null"); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t, const string_t& text) override {
    return fail(problem_, "a whole number of at most 64 bits, not " + text);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return fail(problem_, "JSON text"); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    auto [place, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(std::move(name));
    problem_.key = place->first;
    if (!is_new) return fail(problem_, "this key only once");
    place_ = &place->second;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    problem_.key.clear();
    return fail(problem_, "JSON; there is a syntax error at byte " + std::to_string(position));
  }

 private:
  Json* add(Json value, bool) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    *place_ = std::move(value);
    return place_;
  }
  template <class Value>
  bool add(Value&& value) {
    add(Json(std::forward<Value>(value)), true);
    return true;
  }
  bool open(Json container) {
    if (open_.size() == kJsonDepthMax) return fail(problem_, "values nested less deeply");
    open_.push_back(add(std::move(container), true));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json& root_;
  Problem& problem_;
  std::vector<Json*> open_;  ///< an element of an array stays where it is while it is open
  Json* place_ = nullptr;    ///< of the key that was read last
};

// --- values ----------------------------------------------------------------------------------------------------------

template <class T>
concept SmallNumber =
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::uint16_t> || std::is_same_v<T, std::uint32_t>;

template <SmallNumber T>
bool read(const Json& json, T& value, Problem& problem) {
  const auto* number = json.get_ptr<const Json::number_unsigned_t*>();
  if (number == nullptr || *number > std::numeric_limits<T>::max()) {
    return fail(problem, "a number from 0 to " + std::to_string(std::numeric_limits<T>::max()));
  }
  value = static_cast<T>(*number);
  return true;
}

bool read(const Json& json, bool& value, Problem& problem) {
  const auto* flag = json.get_ptr<const Json::boolean_t*>();
  if (flag == nullptr) return fail(problem, "true or false");
  value = *flag;
  return true;
}

bool read(const Json& json, std::string& value, Problem& problem) {
  const auto* text = json.get_ptr<const Json::string_t*>();
  if (text == nullptr) return fail(problem, "a string");
  value = *text;
  return true;
}

/// The text of a string, or "" of anything else: no reader below takes an empty text.
std::string_view text_of(const Json& json) {
  const auto* text = json.get_ptr<const Json::string_t*>();
  return text == nullptr ? std::string_view{} : std::string_view{*text};
}

bool read(const Json& json, std::uint64_t& value, Problem& problem) {
  const auto number = parse_decimal(text_of(json));
  if (!number) return fail(problem, "a string with a decimal number of at most 64 bits");
  value = *number;
  return true;
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool read_hex(const Json& json, std::uint64_t& value, unsigned digits, Problem& problem) {
  const auto text = text_of(json);
  if (text.size() != digits || !is_hex(text)) {
    return fail(problem, "a string of " + std::to_string(digits) + " lower-case hex digits");
  }
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return true;
}

bool read(const Json& json, Octets& octets, Problem& problem) {
  const auto text = text_of(json);
  if (!json.is_string() || text.size() % 2 != 0 || !is_hex(text)) {
    return fail(problem, "a string of lower-case hex digits, two an octet");
  }
  octets.resize(text.size() / 2);
  for (std::size_t i = 0; i < octets.size(); ++i) std::from_chars(&text[2 * i], &text[2 * i] + 2, octets[i], 16);
  return true;
}

/// Every name, for the error.
template <class Enum>
std::string names_listed() {
  std::string list = "one of";
  for (const auto& entry : Names<Enum>::table) list.append(" ").append(entry.name);
  if (Names<Enum>::open) list += ", or a decimal string from 0 to 255";
  return list;
}

template <class Enum>
  requires std::is_enum_v<Enum>
bool read(const Json& json, Enum& value, Problem& problem) {
  const auto text = text_of(json);
  if (const auto named = from_name<Enum>(text)) {
    value = *named;
    return true;
  }
  if constexpr (Names<Enum>::open) {
    const auto number = parse_decimal(text);
    if (number && *number <= UINT8_MAX && name_of(static_cast<Enum>(*number)).empty()) {
      value = static_cast<Enum>(*number);
      return true;
    }
  }
  return fail(problem, names_listed<Enum>());
}

bool read(const Json& json, Timestamp& time, Problem& problem) {
  constexpr auto kExpected = "a string with seconds since the epoch and at most 9 decimals, before the year 2262";
  auto text = text_of(json);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto seconds = parse_decimal(text.substr(0, point));
  if (!seconds || *seconds > std::uint64_t{Timestamp::kSecondsMax}) return fail(problem, kExpected);
  time = {static_cast<std::int64_t>(*seconds), 0, 0};
  if (negative) time.seconds = -time.seconds;
  if (point == std::string_view::npos) return true;
  const auto decimals = text.substr(point + 1);
  if (decimals.empty() || decimals.size() > 9) return fail(problem, kExpected);
  for (std::size_t i = 0; i < 9; ++i) {
    const char digit = i < decimals.size() ? decimals[i] : '0';
    if (digit < '0' || digit > '9') return fail(problem, kExpected);
    time.nanoseconds = time.nanoseconds * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  time.digits = static_cast<std::uint8_t>(decimals.size());
  return true;
}

bool read(const Json& json, net::IpAddress& address, Problem& problem) {
  const auto parsed = parse_address(text_of(json));
  if (!parsed) return fail(problem, "a string with an IPv4 or IPv6 address");
  address = *parsed;
  return true;
}

bool read(const Json& json, Prefix& prefix, Problem& problem) {
  const auto parsed = parse_prefix(text_of(json));
  if (!parsed) return fail(problem, "a string with an address, a slash and a prefix length");
  prefix = *parsed;
  return true;
}

bool read(const Json& json, Selector& selector, Problem& problem) {
  const auto parsed = parse_selector(text_of(json));
  if (!parsed) return fail(problem, "a traffic selector: prefix or first-last, then [protocol/ports] unless all");
  selector = *parsed;
  return true;
}

/// Calls `read_entry(key, value)` for every entry of an object; it returns false, having failed, or for a key that is
/// not known, having not.
template <class ReadEntry>
bool read_object(const Json& json, Problem& problem, ReadEntry&& read_entry) {
  const auto* object = json.get_ptr<const Json::object_t*>();
  if (object == nullptr) return fail(problem, "an object");
  for (const auto& [key, value] : *object) {
    if (read_entry(key, value)) continue;
    if (problem.expected.empty()) problem.expected = "no such key here";
    return fail_within(problem, key);
  }
  return true;
}

/// An error about a key that has to be there.
bool fail_missing(Problem& problem, std::string_view key) {
  problem.key = key;
  return fail(problem, "this key, which is missing");
}

bool read(const Json& json, Host& host, Problem& problem) {
  bool has_address = false;
  const bool good = read_object(json, problem, [&](const std::string& key, const Json& value) {
    if (key == "address") return has_address = read(value, host.address, problem);
    return key == "port" && read(value, host.port, problem);
  });
  if (!good) return false;
  return has_address || fail_missing(problem, "address");
}

bool read(const Json& json, IkeId& id, Problem& problem) {
  bool has_initiator_spi = false;
  bool has_responder_spi = false;
  const bool good = read_object(json, problem, [&](const std::string& key, const Json& value) {
    if (key == "version") return read(value, id.version, problem);
    if (key == "initiator_spi") return has_initiator_spi = read_hex(value, id.initiator_spi, 16, problem);
    if (key == "responder_spi") return has_responder_spi = read_hex(value, id.responder_spi, 16, problem);
    return key == "initiator" && read(value, id.initiator.emplace(), problem);
  });
  if (!good) return false;
  if (!has_initiator_spi) return fail_missing(problem, "initiator_spi");
  return has_responder_spi || fail_missing(problem, "responder_spi");
}

bool read_identity_text(const Json& json, Identity& identity, Problem& problem) {
  if (identity.type == IdentityType::ipv4 || identity.type == IdentityType::ipv6) {
    net::IpAddress address;
    if (!read(json, address, problem)) return false;
    if ((address.size == 4) != (identity.type == IdentityType::ipv4)) {
      return fail(problem, "an address of the identity's type");
    }
    identity.value.assign(address.bytes().begin(), address.bytes().end());
    return true;
  }
  std::string text;
  if (!read(json, text, problem)) return false;
  const auto octets = as_bytes(text);
  identity.value.assign(octets.begin(), octets.end());
  return true;
}

bool read(const Json& json, Identity& identity, Problem& problem) {
  const Json* text = nullptr;
  bool has_type = false;
  bool has_octets = false;
  const bool good = read_object(json, problem, [&](const std::string& key, const Json& value) {
    if (key == "type") return has_type = read(value, identity.type, problem);
    if (key == "octets") return has_octets = read(value, identity.value, problem);
    if (key != "value") return false;
    text = &value;
    return true;
  });
  if (!good) return false;
  if (!has_type) return fail_missing(problem, "type");
  if ((text != nullptr) == has_octets) return fail(problem, "either value or octets");
  if (text == nullptr || read_identity_text(*text, identity, problem)) return true;
  return fail_within(problem, "value");
}

bool read(const Json& json, Secret& secret, Problem& problem) {
  constexpr std::string_view kBefore = "<";
  constexpr std::string_view kAfter = " bytes redacted>";
  auto text = text_of(json);
  if (!text.starts_with(kBefore) || !text.ends_with(kAfter)) {
    if (!read(json, secret.octets, problem)) return false;
    secret.length = static_cast<std::uint32_t>(secret.octets.size());
    return true;
  }
  text.remove_prefix(kBefore.size());
  text.remove_suffix(kAfter.size());
  const auto length = parse_decimal(text);
  if (!length || *length > UINT32_MAX) return fail(problem, "hex digits, or <N bytes redacted>");
  secret = Secret::unknown(static_cast<std::uint32_t>(*length));
  return true;
}

bool read(const Json& json, KeyMaterial& keys, Problem& problem) {
  return read_object(json, problem, [&](const std::string& key, const Json& value) {
    const auto field = field_from_name(key);
    const auto kind = field ? key_kind_of(*field) : std::nullopt;
    Secret secret;
    if (!kind || !read(value, secret, problem)) return false;
    keys.set(*kind, std::move(secret));
    return true;
  });
}

template <class T>
bool read(const Json& json, std::vector<T>& values, Problem& problem) {
  const auto* array = json.get_ptr<const Json::array_t*>();
  if (array == nullptr) return fail(problem, "an array");
  values.reserve(array->size());
  for (const auto& element : *array) {
    if (read(element, values.emplace_back(), problem)) continue;
    return fail_within(problem, "[" + std::to_string(values.size() - 1) + "]");
  }
  return true;
}

bool read(const Json& json, Proposal& proposal, Problem& problem);

// --- members ---------------------------------------------------------------------------------------------------------

template <Field Id, class T>
bool read_field(const Json& json, T& value, Problem& problem) {
  if constexpr (is_optional<T>) {
    return read_field<Id>(json, value.emplace(), problem);
  } else if constexpr (hex_digits(Id) != 0) {
    std::uint64_t wide = 0;
    if (!read_hex(json, wide, hex_digits(Id), problem)) return false;
    value = static_cast<T>(wide);
    return true;
  } else {
    return read(json, value, problem);
  }
}

/// How each field of a T is read; nullptr for the fields that it has not.
template <class T>
using FieldReaders = std::array<bool (*)(const Json&, T&, Problem&), kFieldCount>;

template <class T>
constexpr FieldReaders<T> make_field_readers() {
  FieldReaders<T> readers{};
  for_each_member<T>([&](auto member) {
    using Entry = decltype(member);
    readers[index_of(Entry::field)] = [](const Json& json, T& body, Problem& problem) {
      return read_field<Entry::field>(json, Entry::of(body), problem);
    };
  });
  return readers;
}

template <class T>
bool read_member(const std::string& key, const Json& json, T& body, FieldSet& seen, Problem& problem) {
  static constexpr auto kReaders = make_field_readers<T>();
  const auto field = field_from_name(key);
  if (!field || kReaders[index_of(*field)] == nullptr) return false;
  seen.add(*field);
  return kReaders[index_of(*field)](json, body, problem);
}

bool read(const Json& json, Proposal& proposal, Problem& problem) {
  FieldSet seen;
  return read_object(json, problem, [&](const std::string& key, const Json& value) {
    return read_member(key, value, proposal, seen, problem);
  });
}

template <class Body>
bool check_nothing_missing(const FieldSet& seen, Problem& problem) {
  bool good = true;
  for_each_member<Body>([&](auto member) {
    using Value = std::remove_cvref_t<decltype(member.of(std::declval<Body&>()))>;
    if constexpr (MustBeSaid<Value>) {
      if (good && !seen.has(member.field)) good = fail_missing(problem, name_of(member.field));
    }
  });
  return good;
}

bool read_inferred_fields(const Json& json, FieldSet& fields, Problem& problem) {
  std::vector<std::string> names;
  if (!read(json, names, problem)) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto field = field_from_name(names[i]);
    if (!field) {
      problem.key = "[" + std::to_string(i) + "]";
      return fail(problem, "the name of a field");
    }
    fields.add(*field);
  }
  return true;
}

bool read_frame(const Json& json, std::uint64_t& frame, Problem& problem) {
  const auto* number = json.get_ptr<const Json::number_unsigned_t*>();
  if (number == nullptr || *number == 0) return fail(problem, "a number from 1 on");
  frame = *number;
  return true;
}

using HeaderReader = bool (*)(const Json&, SyncEvent&, Problem&);
struct HeaderKey {
  std::string_view key;
  HeaderReader read;
};
constexpr auto kHeaderKeys = std::to_array<HeaderKey>({
    {"event", [](const Json&, SyncEvent&, Problem&) { return true; }},  // was read first
    {"time", [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.time, problem); }},
    {"frame",
     [](const Json& json, SyncEvent& event, Problem& problem) { return read_frame(json, event.frame, problem); }},
    {"file", [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.file, problem); }},
    {"member", [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.member, problem); }},
    {"protocol",
     [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.protocol, problem); }},
    {"layout", [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.layout, problem); }},
    {"group",
     [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.group.emplace(), problem); }},
    {"virtual_cluster",
     [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.virtual_cluster, problem); }},
    {"sync_sequence", [](const Json& json, SyncEvent& event,
                         Problem& problem) { return read(json, event.sync_sequence.emplace(), problem); }},
    {"resync", [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.resync, problem); }},
    {"inferred",
     [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.inferred, problem); }},
    {"undelivered_to",
     [](const Json& json, SyncEvent& event, Problem& problem) { return read(json, event.undelivered_to, problem); }},
    {"inferred_fields", [](const Json& json, SyncEvent& event,
                           Problem& problem) { return read_inferred_fields(json, event.inferred_fields, problem); }},
});

HeaderReader header_reader(std::string_view key) {
  for (const auto& entry : kHeaderKeys) {
    if (entry.key == key) return entry.read;
  }
  return nullptr;
}

/// Everything but the kind.
template <std::size_t KindIndex>
bool read_event_of_kind(const Json& json, SyncEvent& event, Problem& problem) {
  using BodyOfKind = std::variant_alternative_t<KindIndex, AnyBody>;
  auto& body = event.body.emplace<KindIndex>();
  FieldSet seen;
  const bool good = read_object(json, problem, [&](const std::string& key, const Json& value) {
    if (const auto reader = header_reader(key)) return reader(value, event, problem);
    return read_member(key, value, body, seen, problem);
  });
  return good && check_nothing_missing<BodyOfKind>(seen, problem);
}

using EventReader = bool (*)(const Json&, SyncEvent&, Problem&);
template <std::size_t... KindIndexes>
constexpr std::array<EventReader, sizeof...(KindIndexes)> make_event_readers(std::index_sequence<KindIndexes...>) {
  return {read_event_of_kind<KindIndexes>...};
}
constexpr auto kEventReaders = make_event_readers(std::make_index_sequence<kKindCount>{});

bool read_event(const Json& json, SyncEvent& event, Problem& problem) {
  if (!json.is_object()) return fail(problem, "an object");
  const auto kind_json = json.find("event");
  if (kind_json == json.end()) return fail_missing(problem, "event");
  Kind kind{};
  if (!read(*kind_json, kind, problem)) return fail_within(problem, "event");
  if (!kEventReaders[static_cast<std::size_t>(kind)](json, event, problem)) return false;
  return json.contains("time") || fail_missing(problem, "time");
}

}  // namespace

std::expected<SyncEvent, JsonError> read_json(std::string_view line, std::size_t line_number) {
  Problem problem;
  Json json;
  SyncEvent event;
  if (line.size() > kJsonLineBytesMax) {
    fail(problem, "at most " + std::to_string(kJsonLineBytesMax) + " bytes a line");
  } else {
    StrictTree tree(json, problem);
    if (Json::sax_parse(line.begin(), line.end(), &tree)) {
      problem.key.clear();
      if (read_event(json, event, problem)) return event;
    }
  }
  return std::unexpected(JsonError{line_number, std::move(problem.key), std::move(problem.expected)});
}

std::string describe(const JsonError& error) {
  Text text;
  append(text, "line ");
  append_decimal(text, error.line);
  append(text, ": ");
  if (!error.key.empty()) {
    append(text, "key \"");
    append_escaped(text, error.key);
    append(text, "\": ");
  }
  append(text, "expected ");
  append_escaped(text, error.expected);
  return std::string(view(text));
}

}  // namespace sasync::event
