// The network of one process: what its proxy (net/forward_proxy.h) asks and tells, as rules of the
// grant and as notes on the actor's record.
#pragma once

#include "theater/actor/messaging/actor_notes.h"
#include "theater/base/descriptor.h"
#include "theater/handlers/process/network_rules.h"
#include "theater/log/event/process_note.h"
#include "theater/net/forward_proxy.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Begins a proxy at a socket that listens in the network of a process.
using BeginNetwork = std::function<Result<std::unique_ptr<ForwardProxy>>(Descriptor listening)>;

// The variables that lead a program to the proxy at that port of 127.0.0.1, each as NAME=value.
std::vector<std::string> proxy_variables(uint16_t port);

// For the loop thread of its proxy.
class ProcessNetwork final : public ProxyOwner {
 public:
  // Connections with notes of their own; one note at the end counts the rest.
  static constexpr uint64_t kNotedMax = 256;

  // `process` is its id. Notes that come after the end of the instance are dropped.
  ProcessNetwork(NetworkRules rules, uint64_t process, std::weak_ptr<ActorNotes> notes)
      : rules_(std::move(rules)), process_(process), notes_(std::move(notes)) {}

  std::optional<std::string> refuses(std::string_view method, const Url& url) const override;
  bool allows_private(const Url& url) const override { return rules_.allows_private(url); }
  void decided(const ProxiedConnection& connection,
               const std::optional<std::string>& refusal) override;
  void ended(const ProxiedEnd& end) override;
  void had_no_place() override { ++more_.without_place; }
  void over() override;

 private:
  template <class Record>
  void note(std::string_view what, const Record& record) const;

  const NetworkRules rules_;
  const uint64_t process_;
  const std::weak_ptr<ActorNotes> notes_;
  log::MoreConnections more_;
};

}  // namespace theater
