#pragma once
// The keys of the document, one table an object: reader, writer and the schema's test go by them.

#include <cstdint>
#include <span>
#include <string_view>

#include "sasync/state/document.hpp"

namespace sasync::state {

enum class FieldType : std::uint8_t {
  text,
  boolean,
  number8,
  number16,
  number32,
  decimal,  ///< 64 bits, a string in JSON
  spi,      ///< 32 bits, 8 hex digits
  ike_spi,  ///< 64 bits, 16 hex digits
  address,
  time,
  role,
  ike_state,
  child_state,
  protocol,
  mode,
  encapsulation,
  texts,
  numbers,   ///< list of 32-bit numbers
  details,   ///< object of strings
  counters,  ///< object of numbers
  object,    ///< one that is part of the structure
  objects,   ///< list of structures
  format,    ///< the document's own mark
};

struct ObjectType;

struct Field {
  std::string_view name;
  FieldType type;
  void* (*member)(void* object);                          ///< of the structure; null for the format
  const ObjectType* (*inner)();                           ///< of `object` and `objects`
  void* (*append)(void* list);                            ///< of `objects`: a new element at the end
  void (*make_empty)(void* list);                         ///< of `objects`: present, without elements
  void (*drop_last)(void* list);                          ///< of `objects`: the element at the end
  std::span<const std::byte> (*bytes)(const void* list);  ///< of `objects`: the elements
  bool (*present)(const void* member);                    ///< of `object` and `objects`
};

struct ObjectType {
  std::span<const Field> fields;
  Details& (*unknown)(void* object);
  std::size_t bytes;
};

const ObjectType& document_type();

}  // namespace sasync::state
