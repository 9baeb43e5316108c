// The routes of each subject, which routes() joins, and what they have in common.
#pragma once

#include "theater/api/route.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace theater::api {

inline constexpr std::string_view kJson = "application/json";

// Entries of a page.
inline constexpr uint64_t kPageDefault = 100;
inline constexpr uint64_t kPageMax = 1'000;
// The largest position that a client names: JSON has no larger whole numbers.
inline constexpr uint64_t kPositionMax = uint64_t{1} << 53;

std::span<const Route> node_routes();
std::span<const Route> actor_routes();
std::span<const Route> start_routes();
std::span<const Route> message_routes();
std::span<const Route> control_routes();
std::span<const Route> event_routes();
std::span<const Route> log_routes();

}  // namespace theater::api
