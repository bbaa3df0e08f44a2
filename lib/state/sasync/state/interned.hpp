#pragma once
// Texts and short lists in a table of their own, so that a million SAs that say "hmac-sha2-256-128" hold it once.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sasync::state {

/// A text in a `Texts` table, or absent; 8 bytes, copied freely, valid as long as its table. Present and empty is a
/// value of its own. Equal when both are absent or both hold the same characters, whichever tables they are in.
class Interned {
 public:
  Interned() = default;

  [[nodiscard]] bool present() const { return record_ != nullptr; }
  explicit operator bool() const { return present(); }
  /// "" when absent.
  [[nodiscard]] std::string_view view() const {
    if (record_ == nullptr) return {};
    return {reinterpret_cast<const char*>(record_ + 1), record_->length};
  }

  friend bool operator==(Interned a, Interned b) {
    return a.record_ == b.record_ || (a.present() && b.present() && a.view() == b.view());
  }
  friend bool operator==(Interned a, std::string_view text) { return a.present() && a.view() == text; }

 private:
  friend class Texts;
  friend struct InternedHash;
  struct Record {
    std::uint32_t length;
    std::uint32_t hash;  ///< of the characters, which follow the record
  };
  explicit Interned(const Record* record) : record_(record) {}

  const Record* record_ = nullptr;
};

/// Hash of a text's identity: good for texts of one table only, where equal texts are one.
struct InternedHash {
  std::size_t operator()(Interned text) const { return std::hash<const void*>{}(text.record_); }
};

/// A list in a `Texts` table that never changes, or absent; 8 bytes. Present and empty is a value of its own.
template <class T>
class Frozen {
 public:
  Frozen() = default;

  [[nodiscard]] bool present() const { return block_ != nullptr; }
  explicit operator bool() const { return present(); }
  /// Empty when absent.
  [[nodiscard]] std::span<const T> items() const {
    if (block_ == nullptr) return {};
    return {reinterpret_cast<const T*>(block_ + 1), *block_};
  }
  [[nodiscard]] auto begin() const { return items().begin(); }
  [[nodiscard]] auto end() const { return items().end(); }
  [[nodiscard]] std::size_t size() const { return items().size(); }

  friend bool operator==(Frozen a, Frozen b) {
    if (a.block_ == b.block_) return true;
    if (!a.present() || !b.present() || a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!(a.items()[i] == b.items()[i])) return false;
    }
    return true;
  }

 private:
  friend class Texts;
  explicit Frozen(const std::size_t* block) : block_(block) {}

  const std::size_t* block_ = nullptr;  ///< the count; the items follow it
};

/// A name and its value, both as text.
struct Detail {
  Interned name{};
  Interned value{};
  friend bool operator==(const Detail&, const Detail&) = default;
};

using TextList = Frozen<Interned>;
using Details = Frozen<Detail>;

/// Value of the first detail of that name; absent when there is none.
Interned find(const Details& details, std::string_view name);

/// The table: it only grows, and what it handed out stays where it is until the table goes. Not for several threads at
/// a time.
class Texts {
 public:
  Texts() = default;
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;

  /// The same text gives the same entry. A text beyond `kTextBytesMax` is cut there.
  Interned intern(std::string_view text);

  template <class T>
  Frozen<T> freeze(std::span<const T> items) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::size_t));
    auto* block = reinterpret_cast<std::size_t*>(allocate(sizeof(std::size_t) + items.size_bytes()));
    *block = items.size();
    if (!items.empty()) std::memcpy(static_cast<void*>(block + 1), items.data(), items.size_bytes());
    return Frozen<T>(block);
  }
  TextList list(std::span<const Interned> texts) { return freeze(texts); }
  Details details(std::span<const Detail> details) { return freeze(details); }

  /// Memory that the table takes.
  [[nodiscard]] std::size_t bytes() const { return arena_bytes_ + index_.capacity() * sizeof(const void*); }
  /// Different texts in it.
  [[nodiscard]] std::size_t size() const { return used_; }

  static constexpr std::size_t kTextBytesMax = std::size_t{16} << 20U;

 private:
  std::byte* allocate(std::size_t bytes);
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void grow_index();

  std::vector<std::vector<std::byte>> blocks_;
  std::byte* free_ = nullptr;
  std::size_t free_bytes_ = 0;
  std::size_t arena_bytes_ = 0;
  std::vector<const Interned::Record*> index_;  ///< open addressing; the size is a power of two
  std::size_t used_ = 0;
};

}  // namespace sasync::state
