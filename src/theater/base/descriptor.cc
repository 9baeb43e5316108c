#include "theater/base/descriptor.h"

#include <unistd.h>

namespace theater {

void Descriptor::reset() {
  // An interrupted close() has closed; calling it again could close another owner's descriptor.
  if (open()) ::close(release());
}

}  // namespace theater
