#include "theater/api/client/upload_form.h"

#include "theater/base/check.h"

#include <algorithm>
#include <cctype>

namespace theater::api {

void UploadForm::add(std::string name, Bytes content) {
  bool is_plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_';
  });
  THEATER_CHECK(is_plain, "a part cannot be called `{}`", name);
  fields_.push_back({std::move(name), std::move(content)});
}

Multipart UploadForm::encode() const {
  std::vector<NewPart> parts;
  for (const Field& field : fields_)
    parts.push_back({field.name, {}, field.content});
  return write_multipart(parts);
}

}  // namespace theater::api
