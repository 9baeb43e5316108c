// The OpenAPI 3.1 document of the API, made from the table of routes.
#pragma once

#include "theater/views/json.h"

namespace theater::api {

// The same for every call of one build.
views::Json openapi_document();

}  // namespace theater::api
