// Headers that the node adds to requests: a list in which more names allow less, as in DeniedPaths.
//
// The node adds to each request that changes something a header that is equal for two attempts at
// one request, so that the server can tell a repetition (docs/policy.md). An actor whose requests
// must have the header may do less than one whose requests need none.
#pragma once

#include "theater/manifest/allow_list.h"

#include <string>
#include <utility>
#include <vector>

namespace theater {

// Value type. The default is below every other value: it asks for every header there is, and so
// allows no request. Its items are names of headers in their one spelling (header_name.h).
struct AddedHeaders {
  NameList list = NameList::unrestricted();

  // Adds no header.
  static AddedHeaders unrestricted() { return {NameList()}; }

  // The names in their order; none for the default, under which there is no request.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    if (list.is_unrestricted()) return all;
    for (const NamePattern& name : list.patterns())
      all.push_back(name.text);
    return all;
  }

  bool operator==(const AddedHeaders&) const = default;
};

inline AddedHeaders meet(const AddedHeaders& a, const AddedHeaders& b) {
  return {join(a.list, b.list)};
}
inline AddedHeaders join(const AddedHeaders& a, const AddedHeaders& b) {
  return {meet(a.list, b.list)};
}
inline bool leq(const AddedHeaders& a, const AddedHeaders& b) {
  return leq(b.list, a.list);
}

}  // namespace theater
