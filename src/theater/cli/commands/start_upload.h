// The files of a `theater start`, read as the user of the command, and the upload made of them.
//
// The server opens no path that a client names. So the command reads the manifest, the component
// and the initial states, from files, stores or the web, as `theater run` does.
#pragma once

#include "theater/api/client/upload_form.h"
#include "theater/base/result.h"
#include "theater/runtime/references.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

struct StartSources {
  std::filesystem::path manifest;  // May hold an address.
  std::string init;                // JSON or @FILE, as written; empty for none.
  std::filesystem::path state;     // Of an opaque state; empty for none.
  std::vector<std::string> grants;
  std::string name;     // The operator's; empty for the manifest's.
  std::string restart;  // Empty for the server's default.
};

// Fails as reading the files and the manifest does, and with kInvalidArgument for a grant that is
// none. Relative paths in grants are taken below the working folder.
Result<api::UploadForm> read_upload(const StartSources& sources, const ReferenceReader& reader);

// The same of a `theater update`: `code` is a component or a manifest.
Result<api::UploadForm> read_update(const std::filesystem::path& code,
                                    const std::vector<std::string>& grants,
                                    const ReferenceReader& reader);

}  // namespace theater::cli
