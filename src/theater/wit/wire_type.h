// Reads the compact description of a type that the engine prints for a component's imports and
// exports. A description is one byte, the Kind, followed by the parts:
//
//   list, option      type
//   record            n, n × (name, type)
//   tuple             n, n × type
//   variant           n, n × (name, maybe)          maybe = 00 | 01 type
//   enum, flags       n, n × name                   name = length, UTF-8
//   result            maybe (ok), maybe (error)
//   own, borrow       name
//
// Numbers are unsigned LEB128 of at most 32 bits.
#pragma once

#include "theater/base/result.h"
#include "theater/wit/leb.h"
#include "theater/wit/type.h"

namespace theater::wit {

// Fails with kInvalidArgument, naming the offset: an byte that is no Kind, nesting beyond
// kTypeDepthMax, an empty or repeated name, a variant or enum without cases, or truncation.
Result<Type> read_type(ByteReader& reader);

// A function: 00 | 01 (is it async), n, n × (name, type), maybe (result).
Result<FuncType> read_func_type(ByteReader& reader);

}  // namespace theater::wit
