#include "theater/cli/options/shared_options.h"

namespace theater::cli {

void home_option(OptionParser& parser, std::filesystem::path& home, const std::string& what) {
  parser.option("--home", "DIR", home, what + "; default $THEATER_HOME, else ./.theater");
}

void json_option(OptionParser& parser, bool& json, const std::string& what) {
  parser.flag("--json", json, what);
}

}  // namespace theater::cli
