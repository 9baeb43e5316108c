// THEATER_ACTOR in a unit test: nothing is exported, but every callback is compiled.
#pragma once

#include "theater/detail/callbacks.hpp"

#define THEATER_DETAIL_ACTOR(Actor) \
  static_assert(                    \
      requires { ::theater::detail::call_init<Actor>(::theater::detail::KeptState(), ""); });

#define THEATER_DETAIL_MESSAGE_SERVER_CLIENT(Actor)                                         \
  static_assert(requires {                                                                  \
    ::theater::detail::call_send<Actor>(::theater::detail::KeptState(), "");                \
    ::theater::detail::call_request<Actor>(::theater::detail::KeptState(), "", "");         \
    ::theater::detail::call_channel_open<Actor>(::theater::detail::KeptState(), "", "");    \
    ::theater::detail::call_channel_message<Actor>(::theater::detail::KeptState(), "", ""); \
    ::theater::detail::call_channel_close<Actor>(::theater::detail::KeptState(), "");       \
  });
