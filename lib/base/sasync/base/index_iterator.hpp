#pragma once
// Goes through what has operator[], for containers that keep their elements in several places.

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace sasync {

template <class Container>
class IndexIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using reference = decltype(std::declval<Container&>()[0]);
  using value_type = std::remove_cvref_t<reference>;
  using pointer = std::remove_reference_t<reference>*;
  using difference_type = std::ptrdiff_t;

  IndexIterator() = default;
  IndexIterator(Container& container, std::size_t index) : container_(&container), index_(index) {}
  reference operator*() const { return (*container_)[index_]; }
  pointer operator->() const { return &(*container_)[index_]; }
  IndexIterator& operator++() {
    ++index_;
    return *this;
  }
  IndexIterator operator++(int) {
    auto before = *this;
    ++index_;
    return before;
  }
  bool operator==(const IndexIterator& other) const { return index_ == other.index_; }

 private:
  Container* container_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace sasync
