#pragma once
// State documents out of what gateways print. docs/importers.md says what each line becomes.
//
//   const auto* importer = recognize(beginning_of_the_text);
//   Lines lines(text);
//   const Imported imported = importer->import(lines, {});

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/import/lines.hpp"
#include "sasync/net/address.hpp"
#include "sasync/state/document.hpp"

namespace sasync::importer {

struct ImportOptions {
  std::string member_name{};  ///< of a dump that does not say whose it is
  /// Addresses of the gateway itself: tells inbound from outbound where a dump lists single SAs without saying it.
  std::vector<net::IpAddress> local_addresses{};
  /// Keys as details, in hex. Otherwise only how long they are: "<32 bytes redacted>".
  bool keep_secrets = false;
  std::size_t kept_lines_max = 1000;  ///< of those not understood
};

/// A line that nobody understood, or a remark on one that was.
struct Remark {
  std::size_t line = 0;  ///< from 1; 0: about the whole text
  std::string text{};    ///< of the line as it came, at most kRemarkBytesMax of it: escape it before printing
  std::string reason{};
};
inline constexpr std::size_t kRemarkBytesMax = 200;

struct Imported {
  state::Document document{};
  std::size_t lines = 0;
  std::size_t not_understood_count = 0;  ///< exact, also beyond the kept ones
  std::vector<Remark> not_understood{};  ///< the first kept_lines_max, in their order
  std::vector<Remark> warnings{};        ///< understood, but something is odd: cut off, listed twice, assumed
  bool damaged = false;                  ///< a warning says more than that something was assumed
};

/// One kind of dump.
struct Importer {
  std::string_view name;   ///< as in `[FORMAT:]PATH` of sasync-diff
  std::string_view title;  ///< for people
  /// How many lines of the beginning of a text look like this kind. The text may be cut anywhere.
  std::size_t (*recognize)(std::string_view beginning);
  /// Never fails: what is not understood is in the result.
  Imported (*import)(Lines& lines, const ImportOptions& options);
};

/// The table of importers.
std::span<const Importer> importers();
/// nullptr when there is none of that name.
const Importer* find_importer(std::string_view name);

/// Bytes at the beginning of a text that suffice for recognize().
inline constexpr std::size_t kRecognizeBytes = std::size_t{64} << 10U;
/// The importer that knows most lines of the beginning; nullptr when none knows any.
const Importer* recognize(std::string_view beginning);

}  // namespace sasync::importer
