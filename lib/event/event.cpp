#include "sasync/event/event.hpp"

#include <algorithm>
#include <unordered_map>

namespace sasync::event {

Body::Body() = default;
Body::Body(const Body& other) = default;
Body::Body(Body&& other) noexcept = default;
Body& Body::operator=(const Body& other) = default;
Body& Body::operator=(Body&& other) noexcept = default;
Body::~Body() = default;
bool Body::operator==(const Body& other) const {
  return static_cast<const AnyBody&>(*this) == static_cast<const AnyBody&>(other);
}

std::optional<Field> field_from_name(std::string_view name) {
  static const auto kByName = [] {
    std::unordered_map<std::string_view, Field> fields;
    for (const auto& entry : kFieldNames) fields.emplace(entry.name, entry.field);
    return fields;
  }();
  const auto found = kByName.find(name);
  if (found == kByName.end()) return std::nullopt;
  return found->second;
}

void KeyMaterial::set(KeyKind kind, Secret value) {
  const auto at = std::lower_bound(keys_.begin(), keys_.end(), kind,
                                   [](const Key& key, KeyKind wanted) { return key.kind < wanted; });
  if (at != keys_.end() && at->kind == kind) {
    at->value = std::move(value);
  } else {
    keys_.insert(at, Key{kind, std::move(value)});
  }
}

const Secret* KeyMaterial::find(KeyKind kind) const {
  for (const auto& key : keys_) {
    if (key.kind == kind) return &key.value;
  }
  return nullptr;
}

}  // namespace sasync::event
