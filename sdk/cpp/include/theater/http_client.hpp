// Requests to web servers: theater:simple/http-client.
//
//   http::Request request{.uri = "https://example.org/"};
//   http::Response response = THEATER_TRY(send_http(request));
//   if (response.status != 200) return fail("the server answered " + …);
//
// The manifest must list the handler `http-client`, and the operator must grant the host and the
// method. The node follows redirections itself, as many as `max_redirects` allows, and asks the
// grant at each of them. For a response that arrives piece by piece: http_stream.hpp.
//
// The node sets the headers that frame a message, such as `Host` and `Content-Length`, and refuses
// a request that sets them. A secret of the operator is a placeholder for the actor; the node puts
// the value in on its way to the server:
//
//   std::string key = get_var("OPENAI_API_KEY").value_or("");   // environment.hpp
//   request.headers.push_back({"Authorization", "Bearer " + key});
//
// A request is recorded whole, and so is its response.
#pragma once

#include "theater/actor.hpp"
#include "theater/detail/http_types.hpp"

#include <string_view>

namespace theater {

// Sends a request and waits for the whole response; meanwhile this actor takes nothing else. Any
// status is a response. An error is `Permission denied: …`, or a stable word, a colon and an
// explanation; http::failure_word gives the word.
Result<http::Response> send_http(const http::Request& request);

}  // namespace theater

namespace theater::http {

// What stands before the first colon of an error, such as "timeout", "refused" or "tls".
inline std::string_view failure_word(std::string_view error) {
  return error.substr(0, error.find(':'));
}

}  // namespace theater::http

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_http_client.hpp"
#else
#include "theater/detail/native_http_client.hpp"
#endif
