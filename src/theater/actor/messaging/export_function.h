// A function that a guest may export and a handler may call, with the one form they all have:
//
//   func(state: option<list<u8>>, params: tuple<P...>)
//       -> result<tuple<option<list<u8>>[, tuple<R>]>, string>
//
// The state is the actor's business: a caller gives the parameters and gets the result.
#pragma once

#include "theater/engine/guest.h"
#include "theater/wit/traits.h"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace theater {

// How the caller of a function that wants an answer gets it.
enum class AnswerForm : uint8_t {
  kResult,    // The function's result is the answer.
  kDeferred,  // The result is an option: `some` is the answer, `none` says that it comes later.
};

struct ChannelFunctions;

// Immutable. A message names its function by address, so a handler keeps its functions in one place
// for as long as it exists.
struct ExportFunction {
  engine::FunctionName name;
  wit::FuncType type;
  AnswerForm answer = AnswerForm::kResult;
  const ChannelFunctions* channel = nullptr;  // That it is one of; null if it is of none.
};

// What the life of a channel calls in the actors at its ends. Each takes the channel's id first.
struct ChannelFunctions {
  const ExportFunction* open = nullptr;     // (string, list<u8>) -> ChannelAccept (channels.h)
  const ExportFunction* message = nullptr;  // (string, list<u8>)
  const ExportFunction* close = nullptr;    // (string)
};

namespace detail {

template <class Signature>
struct ExportType;

template <class R, class... P>
struct ExportType<R(P...)> {
  using State = std::optional<Bytes>;
  using Results =
      std::conditional_t<std::is_void_v<R>, std::tuple<State>, std::tuple<State, std::tuple<R>>>;
  static wit::FuncType type() {
    return wit::func_type_of<tl::expected<Results, std::string>(State, std::tuple<P...>)>(
        {"state", "params"});
  }
};

template <class... P>
struct ExportType<void(P...)> {
  using State = std::optional<Bytes>;
  static wit::FuncType type() {
    using Answer = tl::expected<std::tuple<State>, std::string>;
    return wit::func_type_of<Answer(State, std::tuple<P...>)>({"state", "params"});
  }
};

}  // namespace detail

// export_function<void(Bytes)>("theater:simple/message-server-client", "handle-send"): R(P...) with
// the state left out.
template <class Signature>
ExportFunction export_function(std::string interface, std::string name,
                               AnswerForm answer = AnswerForm::kResult) {
  return {{std::move(interface), std::move(name)}, detail::ExportType<Signature>::type(), answer};
}

inline bool opens_channel(const ExportFunction& function) {
  return function.channel != nullptr && function.channel->open == &function;
}
inline bool closes_channel(const ExportFunction& function) {
  return function.channel != nullptr && function.channel->close == &function;
}

// `theater:simple/actor`, function `init`, which every actor exports; it takes the actor's id.
const ExportFunction& init_function();

}  // namespace theater
