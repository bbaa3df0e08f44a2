// Apart from the other constructors: it brings the table of protocols, and every decoder, with it.
#include "decoding.hpp"

namespace sasync::fuzz {
namespace {

const proto::Protocol& row(std::string_view name) {
  const auto found = proto::find_protocol(name);
  require(found.has_value(), "the target's protocol is in the table", name);
  return proto::protocols()[*found];
}

}  // namespace

Decoding::Decoding(std::string_view name, const proto::DecodeOptions& options) : Decoding(row(name), options) {}

}  // namespace sasync::fuzz
