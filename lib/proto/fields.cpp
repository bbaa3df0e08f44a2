#include "sasync/proto/fields.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "sasync/base/reader.hpp"

namespace sasync::proto {

void Fields::clear() {
  fields_.clear();
  unknown_.clear();
  kept_.clear();
  plain_ = {};
  names_seen_ = 0;
  depth_ = 0;
}

void Fields::add(std::string_view name, std::size_t offset, std::size_t length, Value value, bool list) {
  fields_.push_back({.name = name,
                     .offset = static_cast<std::uint32_t>(offset),
                     .length = static_cast<std::uint32_t>(length),
                     .value = std::move(value),
                     .list = list});
  if (depth_ == 0) link_to_earlier(static_cast<std::uint32_t>(fields_.size() - 1));
}

void Fields::open_object(std::string_view name, std::size_t offset, std::size_t length) {
  add(name, offset, length, OpenObject{});
  ++depth_;
}

void Fields::open_array(std::string_view name, std::size_t offset, std::size_t length) {
  add(name, offset, length, OpenArray{});
  ++depth_;
}

void Fields::close() {
  add({}, 0, 0, Close{});
  --depth_;
}

Bytes Fields::plain_bytes(const Field& field) const {
  if (field.offset < plain_offset_ || plain_.empty()) return {};
  Reader reader{plain_};
  reader.take(field.offset - plain_offset_, "");
  return reader.take(std::min<std::size_t>(field.length, reader.left()), "");
}

std::string_view Fields::keep(std::string text) { return kept_.emplace_front(std::move(text)); }

// The walk back is short: the same name stands near, or its hash bit is clear. A name that is new in spite of a set bit
// walks back once, and there are few names.
void Fields::link_to_earlier(std::uint32_t index) {
  auto& field = fields_[index];
  const auto bit = std::uint64_t{1} << (std::hash<const char*>{}(field.name.data()) / 8 % 64);
  const bool maybe_seen = (names_seen_ & bit) != 0;
  names_seen_ |= bit;
  if (!maybe_seen) return;
  unsigned nested = 0;
  for (std::uint32_t i = index; i-- > 0;) {
    if (std::holds_alternative<Close>(fields_[i].value)) ++nested;
    if (std::holds_alternative<OpenObject>(fields_[i].value) || std::holds_alternative<OpenArray>(fields_[i].value)) {
      --nested;
    }
    if (nested == 0 && fields_[i].name == field.name) {
      fields_[i].next_same = index;
      field.repeats = true;
      return;
    }
  }
}

}  // namespace sasync::proto
