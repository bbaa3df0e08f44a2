#pragma once
// Where key material lives: bytes that are overwritten before their memory is given back.

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "sasync/base/bytes.hpp"

namespace sasync::crypto {

/// Overwrites memory in a way that no compiler leaves out.
void wipe(void* memory, std::size_t bytes) noexcept;

template <class T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <class Other>
  explicit WipingAllocator(const WipingAllocator<Other>& /*other*/) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept {
    wipe(memory, count * sizeof(T));
    ::operator delete(memory);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

/// Growing and clearing wipe what was left behind only when memory moves: give it its size at once.
using SecretBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

inline SecretBytes to_secret(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace sasync::crypto
