// Every printer over whatever decodes, and over what was read before a fault.
// Rules: a line is one line; no control character is printed; JSON parses; no field lies behind the message; every
// field has a name that users can ask for; a decoder that has seen another message prints the same as a new one, into
// fields that had another message; keys that are not to be shown change nothing.

#include <nlohmann/json.hpp>

#include "decoding.hpp"
#include "named_message.hpp"
#include "sasync/proto/field_names.hpp"
#include "sasync/report/record.hpp"
#include "sasync/report/stats.hpp"

namespace sasync::fuzz {
namespace {

constexpr std::size_t kBytesMax = 4096;

void check_one_line(const Text& text) {
  require(view(text).find('\n') == text.size() - 1, "it is one line", view(text));
}

/// Of what goes to a terminal, or into a pipe that ends there. Columns are separated by tabs.
void check_no_controls(std::string_view text) {
  const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == '\x7F'; };
  require(std::ranges::none_of(text, is_control), "no control character is printed", text);
}

void check_places(const proto::Fields& fields, Bytes bytes) {
  for (const auto& field : fields.all()) {
    require(std::size_t{field.offset} + field.length <= bytes.size(), "a field lies inside the message", field.name);
    require(field.name.empty() || proto::is_field_name(field.name), "a field's name is in the list", field.name);
  }
  for (const auto& unknown : fields.unknown()) {
    require(unknown.offset + unknown.bytes.size() <= bytes.size(), "what is unknown lies inside the message");
  }
}

std::string print_all(const report::Record& record, const report::Style& style) {
  static const std::vector<std::string> kColumns{"time",   "src",       "dst",   "message",
                                                 "length", "malformed", "notes", "ike_id.initiator_spi",
                                                 "secret", "local_ts",  "spi",   "payloads.type"};
  Text text;
  report::print_line(text, record, style);
  check_one_line(text);
  report::print_detail(text, record, style, false);
  report::print_detail(text, record, style, true);
  Text columns;
  report::print_columns(columns, record, style, kColumns);
  check_one_line(columns);
  Text json;
  report::print_json(json, record, style);
  check_one_line(json);
  const auto parsed = nlohmann::json::parse(view(json), nullptr, false);
  require(parsed.is_object() && parsed.contains("fields"), "JSON parses", view(json));
  append(text, view(columns));
  append(text, view(json));
  if (!style.colour) check_no_controls(view(text));
  return {text.data(), text.size()};
}

/// A message that was decoded and described, after the decoder has seen `before`.
class Described {
 public:
  explicit Described(const NamedMessage& message, Bytes before = {})
      : decoding_(proto::protocols()[message.protocol], options_with_keys()) {
    if (!before.empty()) {
      decoding_.check(before, message.hint);
      decoding_.decoder().describe(fields_);
      fields_.clear();
    }
    decoding_.check(message.bytes, message.hint);
    decoding_.decoder().describe(fields_);
    check_places(fields_, message.bytes);
    origin_.src = net::IpAddress::from(std::array<std::uint8_t, 4>{192, 0, 2, 1});
    record_.origin = &origin_;
    record_.protocol = decoding_.name();
    record_.head = decoding_.decoder().head();
    record_.bytes = message.bytes;
    record_.length = static_cast<std::uint32_t>(message.bytes.size());
    if (!decoding_.status()) record_.malformed = decoding_.status().error();
    record_.notes = decoding_.decoder().notes();
    record_.fields = &fields_;
    record_.decoder = &decoding_.decoder();
  }
  Described(const Described&) = delete;
  Described& operator=(const Described&) = delete;
  ~Described() = default;

  [[nodiscard]] net::Origin& origin() { return origin_; }
  [[nodiscard]] report::Record& record() { return record_; }
  [[nodiscard]] const proto::Fields& fields() const { return fields_; }

 private:
  Decoding decoding_;
  proto::Fields fields_;
  net::Origin origin_;
  report::Record record_;
};

/// All that is printed of the message.
std::string printed(const NamedMessage& message, Bytes before) {
  Described described{message, before};
  auto& record = described.record();
  described.origin().src_mac =
      net::MacAddress::from(message.bytes.first(std::min<std::size_t>(message.bytes.size(), 6)));
  auto all = print_all(record, {.show_secrets = false, .colour = true});
  record.truncated = true;
  record.length += 9;
  all += print_all(record, {.show_secrets = true, .colour = false});

  report::MessageStats stats;
  stats.count(message.protocol, record.head, record.length, record.malformed.has_value(), record.truncated);
  Text table;
  report::print_stats_table(table, {}, stats);
  report::print_stats_json(table, {}, stats);
  check_no_controls(view(table));
  return all + std::string{view(table)};
}

// --- secrets

/// The key material in the message that its own bytes show; nothing of what was decrypted or inflated.
std::vector<Bytes> secrets_in(const proto::Fields& fields, Bytes message) {
  std::vector<Bytes> secrets;
  const auto add = [&](Bytes bytes) {
    const bool is_inside =
        bytes.data() >= message.data() && bytes.data() + bytes.size() <= message.data() + message.size();
    if (!bytes.empty() && is_inside) secrets.push_back(bytes);
  };
  for (const auto& field : fields.all()) {
    if (const auto* secret = std::get_if<proto::Secret>(&field.value)) add(secret->bytes);
  }
  for (const auto& unknown : fields.unknown()) {
    if (unknown.may_be_secret) add(unknown.bytes);
  }
  return secrets;
}

/// With other keys of the same lengths the message prints the same, as long as keys are not to be shown. (It may not
/// decode any more: of a message with a checksum this tells nothing.)
void check_redaction(const NamedMessage& message) {
  constexpr std::uint8_t kOther = 0x5A;
  constexpr report::Style kRedacted{.show_secrets = false, .colour = false};
  Described original{message};
  std::vector<std::uint8_t> bytes(message.bytes.begin(), message.bytes.end());
  const auto secrets = secrets_in(original.fields(), message.bytes);
  for (const auto secret : secrets) {
    const auto begin = bytes.begin() + (secret.data() - message.bytes.data());
    std::transform(secret.begin(), secret.end(), begin,
                   [](std::uint8_t byte) -> std::uint8_t { return byte ^ kOther; });
  }
  if (secrets.empty()) return;
  auto changed = message;
  changed.bytes = bytes;
  Described other{changed};
  if (original.record().malformed || other.record().malformed) return;
  const auto once = print_all(original.record(), kRedacted);
  const auto again = print_all(other.record(), kRedacted);
  require(once == again, "what is printed does not depend on keys", once + again);
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync::fuzz;
  const auto message = named_message({data, std::min(size, kBytesMax)});
  if (!message) return 0;
  const auto once = printed(*message, {});
  const auto again = printed(*message, message->bytes.first(message->bytes.size() / 2));
  require(once == again, "a decoder remembers nothing of the message before");
  check_redaction(*message);
  return 0;
}
