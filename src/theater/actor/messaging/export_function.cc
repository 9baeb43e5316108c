#include "theater/actor/messaging/export_function.h"

namespace theater {

const ExportFunction& init_function() {
  static const ExportFunction function =
      export_function<void(std::string)>("theater:simple/actor", "init");
  return function;
}

}  // namespace theater
