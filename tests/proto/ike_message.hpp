#pragma once
// IKE messages written in hex, decoded, shown as JSON and written back.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sasync/proto/ike.hpp"
#include "sasync/report/record.hpp"
#include "support/hex.hpp"

namespace sasync::test {

namespace ike = proto::ike;

inline const std::string kInitiatorSpi = "1122334455667788 ";
inline const std::string kResponderSpi = "99aabbccddeeff00 ";

struct IkeResult {
  std::vector<std::uint8_t> bytes;  ///< the message looks at them
  ike::Message message;
  DecodeStatus status;
};

inline IkeResult decode_ike(std::vector<std::uint8_t> bytes, std::uint32_t hint = ike::kHintAny) {
  IkeResult result;
  result.bytes = std::move(bytes);
  ike::State state;
  result.status = ike::decode(result.bytes, hint, state, result.message);
  return result;
}

inline std::string hex_of(std::uint64_t value, int digits) {
  Text text;
  append_hex(text, value, static_cast<unsigned>(digits));
  return std::string{view(text)};
}

/// A header with the length that fits, and `payloads` behind it.
inline std::vector<std::uint8_t> with_header(std::string_view first_payload, std::string_view version_exchange_flags,
                                             std::string_view payloads, std::uint32_t message_id = 0) {
  const auto length = 28 + hex(payloads).size();
  return hex(kInitiatorSpi + kResponderSpi + std::string{first_payload} + std::string{version_exchange_flags} +
             hex_of(message_id, 8) + hex_of(length, 8) + std::string{payloads});
}
inline std::vector<std::uint8_t> ikev2(std::string_view first_payload, std::string_view payloads) {
  return with_header(first_payload, "20 23 08", payloads, 1);
}
inline std::vector<std::uint8_t> ikev1(std::string_view first_payload, std::string_view payloads) {
  return with_header(first_payload, "10 02 00", payloads);
}
/// A payload with the length that fits, that none follows.
inline std::string payload(std::string_view body, std::string_view next = "00", std::string_view flags = "00") {
  return std::string{next} + std::string{flags} + hex_of(4 + hex(body).size(), 4) + std::string{body};
}

/// The record's "fields" and "unknown", as the JSON output has them.
inline std::string json_of(const ike::Message& message) {
  proto::Fields fields;
  describe(message, fields);
  const net::Origin origin;
  report::Record record;
  record.origin = &origin;
  record.protocol = "ike";
  record.head = head(message);
  record.fields = &fields;
  Text out;
  report::print_json(out, record, {});
  const std::string all{view(out)};
  const auto begin = all.find("\"fields\":");
  return begin == std::string::npos ? std::string{} : all.substr(begin, all.rfind('}') - begin);
}

/// What stands in the JSON between the brackets of "payloads", and "unknown" behind it.
inline std::string payloads_json(const ike::Message& message) {
  const auto all = json_of(message);
  const std::string_view key = "\"payloads\":";
  const auto begin = all.find(key);
  return begin == std::string::npos ? std::string{} : all.substr(begin + key.size());
}

inline std::string summary_of(const ike::Message& message) {
  Text out;
  summarize(message, out);
  return std::string{view(out)};
}

inline std::vector<std::uint8_t> encoded(const ike::Message& message) {
  Writer out;
  encode(message, out);
  return std::move(out).take();
}

/// No field is shown that has no bytes in the message.
inline void check_fields(const IkeResult& result) {
  proto::Fields fields;
  describe(result.message, fields);
  for (const auto& field : fields.all()) {
    if (std::size_t{field.offset} + field.length > result.bytes.size()) {
      BOOST_ERROR("the field " << field.name << " lies behind the message");
    }
  }
}

/// An error that says where and in which field, or the very bytes again.
inline void check_error_or_round_trip(const std::vector<std::uint8_t>& bytes, std::uint32_t hint) {
  const auto result = decode_ike(bytes, hint);
  check_fields(result);
  if (result.status) {
    if (encoded(result.message) != bytes) BOOST_ERROR("re-encodes to other bytes");
    return;
  }
  if (result.status.error().offset > bytes.size()) BOOST_ERROR("an error behind the message");
  if (std::string_view{result.status.error().field}.empty()) BOOST_ERROR("an error without a field");
  json_of(result.message);
  summary_of(result.message);
}

/// Every prefix, and every byte changed to what lengths, counts and types are likely to be wrong by.
inline void check_prefixes_and_changes(const std::vector<std::uint8_t>& bytes, std::uint32_t hint) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::uint8_t> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto result = decode_ike(prefix, hint);
    if (result.status) BOOST_ERROR("a prefix of " << size << " bytes decodes");
    check_error_or_round_trip(prefix, hint);
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int change : {-8, -4, -1, 1, 4, 64, 127, 128}) {
      auto changed = bytes;
      changed[at] = static_cast<std::uint8_t>(changed[at] + change);
      check_error_or_round_trip(changed, hint);
    }
    for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{0xFF}}) {
      auto changed = bytes;
      changed[at] = value;
      check_error_or_round_trip(changed, hint);
    }
  }
}

}  // namespace sasync::test
