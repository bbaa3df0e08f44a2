#pragma once
// The rules that hold for every importer, whatever the text:
//   every line is understood or counted;
//   the document is written and read back as it is;
//   it is the same whether the text comes in one piece or in many.

#include "oracle.hpp"
#include "sasync/import/importer.hpp"

namespace sasync::fuzz {

inline constexpr std::size_t kTextBytesMax = std::size_t{256} << 10U;

const importer::Importer& importer_named(std::string_view name);
void fuzz_importer(const importer::Importer& importer, Bytes in);

/// The document is written, read, and written again as it was. (Bytes that are no UTF-8 are texts of \xNN from then
/// on.)
void check_document(const state::Document& document);

}  // namespace sasync::fuzz
