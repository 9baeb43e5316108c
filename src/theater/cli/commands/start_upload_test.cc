#include "theater/cli/commands/start_upload.h"

#include "theater/base/file.h"
#include "theater/base/hash.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::cli::start_upload_test {

using ::testing::HasSubstr;
using ::testing::Not;

class StartUpload : public ::testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& text) {
    must(write_file(folder_.path() / name, as_bytes(text)));
    return (folder_.path() / name).string();
  }

  StartSources sources(const std::string& manifest) {
    return {.manifest = put("a.toml", manifest), .init = {}, .state = {}, .grants = {}};
  }

  // The part with the folder of the manifest.
  std::string folder() const { return "folder=" + folder_.path().string() + ";"; }

  // The parts, each as `name=content;`.
  std::string parts(const StartSources& sources) {
    Multipart encoded = must(read_upload(sources, reader_)).encode();
    std::string text;
    for (const Part& part : must(read_multipart(encoded.content_type, encoded.body)))
      text += part.name + "=" + std::string(as_text(part.bytes)) + ";";
    return text;
  }

  Error refused(const StartSources& sources) {
    auto form = read_upload(sources, reader_);
    EXPECT_FALSE(form);
    return form ? Error(ErrorCode::kIo, "read") : form.error();
  }

  TemporaryFolder folder_;
  ReferenceReader reader_;
};

const std::string kManifest = "name = \"a\"\ncomponent = \"c.wasm\"\n";

TEST_F(StartUpload, NamesWhatCannotBeRead) {
  EXPECT_THAT(refused({.manifest = "/gone.toml"}).to_string(), HasSubstr("/gone.toml"));
  EXPECT_THAT(refused(sources(kManifest)).to_string(), HasSubstr("c.wasm"));
  put("c.wasm", "W");
  StartSources wrong = sources(kManifest);
  wrong.init = "@/gone.json";
  EXPECT_THAT(refused(wrong).to_string(), HasSubstr("--init: "));
  wrong = sources(kManifest);
  wrong.state = "/gone.state";
  EXPECT_THAT(refused(wrong).to_string(), HasSubstr("--state: "));
  wrong = sources(kManifest);
  wrong.grants = {"nonsense"};
  EXPECT_THAT(refused(wrong).to_string(), HasSubstr("--grant nonsense: "));
  EXPECT_THAT(refused(sources(kManifest + "init_state = \"gone.json\"\n")).to_string(),
              HasSubstr("gone.json"));
}

TEST_F(StartUpload, ReadsTheFilesThatTheManifestNames) {
  put("c.wasm", "W");
  EXPECT_EQ(parts(sources(kManifest)), "manifest=" + kManifest + ";" + folder() + "component=W;");
  put("s.json", "41");
  std::string manifest = kManifest + "init_state = \"s.json\"\n";
  StartSources all = sources(manifest);
  all.init = "7";
  EXPECT_EQ(parts(all),
            "manifest=" + manifest + ";" + folder() + "component=W;init_state=41;state=7;");
}

TEST_F(StartUpload, AnOpaqueStateIsNotMerged) {
  put("c.wasm", "W");
  StartSources kept = sources(kManifest);
  kept.state = put("kept", "{\"a\": 1}");
  EXPECT_EQ(parts(kept),
            "manifest=" + kManifest + ";" + folder() + "component=W;opaque_state={\"a\": 1};");
}

TEST_F(StartUpload, TheStateFillsInTheNameOfTheComponent) {
  put("other.wasm", "O");
  StartSources filled = sources("name = \"a\"\ncomponent = \"{{file}}.wasm\"\n");
  filled.init = "{\"file\": \"other\"}";
  EXPECT_THAT(parts(filled), HasSubstr("component=O;"));
}

TEST_F(StartUpload, LeavesAComponentThatOnlyTheServerHasToTheServer) {
  std::string digest = sha256(as_bytes("W")).to_string();
  std::string manifest = "name = \"a\"\ncomponent = \"sha256:" + digest + "\"\n";
  EXPECT_EQ(parts(sources(manifest)), "manifest=" + manifest + ";" + folder());
}

TEST_F(StartUpload, GrantsLeaveWithAbsolutePaths) {
  put("c.wasm", "W");
  StartSources granted = sources(kManifest);
  granted.grants = {"filesystem:paths=data;read", "random"};
  std::string text = parts(granted);
  EXPECT_THAT(text, HasSubstr("grant=filesystem:"));
  EXPECT_THAT(text, HasSubstr((std::filesystem::current_path() / "data").string()));
  EXPECT_THAT(text, HasSubstr("grant=random;"));
  EXPECT_THAT(text, Not(HasSubstr("paths=data")));
}

}  // namespace theater::cli::start_upload_test
