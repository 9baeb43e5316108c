// http-framework and http-handlers as the canonical ABI has them, without any help of the SDK, so that
// a test of the node depends on nothing else.
#pragma once

#include <theater/detail/wasm_exports.hpp>
#include <theater/detail/wasm_memory.hpp>
#include <theater/result.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace raw {

using theater::detail::Given;
using theater::detail::RawNumber;
using theater::detail::Span;
using theater::detail::Tagged;

#define RAW_IMPORT(name) THEATER_DETAIL_IMPORT_FROM("theater:simple/http-framework", name)

RAW_IMPORT("create-server")
void raw_create_server(int32_t has_port, int32_t port, int32_t has_host, const char* host,
                       size_t host_size, int32_t has_tls, const char* certificate,
                       size_t certificate_size, const char* key, size_t key_size,
                       RawNumber<uint64_t>*);
RAW_IMPORT("start-server") void raw_start_server(uint64_t server, RawNumber<uint16_t>*);
RAW_IMPORT("register-handler")
void raw_register_handler(const char* name, size_t size, RawNumber<uint64_t>*);
RAW_IMPORT("add-route")
void raw_add_route(uint64_t server, const char* path, size_t path_size, const char* method,
                   size_t method_size, uint64_t handler, RawNumber<uint64_t>*);
RAW_IMPORT("enable-websocket")
void raw_enable_websocket(uint64_t server, const char* path, size_t path_size, int32_t has_connect,
                          uint64_t connect, uint64_t message, int32_t has_disconnect,
                          uint64_t disconnect, Tagged*);

// A server on 127.0.0.1, with a key pair if `key_pair` is not empty.
inline theater::Result<uint64_t> create_server(uint16_t port, std::string_view key_pair) {
  RawNumber<uint64_t> out;
  raw_create_server(1, port, 0, nullptr, 0, key_pair.empty() ? 0 : 1, key_pair.data(),
                    key_pair.size(), key_pair.data(), key_pair.size(), &out);
  return out.take();
}
inline theater::Result<uint16_t> start_server(uint64_t server) {
  RawNumber<uint16_t> out;
  raw_start_server(server, &out);
  return out.take();
}
inline theater::Result<uint64_t> register_handler(std::string_view name) {
  RawNumber<uint64_t> out;
  raw_register_handler(name.data(), name.size(), &out);
  return out.take();
}
inline theater::Result<uint64_t> add_route(uint64_t server, std::string_view path,
                                           std::string_view method, uint64_t handler) {
  RawNumber<uint64_t> out;
  raw_add_route(server, path.data(), path.size(), method.data(), method.size(), handler, &out);
  return out.take();
}
inline theater::Status enable_websocket(uint64_t server, std::string_view path, uint64_t handler) {
  Tagged out;
  raw_enable_websocket(server, path.data(), path.size(), 0, 0, handler, 1, handler, &out);
  return out.take_status();
}

struct Request {
  std::string method;
  std::string uri;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;
};

inline std::vector<std::pair<std::string, std::string>> take_headers(Span* items, size_t count) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (size_t at = 0; at < count; ++at)
    headers.emplace_back(items[2 * at].take(), items[2 * at + 1].take());
  if (count != 0) std::free(items);
  return headers;
}

struct Response {
  uint16_t status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// What the call in progress returns, until the host has it.
struct Out {
  uint32_t words[16];
  Span headers[32];
  uint32_t message[9];
  std::optional<std::string> state;
  std::string error;
  Response response;
  std::string text;

  static uint32_t word(const void* data) {
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(data));
  }
  bool put_state(theater::Result<std::optional<std::string>> kept) {
    words[0] = kept ? 0 : 1;
    if (!kept) {
      error = std::move(kept).error();
      words[1] = word(error.data());
      words[2] = static_cast<uint32_t>(error.size());
      return false;
    }
    state = *std::move(kept);
    words[1] = state ? 1 : 0;
    words[2] = state ? word(state->data()) : 0;
    words[3] = state ? static_cast<uint32_t>(state->size()) : 0;
    return true;
  }
  void put_response() {
    size_t count = 0;
    for (const auto& [name, value] : response.headers) {
      headers[count++] = {name.data(), name.size()};
      headers[count++] = {value.data(), value.size()};
    }
    words[4] = response.status;
    words[5] = word(headers);
    words[6] = static_cast<uint32_t>(count / 2);
    words[7] = 1;
    words[8] = word(response.body.data());
    words[9] = static_cast<uint32_t>(response.body.size());
  }
  // One message: `text`, or the same as a binary one.
  void put_message(bool is_binary) {
    for (uint32_t& each : message)
      each = 0;
    uint32_t* content = message + (is_binary ? 3 : 6);
    message[0] = is_binary ? 1 : 0;
    content[0] = 1;
    content[1] = word(text.data());
    content[2] = static_cast<uint32_t>(text.size());
    words[4] = word(message);
    words[5] = 1;
  }
};

inline Out& out() {
  static Out area;
  return area;
}

}  // namespace raw

#define RAW_EXPORT(name) \
  extern "C" __attribute__((export_name("theater:simple/http-handlers#" name)))
