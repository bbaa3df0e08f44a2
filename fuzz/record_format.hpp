#pragma once
// Inputs that are a head and then records of one size: the lives of clusters.

#include <algorithm>

#include "mutation.hpp"

namespace sasync::fuzz {

class RecordFormat final : public Format {
 public:
  RecordFormat(std::size_t head_bytes, std::size_t record_bytes, std::size_t records_max)
      : head_bytes_(head_bytes), record_bytes_(record_bytes), records_max_(records_max) {}

  bool split(Bytes input, Pieces& pieces) override {
    if (input.size() < head_bytes_) return false;
    pieces.head = input.first(head_bytes_);
    for (auto rest = input.subspan(head_bytes_); rest.size() >= record_bytes_ && pieces.elements.size() < records_max_;
         rest = rest.subspan(record_bytes_)) {
      pieces.elements.push_back(rest.first(record_bytes_));
    }
    return true;
  }

  Octets make_element(const Pieces& /*pieces*/, Random& random) override {
    Octets record(record_bytes_);
    std::ranges::generate(record, [&] { return static_cast<std::uint8_t>(random.number()); });
    return record;
  }

  /// One byte, at random or as another record has it: what happens next should mostly be about the same SAs.
  Octets changed_element(Bytes element, const Pieces& pieces, Random& random) override {
    Octets record(element.begin(), element.end());
    const auto at = random.below(record.size());
    record[at] = random.once_in(2) ? pieces.elements[random.below(pieces.elements.size())][at]
                                   : static_cast<std::uint8_t>(random.number());
    return record;
  }

  void change_head(Octets& head, Random& random) override {
    head[random.below(head.size())] = static_cast<std::uint8_t>(random.number());
  }
  void finish(std::span<std::uint8_t> /*input*/, Random& /*random*/) override {}

  bool is_plain(Random& random) override { return random.once_in(16); }

 private:
  std::size_t head_bytes_, record_bytes_, records_max_;
};

}  // namespace sasync::fuzz
