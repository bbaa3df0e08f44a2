#include "sasync/diff/print.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "sasync/base/colour.hpp"

namespace sasync::diff {
namespace {

constexpr unsigned kIkeSpiDigits = 16;
constexpr unsigned kSpiDigits = 8;

std::string header_of(const Difference& difference) {
  Text text;
  switch (difference.object) {
    case Object::route:
      append(text, "routes");
      break;
    case Object::counter:
      append(text, "counters");
      break;
    case Object::member:
      append(text, "members");
      break;
    case Object::interface:
    case Object::ike_sa:
    case Object::child_sa:
      append(text, "tunnel ");
      append_escaped(text, difference.tunnel.empty() ? std::string_view{"(no name)"} : difference.tunnel);
      if (!difference.initiator_spi || !difference.responder_spi) break;
      append(text, "  ");
      append_hex(text, *difference.initiator_spi, kIkeSpiDigits);
      append(text, '/');
      append_hex(text, *difference.responder_spi, kIkeSpiDigits);
      break;
  }
  return std::string{view(text)};
}

void append_subject(Text& out, const Difference& difference) {
  if (difference.object == Object::ike_sa) append(out, "IKE SA");
  if (difference.object == Object::member) {
    append_escaped(out, difference.member.empty() ? std::string_view{"member"} : difference.member);
  }
  if (difference.object == Object::route) {
    append_escaped(out, difference.kind == Kind::missing ? difference.left : difference.right);
    append(out, " into ");
    append_escaped(out, difference.tunnel);
  }
  if (difference.object != Object::child_sa) return;
  append(out, "IPsec SA");
  if (!difference.child.empty()) {
    append(out, ' ');
    append_escaped(out, difference.child);
  }
  const auto spi = [&](const std::optional<std::uint32_t>& value) {
    value ? append_hex(out, *value, kSpiDigits) : append(out, '-');
  };
  append(out, ' ');
  spi(difference.spi_in);
  append(out, '/');
  spi(difference.spi_out);
}

/// What stands before the line, and its colour: what is expected stands back.
std::pair<std::string_view, std::string_view> mark_of(const Difference& difference) {
  const auto colour = [&](std::string_view of_kind) { return difference.expected ? kDim : of_kind; };
  switch (difference.kind) {
    case Kind::missing:
      return {"< ", colour(kRed)};
    case Kind::extra:
      return {"> ", colour(kGreen)};
    case Kind::changed:
      break;
  }
  return {"! ", colour(kYellow)};
}

class JsonObject {
 public:
  explicit JsonObject(Text& out) : out_(out) { append(out_, '{'); }
  void text(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
  }
  void hex(std::string_view key, std::uint64_t value, unsigned digits) {
    name(key);
    append(out_, '"');
    append_hex(out_, value, digits);
    append(out_, '"');
  }
  void raw(std::string_view key, std::string_view value) {
    name(key);
    append(out_, value);
  }
  void close() { append(out_, '}'); }

 private:
  void name(std::string_view key) {
    if (!first_) append(out_, ',');
    first_ = false;
    append_json_string(out_, key);
    append(out_, ':');
  }
  Text& out_;
  bool first_ = true;
};

}  // namespace

void TextPrinter::print(Text& out, const Difference& difference) {
  auto header = header_of(difference);
  if (header != header_) {
    append(out, header);
    append(out, '\n');
    header_ = std::move(header);
    consequence_.clear();
  }
  const auto [mark, colour] = mark_of(difference);
  append_coloured(out, mark, colour, colour_);
  append_subject(out, difference);
  if (difference.kind == Kind::changed) {
    const bool stands_alone = difference.object == Object::counter || difference.object == Object::interface;
    if (!stands_alone) append(out, ' ');
    Text field;
    append_escaped(field, difference.field);  // of an interface it is the name
    append_coloured(out, view(field), colour, colour_);
    append(out, ": ");
    append_escaped(out, difference.left);
    append(out, " | ");
    append_escaped(out, difference.right);
  } else {
    append(out, ": ");
    append_coloured(out, difference.kind == Kind::missing ? "only left" : "only right", colour, colour_);
  }
  if (difference.expected) {
    append(out, "  (expected: ");
    append(out, difference.rule);
    append(out, ')');
  }
  append(out, '\n');
  if (difference.consequence.empty() || difference.consequence == consequence_) return;
  consequence_ = difference.consequence;
  append(out, "    ");
  append(out, difference.consequence);
  append(out, '\n');
}

void append_json(Text& out, const Difference& difference) {
  JsonObject object{out};
  object.text("kind", name_of(difference.kind));
  object.text("class", difference.expected ? "expected" : "unexpected");
  object.text("object", name_of(difference.object));
  if (!difference.tunnel.empty()) object.text("tunnel", difference.tunnel);
  if (!difference.child.empty()) object.text("child", difference.child);
  if (!difference.member.empty()) object.text("member", difference.member);
  if (difference.initiator_spi) object.hex("initiator_spi", *difference.initiator_spi, kIkeSpiDigits);
  if (difference.responder_spi) object.hex("responder_spi", *difference.responder_spi, kIkeSpiDigits);
  if (difference.spi_in) object.hex("spi_in", *difference.spi_in, kSpiDigits);
  if (difference.spi_out) object.hex("spi_out", *difference.spi_out, kSpiDigits);
  if (!difference.field.empty()) {
    object.text("field", difference.field);
    if (difference.kind != Kind::extra) object.text("left", difference.left);
    if (difference.kind != Kind::missing) object.text("right", difference.right);
  }
  if (!difference.rule.empty()) object.text("rule", difference.rule);
  if (!difference.consequence.empty()) object.text("consequence", difference.consequence);
  object.close();
}

void append_json(Text& out, std::string_view left, std::string_view right, const Summary& summary,
                 std::string_view differences) {
  JsonObject object{out};
  object.text("format", "sasync-diff/1");
  object.text("left", left);
  object.text("right", right);
  object.raw("equal", summary.unexpected == 0 ? "true" : "false");
  object.raw("differences", "[");
  append(out, differences);
  append(out, ']');
  if (summary.outcomes) {
    Text counts;
    JsonObject outcomes{counts};
    for (std::size_t i = 0; i < model::kOutcomeCount; ++i) {
      outcomes.raw(model::name_of(static_cast<model::Outcome>(i)), std::to_string((*summary.outcomes)[i]));
    }
    outcomes.close();
    object.raw("outcomes", view(counts));
  }
  object.close();
  append(out, '\n');
}

void print_outcomes(Text& out, const Summary& summary) {
  if (!summary.outcomes) return;
  append(out, "if the failover came now:");
  for (std::size_t i = 0; i < model::kOutcomeCount; ++i) {
    fmt::format_to(std::back_inserter(out), "{} {} {}", i == 0 ? "" : ",", (*summary.outcomes)[i],
                   model::name_of(static_cast<model::Outcome>(i)));
  }
  append(out, '\n');
}

void print_summary(Text& out, const Summary& summary) {
  fmt::format_to(std::back_inserter(out),
                 "IKE SAs: {} | {}\nIPsec SAs: {} | {}\ndifferences: {} unexpected, {} expected\n",
                 summary.ike_sas_left, summary.ike_sas_right, summary.child_sas_left, summary.child_sas_right,
                 summary.unexpected, summary.expected);
  print_outcomes(out, summary);
}

}  // namespace sasync::diff
