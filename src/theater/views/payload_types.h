// The WIT types of the values that events carry.
//
// A function of an event has its types from the interfaces of this build's handlers, since a node
// runs only components that import and export exactly these types. The recorded component decides
// where the handlers do not: for a function that none of them has, and for a value that fits no
// type of theirs or several. So most chains are shown without their components.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/engine/guest.h"
#include "theater/wit/type.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace theater::views {

// The types of one function as events record its values: without the state of an export.
struct PayloadType {
  std::optional<wit::Type> arguments;  // None if the function has another form than the record.
  std::optional<wit::Type> result;     // None for a function without a result.

  bool operator==(const PayloadType&) const = default;
};

// What a component imports and exports.
struct ComponentFunctions {
  std::vector<engine::FunctionDecl> imports;
  std::vector<engine::FunctionDecl> exports;
};

// Safe from any thread, so that all streams of a server share one. It keeps what it loaded.
class PayloadTypes {
 public:
  // Reads the functions of a component, by the digest in `instance`. Slow: it may compile. Called
  // when a value needs it, at most once for a component and for kComponentsMax of them, on the
  // thread that needs it; other threads that need the same component wait. A failure means that the
  // component's types are not known.
  using Load = std::function<Result<ComponentFunctions>(const Hash& component)>;

  // Bound of the components of one object. The types of further ones are not known.
  static constexpr size_t kComponentsMax = 64;

  // Without `load`, only the handlers' types are known. The handlers may go afterwards.
  explicit PayloadTypes(const HandlerSet& handlers, Load load = {});

  // The handlers' types of a function, by its name in function tables. No two are alike.
  std::span<const PayloadType> of_handlers(const std::string& function) const;

  // The component's type of the function; none if it is not known.
  std::optional<PayloadType> of_component(const Hash& component, const std::string& function);

 private:
  using ByFunction = std::map<std::string, PayloadType, std::less<>>;
  struct Loaded {
    bool is_done = false;
    std::shared_ptr<const ByFunction> functions;  // Threads share it with the map.
  };
  using Components = std::map<Hash, Loaded>;

  std::shared_ptr<const ByFunction> functions_of(const Hash& component);
  std::shared_ptr<const ByFunction> load(const Hash& component) const;

  std::map<std::string, std::vector<PayloadType>, std::less<>> of_handlers_;
  Load load_;
  Guarded<Components> of_components_;
};

}  // namespace theater::views
