#include "sasync/base/large_pages.hpp"

#include <sys/mman.h>

namespace sasync {
namespace {

constexpr std::align_val_t kLargePageBytes{std::size_t{2} << 20U};

}  // namespace

void* allocate_large(std::size_t bytes) {
  void* const memory = ::operator new(bytes, kLargePageBytes);
#ifdef MADV_HUGEPAGE
  (void)madvise(memory, bytes, MADV_HUGEPAGE);  // a refusal costs time only
#endif
  return memory;
}

void deallocate_large(void* memory) noexcept { ::operator delete(memory, kLargePageBytes); }

}  // namespace sasync
