// Single values as text, shared by the printers.
#include "value.hpp"

#include "sasync/proto/value_text.hpp"
#include "sasync/report/record.hpp"

namespace sasync::report {

void append_secret(Text& out, Bytes bytes, const Style& style) {
  if (style.show_secrets) {
    append_hex(out, bytes);
    return;
  }
  append(out, '<');
  append_decimal(out, bytes.size());
  append(out, " bytes redacted>");
}

void append_unknown_bytes(Text& out, const proto::Unknown& unknown, const Style& style) {
  if (unknown.may_be_secret) return append_secret(out, unknown.bytes, style);
  append_hex(out, unknown.bytes);
}

void append_virtual_mac(Text& out, const proto::fgcp::VirtualMac& mac) {
  append(out, "group ");
  append_decimal(out, mac.group_id);
  append(out, " vcluster ");
  append_decimal(out, mac.virtual_cluster);
  append(out, " interface ");
  append_decimal(out, mac.interface_index);
  if (mac.inferred) append(out, " (inferred)");
}

void append_value(Text& out, const proto::Value& value, const Style& style) {
  std::visit(overloaded{
                 [&](const proto::Number& number) { append_decimal(out, number.value); },
                 [&](const proto::BigNumber& number) { append_decimal(out, number.value); },
                 [&](const proto::Boolean& boolean) { append(out, boolean.value ? "true" : "false"); },
                 [&](const proto::Flags& flags) {
                   std::string_view separator;
                   for_each_flag(flags, [&](std::string_view name) {
                     append(out, separator);
                     append(out, name);
                     separator = ",";
                   });
                 },
                 [&](const proto::WireText& text) { append_escaped(out, text.text); },
                 [&](const proto::Octets& octets) { append_hex(out, octets.bytes); },
                 [&](const proto::Secret& secret) { append_secret(out, secret.bytes, style); },
                 [&](const proto::Hex& hex) { append_hex(out, hex.value, hex.digits); },
                 [&](const proto::Address& address) { proto::append(out, address.address); },
                 [&](const proto::Mac& mac) { proto::append(out, mac.address); },
                 [&](const proto::Identity& identity) {
                   append(out, identity.type);
                   append(out, ' ');
                   Text plain;
                   proto::append_value(plain, identity);
                   append_escaped(out, view(plain));
                 },
                 [](const proto::OpenObject&) {},
                 [](const proto::OpenArray&) {},
                 [](const proto::Close&) {},
                 [&](const auto& other) { proto::append(out, other); },
             },
             value);
}

}  // namespace sasync::report
