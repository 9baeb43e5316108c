// Whether bytes are JSON text.
#pragma once

#include "theater/base/bytes.h"

namespace theater::wit {

// Whether the bytes are one JSON value (RFC 8259) in UTF-8, perhaps with blanks around it. However
// deep it is, the stack stays flat.
bool is_json(ByteView text);

}  // namespace theater::wit
