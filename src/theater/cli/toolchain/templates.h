// The templates of new actors, embedded in the program.
#pragma once

#include <span>
#include <string_view>

namespace theater::cli {

struct TemplateFile {
  // Path below the top of the source tree, such as "templates/cpp/basic/actor.cpp".
  std::string_view path;
  std::string_view text;
};

// The files of the source tree's folder `templates`, sorted by path. The build writes the
// definition (cmake/theater_templates.cmake).
std::span<const TemplateFile> template_files();

}  // namespace theater::cli
