#include "sasync/proto/identity.hpp"

#include <openssl/bio.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>

#include "sasync/base/reader.hpp"
#include "sasync/proto/ike_names.hpp"

namespace sasync::proto {
namespace {

enum IdentityType : std::uint8_t {
  kAny = 0,
  kIpv4 = 1,
  kFqdn = 2,
  kRfc822 = 3,
  kIpv4Subnet = 4,
  kIpv6 = 5,
  kIpv6Subnet = 6,
  kIpv4Range = 7,
  kIpv6Range = 8,
  kDerDn = 9,
  kKeyId = 11,
  kDerGnUri = 201,  ///< strongSwan's own
};

// A name of more bytes is shown as octets: identities on the wire are far below, and printing is not linear.
constexpr std::size_t kDistinguishedNameBytesMax = 4096;

/// Form of an identity whose type gives it a size, or octets when the size is another.
Identity::Form form_of(std::uint8_t type, std::size_t size) {
  using Form = Identity::Form;
  switch (type) {
    case kIpv4:
      return size == 4 ? Form::address : Form::octets;
    case kIpv6:
      return size == 16 ? Form::address : Form::octets;
    case kIpv4Subnet:
      return size == 8 ? Form::subnet : Form::octets;
    case kIpv6Subnet:
      return size == 32 ? Form::subnet : Form::octets;
    case kIpv4Range:
      return size == 8 ? Form::range : Form::octets;
    case kIpv6Range:
      return size == 32 ? Form::range : Form::octets;
    case kAny:
      return size == 0 ? Form::text : Form::octets;
    case kFqdn:
    case kRfc822:
    case kDerGnUri:
      return Form::text;
    default:
      return Form::octets;
  }
}

/// Attribute types by the DER octets of their object identifiers, in OpenSSL's spelling.
struct AttributeType {
  std::string_view object_identifier;
  std::string_view name;
};
constexpr std::array kAttributeTypes{AttributeType{"\x55\x04\x03", "CN"},
                                     AttributeType{"\x55\x04\x06", "C"},
                                     AttributeType{"\x55\x04\x07", "L"},
                                     AttributeType{"\x55\x04\x08", "ST"},
                                     AttributeType{"\x55\x04\x0a", "O"},
                                     AttributeType{"\x55\x04\x0b", "OU"},
                                     AttributeType{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress"}};

/// Characters that stand for themselves inside a value; a blank does at its ends not.
bool is_plain(std::uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '.' ||
         byte == '-' || byte == '_' || byte == '@' || byte == ':' || byte == '/' || byte == ' ';
}

/// The content of a DER value of that tag with a one-byte length; fails the reader on anything else.
Bytes der_value(Reader& reader, std::uint8_t tag) {
  if (reader.u8("tag") != tag) reader.fail(DecodeErrc::bad_value, "tag");
  const auto length = reader.u8("length");
  if (length >= 0x80U) reader.fail(DecodeErrc::bad_length, "length");
  return reader.take(length, "value");
}

/// The names that nearly all certificates have, an order of magnitude faster than OpenSSL prints them: short, one
/// attribute an RDN, known types, plain characters. Empty for any other; the same text as OpenSSL's where it is one.
std::string plain_distinguished_name(Bytes der) {
  constexpr std::uint8_t kSequence = 0x30;
  constexpr std::uint8_t kSet = 0x31;
  constexpr std::uint8_t kUtf8String = 0x0C;
  constexpr std::uint8_t kPrintableString = 0x13;
  constexpr std::uint8_t kIa5String = 0x16;
  constexpr std::uint8_t kObjectIdentifier = 0x06;
  Reader whole{der};
  Reader rdns{der_value(whole, kSequence)};
  std::string text;
  text.reserve(der.size());  // its tags take more room than what is written for them, mostly
  while (rdns.more()) {
    Reader set{der_value(rdns, kSet)};
    Reader attribute{der_value(set, kSequence)};
    const auto type = as_text(der_value(attribute, kObjectIdentifier));
    const auto string_tag = attribute.u8("tag");
    const auto value = attribute.take(attribute.u8("length"), "value");
    const auto known = std::ranges::find(kAttributeTypes, type, &AttributeType::object_identifier);
    if (set.failed() || set.more() || attribute.failed() || attribute.more() || known == kAttributeTypes.end() ||
        (string_tag != kUtf8String && string_tag != kPrintableString && string_tag != kIa5String) || value.empty() ||
        value.front() == ' ' || value.back() == ' ' || !std::ranges::all_of(value, is_plain)) {
      return {};
    }
    if (!text.empty()) text += ", ";
    text.append(known->name).append("=").append(as_text(value));
  }
  return whole.failed() || whole.more() || rdns.failed() ? std::string{} : text;
}

bool is_printable(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= ' ' && byte <= '~'; });
}

}  // namespace

std::string distinguished_name(Bytes der) {
  if (der.size() > kDistinguishedNameBytesMax) return {};
  if (auto plain = plain_distinguished_name(der); !plain.empty()) return plain;
  const unsigned char* position = der.data();
  const std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)> name(
      d2i_X509_NAME(nullptr, &position, static_cast<long>(der.size())), &X509_NAME_free);
  if (!name || position != der.data() + der.size()) return {};
  const std::unique_ptr<BIO, decltype(&BIO_free)> sink(BIO_new(BIO_s_mem()), &BIO_free);
  if (!sink) return {};
  const unsigned long form = (XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_UTF8_CONVERT;
  if (X509_NAME_print_ex(sink.get(), name.get(), 0, form) < 0) return {};
  char* text = nullptr;
  const long length = BIO_ctrl(sink.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&text));
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string{};
}

Identity make_identity(std::uint8_t type, Bytes data, Fields& fields) {
  auto name = identity_type_name(type);
  if (name.empty()) name = fields.keep(std::to_string(type));
  Identity identity{.type = name, .value = data, .form = form_of(type, data.size())};
  if (type == kDerDn) {
    if (auto text = distinguished_name(data); !text.empty()) {
      identity.value = as_bytes(fields.keep(std::move(text)));
      identity.form = Identity::Form::text;
    }
  } else if (type == kKeyId && !data.empty() && is_printable(data)) {
    identity.form = Identity::Form::text;
  }
  return identity;
}

}  // namespace sasync::proto
