// The handler `process`: theater:simple/process and process-handlers. Programs of the machine, each
// in a sandbox, with their input, outputs, signals and ends. See README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/handlers/process/process_session.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace theater {

// Safe from any thread.
class ProcessHandler final : public Handler {
 public:
  // `home` is the node's, and no process's business; empty if there is none. `features` are those of
  // the machine if there are none. `proxies` are the way of processes into the network; null for a
  // node without one.
  ProcessHandler(std::shared_ptr<ProcessKeeper> keeper, const std::filesystem::path& home,
                 const std::optional<SandboxFeatures>& features = {},
                 std::shared_ptr<ForwardProxies> proxies = {});
  // Ends all processes of the keeper.
  ~ProcessHandler() override;

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
  std::unique_ptr<Holdings> make_holdings() const override;

 private:
  const ProcessParts parts_;
};

}  // namespace theater
