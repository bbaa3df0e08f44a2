// Every captured message, cut and changed: decoding gives an error that says where and in which field, or a message
// that re-encodes to those very bytes; and whatever was read can be printed. Works through the table of protocols: a
// protocol whose messages are in corpus/captures is covered without a word here.
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "sasync/report/record.hpp"
#include "support/corpus.hpp"

namespace {

using namespace sasync;
using test::CapturedMessage;

/// One message of every protocol, type, version and size: the others differ from it in values only.
std::vector<CapturedMessage> samples() {
  std::vector<CapturedMessage> kept;
  std::set<std::tuple<std::size_t, std::uint32_t, std::uint32_t, std::size_t>> seen;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::captures_folder())) {
    if (entry.path().extension() == ".pcap") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    for (auto& message : test::captured_messages(file)) {
      const auto decoder = proto::protocols()[message.protocol].make_decoder({});
      BOOST_REQUIRE(decoder->decode(message.bytes, message.hint));
      const auto head = decoder->head();
      if (!seen.emplace(message.protocol, head.type, head.version.value_or(0), message.bytes.size()).second) continue;
      kept.push_back(std::move(message));
    }
  }
  return kept;
}

/// Decodes bytes and holds the result against the rule above.
class Checker {
 public:
  explicit Checker(std::size_t protocol)
      : name_(proto::protocols()[protocol].name), decoder_(proto::protocols()[protocol].make_decoder({})) {}

  void check(Bytes bytes, std::uint32_t hint) {
    decode(bytes, hint);
    if (status_) {
      ++decoded_;
      written_.clear();
      decoder_->encode(written_);
      if (!std::ranges::equal(written_.view(), bytes)) fail(bytes, "re-encodes to other bytes");
    } else {
      ++refused_;
      const auto& error = status_.error();
      if (error.offset > bytes.size()) fail(bytes, "the error's offset is behind the message");
      if (std::string_view{error.field}.empty()) fail(bytes, "the error names no field");
      if (describe(error).empty()) fail(bytes, "the error has no words");
    }
  }

  /// Prints what check() left in every form.
  void print(Bytes bytes) {
    const net::Origin origin{};
    fields_.clear();
    decoder_->describe(fields_);
    check_places(bytes);
    report::Record record;
    record.origin = &origin;
    record.protocol = name_;
    record.head = decoder_->head();
    record.bytes = bytes;
    record.length = static_cast<std::uint32_t>(bytes.size());
    if (!status_) record.malformed = status_.error();
    record.notes = decoder_->notes();
    record.fields = &fields_;
    record.decoder = decoder_.get();
    for (const bool show_secrets : {false, true}) print(record, {.show_secrets = show_secrets, .colour = show_secrets});
  }

  [[nodiscard]] std::size_t decoded() const { return decoded_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  void decode(Bytes bytes, std::uint32_t hint) { status_ = decoder_->decode(bytes, hint); }

  void print(const report::Record& record, const report::Style& style) {
    text_.clear();
    report::print_line(text_, record, style);
    check_one_line(record.bytes, "line");
    text_.clear();
    report::print_detail(text_, record, style, false);
    report::print_detail(text_, record, style, true);
    static const std::vector<std::string> kColumns{"message", "malformed", "ike_id.initiator_spi", "local_ts",
                                                   "secret"};
    text_.clear();
    report::print_columns(text_, record, style, kColumns);
    check_one_line(record.bytes, "columns");
    text_.clear();
    report::print_json(text_, record, style);
    check_one_line(record.bytes, "JSON");
    // The parser also refuses what is no UTF-8.
    const auto json = nlohmann::json::parse(view(text_), nullptr, false);
    if (!json.is_object() || !json.contains("fields")) fail(record.bytes, "no JSON object: " + fmt::to_string(text_));
  }

  void check_one_line(Bytes bytes, const std::string& what) {
    const auto text = view(text_);
    if (text.find('\n') != text.size() - 1) fail(bytes, what + " is not one line");
  }

  void check_places(Bytes bytes) {
    for (const auto& field : fields_.all()) {
      if (std::size_t{field.offset} + field.length > bytes.size()) fail(bytes, "a field lies behind the message");
    }
    for (const auto& unknown : fields_.unknown()) {
      if (unknown.offset + unknown.bytes.size() > bytes.size()) fail(bytes, "an unknown lies behind the message");
    }
  }

  void fail(Bytes bytes, const std::string& what) const {
    Text hex;
    append_hex(hex, bytes);
    BOOST_ERROR(name_ << ": " << what << ": " << view(hex));
  }

  std::string_view name_;
  std::unique_ptr<proto::Decoder> decoder_;
  DecodeStatus status_;
  Writer written_;
  proto::Fields fields_;
  Text text_;
  std::size_t decoded_ = 0, refused_ = 0;
};

/// Calls `check` with the hint that the message had in its capture, and with none.
void with_hints(const CapturedMessage& message, const std::function<void(std::uint32_t)>& check) {
  check(message.hint);
  if (message.hint != 0) check(0);
}

BOOST_AUTO_TEST_SUITE(mutation)

BOOST_AUTO_TEST_CASE(there_are_samples_of_every_type_that_was_captured) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> types;
  std::map<std::string_view, std::size_t> counts;
  for (const auto& message : samples()) {
    ++counts[proto::protocols()[message.protocol].name];
    if (proto::protocols()[message.protocol].name != "strongswan-ha") continue;
    types.emplace(message.bytes.at(0), message.bytes.at(1));
  }
  // Version 3 has all twelve types; 4 and 5 have the ten of the PSK scenario, which has no SEGMENT_DROP and no IKE_IV.
  BOOST_TEST(types.size() == 12U + 10U + 10U);
  BOOST_TEST(counts["ike"] >= 30U);
  BOOST_TEST(counts["esp"] >= 2U);  // one of every size
}

BOOST_AUTO_TEST_CASE(every_prefix_is_an_error_or_a_whole_message) {
  for (const auto& message : samples()) {
    Checker checker{message.protocol};
    const Bytes whole{message.bytes};
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      with_hints(message, [&](std::uint32_t hint) {
        checker.check(whole.first(size), hint);
        checker.print(whole.first(size));
      });
    }
    BOOST_TEST(checker.decoded() >= 1U);
    BOOST_TEST(checker.refused() >= 2U);  // the empty datagram and a single byte
  }
}

BOOST_AUTO_TEST_CASE(every_byte_changed_to_its_extremes_and_neighbours_is_an_error_or_a_message_that_can_be_printed) {
  std::size_t decoded = 0;
  std::size_t refused = 0;
  for (const auto& message : samples()) {
    Checker checker{message.protocol};
    auto bytes = message.bytes;
    for (auto& byte : bytes) {
      const auto original = byte;
      for (const int value : {0x00, 0xFF, original ^ 0x80, original + 1, original - 1}) {
        byte = static_cast<std::uint8_t>(value);
        with_hints(message, [&](std::uint32_t hint) {
          checker.check(bytes, hint);
          checker.print(bytes);
        });
      }
      byte = original;
    }
    decoded += checker.decoded();
    refused += checker.refused();
  }
  BOOST_TEST(decoded > 10'000U);  // both ways out are really taken
  BOOST_TEST(refused > 1'000U);
}

BOOST_AUTO_TEST_CASE(every_byte_changed_to_every_value_is_an_error_or_a_message_that_re_encodes) {
  for (const auto& message : samples()) {
    Checker checker{message.protocol};
    auto bytes = message.bytes;
    for (auto& byte : bytes) {
      const auto original = byte;
      for (unsigned value = 0; value < 256; ++value) {
        byte = static_cast<std::uint8_t>(value);
        checker.check(bytes, message.hint);
      }
      byte = original;
    }
  }
}

// A reader of the bytes of one message must not find those of the one before in the decoder's reused memory.
BOOST_AUTO_TEST_CASE(a_decoder_that_has_seen_other_messages_gives_the_same_as_a_new_one) {
  const auto all = samples();
  std::map<std::size_t, std::unique_ptr<proto::Decoder>> used;
  for (const auto& message : all) {
    const auto& protocol = proto::protocols()[message.protocol];
    auto& decoder = used.try_emplace(message.protocol, protocol.make_decoder({})).first->second;
    for (std::size_t size = message.bytes.size(); size-- > 0;) {
      const auto fresh = protocol.make_decoder({});
      const auto status = fresh->decode(Bytes{message.bytes}.first(size), message.hint);
      BOOST_TEST((decoder->decode(Bytes{message.bytes}.first(size), message.hint) == status));
      Writer ours;
      Writer theirs;
      decoder->encode(ours);
      fresh->encode(theirs);
      BOOST_TEST(std::ranges::equal(ours.view(), theirs.view()));
      BOOST_TEST(decoder->notes().size() == fresh->notes().size());
      const auto is_head = [head = fresh->head()](const proto::MessageHead& other) {
        return other.message == head.message && other.type == head.type && other.version == head.version &&
               other.layout == head.layout;
      };
      BOOST_TEST(is_head(decoder->head()));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
