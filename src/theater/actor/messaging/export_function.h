// A function that a guest may export and a handler may call. All have one form:
//
//   func(state: option<list<u8>>, params: tuple<P...>)
//       -> result<tuple<option<list<u8>>[, tuple<R>]>, string>
//
// The actor adds the state: a caller gives the parameters and gets the result.
#pragma once

#include "theater/engine/guest.h"
#include "theater/wit/traits.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>

namespace theater {

// The way in which a caller that wants an answer gets it.
enum class AnswerForm : uint8_t {
  kResult,    // The function's result is the answer.
  kDeferred,  // The result is an option: `some` is the answer, `none` says that it comes later.
  kReceipt,   // The answer is empty and comes when the call is on record, before its result.
};

struct ChannelFunctions;

// Immutable. A message names its function by address, so the owner of a function never moves it.
struct ExportFunction {
  engine::FunctionName name;
  wit::FuncType type;
  AnswerForm answer = AnswerForm::kResult;
  const ChannelFunctions* channel = nullptr;  // The set that it belongs to; null for none.
  bool holds = false;  // Whether its handler's Holdings take its recorded calls.
  // Whether its parameters and what it returns may hold credentials (HostFunction).
  bool is_removable = false;
};

// The functions that a channel calls in the actors at its ends. Each takes the channel's id first.
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

// export_function<void(Bytes)>("theater:simple/message-server-client", "handle-send"). The
// signature R(P...) leaves out the state.
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

// Each of the functions below exists as long as the program.

// `init` of theater:simple/actor, which every actor exports. It takes the actor's id.
const ExportFunction& init_function();

// `handle-send(bytes)` and `handle-request(id, bytes) -> option<bytes>` of
// theater:simple/message-server-client. The messages and requests of every sender call these.
const ExportFunction& handle_send_function();
const ExportFunction& handle_request_function();
// `handle-channel-open`, `-message` and `-close` of the same interface, which a channel calls.
const ChannelFunctions& channel_functions();
// All five functions of that interface.
std::span<const ExportFunction> message_functions();

}  // namespace theater
