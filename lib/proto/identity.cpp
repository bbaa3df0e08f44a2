#include "sasync/proto/identity.hpp"

#include <openssl/bio.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

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
      return Form::text;
    default:
      return Form::octets;
  }
}

bool is_printable(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= ' ' && byte <= '~'; });
}

}  // namespace

std::string distinguished_name(Bytes der) {
  if (der.size() > kDistinguishedNameBytesMax) return {};
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
