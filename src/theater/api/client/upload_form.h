// What a client uploads: named parts that it owns, as one multipart body (net/multipart.h).
#pragma once

#include "theater/base/bytes.h"
#include "theater/net/multipart.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::api {

// Not thread-safe.
class UploadForm {
 public:
  // `name` has letters, digits and `_` only. Parts keep their order, and a name may repeat.
  void add(std::string name, Bytes content);
  void add(std::string name, std::string_view content) { add(std::move(name), to_bytes(content)); }

  Multipart encode() const;

 private:
  struct Field {
    std::string name;
    Bytes content;
  };

  std::vector<Field> fields_;
};

}  // namespace theater::api
