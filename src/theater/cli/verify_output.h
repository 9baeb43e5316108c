// What `theater verify` says of a log and of an export in the same words.
#pragma once

#include "theater/cli/output.h"
#include "theater/log/check/log_check.h"
#include "theater/log/merkle/checkpoint.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace theater::cli {

// null for none.
template <class T>
nlohmann::ordered_json json_or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

// {"origin", "size", "root"}, or null.
nlohmann::ordered_json json_checkpoint(const std::optional<log::Checkpoint>& checkpoint);

// A line each, and how many more there are.
void print_findings(std::span<const log::Finding> findings, uint64_t left_out, Output& output);

}  // namespace theater::cli
