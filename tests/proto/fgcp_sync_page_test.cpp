// docs/protocols/fgcp-sync.md against the program: its tables, and its examples in both directions.
// SASYNC_REWRITE=1 writes what the program says into the page (the lists of TLVs and the hex; read the difference).

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "sasync/event/event_json.hpp"
#include "sasync/event/layout.hpp"
#include "sasync/proto/fgcp_sync.hpp"
#include "sasync/proto/value_text.hpp"

using namespace sasync;
using namespace sasync::proto;
using namespace sasync::proto::fgcp_sync;

namespace {

using ByteVector = std::vector<std::uint8_t>;

const std::string kPage = std::string(SASYNC_SOURCE_DIR) + "/docs/protocols/fgcp-sync.md";
constexpr std::string_view kPassword = "correct horse battery staple";
constexpr std::string_view kTlvsLine = "TLVs: ";

std::vector<std::string> read_lines() {
  std::ifstream file(kPage);
  BOOST_REQUIRE_MESSAGE(file.good(), "cannot read " << kPage);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// An example: where its parts stand in the page, and what they say.
struct Example {
  std::string name;
  unsigned type = 0;
  bool authenticated = false;
  std::size_t tlvs_line = 0;
  std::string json;
  std::size_t hex_begin = 0, hex_end = 0;  ///< lines between the fences
  ByteVector bytes;
};

/// The two digits of each byte, up to a semicolon.
void append_bytes(std::string_view line, ByteVector& bytes) {
  line = line.substr(0, line.find(';'));
  std::istringstream words{std::string(line)};
  for (std::string word; words >> word;) {
    BOOST_REQUIRE_MESSAGE(word.size() == 2, "no byte: " << word);
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
  }
}

/// "### 10.3 ROLE_CHANGE (3)" and what follows.
Example read_example(const std::vector<std::string>& lines, std::size_t& at) {
  Example example;
  std::istringstream heading(lines[at]);
  std::string marks, number, type;
  heading >> marks >> number >> example.name >> type;
  example.type = static_cast<unsigned>(std::stoul(type.substr(1)));
  example.authenticated = lines[at].ends_with(", authenticated");
  while (!lines.at(at).starts_with(kTlvsLine)) ++at;
  example.tlvs_line = at;
  while (lines.at(at) != "```json") ++at;
  while (lines.at(++at) != "```") example.json += lines[at];
  while (lines.at(at) != "```text") ++at;
  example.hex_begin = ++at;
  for (; lines.at(at) != "```"; ++at) append_bytes(lines[at], example.bytes);
  example.hex_end = at;
  return example;
}

std::vector<Example> read_examples(const std::vector<std::string>& lines) {
  std::vector<Example> examples;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (lines[at].starts_with("### 10.")) examples.push_back(read_example(lines, at));
  }
  return examples;
}

State state_for(const Example& example) {
  State state;
  if (example.authenticated) state.key.emplace(kPassword);
  return state;
}

std::string json_of(const event::SyncEvent& event) {
  Text text;
  append_json(text, event, {.show_secrets = true});
  return std::string(view(text));
}

event::SyncEvent event_of(const Example& example) {
  const auto event = event::read_json(example.json);
  BOOST_REQUIRE_MESSAGE(event.has_value(), example.name << ": " << (event ? "" : describe(event.error())));
  return *event;
}

// --- what the program says -------------------------------------------------------------------------------------------

template <class T, class Function>
void for_each_tlv_field(Function&& f) {
  event::for_each_member<T>([&](auto member) {
    using Value = std::remove_cvref_t<decltype(member.of(std::declval<T&>()))>;
    if constexpr (std::is_same_v<Value, event::Proposal>) {
      for_each_tlv_field<event::Proposal>(f);
    } else if constexpr (std::is_same_v<Value, event::KeyMaterial>) {
      for (std::size_t i = 0; i < event::kKeyKindCount; ++i) f(event::field_of(static_cast<event::KeyKind>(i)), false);
    } else {
      f(member.field, event::MustBeSaid<Value>);
    }
  });
}

/// "TLVs: **ike_id**, tunnel, reason".
std::string tlvs_line(const event::Body& body) {
  std::string line;
  std::visit(
      [&]<class T>(const T&) {
        for_each_tlv_field<T>([&](event::Field field, bool required) {
          line += line.empty() ? std::string(kTlvsLine) : ", ";
          const std::string name(event::name_of(field));
          line += required ? "**" + name + "**" : name;
        });
      },
      body);
  return line;
}

std::string short_text(const Value& value) {
  Text out;
  std::visit(
      [&]<class T>(const T& v) {
        if constexpr (std::is_same_v<T, Number> || std::is_same_v<T, BigNumber>) append_decimal(out, v.value);
        if constexpr (std::is_same_v<T, Hex>) append_hex(out, v.value, v.digits);
        if constexpr (std::is_same_v<T, WireText>) append(out, v.text);
        if constexpr (std::is_same_v<T, Boolean>) append(out, v.value ? std::string_view{"true"} : "false");
        if constexpr (std::is_same_v<T, Enumerated> || std::is_same_v<T, proto::Host>) append(out, v);
        if constexpr (std::is_same_v<T, proto::Selector> || std::is_same_v<T, proto::IkeId>) append(out, v);
        if constexpr (std::is_same_v<T, Address>) append(out, v.address);
        if constexpr (std::is_same_v<T, proto::Identity>) append_value(out, v);
      },
      value);
  return std::string(view(out));
}

void append_hex_lines(std::vector<std::string>& lines, Bytes bytes, const std::string& comment) {
  constexpr std::size_t kBytesPerLine = 16;
  for (std::size_t at = 0; at < bytes.size() || at == 0; at += kBytesPerLine) {
    std::string line;
    for (const auto byte : bytes.subspan(at, std::min(kBytesPerLine, bytes.size() - at))) {
      Text hex;
      append_hex(hex, byte, 2);
      line.append(line.empty() ? "" : " ").append(view(hex));
    }
    if (at == 0) line += std::string(kBytesPerLine * 3 - line.size(), ' ') + "; " + comment;
    lines.push_back(line);
  }
}

std::vector<std::string> annotated(const ByteVector& whole, State state) {
  Message message;
  BOOST_REQUIRE(decode(whole, 0, state, message).has_value());
  Fields fields;
  describe(message, fields);
  const auto at = [&](std::size_t offset, std::size_t size) { return Bytes{whole}.subspan(offset, size); };
  std::vector<std::string> lines;
  append_hex_lines(lines, at(0, 4), "magic");
  append_hex_lines(lines, at(4, 2), "version 1, " + std::string(head(message).message));
  append_hex_lines(lines, at(6, 1), "flags");
  append_hex_lines(lines, at(7, 1), "virtual_cluster " + std::to_string(message.header.virtual_cluster));
  append_hex_lines(lines, at(8, 2), "group_id " + std::to_string(message.header.group_id));
  append_hex_lines(lines, at(10, 2), "length " + std::to_string(message.header.length));
  append_hex_lines(lines, at(12, 16), "serial_number");
  append_hex_lines(lines, at(28, 4), "sequence_number " + std::to_string(message.header.sequence));
  append_hex_lines(lines, at(32, 4), "crc32c");
  for (const auto& field : fields.all()) {
    if (field.offset < kHeaderBytes || field.length == 0 || field.name.empty()) continue;
    append_hex_lines(lines, at(field.offset, field.length), std::string(field.name) + " " + short_text(field.value));
  }
  for (auto& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

void rewrite_page() {
  auto lines = read_lines();
  const auto examples = read_examples(lines);
  for (auto example = examples.rbegin(); example != examples.rend(); ++example) {
    const auto event = event_of(*example);
    EventEncoder encoder(state_for(*example));
    const auto bytes = encoder.encode(event);
    BOOST_REQUIRE(bytes.has_value());
    const auto hex = annotated(ByteVector(bytes->begin(), bytes->end()), state_for(*example));
    const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(example->hex_begin);
    lines.erase(begin, lines.begin() + static_cast<std::ptrdiff_t>(example->hex_end));
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(example->hex_begin), hex.begin(), hex.end());
    lines[example->tlvs_line] = tlvs_line(event.body);
  }
  std::ofstream file(kPage, std::ios::trunc);
  for (const auto& line : lines) file << line << '\n';
}

bool has_line(const std::vector<std::string>& lines, const std::string& beginning) {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.starts_with(beginning); });
}

template <class Enum>
void check_enumeration(const std::vector<std::string>& lines, std::string_view field) {
  std::string row = "| " + std::string(field) + " | ";
  for (const auto& [value, name] : event::Names<Enum>::table) {
    if (!row.ends_with("| ")) row += ", ";
    row += std::to_string(static_cast<unsigned>(value)) + " " + std::string(name);
  }
  BOOST_TEST(has_line(lines, row + " |"), "missing: " << row);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_sync_page)

BOOST_AUTO_TEST_CASE(every_example_means_what_it_says) {
  if (std::getenv("SASYNC_REWRITE") != nullptr) rewrite_page();
  const auto lines = read_lines();
  const auto examples = read_examples(lines);
  std::set<unsigned> types;
  for (const auto& example : examples) {
    BOOST_TEST_CONTEXT(example.name) {
      types.insert(example.type);
      const auto said = event_of(example);
      BOOST_TEST(json_of(said) == example.json);
      net::Origin origin;
      origin.time = said.time;
      auto state = state_for(example);
      Message message;
      const auto status = decode(example.bytes, 0, state, message);
      BOOST_TEST_REQUIRE(status.has_value(), (status ? "" : describe(status.error())));
      BOOST_TEST(message.notes.empty());
      BOOST_TEST(head(message).message == example.name);
      BOOST_TEST(head(message).type == example.type);
      BOOST_TEST(message.authenticated() == example.authenticated);
      const auto event = to_event(message, origin);
      BOOST_TEST_REQUIRE(event.has_value());
      BOOST_TEST(json_of(*event) == example.json);
      EventEncoder encoder(state_for(example));
      const auto encoded = encoder.encode(said);
      BOOST_TEST_REQUIRE(encoded.has_value());
      BOOST_TEST(std::ranges::equal(*encoded, example.bytes));
      BOOST_TEST(lines[example.tlvs_line] == tlvs_line(said.body));
    }
  }
  BOOST_TEST(types.size() == message_types().size());
}

BOOST_AUTO_TEST_CASE(the_tables_are_the_programs) {
  const auto lines = read_lines();
  for (const auto& type : message_types()) {
    const auto row = "| " + std::to_string(type.number) + " | " + std::string(type.name) + " | " +
                     std::string(name_of(type.kind)) + " | ";
    BOOST_TEST(has_line(lines, row), "missing: " << row);
  }
  for (const auto& type : tlv_types()) {
    Text number;
    append_hex(number, type.number, 2);
    const auto row = "| 0x" + std::string(view(number)) + " | " + std::string(event::name_of(type.field)) + " | " +
                     std::string(type.format) + " | " + (type.repeats ? "yes" : "") + " | ";
    BOOST_TEST(has_line(lines, row), "missing: " << row);
  }
  const auto rows = static_cast<std::size_t>(std::ranges::count_if(lines, [](const std::string& line) {
    return line.starts_with("| 0x") && line.size() > 6 && line.substr(6, 3) == " | ";
  }));
  BOOST_TEST(rows == tlv_types().size());
  check_enumeration<event::Role>(lines, "role");
  check_enumeration<event::Reason>(lines, "reason");
  check_enumeration<event::Scope>(lines, "scope");
  check_enumeration<event::Phase>(lines, "phase");
  check_enumeration<event::SyncFault>(lines, "fault");
}

BOOST_AUTO_TEST_CASE(a_field_has_one_format_in_all_messages) {
  // tlv_types() would name a type twice.
  std::set<std::uint16_t> numbers;
  for (const auto& type : tlv_types()) BOOST_TEST(numbers.insert(type.number).second);
}

BOOST_AUTO_TEST_SUITE_END()
