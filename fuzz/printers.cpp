// Every printer over whatever decodes, and over what was read before a fault.
// Rules: a line is one line; JSON parses; no field lies behind the message; a decoder that has seen another message
// prints the same as a new one.

#include <nlohmann/json.hpp>

#include "decoding.hpp"
#include "named_message.hpp"
#include "sasync/report/record.hpp"
#include "sasync/report/stats.hpp"

namespace sasync::fuzz {
namespace {

constexpr std::size_t kBytesMax = 4096;

void check_one_line(const Text& text) {
  require(view(text).find('\n') == text.size() - 1, "it is one line", view(text));
}

void check_places(const proto::Fields& fields, Bytes bytes) {
  for (const auto& field : fields.all()) {
    require(std::size_t{field.offset} + field.length <= bytes.size(), "a field lies inside the message", field.name);
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
  return {text.data(), text.size()};
}

/// All that is printed of the message, after the decoder has seen `before`.
std::string printed(const NamedMessage& message, Bytes before) {
  Decoding decoding{proto::protocols()[message.protocol], options_with_keys()};
  if (!before.empty()) decoding.check(before, message.hint);
  decoding.check(message.bytes, message.hint);
  proto::Fields fields;
  decoding.decoder().describe(fields);
  check_places(fields, message.bytes);

  net::Origin origin;
  origin.src = net::IpAddress::from(std::array<std::uint8_t, 4>{192, 0, 2, 1});
  origin.src_mac = net::MacAddress::from(message.bytes.first(std::min<std::size_t>(message.bytes.size(), 6)));
  report::Record record;
  record.origin = &origin;
  record.protocol = decoding.protocol().name;
  record.head = decoding.decoder().head();
  record.bytes = message.bytes;
  record.length = static_cast<std::uint32_t>(message.bytes.size());
  if (!decoding.status()) record.malformed = decoding.status().error();
  record.notes = decoding.decoder().notes();
  record.fields = &fields;
  record.decoder = &decoding.decoder();
  auto all = print_all(record, {.show_secrets = false, .colour = true});
  record.truncated = true;
  record.length += 9;
  all += print_all(record, {.show_secrets = true, .colour = false});

  report::MessageStats stats;
  stats.count(message.protocol, record.head, record.length, record.malformed.has_value(), record.truncated);
  Text table;
  report::print_stats_table(table, {}, stats);
  report::print_stats_json(table, {}, stats);
  return all + std::string{view(table)};
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
  return 0;
}
