// Why a request with an idempotency key has no answer.
#pragma once

#include "theater/base/error.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace theater {

// What is special about the failure of a request that a client asked to be done once.
enum class OnceRefusal : uint8_t {
  kNone,          // Nothing: the request itself failed, or the table takes no key.
  kOtherRequest,  // The key belongs to another request.
  kRunning,       // The first request with the key has no outcome yet.
  kGone,          // It was done, and its answer is not kept.
  kNotReady,      // The table does not yet have the keys on record.
};

// Made from an Error, which is then one of the request itself.
struct OnceFailure {
  Error error;
  OnceRefusal why = OnceRefusal::kNone;

  OnceFailure(Error of,  // NOLINT(google-explicit-constructor)
              OnceRefusal refusal = OnceRefusal::kNone)
      : error(std::move(of)), why(refusal) {}
};

template <class T>
using OnceResult = tl::expected<T, OnceFailure>;
template <class T>
using OnceThen = std::function<void(OnceResult<T>)>;

}  // namespace theater
