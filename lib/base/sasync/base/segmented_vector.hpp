#pragma once
// A sequence that grows without moving what it holds, and without the double memory that a std::vector's growth takes.

#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

#include "sasync/base/index_iterator.hpp"
#include "sasync/base/large_pages.hpp"

namespace sasync {

/// Each segment has room for twice as many elements as the one before it. References stay good as long as the element.
template <class T>
class SegmentedVector {
 public:
  SegmentedVector() = default;
  SegmentedVector(const SegmentedVector& other) : SegmentedVector() {
    for (const auto& element : other) emplace_back(element);
  }
  SegmentedVector(SegmentedVector&& other) noexcept
      : segments_(std::exchange(other.segments_, {})), size_(std::exchange(other.size_, 0)) {}
  SegmentedVector& operator=(SegmentedVector other) noexcept {
    std::swap(segments_, other.segments_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SegmentedVector() {
    for (auto& element : *this) std::destroy_at(&element);
    for (std::size_t i = 0; i < kSegmentsMax && segments_[i] != nullptr; ++i) {
      LargePages<T>{}.deallocate(segments_[i], room(i));
    }
  }

  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    const auto at = place(size_);
    auto& segment = segments_.at(at.segment);
    if (segment == nullptr) segment = LargePages<T>{}.allocate(room(at.segment));
    T* const made = std::construct_at(segment + at.offset, std::forward<Arguments>(arguments)...);
    ++size_;
    return *made;
  }

  /// Appends new elements; never takes any away.
  void grow_to(std::size_t size) {
    while (size_ < size) emplace_back();
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  T& operator[](std::size_t index) { return *address(index); }
  const T& operator[](std::size_t index) const { return *address(index); }

  auto begin() { return IndexIterator<SegmentedVector>(*this, 0); }
  auto end() { return IndexIterator<SegmentedVector>(*this, size_); }
  auto begin() const { return IndexIterator<const SegmentedVector>(*this, 0); }
  auto end() const { return IndexIterator<const SegmentedVector>(*this, size_); }

 private:
  static constexpr std::size_t kFirstRoom = 8;
  static constexpr std::size_t kSegmentsMax = 40;

  struct Place {
    std::size_t segment, offset;
  };
  static constexpr std::size_t room(std::size_t segment) { return kFirstRoom << segment; }
  static constexpr Place place(std::size_t index) {
    const auto number = index + kFirstRoom;  // segment n begins with the number kFirstRoom << n
    const auto segment = static_cast<std::size_t>(std::bit_width(number) - std::bit_width(kFirstRoom));
    return {.segment = segment, .offset = number - room(segment)};
  }
  [[nodiscard]] T* address(std::size_t index) const {
    const auto at = place(index);
    return segments_[at.segment] + at.offset;
  }

  std::array<T*, kSegmentsMax> segments_{};
  std::size_t size_ = 0;
};

}  // namespace sasync
