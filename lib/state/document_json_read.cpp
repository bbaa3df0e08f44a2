#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "document_fields.hpp"
#include "json_scanner.hpp"
#include "sasync/state/address_text.hpp"
#include "sasync/state/document_json.hpp"

namespace sasync::state {
namespace {

// Seconds beyond the year 2262 do not fit into the nanoseconds that the rest of the program counts in.
constexpr std::uint64_t kSecondsMax = 9'223'372'035;

std::optional<Timestamp> parse_time(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto seconds = parse_number(text.substr(0, point));
  if (!seconds || *seconds > kSecondsMax) return std::nullopt;
  Timestamp time{static_cast<std::int64_t>(*seconds), 0, 0};
  if (negative) time.seconds = -time.seconds;
  if (point == std::string_view::npos) return time;
  const auto decimals = text.substr(point + 1);
  const auto fraction = parse_number<std::uint32_t>(decimals);
  if (!fraction || decimals.size() > 9) return std::nullopt;
  time.digits = static_cast<std::uint8_t>(decimals.size());
  time.nanoseconds = *fraction;
  for (auto digits = decimals.size(); digits < 9; ++digits) time.nanoseconds *= 10;
  return time;
}

/// Lower-case, exactly `digits` of them.
std::optional<std::uint64_t> parse_hex(std::string_view text, std::size_t digits) {
  const auto is_lower = [](char c) { return c < 'A' || c > 'F'; };
  if (text.size() != digits || !std::ranges::all_of(text, is_lower)) return std::nullopt;
  return parse_number(text, 16);
}

/// Names of one table: the same text is the same entry.
template <class Entry>
bool has_repeated_name(const std::vector<Entry>& entries) {
  constexpr std::size_t kCompareAllMax = 16;
  if (entries.size() <= kCompareAllMax) {
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      const auto same = [&](const Entry& other) { return other.name == entry->name; };
      if (std::any_of(entries.begin(), entry, same)) return true;
    }
    return false;
  }
  std::unordered_set<Interned, InternedHash> names;
  return !std::ranges::all_of(entries, [&](const Entry& entry) { return names.insert(entry.name).second; });
}

class Reader final : public JsonHandler {
 public:
  explicit Reader(Document& document) : document_(document) {}

  bool on_key(std::string_view name) override;
  bool on_text(std::string_view text) override;
  bool on_number(std::string_view digits) override;
  bool on_boolean(bool value) override;
  bool on_null() override;
  bool on_begin_object() override;
  bool on_end_object() override;
  bool on_begin_array() override;
  bool on_end_array() override;

  [[nodiscard]] std::string path() const;
  /// The text ended here: of the list that is open innermost the last element is incomplete and goes; members stay.
  /// False when there is none.
  bool drop_incomplete();
  std::string expected;  ///< why the reader stopped the scan

 private:
  /// What is open: an object of a known type, or a list or map of one of its fields.
  struct Frame {
    const ObjectType* type = nullptr;  ///< of an object; null for a list or a map
    void* object = nullptr;            ///< the object, or the list's member
    const Field* field = nullptr;      ///< whose value comes next, or whose list or map this is
    std::size_t next_field = 0;        ///< where documents in our own order have the next key
    std::uint64_t seen = 0;            ///< a bit a field
    std::size_t elements = 0;          ///< of a list: begun so far
    std::vector<Detail> unknown{};     ///< of an object
    Interned key{};                    ///< of an unknown field, or of an entry of a map
  };

  Frame& top() { return frames_[depth_ - 1]; }
  void push(const ObjectType* type, void* object, const Field* field);
  bool fail(std::string what) {
    expected = std::move(what);
    return false;
  }
  bool fail_type();
  bool store(const Field& field, void* member, std::string_view text);
  template <class Value>
  bool store(void* member, const std::optional<Value>& value) {
    if (!value) return fail_type();
    *static_cast<std::optional<Value>*>(member) = value;
    return true;
  }
  template <class Number>
  bool store_number(void* member, std::string_view digits) {
    return store<Number>(member, parse_number<Number>(digits));
  }
  bool keys_complete(const Frame& frame);

  // A value that nobody knows is written down again as it comes.
  [[nodiscard]] bool in_unknown() const { return unknown_depth_ != 0; }
  [[nodiscard]] bool begins_unknown() const;
  void unknown_separator();
  bool unknown_value_done();

  Document& document_;
  std::vector<Frame> frames_ = std::vector<Frame>(JsonScanner::kDepthMax);
  std::size_t depth_ = 0;
  std::vector<Interned> texts_;    ///< of the list that is open
  std::vector<Detail> details_;    ///< of the map that is open
  Text unknown_;                   ///< the unknown value so far
  std::size_t unknown_depth_ = 0;  ///< objects and lists open in it
  bool unknown_first_ = true;      ///< nothing stands yet in the innermost of them
  bool unknown_after_key_ = false;
};

void Reader::push(const ObjectType* type, void* object, const Field* field) {
  auto& frame = frames_[depth_++];
  frame.type = type;
  frame.object = object;
  frame.field = field;
  frame.next_field = 0;
  frame.seen = 0;
  frame.elements = 0;
  frame.unknown.clear();
}

std::string Reader::path() const {
  std::string path;
  for (std::size_t i = 0; i < depth_; ++i) {
    const auto& frame = frames_[i];
    if (frame.type != nullptr) {
      const auto name = frame.field != nullptr ? frame.field->name : frame.key.view();
      if (!path.empty() && !name.empty()) path += '.';
      path += name;
    } else if (frame.field->type == FieldType::details || frame.field->type == FieldType::counters) {
      path.append(".").append(frame.key.view());
    } else {
      path += fmt::format("[{}]", frame.elements == 0 ? 0 : frame.elements - 1);
    }
  }
  return path;
}

bool Reader::drop_incomplete() {
  constexpr std::size_t kMemberDepth = 3;  // of an open one: the document, the list, the member
  const auto fields = document_type().fields;
  for (std::size_t at = 0; at < fields.size(); ++at) {
    if (fields[at].type == FieldType::format && (frames_[0].seen >> at & 1U) == 0) return false;
  }
  if (depth_ < kMemberDepth) return !document_.members.empty();
  const auto is_list = [](const Frame& frame) {
    return frame.type == nullptr && frame.field->type == FieldType::objects;
  };
  if (is_list(top())) return true;  // between two elements
  if (top().type == nullptr && top().field->type == FieldType::numbers) {
    static_cast<std::optional<std::vector<std::uint32_t>>*>(top().object)->reset();
  }
  for (auto depth = depth_ - 1; depth >= kMemberDepth; --depth) {
    const auto& frame = frames_[depth - 1];
    if (!is_list(frame)) continue;
    frame.field->drop_last(frame.object);
    break;
  }
  return true;
}

// --- unknown values --------------------------------------------------------------------------------------------------

bool Reader::begins_unknown() const {
  if (depth_ == 0) return false;
  const auto& frame = frames_[depth_ - 1];
  return frame.type != nullptr && frame.field == nullptr;
}

void Reader::unknown_separator() {
  if (unknown_depth_ != 0 && !unknown_first_ && !unknown_after_key_) append(unknown_, ',');
  unknown_first_ = false;
  unknown_after_key_ = false;
}

bool Reader::unknown_value_done() {
  if (unknown_depth_ != 0) return true;
  top().unknown.push_back({top().key, document_.texts->intern(view(unknown_))});
  unknown_.clear();
  return true;
}

// --- structure -------------------------------------------------------------------------------------------------------

bool Reader::on_key(std::string_view name) {
  if (in_unknown()) {
    unknown_separator();
    append_json_string(unknown_, name);
    append(unknown_, ':');
    unknown_after_key_ = true;
    return true;
  }
  auto& frame = top();
  if (frame.type == nullptr) {  // a map
    frame.key = document_.texts->intern(name);
    return true;
  }
  const auto fields = frame.type->fields;
  for (std::size_t tried = 0; tried < fields.size(); ++tried) {
    const auto at = (frame.next_field + tried) % fields.size();
    if (fields[at].name != name) continue;
    frame.field = &fields[at];
    frame.next_field = at + 1;
    if ((frame.seen >> at & 1U) != 0) return fail("this key only once");
    frame.seen |= std::uint64_t{1} << at;
    return true;
  }
  frame.field = nullptr;
  frame.key = document_.texts->intern(name);
  return true;
}

bool Reader::on_begin_object() {
  if (in_unknown() || begins_unknown()) {
    unknown_separator();
    append(unknown_, '{');
    ++unknown_depth_;
    unknown_first_ = true;
    return true;
  }
  if (depth_ == 0) {
    push(&document_type(), &document_, nullptr);
    return true;
  }
  auto& frame = top();
  const auto& field = *frame.field;
  if (frame.type == nullptr) {
    ++frame.elements;
    if (field.type != FieldType::objects) return fail_type();
    push(field.inner(), field.append(frame.object), nullptr);
    return true;
  }
  if (field.type == FieldType::object) {
    push(field.inner(), field.member(frame.object), nullptr);
    return true;
  }
  if (field.type != FieldType::details && field.type != FieldType::counters) return fail_type();
  details_.clear();
  void* member = field.member(frame.object);
  if (field.type == FieldType::counters) static_cast<std::optional<std::vector<Counter>>*>(member)->emplace();
  push(nullptr, member, &field);
  return true;
}

/// "format" and "members" have to be there; all else may be absent.
bool Reader::keys_complete(const Frame& frame) {
  if (frame.type != &document_type()) return true;
  const auto fields = frame.type->fields;
  for (std::size_t at = 0; at < fields.size(); ++at) {
    if ((frame.seen >> at & 1U) != 0) continue;
    top().field = &fields[at];
    return fail("this key, which is missing");
  }
  return true;
}

bool Reader::on_end_object() {
  if (in_unknown()) {
    append(unknown_, '}');
    --unknown_depth_;
    unknown_first_ = false;
    return unknown_value_done();
  }
  auto& frame = top();
  if (frame.type != nullptr) {
    if (!keys_complete(frame)) return false;
    if (has_repeated_name(frame.unknown)) return frame.field = nullptr, frame.key = {}, fail("each key only once");
    if (!frame.unknown.empty()) frame.type->unknown(frame.object) = document_.texts->details(frame.unknown);
  } else if (frame.field->type == FieldType::details) {
    if (has_repeated_name(details_)) return fail("each key only once");
    *static_cast<Details*>(frame.object) = document_.texts->details(details_);
  } else if (has_repeated_name(**static_cast<std::optional<std::vector<Counter>>*>(frame.object))) {
    return fail("each key only once");
  }
  --depth_;
  return true;
}

bool Reader::on_begin_array() {
  if (in_unknown() || begins_unknown()) {
    unknown_separator();
    append(unknown_, '[');
    ++unknown_depth_;
    unknown_first_ = true;
    return true;
  }
  if (depth_ == 0) return fail_type();
  auto& frame = top();
  if (frame.type == nullptr) return ++frame.elements, fail_type();
  const auto& field = *frame.field;
  if (field.type == FieldType::objects) {
    field.make_empty(field.member(frame.object));
  } else if (field.type == FieldType::texts) {
    texts_.clear();
  } else if (field.type == FieldType::numbers) {
    static_cast<std::optional<std::vector<std::uint32_t>>*>(field.member(frame.object))->emplace();
  } else {
    return fail_type();
  }
  push(nullptr, field.member(frame.object), &field);
  return true;
}

bool Reader::on_end_array() {
  if (in_unknown()) {
    append(unknown_, ']');
    --unknown_depth_;
    unknown_first_ = false;
    return unknown_value_done();
  }
  const auto& frame = top();
  if (frame.field->type == FieldType::texts) *static_cast<TextList*>(frame.object) = document_.texts->list(texts_);
  --depth_;
  return true;
}

// --- values ----------------------------------------------------------------------------------------------------------

bool Reader::fail_type() {
  if (depth_ == 0) return fail("an object");
  const auto& frame = top();
  const bool element = frame.type == nullptr;
  switch (frame.field->type) {
    case FieldType::text:
      return fail("a string");
    case FieldType::boolean:
      return fail("true or false");
    case FieldType::number8:
      return fail("a number from 0 to 255");
    case FieldType::number16:
      return fail("a number from 0 to 65535");
    case FieldType::number32:
      return fail("a number from 0 to 4294967295");
    case FieldType::decimal:
      return fail("a string with a decimal number of at most 64 bits");
    case FieldType::spi:
      return fail("a string of 8 lower-case hex digits");
    case FieldType::ike_spi:
      return fail("a string of 16 lower-case hex digits");
    case FieldType::address:
      return fail("a string with an IPv4 or IPv6 address");
    case FieldType::time:
      return fail("a string with seconds since the epoch and at most 9 decimals, before the year 2262");
    case FieldType::role:
      return fail(R"(one of "primary", "subordinate", "shared")");
    case FieldType::ike_state:
      return fail(R"(one of "connecting", "established", "passive", "rekeying", "rekeyed", "deleting")");
    case FieldType::child_state:
      return fail(R"(one of "installed", "rekeying", "rekeyed", "deleting", "deleted")");
    case FieldType::protocol:
      return fail(R"(one of "esp", "ah", "ipcomp")");
    case FieldType::mode:
      return fail(R"(one of "tunnel", "transport", "beet", "iptfs")");
    case FieldType::encapsulation:
      return fail(R"(one of "none", "udp")");
    case FieldType::texts:
      return fail(element ? "a string" : "a list of strings");
    case FieldType::numbers:
      return fail(element ? "a number from 0 to 4294967295" : "a list of numbers");
    case FieldType::details:
      return fail(element ? "a string" : "an object of strings");
    case FieldType::counters:
      return fail(element ? "a whole number of at most 64 bits" : "an object of numbers");
    case FieldType::object:
      return fail("an object");
    case FieldType::objects:
      return fail(element ? "an object" : "a list of objects");
    case FieldType::format:
      return fail(fmt::format("\"{}\"; other versions are not known here", kFormat));
  }
  return fail("another value");
}

bool Reader::store(const Field& field, void* member, std::string_view text) {
  switch (field.type) {
    case FieldType::text:
      *static_cast<Interned*>(member) = document_.texts->intern(text);
      return true;
    case FieldType::decimal:
      return store<std::uint64_t>(member, parse_number(text));
    case FieldType::spi: {
      const auto spi = parse_hex(text, 8);
      return store<std::uint32_t>(member, spi ? std::optional(static_cast<std::uint32_t>(*spi)) : std::nullopt);
    }
    case FieldType::ike_spi:
      return store<std::uint64_t>(member, parse_hex(text, 16));
    case FieldType::address: {
      const auto address = parse_address(text);
      if (!address) return fail_type();
      *static_cast<net::IpAddress*>(member) = *address;
      return true;
    }
    case FieldType::time:
      return store<Timestamp>(member, parse_time(text));
    case FieldType::role:
      return store<Role>(member, parse<Role>(text));
    case FieldType::ike_state:
      return store<IkeState>(member, parse<IkeState>(text));
    case FieldType::child_state:
      return store<ChildState>(member, parse<ChildState>(text));
    case FieldType::protocol:
      return store<Protocol>(member, parse<Protocol>(text));
    case FieldType::mode:
      return store<Mode>(member, parse<Mode>(text));
    case FieldType::encapsulation:
      return store<Encapsulation>(member, parse<Encapsulation>(text));
    default:
      return fail_type();
  }
}

bool Reader::on_text(std::string_view text) {
  if (in_unknown() || begins_unknown()) {
    unknown_separator();
    append_json_string(unknown_, text);
    return unknown_value_done();
  }
  if (depth_ == 0) return fail_type();
  auto& frame = top();
  const auto& field = *frame.field;
  if (frame.type != nullptr) {
    if (field.type == FieldType::format) return text == kFormat || fail_type();
    return store(field, field.member(frame.object), text);
  }
  ++frame.elements;
  if (field.type == FieldType::texts) {
    texts_.push_back(document_.texts->intern(text));
    return true;
  }
  if (field.type != FieldType::details) return fail_type();
  details_.push_back({frame.key, document_.texts->intern(text)});
  return true;
}

bool Reader::on_number(std::string_view digits) {
  if (in_unknown() || begins_unknown()) {
    unknown_separator();
    append(unknown_, digits);
    return unknown_value_done();
  }
  if (depth_ == 0) return fail_type();
  auto& frame = top();
  const auto& field = *frame.field;
  if (frame.type != nullptr) {
    void* member = field.member == nullptr ? nullptr : field.member(frame.object);
    if (field.type == FieldType::number8) return store_number<std::uint8_t>(member, digits);
    if (field.type == FieldType::number16) return store_number<std::uint16_t>(member, digits);
    if (field.type == FieldType::number32) return store_number<std::uint32_t>(member, digits);
    return fail_type();
  }
  ++frame.elements;
  if (field.type == FieldType::numbers) {
    const auto value = parse_number<std::uint32_t>(digits);
    if (value) (*static_cast<std::optional<std::vector<std::uint32_t>>*>(frame.object))->push_back(*value);
    return value || fail_type();
  }
  if (field.type != FieldType::counters) return fail_type();
  const auto value = parse_number(digits);
  if (value) (*static_cast<std::optional<std::vector<Counter>>*>(frame.object))->push_back({frame.key, *value});
  return value || fail_type();
}

bool Reader::on_boolean(bool value) {
  if (in_unknown() || begins_unknown()) {
    unknown_separator();
    append(unknown_, value ? "true" : "false");
    return unknown_value_done();
  }
  if (depth_ != 0 && top().type == nullptr) ++top().elements;
  if (depth_ == 0 || top().type == nullptr || top().field->type != FieldType::boolean) return fail_type();
  *static_cast<std::optional<bool>*>(top().field->member(top().object)) = value;
  return true;
}

bool Reader::on_null() {
  if (in_unknown() || begins_unknown()) {
    unknown_separator();
    append(unknown_, "null");
    return unknown_value_done();
  }
  if (depth_ != 0 && top().type == nullptr) ++top().elements;
  return fail_type();
}

}  // namespace

std::string describe(const ReadError& error) {
  const auto* const separator = error.path.empty() ? "" : ": ";
  return fmt::format("{}{}expected {} (at byte {})", error.path, separator, error.expected, error.offset);
}

std::expected<PartialDocument, ReadError> read_part(const TextSource& text) {
  PartialDocument part;
  Reader reader(part.document);
  JsonScanner scanner(text);
  if (scanner.scan(reader)) return part;
  auto expected = scanner.fault().empty() ? reader.expected : std::string(scanner.fault());
  ReadError error{reader.path(), std::move(expected), scanner.offset()};
  if (!scanner.is_cut() || !reader.drop_incomplete()) return std::unexpected(std::move(error));
  part.cut = std::move(error);
  return part;
}

std::expected<Document, ReadError> read_document(const TextSource& text) {
  auto part = read_part(text);
  if (!part) return std::unexpected(std::move(part.error()));
  if (part->cut) return std::unexpected(std::move(*part->cut));
  return std::move(part->document);
}

std::expected<Document, ReadError> read_document(std::string_view text) { return read_document(source_of(text)); }

}  // namespace sasync::state
