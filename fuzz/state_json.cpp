// State documents: what is read is written, and read again it is the same; in one piece or in many.

#include "importing.hpp"
#include "sasync/state/document_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  using fuzz::require;
  if (size > fuzz::kTextBytesMax) return 0;
  const auto text = as_text({data, size});
  const auto document = state::read_document(text);
  if (!document) {
    require(document.error().offset <= size, "an error lies inside the text");
    require(!describe(document.error()).empty(), "an error has words");
    return 0;
  }
  fuzz::check_document(*document);
  Text whole;
  state::append_document(whole, *document);
  require(*state::read_document(view(whole)) == *document, "a document comes back as it was");
  Text pieces;
  state::write_document(*document, [&](std::string_view piece) {
    append(pieces, piece);
    return true;
  });
  require(view(whole) == view(pieces), "a document written in pieces is the same");
  return 0;
}
