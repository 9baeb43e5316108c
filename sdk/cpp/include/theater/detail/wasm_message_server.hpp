// message_server.hpp in a guest.
#pragma once

#include "theater/detail/wasm_exports.hpp"
#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

THEATER_DETAIL_IMPORT("message-server-host", "send")
void theater_raw_send(const char* to, size_t to_size, const char* data, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("message-server-host", "request")
void theater_raw_request(const char* to, size_t to_size, const char* data, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("message-server-host", "list-outstanding-requests")
void theater_raw_list_outstanding_requests(RawStrings*);
THEATER_DETAIL_IMPORT("message-server-host", "respond-to-request")
void theater_raw_respond_to_request(const char* id, size_t id_size, const char* data, size_t size,
                                    Tagged*);
THEATER_DETAIL_IMPORT("message-server-host", "cancel-request")
void theater_raw_cancel_request(const char* id, size_t id_size, Tagged*);
THEATER_DETAIL_IMPORT("message-server-host", "open-channel")
void theater_raw_open_channel(const char* to, size_t to_size, const char* data, size_t size,
                              Tagged*);
THEATER_DETAIL_IMPORT("message-server-host", "send-on-channel")
void theater_raw_send_on_channel(const char* id, size_t id_size, const char* data, size_t size,
                                 Tagged*);
THEATER_DETAIL_IMPORT("message-server-host", "close-channel")
void theater_raw_close_channel(const char* id, size_t id_size, Tagged*);

}  // namespace theater::detail

namespace theater {

inline Status send(std::string_view actor_id, std::string_view message) {
  detail::Utf8 to(actor_id);
  detail::Tagged out;
  detail::theater_raw_send(to.data(), to.size(), message.data(), message.size(), &out);
  return out.take_status();
}

inline Result<std::string> request(std::string_view actor_id, std::string_view message) {
  detail::Utf8 to(actor_id);
  detail::Tagged out;
  detail::theater_raw_request(to.data(), to.size(), message.data(), message.size(), &out);
  return out.take_result();
}

inline std::vector<std::string> list_outstanding_requests() {
  detail::RawStrings raw;
  detail::theater_raw_list_outstanding_requests(&raw);
  return raw.take();
}

inline Status respond_to_request(std::string_view request_id, std::string_view response) {
  detail::Utf8 id(request_id);
  detail::Tagged out;
  detail::theater_raw_respond_to_request(id.data(), id.size(), response.data(), response.size(),
                                         &out);
  return out.take_status();
}

inline Status cancel_request(std::string_view request_id) {
  detail::Utf8 id(request_id);
  detail::Tagged out;
  detail::theater_raw_cancel_request(id.data(), id.size(), &out);
  return out.take_status();
}

inline Result<std::string> open_channel(std::string_view actor_id, std::string_view message) {
  detail::Utf8 to(actor_id);
  detail::Tagged out;
  detail::theater_raw_open_channel(to.data(), to.size(), message.data(), message.size(), &out);
  return out.take_result();
}

inline Status send_on_channel(std::string_view channel_id, std::string_view message) {
  detail::Utf8 id(channel_id);
  detail::Tagged out;
  detail::theater_raw_send_on_channel(id.data(), id.size(), message.data(), message.size(), &out);
  return out.take_status();
}

inline Status close_channel(std::string_view channel_id) {
  detail::Utf8 id(channel_id);
  detail::Tagged out;
  detail::theater_raw_close_channel(id.data(), id.size(), &out);
  return out.take_status();
}

}  // namespace theater

#define THEATER_DETAIL_MESSAGE_SERVER_CLIENT(Actor)                                                \
  THEATER_DETAIL_TYPES_MESSAGE_SERVER_CLIENT                                                       \
  THEATER_DETAIL_EXPORT("message-server-client", "handle-send")                                    \
  void* theater_export_handle_send(int32_t some, const char* state, size_t state_size,             \
                                   const char* data, size_t size) {                                \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::detail::Given message(data, size);                                                  \
    return ::theater::detail::give(                                                                \
        ::theater::detail::call_send<Actor>(kept.view(), message.view()));                         \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("message-server-client", "handle-request")                                 \
  void* theater_export_handle_request(int32_t some, const char* state, size_t state_size,          \
                                      const char* id, size_t id_size, const char* data,            \
                                      size_t size) {                                               \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::detail::Given request(id, id_size), message(data, size);                            \
    return ::theater::detail::give(                                                                \
        ::theater::detail::call_request<Actor>(kept.view(), request.view(), message.view()));      \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("message-server-client", "handle-channel-open")                            \
  void* theater_export_handle_channel_open(int32_t some, const char* state, size_t state_size,     \
                                           const char* id, size_t id_size, const char* data,       \
                                           size_t size) {                                          \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::detail::Given channel(id, id_size), message(data, size);                            \
    return ::theater::detail::give(                                                                \
        ::theater::detail::call_channel_open<Actor>(kept.view(), channel.view(), message.view())); \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("message-server-client", "handle-channel-message")                         \
  void* theater_export_handle_channel_message(int32_t some, const char* state, size_t state_size,  \
                                              const char* id, size_t id_size, const char* data,    \
                                              size_t size) {                                       \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::detail::Given channel(id, id_size), message(data, size);                            \
    return ::theater::detail::give(::theater::detail::call_channel_message<Actor>(                 \
        kept.view(), channel.view(), message.view()));                                             \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("message-server-client", "handle-channel-close")                           \
  void* theater_export_handle_channel_close(int32_t some, const char* state, size_t state_size,    \
                                            const char* id, size_t id_size) {                      \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::detail::Given channel(id, id_size);                                                 \
    return ::theater::detail::give(                                                                \
        ::theater::detail::call_channel_close<Actor>(kept.view(), channel.view()));                \
  }                                                                                                \
  THEATER_DETAIL_POST_RETURN("message-server-client", "handle-send", handle_send)                  \
  THEATER_DETAIL_POST_RETURN("message-server-client", "handle-request", handle_request)            \
  THEATER_DETAIL_POST_RETURN("message-server-client", "handle-channel-open", handle_channel_open)  \
  THEATER_DETAIL_POST_RETURN("message-server-client", "handle-channel-message",                    \
                             handle_channel_message)                                               \
  THEATER_DETAIL_POST_RETURN("message-server-client", "handle-channel-close", handle_channel_close)
