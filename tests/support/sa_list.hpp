#pragma once
// Reads what `swanctl --list-sas --raw` prints: one line an IKE_SA,
//   list-sa event {NAME {key=value ... child-sas {NAME {key=value ...} NAME {...}}}}
// and at the end "list-sas reply {}". A value ends at a blank or a brace; one in brackets, which nest, may have blanks
// in it: local-ts=[192.168.1.0/24[tcp/https] 10.0.0.0/8].

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sasync::test {

struct NamedSection;

/// A section: keys with values, and sections inside it, in order.
struct Section {
  std::map<std::string, std::string> values;
  std::vector<NamedSection> sections;

  [[nodiscard]] const Section& at(std::string_view name) const;
};

struct NamedSection {
  std::string name;
  Section section;
};

inline const Section& Section::at(std::string_view name) const {
  for (const auto& inner : sections) {
    if (inner.name == name) return inner.section;
  }
  throw std::invalid_argument("no section " + std::string{name});
}

class SaListReader {
 public:
  explicit SaListReader(std::string_view text) : text_(text) {}

  /// The IKE_SAs with their names, in the list's order.
  std::vector<NamedSection> read() {
    std::vector<NamedSection> sas;
    while (accept("list-sa event {")) {
      auto event = section();
      if (event.sections.size() != 1 || !event.values.empty()) fail("an event holds one IKE_SA");
      sas.push_back(std::move(event.sections.front()));
      if (!accept("\n")) fail("expected the end of the line");
    }
    if (!accept("list-sas reply {}\n") || at_ != text_.size()) fail("expected the reply that ends the list");
    return sas;
  }

 private:
  /// What is behind an opened brace, up to and with its closing one.
  Section section() {
    Section result;
    while (!accept("}")) {
      const auto key = token("= {}");
      if (accept("=")) {
        if (!result.values.emplace(key, value()).second) fail("a key twice");
      } else if (accept(" {")) {
        result.sections.push_back({key, section()});
      } else {
        fail("expected a value or a section");
      }
      accept(" ");
    }
    return result;
  }

  std::string value() {
    if (at_ == text_.size() || text_[at_] != '[') return token(" {}");
    const auto begin = at_;
    for (int depth = 0; at_ < text_.size();) {
      const char c = text_[at_++];
      if (c == '[') ++depth;
      if (c == ']' && --depth == 0) return std::string{text_.substr(begin, at_ - begin)};
    }
    fail("a list without its end");
  }

  std::string token(std::string_view ends) {
    const auto end = text_.find_first_of(ends, at_);
    if (end == std::string_view::npos || end == at_) fail("expected a word");
    const auto word = text_.substr(at_, end - at_);
    at_ = end;
    return std::string{word};
  }

  bool accept(std::string_view words) {
    if (!text_.substr(at_).starts_with(words)) return false;
    at_ += words.size();
    return true;
  }

  [[noreturn]] void fail(const char* what) const {
    throw std::invalid_argument(std::string{what} + " at byte " + std::to_string(at_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace sasync::test
