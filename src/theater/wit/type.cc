#include "theater/wit/type.h"

#include "theater/base/check.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace theater::wit {

struct Type::Node {
  Kind kind = Kind::kBool;
  size_t depth = 1;
  size_t size_min = 1;
  std::vector<Field> fields;
  std::vector<Case> cases;
  std::vector<std::string> labels;
  // The element of a list or option; the ok side of a result.
  std::optional<Type> first;
  std::optional<Type> second;
  std::string resource;
};

namespace {

constexpr std::array<std::string_view, kKindCount> kKindNames = {
    "bool",    "s8",   "u8",     "s16",    "u16",    "s32",  "u32",    "s64",
    "u64",     "f32",  "f64",    "char",   "string", "list", "record", "tuple",
    "variant", "enum", "option", "result", "flags",  "own",  "borrow"};

// The least number of bytes of each kind, where the kind alone decides it.
constexpr size_t kind_size_min(Kind kind) {
  if (kind == Kind::kF32) return 4;
  if (kind == Kind::kF64) return 8;
  return 1;
}

// A sum that stops at the largest length a value can have, so that wide types cannot wrap it.
size_t saturating_sum(size_t left, size_t right) {
  constexpr size_t kMax = std::numeric_limits<uint32_t>::max();
  return std::min(left, kMax) + std::min(right, kMax) > kMax ? kMax : left + right;
}

void check_names(std::vector<std::string_view> names, Kind kind) {
  for (std::string_view name : names) {
    THEATER_CHECK(!name.empty(), "an empty name in a {}", kind_name(kind));
  }
  std::sort(names.begin(), names.end());
  auto twin = std::adjacent_find(names.begin(), names.end());
  THEATER_CHECK(twin == names.end(), "`{}` occurs twice in a {}", *twin, kind_name(kind));
}

template <class Named>
std::vector<std::string_view> names_of(const std::vector<Named>& all) {
  std::vector<std::string_view> names;
  names.reserve(all.size());
  for (const Named& one : all)
    names.push_back(one.name);
  return names;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

Type::Type(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

// Computes what follows from the parts: depth and least size.
Type Type::make(Node node) {
  size_t deepest = 0;
  size_t sum = 0;
  for (const Field& field : node.fields) {
    deepest = std::max(deepest, field.type.depth());
    sum = saturating_sum(sum, field.type.size_min());
  }
  for (const Case& one : node.cases) {
    if (one.type) deepest = std::max(deepest, one.type->depth());
  }
  for (const auto* part : {&node.first, &node.second}) {
    if (*part) deepest = std::max(deepest, (*part)->depth());
  }
  node.depth = deepest + 1;
  THEATER_CHECK(node.depth <= kTypeDepthMax, "a type nests {} deep", node.depth);

  if (node.kind == Kind::kRecord || node.kind == Kind::kTuple) {
    node.size_min = sum;
  } else if (node.kind == Kind::kFlags) {
    node.size_min = (node.labels.size() + 7) / 8;
  } else {
    node.size_min = kind_size_min(node.kind);
  }
  return Type(std::make_shared<const Node>(std::move(node)));
}

Type Type::primitive(Kind kind) {
  THEATER_CHECK(kind <= Kind::kString, "{} is not primitive", kind_name(kind));
  static const std::vector<Type> all = [] {
    std::vector<Type> types;
    for (size_t i = 0; i <= static_cast<size_t>(Kind::kString); ++i) {
      Node node;
      node.kind = static_cast<Kind>(i);
      types.push_back(make(std::move(node)));
    }
    return types;
  }();
  return all[static_cast<size_t>(kind)];
}

Type Type::boolean() {
  return primitive(Kind::kBool);
}
Type Type::s8() {
  return primitive(Kind::kS8);
}
Type Type::u8() {
  return primitive(Kind::kU8);
}
Type Type::s16() {
  return primitive(Kind::kS16);
}
Type Type::u16() {
  return primitive(Kind::kU16);
}
Type Type::s32() {
  return primitive(Kind::kS32);
}
Type Type::u32() {
  return primitive(Kind::kU32);
}
Type Type::s64() {
  return primitive(Kind::kS64);
}
Type Type::u64() {
  return primitive(Kind::kU64);
}
Type Type::f32() {
  return primitive(Kind::kF32);
}
Type Type::f64() {
  return primitive(Kind::kF64);
}
Type Type::character() {
  return primitive(Kind::kChar);
}
Type Type::string() {
  return primitive(Kind::kString);
}

Type Type::list(Type element) {
  Node node;
  node.kind = Kind::kList;
  node.first = std::move(element);
  return make(std::move(node));
}

Type Type::record(std::vector<Field> fields) {
  check_names(names_of(fields), Kind::kRecord);
  Node node;
  node.kind = Kind::kRecord;
  node.fields = std::move(fields);
  return make(std::move(node));
}

Type Type::tuple(std::vector<Type> elements) {
  Node node;
  node.kind = Kind::kTuple;
  node.fields.reserve(elements.size());
  for (Type& element : elements)
    node.fields.push_back({"", std::move(element)});
  return make(std::move(node));
}

Type Type::variant(std::vector<Case> cases) {
  THEATER_CHECK(!cases.empty(), "a variant without cases has no values");
  check_names(names_of(cases), Kind::kVariant);
  Node node;
  node.kind = Kind::kVariant;
  node.cases = std::move(cases);
  return make(std::move(node));
}

Type Type::enumeration(std::vector<std::string> labels) {
  THEATER_CHECK(!labels.empty(), "an enum without cases has no values");
  check_names({labels.begin(), labels.end()}, Kind::kEnum);
  Node node;
  node.kind = Kind::kEnum;
  node.labels = std::move(labels);
  return make(std::move(node));
}

Type Type::option(Type element) {
  Node node;
  node.kind = Kind::kOption;
  node.first = std::move(element);
  return make(std::move(node));
}

Type Type::result(std::optional<Type> ok, std::optional<Type> error) {
  Node node;
  node.kind = Kind::kResult;
  node.first = std::move(ok);
  node.second = std::move(error);
  return make(std::move(node));
}

Type Type::flags(std::vector<std::string> labels) {
  check_names({labels.begin(), labels.end()}, Kind::kFlags);
  Node node;
  node.kind = Kind::kFlags;
  node.labels = std::move(labels);
  return make(std::move(node));
}

Type Type::own(std::string resource) {
  Node node;
  node.kind = Kind::kOwn;
  node.resource = std::move(resource);
  return make(std::move(node));
}

Type Type::borrow(std::string resource) {
  Node node;
  node.kind = Kind::kBorrow;
  node.resource = std::move(resource);
  return make(std::move(node));
}

Kind Type::kind() const {
  return node_->kind;
}
size_t Type::depth() const {
  return node_->depth;
}
size_t Type::size_min() const {
  return node_->size_min;
}

std::span<const Field> Type::fields() const {
  THEATER_CHECK(kind() == Kind::kRecord || kind() == Kind::kTuple, "{}", kind_name(kind()));
  return node_->fields;
}

std::span<const Case> Type::cases() const {
  THEATER_CHECK(kind() == Kind::kVariant, "{}", kind_name(kind()));
  return node_->cases;
}

std::span<const std::string> Type::labels() const {
  THEATER_CHECK(kind() == Kind::kEnum || kind() == Kind::kFlags, "{}", kind_name(kind()));
  return node_->labels;
}

const Type& Type::element() const {
  THEATER_CHECK(kind() == Kind::kList || kind() == Kind::kOption, "{}", kind_name(kind()));
  return *node_->first;
}

const std::optional<Type>& Type::ok() const {
  THEATER_CHECK(kind() == Kind::kResult, "{}", kind_name(kind()));
  return node_->first;
}

const std::optional<Type>& Type::error() const {
  THEATER_CHECK(kind() == Kind::kResult, "{}", kind_name(kind()));
  return node_->second;
}

const std::string& Type::resource() const {
  THEATER_CHECK(kind() == Kind::kOwn || kind() == Kind::kBorrow, "{}", kind_name(kind()));
  return node_->resource;
}

bool Type::operator==(const Type& other) const {
  if (node_ == other.node_) return true;
  const Node& left = *node_;
  const Node& right = *other.node_;
  return left.kind == right.kind && left.depth == right.depth && left.labels == right.labels &&
         left.resource == right.resource && left.fields == right.fields &&
         left.cases == right.cases && left.first == right.first && left.second == right.second;
}

Type FuncType::params_tuple() const {
  std::vector<Type> elements;
  elements.reserve(params.size());
  for (const Field& param : params)
    elements.push_back(param.type);
  return Type::tuple(std::move(elements));
}

bool FuncType::matches(const FuncType& other) const {
  auto same_type = [](const Field& a, const Field& b) { return a.type == b.type; };
  return is_async == other.is_async && result == other.result &&
         std::equal(params.begin(), params.end(), other.params.begin(), other.params.end(),
                    same_type);
}

}  // namespace theater::wit
