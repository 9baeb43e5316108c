#include "theater/runtime/child_start.h"

#include "theater/runtime/initial_state.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace theater {

namespace {

Result<std::filesystem::path> working_folder() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::current_path(error);
  if (error) return fail(ErrorCode::kIo, "the node has no working folder: {}", error.message());
  return folder;
}

Result<ManifestText> read_manifest_at(std::string_view text, const ManifestPlace& place,
                                      const ReferenceReader& reader) {
  Reference reference = THEATER_TRY_CONTEXT(parse_reference(text, place), "the manifest");
  std::filesystem::path folder = THEATER_TRY(working_folder());
  return read_manifest_text(reference, folder, reader);
}

Result<ManifestText> asked_manifest(const std::string& argument, const ReferenceReader& reader) {
  ManifestPlace here;
  here.folder = THEATER_TRY(working_folder());
  if (argument.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "the manifest is empty: give its text, or the path of its file");
  }
  // A manifest that says anything has one of the two, and a path has neither. An address may have
  // the first, but no manifest begins like an address.
  bool is_address = has_scheme(argument) && check_reference(argument);
  if (!is_address && argument.find_first_of("=\n") != argument.npos) {
    return ManifestText{argument, "manifest", std::move(here)};
  }
  return read_manifest_at(argument, here, reader);
}

}  // namespace

Result<ChildStart> read_child_start(const ChildRequest& request, const ManifestPlace& parent,
                                    const ReferenceReader& reader) {
  auto read_state = [&](const Reference& reference) {
    return read_reference(reference, Referred::kState, reader);
  };
  std::optional<Bytes> given = request.state;
  const auto& declared = request.declared;
  if (declared && declared->init_state) {
    Reference state =
        THEATER_TRY_CONTEXT(parse_reference(*declared->init_state, parent), "the initial state");
    given = THEATER_TRY_CONTEXT(read_state(state), "reading the initial state");
  }
  ManifestText source = declared ? THEATER_TRY(read_manifest_at(declared->manifest, parent, reader))
                                 : THEATER_TRY(asked_manifest(request.manifest, reader));
  ActorStart start = THEATER_TRY(
      resolve_start({source.text, source.name, source.place}, std::move(given), read_state,
                    request.is_resumed ? GivenState::kAsItIs : GivenState::kMerged));
  return ChildStart{std::move(start.manifest), std::move(start.state), std::move(start.context)};
}

}  // namespace theater
