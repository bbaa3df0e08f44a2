#pragma once
// What many records say alike, kept once.

#include <memory>
#include <utility>

namespace sasync {

/// A value that may be kept once for many holders. It copies and compares like the value itself; a default one takes no
/// memory of its own.
template <class T>
class SharedValue {
 public:
  SharedValue() : value_(nothing()) {}
  explicit SharedValue(T value) : value_(std::make_shared<T>(std::move(value))) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  bool operator==(const SharedValue& other) const { return value_ == other.value_ || *value_ == *other.value_; }

  /// To be written to: no other holder sees it.
  T& own() {
    if (value_.use_count() != 1) value_ = std::make_shared<T>(*value_);
    return *value_;
  }

 private:
  static const std::shared_ptr<T>& nothing() {
    static const auto kNothing = std::make_shared<T>();
    return kNothing;
  }

  std::shared_ptr<T> value_;
};

/// `value`, kept once with the last one when both are equal; otherwise it is the last one from now on.
template <class T>
const SharedValue<T>& shared(T value, SharedValue<T>& last) {
  if (value != *last) last = SharedValue<T>(std::move(value));
  return last;
}

}  // namespace sasync
