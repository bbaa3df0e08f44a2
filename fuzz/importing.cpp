#include "importing.hpp"

#include <algorithm>

#include "sasync/state/document_json.hpp"

namespace sasync::fuzz {
namespace {

/// Two addresses of the samples: what tells a dump of single SAs which way they go.
importer::ImportOptions options_with_addresses() {
  importer::ImportOptions options;
  options.member_name = "A";
  options.keep_secrets = true;
  options.kept_lines_max = 3;
  for (const auto& octets : {std::array<std::uint8_t, 4>{192, 0, 2, 1}, std::array<std::uint8_t, 4>{10, 3, 0, 1}}) {
    options.local_addresses.push_back(net::IpAddress::from(octets));
  }
  return options;
}

/// A source that gives a few bytes at a time, so that pieces end in every place.
state::TextSource in_pieces(std::string_view text) {
  constexpr std::size_t kPiece = 13;
  return [text](std::span<char> into) mutable {
    const auto count = std::min({text.size(), into.size(), kPiece});
    std::copy_n(text.begin(), count, into.begin());
    text.remove_prefix(count);
    return count;
  };
}

/// A name finds the importer that has it, and no other text finds one.
void check_name(std::string_view name) {
  const auto* found = importer::find_importer(name);
  const auto known = std::ranges::count(importer::importers(), name, &importer::Importer::name);
  require(known == (found == nullptr ? 0 : 1), "an importer is found by its name alone", name);
}

/// The importer that is taken for a text knows more lines of its beginning than any other.
void check_recognized(std::string_view text) {
  const auto beginning = text.substr(0, importer::kRecognizeBytes);
  const auto* taken = importer::recognize(text);
  const auto known = taken == nullptr ? 0 : taken->recognize(beginning);
  require((taken == nullptr) == (known == 0), "what is recognized has a line that is known");
  for (const auto& other : importer::importers()) {
    require(other.recognize(beginning) <= known, "no importer knows more lines than the one taken", other.name);
  }
}

}  // namespace

const importer::Importer& importer_named(std::string_view name) {
  const auto* importer = importer::find_importer(name);
  require(importer != nullptr, "the target's importer is in the table", name);
  return *importer;
}

void check_document(const state::Document& document) {
  Text json;
  state::append_document(json, document);
  const auto read = state::read_document(view(json));
  require(read.has_value(), "a document that was written can be read", read ? "" : describe(read.error()));
  Text again;
  state::append_document(again, *read);
  require(view(again) == view(json), "a document is written again as it was read", view(json));
}

void fuzz_importer(const importer::Importer& importer, Bytes in) {
  if (in.size() > kTextBytesMax) return;
  const auto text = as_text(in);
  check_name(text.substr(0, text.find(':')));
  check_recognized(text);

  importer::Lines lines(text);
  const auto imported = importer.import(lines, {});
  require(imported.not_understood_count <= imported.lines, "no more lines are not understood than there are");
  require(imported.not_understood.size() <= imported.not_understood_count, "what is kept was counted");
  check_document(imported.document);

  importer::Lines pieces(in_pieces(text));
  const auto again = importer.import(pieces, {});
  require(again.document == imported.document && again.lines == imported.lines,
          "a text in pieces is read like one in one piece");

  // Lines that are too long for memory, seen from near by.
  constexpr importer::LineLimits kShort{.line_bytes_max = 100, .read_bytes = 24};
  importer::Lines short_lines(text, kShort);
  const auto cut = importer.import(short_lines, {});
  importer::Lines short_pieces(in_pieces(text), kShort);
  const auto cut_again = importer.import(short_pieces, {});
  require(cut.document == cut_again.document && cut.lines == cut_again.lines &&
              cut.not_understood_count == cut_again.not_understood_count,
          "a line is cut alike in pieces and in one piece");

  static const auto kOptions = options_with_addresses();
  importer::Lines third(text);
  check_document(importer.import(third, kOptions).document);
}

}  // namespace sasync::fuzz
