// The Program and Guest that run WebAssembly. Only this module's sources include it; all others see
// the interfaces in guest.h.
#pragma once

#include "theater/engine/component.h"
#include "theater/engine/guest.h"
#include "theater/engine/raw.h"

#include <memory>
#include <span>
#include <string>
#include <unordered_map>

namespace theater::engine {

// Safe from any thread.
class LinkedProgram final : public Program {
 public:
  // Takes over `handle`. Registers the component's exports with it, in the component's order.
  LinkedProgram(std::shared_ptr<const Component> component, te_program* handle);
  ~LinkedProgram() override;

  // The one callback behind every host function; `store_env` is an Instance.
  static uint32_t host_call(void* store_env, uint32_t function, te_slice args,
                            te_completion* completion, te_slice* result);

  std::span<const FunctionDecl> exports() const override { return component_->exports(); }
  std::optional<uint32_t> find_export(std::string_view interface,
                                      std::string_view name) const override;
  Result<std::unique_ptr<Guest>> make_guest(const Limits& limits, HostCalls& calls,
                                            std::shared_ptr<Waker> waker) const override;

 private:
  std::shared_ptr<const Component> component_;
  te_program* handle_;
};

// One instance in a store of its own. Thread rules as in Guest.
class Instance final : public Guest {
 public:
  Instance(const te_program* program, const Limits& limits, HostCalls& calls,
           std::shared_ptr<Waker> waker);
  ~Instance() override;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void instantiate() override { te_store_instantiate(store_); }
  void call(uint32_t export_index, ByteView args) override {
    te_store_call(store_, export_index, raw::slice(args));
  }
  Progress resume() override;
  ByteView result() const override { return raw::view(te_store_result(store_)); }
  const Trap& trap() const override { return trap_; }
  void interrupt() override { te_store_interrupt(store_); }
  uint64_t memory_bytes() const override { return te_store_memory_bytes(store_); }

  uint32_t answer_host_call(uint32_t function, ByteView args, te_completion* completion,
                            te_slice* result);

 private:
  HostCalls& calls_;
  std::shared_ptr<Waker> waker_;
  // What a host function answered last; read by the engine before the guest can call again.
  Bytes host_result_;
  Trap trap_;
  te_store* store_;
};

}  // namespace theater::engine
