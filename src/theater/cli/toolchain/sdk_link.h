// The link by which the package of an actor in Rust or JavaScript finds the SDK.
//
// Cargo and npm take a library from a path below the actor's folder: `theater-sdk/rust` and
// `theater-sdk/js`. `theater-sdk` is a link to the SDK of the machine at hand. It stays out of
// version control, so that an actor's files name no path of one machine, and the compiler sees the
// same paths on every machine.
#pragma once

#include "theater/base/result.h"

#include <filesystem>
#include <string_view>

namespace theater::cli {

inline constexpr std::string_view kSdkLink = "theater-sdk";

// Whether the package file, a Cargo.toml or package.json, names the link. False if it cannot be
// read.
bool names_sdk_link(const std::filesystem::path& package_file);

// Makes the link in an actor's folder, in place of a link that leads elsewhere. A folder of that
// name is an SDK that the actor brings itself, and stays. Fails with kAlreadyExists if the name
// belongs to a file, or with the error of the file system.
Result<void> link_sdk(const std::filesystem::path& folder, const std::filesystem::path& sdk);

}  // namespace theater::cli
