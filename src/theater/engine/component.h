// A compiled component: code that is checked and ready, shared by every guest made from it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/engine/guest.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

struct te_component;

namespace theater::engine {

class Engine;

// Immutable and safe from any thread. Held by shared_ptr: spawns, caches and programs share it, and
// the last of them frees the code.
class Component {
 public:
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;
  ~Component();

  // SHA-256 of the component's binary form (of the text's binary, if it was given as text).
  const Hash& digest() const { return digest_; }

  // Functions of the interfaces it imports, and of the interfaces it exports. Root-level functions
  // have an empty interface name.
  std::span<const FunctionDecl> imports() const { return imports_; }
  std::span<const FunctionDecl> exports() const { return exports_; }

  // Names of imported interfaces, also those that only bring types.
  std::span<const std::string> imported_interfaces() const { return imported_interfaces_; }
  std::span<const std::string> exported_interfaces() const { return exported_interfaces_; }

 private:
  friend class Engine;
  friend class LinkedProgram;
  Component() = default;

  te_component* handle_ = nullptr;
  Hash digest_;
  std::vector<FunctionDecl> imports_;
  std::vector<FunctionDecl> exports_;
  std::vector<std::string> imported_interfaces_;
  std::vector<std::string> exported_interfaces_;
};

}  // namespace theater::engine
