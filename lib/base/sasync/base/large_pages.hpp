#pragma once
// Memory for tables that grow with a cluster: in a hundred megabytes of small pages, finding the page takes longer than
// the look into it.

#include <cstddef>
#include <limits>
#include <memory>
#include <new>

namespace sasync {

/// Smaller tables come from the heap as ever.
inline constexpr std::size_t kLargeTableBytes = std::size_t{4} << 20U;

/// At least `bytes`, in large pages where the system gives them for the asking (Linux: transparent huge pages), else
/// in small ones. Throws std::bad_alloc.
void* allocate_large(std::size_t bytes);
void deallocate_large(void* memory) noexcept;

template <class T>
struct LargePages {
  using value_type = T;
  using is_always_equal = std::true_type;

  LargePages() = default;
  template <class Other>
  LargePages(const LargePages<Other>&) noexcept {}  // NOLINT(google-explicit-constructor): as allocators convert

  [[nodiscard]] T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
    if (!is_large(count)) return std::allocator<T>{}.allocate(count);
    return static_cast<T*>(allocate_large(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    if (!is_large(count)) return std::allocator<T>{}.deallocate(memory, count);
    deallocate_large(memory);
  }
  template <class Other>
  bool operator==(const LargePages<Other>&) const noexcept {
    return true;
  }

 private:
  static constexpr bool is_large(std::size_t count) { return count * sizeof(T) >= kLargeTableBytes; }
};

}  // namespace sasync
