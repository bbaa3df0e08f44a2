// What a peer says inside SK, or behind IKEv1's header: the type of the first payload, a byte whose last bit makes it
// IKEv1, then the plaintext, as it is once somebody has the keys.
// Rules: an error lies inside the plaintext and names its field; what was read is written back byte by byte; shown in
// the message around it, a field lies inside that and has a name that users can ask for, JSON parses, and a line is one
// line.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "decoding.hpp"
#include "sasync/proto/field_names.hpp"
#include "sasync/proto/ike.hpp"
#include "sasync/report/record.hpp"

namespace {

using namespace sasync;
namespace ike = proto::ike;
using fuzz::require;

constexpr std::size_t kHeadBytes = 2;
constexpr std::size_t kCiphertextBytes = 32;  ///< of the message around; nobody decrypts it
constexpr std::size_t kIkeHeaderBytes = 28;
constexpr std::size_t kPayloadHeaderBytes = 4;

/// An INFORMATIONAL message that holds nothing but the ciphertext.
std::vector<std::uint8_t> message_around(std::uint8_t first, bool is_ikev1) {
  const auto data_bytes = kCiphertextBytes + (is_ikev1 ? 0 : kPayloadHeaderBytes);
  Writer out;
  out.be(std::uint64_t{0x0102030405060708});
  out.be(std::uint64_t{0x1112131415161718});
  out.u8(is_ikev1 ? first : static_cast<std::uint8_t>(ike::PayloadType::encrypted));
  out.u8(is_ikev1 ? 0x10 : 0x20);
  out.u8(is_ikev1 ? 5 : 37);
  out.u8(is_ikev1 ? 0x01 : 0x08);  // encrypted; from the initiator
  out.be(std::uint32_t{7});
  out.be(static_cast<std::uint32_t>(kIkeHeaderBytes + data_bytes));
  if (!is_ikev1) {
    out.u8(first);
    out.u8(0);
    out.be(static_cast<std::uint16_t>(data_bytes));
  }
  out.zeros(kCiphertextBytes);
  return std::move(out).take();
}

void check_payloads(Bytes plain, bool is_ikev1, ike::PayloadType first, std::vector<ike::Payload>& payloads) {
  const std::uint8_t major = is_ikev1 ? 1 : 2;
  Reader in{plain};
  ike::decode_payloads(in, major, first, payloads);
  if (in.failed()) {
    const auto status = in.status();
    require(status.error().offset <= plain.size(), "the error lies inside the plaintext", status.error().field);
    require(*status.error().field != '\0', "the error names a field");
    return;
  }
  Writer written;
  ike::encode_payloads(payloads, major, written);
  written.bytes(in.rest());
  require(std::ranges::equal(written.view(), plain), "what was read is written back byte by byte");
}

void check_shown(const proto::Decoder& decoder, Bytes bytes) {
  proto::Fields fields;
  decoder.describe(fields);
  for (const auto& field : fields.all()) {
    require(std::size_t{field.offset} + field.length <= bytes.size(), "a field lies inside the message", field.name);
    require(field.name.empty() || proto::is_field_name(field.name), "a field's name is in the list", field.name);
  }
  const net::Origin origin;
  report::Record record;
  record.origin = &origin;
  record.protocol = "ike";
  record.head = decoder.head();
  record.bytes = bytes;
  record.length = static_cast<std::uint32_t>(bytes.size());
  record.notes = decoder.notes();
  record.fields = &fields;
  record.decoder = &decoder;
  Text line;
  report::print_line(line, record, {});
  require(view(line).find('\n') == line.size() - 1, "it is one line", view(line));
  report::print_detail(line, record, {}, true);
  const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == '\x7F'; };
  require(std::ranges::none_of(view(line), is_control), "no control character is printed", view(line));
  Text json;
  report::print_json(json, record, {});
  require(nlohmann::json::parse(view(json), nullptr, false).is_object(), "JSON parses", view(json));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHeadBytes || size > fuzz::kMessageBytesMax) return 0;
  const auto first = data[0];
  const bool is_ikev1 = data[1] % 2 == 1;
  const auto plain = Bytes{data, size}.subspan(kHeadBytes);
  std::vector<ike::Payload> payloads;
  check_payloads(plain, is_ikev1, static_cast<ike::PayloadType>(first), payloads);
  const auto around = message_around(first, is_ikev1);
  static proto::DecoderOf<ike::State, ike::Message> decoder{ike::State{}};
  const auto status = decoder.decode(around, 0);
  require(status.has_value(), "the message around decodes", status ? "" : status.error().field);
  require(decoder.message().find(static_cast<ike::PayloadType>(0xFF)) == nullptr, "what is not there is not found");
  ike::show_decrypted(decoder.message(), payloads);
  check_shown(decoder, around);
  return 0;
}
