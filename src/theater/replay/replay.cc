#include "theater/replay/replay.h"

#include "theater/replay/replayer.h"

namespace theater::replay {

Result<Report> replay(log::ChainSource& source, Components& components, const Options& options) {
  return Replayer(source, components, options).run();
}

}  // namespace theater::replay
