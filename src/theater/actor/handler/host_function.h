// A function that a handler offers to guests, declared by a C++ callable.
//
//   read("theater:simple/runtime", "get-actor-id",
//        [](RuntimeSession& session) { return session.actor().id().to_string(); });
//
//   effect("theater:simple/http-client", "send-http",
//          [](HttpSession& session, Responder<tl::expected<Response, std::string>> reply,
//             Request request) { session.client().send(std::move(request), std::move(reply)); })
//       .params({"req"})
//       .unless([](HttpSession& session, const Request& request) {
//         return session.refusal(request);
//       });
//
// The WIT type of the function is derived from the callable: its first parameter is the handler's
// own Session; a Responder<R> after it makes the call a waiting one with result R; the rest are the
// parameters, by value or const reference, of types that wit/traits.h knows. string_view and
// ByteView parameters point into the guest's arguments and are valid until the callable returns.
//
// What a guest sees of a refusal (`unless` said why, or a payload was too large) depends on the
// result type: a result with a string for error gives "Permission denied: …"; otherwise the value
// declared by `when_refused`; otherwise the guest traps.
#pragma once

#include "theater/actor/handler/effect.h"
#include "theater/actor/handler/session.h"
#include "theater/actor/messaging/outgoing.h"
#include "theater/actor/messaging/responder.h"
#include "theater/base/check.h"
#include "theater/engine/guest.h"
#include "theater/log/event/bodies.h"
#include "theater/wit/traits.h"

#include <tl/expected.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace theater {

// Why a call is refused; none if it is allowed. For a missing permission this is the grant that
// would allow it, in its textual form.
using Refusal = std::optional<std::string>;

// A grant that a function needs beyond its handler's, for people who read what a component needs.
// Words in capitals stand for what the actor's author and operator agree on.
struct NeededGrant {
  std::string grant;  // Such as "environment:vars=NAME".
  std::string entry;  // The handler entry of the manifest that asks for it; empty if it needs none.
};

// Immutable once its handler is made. The callables are called on the turn's thread and, except for
// effects, on the guest's small stack: they must be short and never block. `args` is value bytes
// that match `type`.
struct HostFunction {
  // Answers before the guest continues.
  using Immediate = std::function<void(Session&, ByteView args, Bytes& result)>;
  // Answers through the Responder, during the call or later.
  using Waiting = std::function<void(Session&, ByteView args, RawResponder reply)>;
  // Say what to send, or why it cannot be (the error that the guest gets).
  using Send = std::function<tl::expected<OutgoingMessage, std::string>(Session&, ByteView args)>;
  using Answer = std::function<tl::expected<OutgoingAnswer, std::string>(Session&, ByteView args)>;
  using Cancel = std::function<tl::expected<OutgoingCancel, std::string>(Session&, ByteView args)>;
  using OnChannel =
      std::function<tl::expected<OutgoingOnChannel, std::string>(Session&, ByteView args)>;
  using Close = std::function<tl::expected<OutgoingClose, std::string>(Session&, ByteView args)>;
  // The same, for a message that wants an answer: the bytes of a request's, or a channel's id.
  struct Request {
    Send send;
    log::SentKind kind = log::SentKind::kRequest;
  };
  using Body = std::variant<Immediate, Waiting, Send, Request, Answer, Cancel, OnChannel, Close>;

  engine::FunctionName name;
  EffectClass effect = EffectClass::kRead;
  wit::FuncType type;
  Body body;
  std::function<Refusal(Session&, ByteView args)> refusal;  // May be empty.
  std::optional<Bytes> refused_result;                      // Value bytes of the documented value.
  std::optional<NeededGrant> needed;                        // For people; `refusal` decides.
  bool spawns = false;  // Whether it makes a child, of which an actor may have only so many.
  bool writes = false;  // Whether it may fill the disk, so that it needs room there.
  bool holds = false;   // Whether its handler's Holdings take its recorded calls.
  // Whether its arguments and results may hold credentials. The log then detaches their bytes,
  // however few, from the events, so that an operator can remove them.
  bool is_removable = false;
  // Of an effect: the note about the `intent`, recorded directly after it. May be empty.
  std::function<std::optional<log::Noted>(Session&, ByteView args)> intent_note;

  // Whether the guest may have to wait: for the answer, or for the disk before an effect begins.
  bool waits() const {
    return effect == EffectClass::kEffect || std::holds_alternative<Waiting>(body) ||
           std::holds_alternative<Request>(body);
  }
  // Whether the result is a result<…, string>.
  bool can_say_error() const {
    return type.result && type.result->kind() == wit::Kind::kResult && type.result->error() &&
           *type.result->error() == wit::Type::string();
  }

  // Names the parameters as the WIT does, for messages about the type.
  HostFunction&& params(std::vector<std::string> names) && {
    THEATER_CHECK(names.size() == type.params.size(), "{}", name.to_string());
    for (size_t i = 0; i < names.size(); ++i)
      type.params[i].name = std::move(names[i]);
    return std::move(*this);
  }

  // The permission check: called before the function with the same parameters (session first,
  // without a Responder); returns a Refusal.
  template <class Check>
  HostFunction&& unless(Check check) &&;

  // Says which grant `unless` looks for, where the default policy has none of it.
  HostFunction&& needing(NeededGrant grant) && {
    needed = std::move(grant);
    return std::move(*this);
  }

  HostFunction&& spawning() && {
    spawns = true;
    return std::move(*this);
  }

  // A call may fill the disk, and is refused while there is little room (disk_watch.h).
  HostFunction&& writing() && {
    writes = true;
    return std::move(*this);
  }

  // Calls of it change what the handler holds for the actor (holdings.h).
  HostFunction&& holding() && {
    holds = true;
    return std::move(*this);
  }

  HostFunction&& removable() && {
    is_removable = true;
    return std::move(*this);
  }

  // Gives the note of an effect: called after the check, with the same parameters. Returns an
  // optional log::Noted.
  template <class Note>
  HostFunction&& noting(Note note) &&;

  // What a refused guest gets, where the result type cannot say an error: a value of that type.
  template <class R>
  HostFunction&& when_refused(const R& value) && {
    THEATER_CHECK(type.result && *type.result == wit::type_of<R>(), "{}", name.to_string());
    refused_result = wit::encode(value);
    return std::move(*this);
  }
};

namespace detail {

template <class T>
inline constexpr bool kIsResponder = false;
template <class R>
inline constexpr bool kIsResponder<Responder<R>> = true;

template <class T>
struct ResponderResult;
template <class R>
struct ResponderResult<Responder<R>> {
  using type = R;
};

// The parts of a callable's signature.
template <class F>
struct CallableParts : CallableParts<decltype(&F::operator())> {};
template <class F, class R, class S, class... Args>
struct CallableParts<R (F::*)(S&, Args...) const> {
  using Result = R;
  using SessionType = S;
  using Params = std::tuple<std::remove_cvref_t<Args>...>;
};

// Calls fn(session, leading..., decoded arguments...).
template <class S, class Params, class Fn, class... Leading>
decltype(auto) invoke_decoded(Fn& fn, Session& session, ByteView args, Leading&&... leading) {
  Result<Params> params = wit::decode<Params>(args);
  THEATER_CHECK(params.has_value(), "arguments that the engine has checked do not decode: {}",
                params.error().to_string());
  return std::apply(
      [&](auto&&... param) -> decltype(auto) {
        return fn(static_cast<S&>(session), std::forward<Leading>(leading)...,
                  std::forward<decltype(param)>(param)...);
      },
      *std::move(params));
}

template <class R, class Params>
struct TypeOfCall;
template <class R, class... Args>
struct TypeOfCall<R, std::tuple<Args...>> {
  static wit::FuncType type() { return wit::func_type_of<R(Args...)>(); }
};

template <class Params>
struct WithoutResponder {
  static constexpr bool kWaits = false;
  using Rest = Params;
};
template <class R, class... Args>
struct WithoutResponder<std::tuple<Responder<R>, Args...>> {
  static constexpr bool kWaits = true;
  using Result = R;
  using Rest = std::tuple<Args...>;
};

template <class F>
HostFunction make_host_function(EffectClass effect, std::string_view interface,
                                std::string_view name, F fn) {
  using Parts = CallableParts<F>;
  using S = typename Parts::SessionType;
  using Split = WithoutResponder<typename Parts::Params>;
  using Params = typename Split::Rest;
  static_assert(std::is_base_of_v<Session, S>, "the first parameter is the handler's session");
  HostFunction function;
  function.name = {std::string(interface), std::string(name)};
  function.effect = effect;
  if constexpr (Split::kWaits) {
    using R = typename Split::Result;
    static_assert(std::is_void_v<typename Parts::Result>,
                  "a waiting function answers by its Responder");
    function.type = TypeOfCall<R, Params>::type();
    function.body =
        HostFunction::Waiting([fn](Session& session, ByteView args, RawResponder reply) {
          invoke_decoded<S, Params>(fn, session, args, Responder<R>(std::move(reply)));
        });
  } else {
    using R = typename Parts::Result;
    function.type = TypeOfCall<R, Params>::type();
    function.body = HostFunction::Immediate([fn](Session& session, ByteView args, Bytes& result) {
      if constexpr (std::is_void_v<R>) {
        invoke_decoded<S, Params>(fn, session, args);
        (void)result;
      } else {
        wit::encode_to(result, invoke_decoded<S, Params>(fn, session, args));
      }
    });
  }
  return function;
}

template <class R, class Body, class F, class Wrap>
HostFunction make_sending(std::string_view interface, std::string_view name, F fn, Wrap wrap) {
  using Parts = CallableParts<F>;
  using Params = typename Parts::Params;
  HostFunction function;
  function.name = {std::string(interface), std::string(name)};
  function.effect = EffectClass::kInternal;
  function.type = TypeOfCall<tl::expected<R, std::string>, Params>::type();
  function.body = wrap(Body([fn](Session& session, ByteView args) {
    return invoke_decoded<typename Parts::SessionType, Params>(fn, session, args);
  }));
  return function;
}

}  // namespace detail

template <class Check>
HostFunction&& HostFunction::unless(Check check) && {
  using Parts = detail::CallableParts<Check>;
  using Params = typename Parts::Params;
  THEATER_CHECK((detail::TypeOfCall<void, Params>::type().params_tuple() == type.params_tuple()),
                "the check of {} has other parameters", name.to_string());
  refusal = [check](Session& session, ByteView args) -> Refusal {
    return detail::invoke_decoded<typename Parts::SessionType, Params>(check, session, args);
  };
  return std::move(*this);
}

template <class Note>
HostFunction&& HostFunction::noting(Note note) && {
  using Parts = detail::CallableParts<Note>;
  using Params = typename Parts::Params;
  THEATER_CHECK((detail::TypeOfCall<void, Params>::type().params_tuple() == type.params_tuple()),
                "the note of {} has other parameters", name.to_string());
  intent_note = [note](Session& session, ByteView args) -> std::optional<log::Noted> {
    return detail::invoke_decoded<typename Parts::SessionType, Params>(note, session, args);
  };
  return std::move(*this);
}

// Functions of the four classes (effect.h).
template <class F>
HostFunction read(std::string_view interface, std::string_view name, F fn) {
  return detail::make_host_function(EffectClass::kRead, interface, name, std::move(fn));
}
template <class F>
HostFunction note(std::string_view interface, std::string_view name, F fn) {
  return detail::make_host_function(EffectClass::kNote, interface, name, std::move(fn));
}
template <class F>
HostFunction internal(std::string_view interface, std::string_view name, F fn) {
  return detail::make_host_function(EffectClass::kInternal, interface, name, std::move(fn));
}
// The result type must be able to say an error, which is checked when the function is bound.
template <class F>
HostFunction effect(std::string_view interface, std::string_view name, F fn) {
  return detail::make_host_function(EffectClass::kEffect, interface, name, std::move(fn));
}

// Functions that talk to other actors, of class kInternal. Their callables take the session and the
// parameters and return tl::expected<Outgoing…, std::string>; the binder does the rest.
//
// `sends`: result<_, string>; ok once the message has its place in the receiver's mailbox.
template <class F>
HostFunction sends(std::string_view interface, std::string_view name, F fn) {
  return detail::make_sending<void, HostFunction::Send>(
      interface, name, std::move(fn),
      [](auto body) { return HostFunction::Body(std::move(body)); });
}
// `requests`: result<list<u8>, string>; the guest waits for the answer.
template <class F>
HostFunction requests(std::string_view interface, std::string_view name, F fn) {
  return detail::make_sending<Bytes, HostFunction::Send>(
      interface, name, std::move(fn),
      [](auto body) { return HostFunction::Body(HostFunction::Request{std::move(body)}); });
}
// `opens_channels`: result<string, string>, the channel's id; the guest waits for the other's
// decision. The message's function is the one that opens, of its ChannelFunctions.
template <class F>
HostFunction opens_channels(std::string_view interface, std::string_view name, F fn) {
  return detail::make_sending<std::string, HostFunction::Send>(
      interface, name, std::move(fn), [](auto body) {
        return HostFunction::Body(
            HostFunction::Request{std::move(body), log::SentKind::kOpenChannel});
      });
}
// `sends_on_channels` (OutgoingOnChannel) and `closes_channels` (OutgoingClose): result<_, string>.
template <class F>
HostFunction sends_on_channels(std::string_view interface, std::string_view name, F fn) {
  return detail::make_sending<void, HostFunction::OnChannel>(
      interface, name, std::move(fn),
      [](auto body) { return HostFunction::Body(std::move(body)); });
}
template <class F>
HostFunction closes_channels(std::string_view interface, std::string_view name, F fn) {
  return detail::make_sending<void, HostFunction::Close>(
      interface, name, std::move(fn),
      [](auto body) { return HostFunction::Body(std::move(body)); });
}
// `answers` (OutgoingAnswer) and `cancels` (OutgoingCancel): result<_, string>.
template <class F>
HostFunction answers(std::string_view interface, std::string_view name, F fn) {
  return detail::make_sending<void, HostFunction::Answer>(
      interface, name, std::move(fn),
      [](auto body) { return HostFunction::Body(std::move(body)); });
}
template <class F>
HostFunction cancels(std::string_view interface, std::string_view name, F fn) {
  return detail::make_sending<void, HostFunction::Cancel>(
      interface, name, std::move(fn),
      [](auto body) { return HostFunction::Body(std::move(body)); });
}

}  // namespace theater
