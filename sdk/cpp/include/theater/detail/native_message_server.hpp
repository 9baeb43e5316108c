// message_server.hpp in a unit test.
#pragma once

#include "theater/detail/native_exports.hpp"
#include "theater/detail/native_host.hpp"

namespace theater {

inline Status send(std::string_view actor_id, std::string_view message) {
  testing::Host& host = testing::Host::current();
  testing::Message sent{std::string(actor_id), std::string(message)};
  if (host.on_send) THEATER_TRY_VOID(host.on_send(sent));
  host.sent.push_back(std::move(sent));
  return {};
}

inline Result<std::string> request(std::string_view actor_id, std::string_view message) {
  testing::Host& host = testing::Host::current();
  host.requested.push_back({std::string(actor_id), std::string(message)});
  if (!host.on_request) return fail("Actor not found: " + std::string(actor_id));
  return host.on_request(testing::Message(host.requested.back()));
}

inline std::vector<std::string> list_outstanding_requests() {
  return testing::Host::current().outstanding;
}

inline Status respond_to_request(std::string_view request_id, std::string_view response) {
  testing::Host& host = testing::Host::current();
  THEATER_TRY_VOID(host.settle(request_id));
  host.responses[std::string(request_id)] = response;
  return {};
}

inline Status cancel_request(std::string_view request_id) {
  testing::Host& host = testing::Host::current();
  THEATER_TRY_VOID(host.settle(request_id));
  host.cancelled.push_back(std::string(request_id));
  return {};
}

inline Result<std::string> open_channel(std::string_view actor_id, std::string_view message) {
  testing::Host& host = testing::Host::current();
  testing::Message asked{std::string(actor_id), std::string(message)};
  if (!host.on_open_channel) return fail("Actor not found: " + asked.to);
  std::string id = THEATER_TRY(host.on_open_channel(asked));
  host.channels.push_back(id);
  return id;
}

inline Status send_on_channel(std::string_view channel_id, std::string_view message) {
  testing::Host& host = testing::Host::current();
  THEATER_TRY_VOID(host.find_channel(channel_id));
  host.sent_on_channels.push_back({std::string(channel_id), std::string(message)});
  return {};
}

inline Status close_channel(std::string_view channel_id) {
  testing::Host& host = testing::Host::current();
  THEATER_TRY_VOID(host.find_channel(channel_id));
  std::erase(host.channels, channel_id);
  host.closed_channels.push_back(std::string(channel_id));
  return {};
}

}  // namespace theater
