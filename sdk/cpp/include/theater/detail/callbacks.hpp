// One call of a callback: load the state, run, save. The same for a guest and for a unit test.
#pragma once

#include "theater/codec.hpp"
#include "theater/result.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater::detail {

using KeptState = std::optional<std::string_view>;

// What a call leaves: an error, or the state to keep and a value.
template <class Value>
struct Returned {
  std::optional<std::string> state;
  Value value{};
};

struct Nothing {};

// Runs `callback(actor) -> Result<Value>` on the actor that `kept` stands for.
template <class T, class Value, class Callback>
Result<Returned<Value>> run_callback(Result<T> actor, Callback&& callback) {
  if (!actor) return fail(std::move(actor).error());
  Result<Value> value = callback(*actor);
  if (!value) return fail(std::move(value).error());
  return Returned<Value>{CodecOf<T>::save(*actor), *std::move(value)};
}

inline Result<Nothing> nothing(Status status) {
  if (!status) return fail(std::move(status).error());
  return Nothing{};
}

template <class T>
Result<T> load(KeptState kept) {
  static_assert(CodecFor<CodecOf<T>, T>,
                "Codec has no load<T>(kept) or no save(actor) as in codec.hpp");
  return CodecOf<T>::template load<T>(kept);
}

template <class T>
Result<Returned<Nothing>> call_init(KeptState kept, std::string_view id) {
  if constexpr (requires(T& a) {
                  { a.init(id, id) } -> std::convertible_to<Status>;
                }) {
    return run_callback<T, Nothing>(T{},
                                    [&](T& a) { return nothing(a.init(id, kept.value_or(""))); });
  } else {
    return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
      if constexpr (requires { a.init(id); })
        return nothing(a.init(id));
      else
        return Result<Nothing>(Nothing{});
    });
  }
}

template <class T>
Result<Returned<Nothing>> call_send(KeptState kept, std::string_view message) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (requires { a.handle_send(message); })
      return nothing(a.handle_send(message));
    else
      return Result<Nothing>(fail("this actor takes no messages"));
  });
}

template <class T>
Result<Returned<Reply>> call_request(KeptState kept, std::string_view id,
                                     std::string_view message) {
  return run_callback<T, Reply>(load<T>(kept), [&](T& a) -> Result<Reply> {
    if constexpr (requires { a.handle_request(id, message); })
      return a.handle_request(id, message);
    else
      return fail("this actor answers no requests");
  });
}

template <class T>
Result<Returned<ChannelAccept>> call_channel_open(KeptState kept, std::string_view id,
                                                  std::string_view message) {
  return run_callback<T, ChannelAccept>(load<T>(kept), [&](T& a) -> Result<ChannelAccept> {
    if constexpr (requires { a.handle_channel_open(id, message); }) {
      return a.handle_channel_open(id, message);
    } else {
      return ChannelAccept{};
    }
  });
}

template <class T>
Result<Returned<Nothing>> call_channel_message(KeptState kept, std::string_view id,
                                               std::string_view message) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (requires { a.handle_channel_message(id, message); }) {
      return nothing(a.handle_channel_message(id, message));
    } else {
      return Result<Nothing>(Nothing{});
    }
  });
}

template <class T>
Result<Returned<Nothing>> call_channel_close(KeptState kept, std::string_view id) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (requires { a.handle_channel_close(id); })
      return nothing(a.handle_channel_close(id));
    else
      return Result<Nothing>(Nothing{});
  });
}

}  // namespace theater::detail
