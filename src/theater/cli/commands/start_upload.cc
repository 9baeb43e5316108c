#include "theater/cli/commands/start_upload.h"

#include "theater/base/file.h"
#include "theater/manifest/grant.h"
#include "theater/runtime/initial_state.h"
#include "theater/runtime/named_manifest.h"

#include <optional>
#include <system_error>
#include <utility>

namespace theater::cli {

namespace {

Result<Bytes> read_init(const std::string& word) {
  if (!word.starts_with('@')) return to_bytes(word);
  return read_file(std::filesystem::path(word.substr(1)), kInitialStateSizeMax);
}

Result<void> add_grants(const std::vector<std::string>& grants, api::UploadForm& form) {
  std::error_code failed;
  std::filesystem::path here = std::filesystem::current_path(failed);
  if (failed) return fail(ErrorCode::kIo, "the current folder is gone: {}", failed.message());
  for (const std::string& text : grants) {
    Permissions granted = THEATER_TRY_CONTEXT(parse_grant(text, here), "--grant {}", text);
    // The server's working folder is another one, so the paths leave as absolute ones.
    for (const std::string& grant : to_grants(granted))
      form.add("grant", grant);
  }
  return {};
}

Result<void> add_component(const Manifest& manifest, const ReferenceReader& reader,
                           api::UploadForm& form) {
  Result<Bytes> component = read_component(manifest, reader);
  // The server may have a component that this home does not have.
  bool may_be_there = manifest.component.starts_with(kDigestPrefix) && !component &&
                      component.error().code() == ErrorCode::kNotFound;
  if (!component && !may_be_there) return Failure(std::move(component).error());
  if (component) form.add("component", *std::move(component));
  return {};
}

}  // namespace

Result<api::UploadForm> read_upload(const StartSources& sources, const ReferenceReader& reader) {
  ManifestText manifest = THEATER_TRY(read_named_manifest(sources.manifest, reader));
  std::optional<Bytes> init;
  std::optional<Bytes> opaque;
  if (!sources.init.empty()) init = THEATER_TRY_CONTEXT(read_init(sources.init), "--init");
  if (!sources.state.empty())
    opaque = THEATER_TRY_CONTEXT(read_file(sources.state, kInitialStateSizeMax), "--state");

  // What the manifest's `init_state` names. It fills in placeholders, also in `component`.
  std::optional<Bytes> named;
  auto read_state = [&](const Reference& reference) -> Result<Bytes> {
    named = THEATER_TRY(read_reference(reference, Referred::kState, reader));
    return *named;
  };
  ManifestSource source{manifest.text, manifest.name, manifest.place};
  ActorStart start =
      THEATER_TRY(opaque ? resolve_start(source, opaque, read_state, GivenState::kAsItIs)
                         : resolve_start(source, init, read_state));

  api::UploadForm form;
  form.add("manifest", manifest.text);
  form.add("folder", manifest.place.folder.string());
  THEATER_TRY_VOID(add_component(start.manifest, reader, form));
  if (named) form.add("init_state", *std::move(named));
  if (init) form.add("state", *std::move(init));
  if (opaque) form.add("opaque_state", *std::move(opaque));
  if (!sources.name.empty()) form.add("name", sources.name);
  if (!sources.restart.empty()) form.add("restart", sources.restart);
  THEATER_TRY_VOID(add_grants(sources.grants, form));
  return form;
}

Result<api::UploadForm> read_update(const std::filesystem::path& code,
                                    const std::vector<std::string>& grants,
                                    const ReferenceReader& reader) {
  api::UploadForm form;
  if (names_manifest(code)) {
    ManifestText text = THEATER_TRY(read_named_manifest(code, reader));
    Manifest manifest =
        THEATER_TRY(resolve_manifest({text.text, text.name, text.place}, std::nullopt));
    form.add("manifest", text.text);
    form.add("folder", text.place.folder.string());
    THEATER_TRY_VOID(add_component(manifest, reader, form));
  } else {
    std::error_code failed;
    ManifestPlace here{std::filesystem::current_path(failed)};
    if (failed) return fail(ErrorCode::kIo, "the current folder is gone: {}", failed.message());
    Reference reference = THEATER_TRY(parse_reference(code.string(), here));
    form.add("component", THEATER_TRY(read_reference(reference, Referred::kComponent, reader)));
  }
  THEATER_TRY_VOID(add_grants(grants, form));
  return form;
}

}  // namespace theater::cli
