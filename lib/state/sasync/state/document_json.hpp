#pragma once
// sasync-state/1 as JSON, both ways. Writing what was read gives the same document, unknown keys included.

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sasync/base/text.hpp"
#include "sasync/state/document.hpp"
#include "sasync/state/text_source.hpp"

namespace sasync::state {

inline constexpr std::string_view kFormat = "sasync-state/1";

/// Why a text is no state document.
struct ReadError {
  std::string path;          ///< of the value: "members[0].ike_sas[3].initiator_spi"; "" for the document itself
  std::string expected;      ///< what should have been there
  std::uint64_t offset = 0;  ///< bytes of the text before the place where it was noticed
};

/// "members[0].ike_sas[3].initiator_spi: expected a string of 16 lower-case hex digits (at byte 217)"
std::string describe(const ReadError& error);

/// Strict about the types of the keys it knows, about keys that come twice, and about JSON; a key it does not know is
/// kept, wherever it stands. Memory is that of the document: the text passes by.
std::expected<Document, ReadError> read_document(const TextSource& text);
std::expected<Document, ReadError> read_document(std::string_view text);

/// What stands in a text that ends too early: the SAs that are whole, of the members that are begun.
struct PartialDocument {
  Document document{};
  std::optional<ReadError> cut{};  ///< where it ends; nothing of a whole one
};
/// As read_document(), but a text that ends too early is no error once a member is begun.
std::expected<PartialDocument, ReadError> read_part(const TextSource& text);

/// One object on one line, a line feed behind it. Keys stand in the order of docs/state-document.md, unknown ones last.
void append_document(Text& out, const Document& document);

/// Takes the text piece by piece; false stops the writing.
using TextSink = std::function<bool(std::string_view piece)>;
/// The same in constant memory. False when the sink said so.
bool write_document(const Document& document, const TextSink& sink);

}  // namespace sasync::state
