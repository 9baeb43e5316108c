// Requests, answers and the events of streams as guests see them: the types of
// theater:simple/http-types and theater:http-stream/client-handlers.
#pragma once

#include "theater/base/bytes.h"
#include "theater/wit/traits.h"

#include <boost/describe.hpp>
#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace theater {

using GuestHeaders = std::vector<std::tuple<std::string, std::string>>;

struct GuestRequest {
  std::string method;
  std::string uri;
  GuestHeaders headers;
  std::optional<Bytes> body;

  bool operator==(const GuestRequest&) const = default;
};
BOOST_DESCRIBE_STRUCT(GuestRequest, (), (method, uri, headers, body))

struct GuestAnswer {
  uint16_t status = 0;
  GuestHeaders headers;
  std::optional<Bytes> body;

  bool operator==(const GuestAnswer&) const = default;
};
BOOST_DESCRIBE_STRUCT(GuestAnswer, (), (status, headers, body))

using SendResult = tl::expected<GuestAnswer, std::string>;

// What a stream tells its guest.
using StreamHead = wit::Alternative<"head", std::tuple<uint16_t, GuestHeaders>>;
using StreamData = wit::Alternative<"data", Bytes>;
using StreamEnd = wit::Alternative<"end">;
using StreamFailed = wit::Alternative<"failed", std::string>;
using StreamEvent = std::variant<StreamHead, StreamData, StreamEnd, StreamFailed>;

}  // namespace theater
