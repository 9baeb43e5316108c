// A function that a caller lends for the time of one call.
//
// A parameter of this type takes any function object, so the function that has the parameter needs
// no template: its code is compiled once, in its own source. Nothing is copied or allocated. The
// design is that of std::function_ref (C++26, P0792).
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace theater {

template <class Signature>
class FunctionRef;

// Two words. The function object must outlive the reference.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, FunctionRef> &&
             std::is_invocable_r_v<Result, Function&, Arguments...>)
  FunctionRef(Function&& function)  // Implicit, so that a caller passes a lambda.
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
        call_([](void* object, Arguments... arguments) -> Result {
          auto& lent = *static_cast<std::remove_reference_t<Function>*>(object);
          return std::invoke(lent, std::forward<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const {
    return call_(object_, std::forward<Arguments>(arguments)...);
  }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

}  // namespace theater
