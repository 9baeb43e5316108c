// Answers of a server that are errors, as Errors.
//
// A server explains an error in an `application/problem+json` object. The `code` in it decides the
// Error's code, `detail` is its message, and `hint` its hint. An answer without such an object, such
// as one of a proxy, has only its status.
#pragma once

#include "theater/base/error.h"
#include "theater/net/http_message.h"

#include <string_view>

namespace theater::api {

// The code that stands for a `code` of the API, or for the status of an answer whose code is not
// known.
ErrorCode error_code_of(std::string_view code, int status);

// The error that an answer with a status from 300 on stands for.
Error error_of_answer(const HttpAnswer& answer);

}  // namespace theater::api
