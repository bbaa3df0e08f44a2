#pragma once
// Two sides of a comparison, and what it says, as short lines.

#include <string>
#include <vector>

#include "sasync/diff/diff.hpp"
#include "sasync/import/importer.hpp"
#include "support/corpus_text.hpp"

namespace sasync::test {

inline state::Document imported(const std::filesystem::path& path) {
  const auto text = file_text(path);
  const auto* importer = importer::recognize(std::string_view{text}.substr(0, importer::kRecognizeBytes));
  if (importer == nullptr) importer = importer::find_importer("swanctl");  // an empty list
  importer::Lines lines{std::string_view{text}};
  return importer->import(lines, {}).document;
}

/// "missing child_sa 5aee8456", "changed ike_sa state [established|passive] expected".
inline std::string line_of(const diff::Difference& it) {
  std::string line = std::string{name_of(it.kind)} + " " + std::string{name_of(it.object)};
  const auto hex = [](std::uint64_t value, int digits) {
    std::string text(static_cast<std::size_t>(digits), '0');
    for (auto at = text.rbegin(); at != text.rend(); ++at, value >>= 4U) *at = "0123456789abcdef"[value & 0xF];
    return text;
  };
  if (it.object == diff::Object::ike_sa && it.initiator_spi) line += " " + hex(*it.initiator_spi, 16);
  if (it.object == diff::Object::child_sa && it.spi_in) line += " " + hex(*it.spi_in, 8);
  if (!it.member.empty()) line += " " + std::string{it.member};
  if (!it.field.empty()) line += " " + std::string{it.field} + " [" + it.left + "|" + it.right + "]";
  return line;
}

struct Said {
  std::vector<std::string> unexpected, expected;
  std::vector<std::string> consequences;  ///< of the unexpected ones, with their rules: "FG-8: after failover: ..."
  diff::Summary summary;
};

inline Said compared(const state::Member& left, const state::Member& right, const diff::Options& options = {}) {
  Said said;
  said.summary = diff::compare(left, right, options, [&](const diff::Difference& it) {
    (it.expected ? said.expected : said.unexpected).push_back(line_of(it));
    if (!it.expected) said.consequences.push_back(it.rule + ": " + it.consequence);
  });
  return said;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "; ";
  return text;
}

}  // namespace sasync::test
