// Errors as clients of the API see them: `application/problem+json` objects of RFC 9457.
//
// A program decides by `code`, which never changes; a person reads `detail` and `hint`.
#pragma once

#include "theater/base/error.h"
#include "theater/net/http_message.h"

#include <string>
#include <string_view>

namespace theater::api {

// A kind of error. Constants below name all of them; docs/reference/api.md has the same table.
struct ProblemKind {
  int status;
  std::string_view code;
  std::string_view title;
};

inline constexpr ProblemKind kInvalidArgument{400, "invalid_argument", "The request is wrong"};
inline constexpr ProblemKind kUnauthenticated{401, "unauthenticated", "No valid token"};
inline constexpr ProblemKind kPermissionDenied{403, "permission_denied", "Not allowed"};
inline constexpr ProblemKind kNotFound{404, "not_found", "Not found"};
inline constexpr ProblemKind kMethodNotAllowed{405, "method_not_allowed", "No such method here"};
inline constexpr ProblemKind kAlreadyExists{409, "already_exists", "Already there"};
inline constexpr ProblemKind kConflict{409, "conflict", "The actor's state does not allow it"};
inline constexpr ProblemKind kKeyInUse{409, "idempotency_key_in_use",
                                       "The first request with the key is in progress"};
inline constexpr ProblemKind kAnswerGone{410, "answer_gone",
                                         "It was done, and its answer is not kept"};
inline constexpr ProblemKind kUnsupportedMediaType{415, "unsupported_media_type",
                                                   "The body has another form"};
inline constexpr ProblemKind kActorError{422, "actor_error", "The guest answered with an error"};
inline constexpr ProblemKind kKeyReused{422, "idempotency_key_reused",
                                        "The key belongs to another request"};
inline constexpr ProblemKind kResourceExhausted{429, "resource_exhausted", "A bound is reached"};
inline constexpr ProblemKind kTooManyRequests{429, "too_many_requests",
                                              "The client has too many requests in flight"};
inline constexpr ProblemKind kTooManyStreams{429, "too_many_streams",
                                             "The client reads too many streams"};
inline constexpr ProblemKind kTooManyBodyBytes{429, "too_many_body_bytes",
                                               "The client sends too much at a time"};
inline constexpr ProblemKind kTooManyStarts{429, "too_many_starts",
                                            "The client starts too many actors"};
inline constexpr ProblemKind kInternal{500, "internal", "The node failed"};
inline constexpr ProblemKind kCorrupt{500, "corrupt", "Stored bytes are damaged"};
inline constexpr ProblemKind kIo{500, "io", "The operating system refused"};
inline constexpr ProblemKind kUnavailable{503, "unavailable", "Not available"};
inline constexpr ProblemKind kDeadlineExceeded{504, "deadline_exceeded", "No answer in time"};

// The kind of a refusal of HTTP itself, by its status: `too_large`, `request_timeout`,
// `unsupported_protocol`, else `invalid_argument`.
ProblemKind kind_of_refusal(int status);

// The kind that an error has, unless a route knows better.
const ProblemKind& kind_of(const Error& error);

// An answer with this problem; `hint` may be empty.
HttpAnswer problem(const ProblemKind& kind, std::string_view detail, std::string_view hint,
                   const std::string& request_id);

}  // namespace theater::api
