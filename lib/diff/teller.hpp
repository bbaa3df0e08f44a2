#pragma once
// Where differences go: counted, and handed on unless the user asked to leave them out. Private to diff.

#include "sasync/diff/diff.hpp"

namespace sasync::diff {

class Teller {
 public:
  Teller(const Options& options, const Sink& sink) : options_(options), sink_(sink) {}

  /// Of the field itself, and of what it is a part of: "local" of "local.port".
  [[nodiscard]] bool ignores(std::string_view field) const {
    const auto& ignored = options_.ignored;
    if (ignored.empty()) return false;
    return ignored.contains(field) || ignored.contains(field.substr(0, field.find('.')));
  }
  [[nodiscard]] bool tolerates(std::string_view field, std::uint64_t a, std::uint64_t b) const {
    const auto found = options_.tolerance.find(field);
    return found != options_.tolerance.end() && (a > b ? a - b : b - a) <= found->second;
  }
  void tell(const Difference& difference) {
    ++(difference.expected ? summary.expected : summary.unexpected);
    sink_(difference);
  }

  Summary summary{};

 private:
  const Options& options_;
  const Sink& sink_;
};

}  // namespace sasync::diff
