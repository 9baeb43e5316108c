#include "theater/wit/print.h"

#include "theater/base/check.h"

#include <fmt/format.h>

#include <utility>

namespace theater::wit {

namespace {

void print(std::string& out, const Type& type);

// `before`, the items separated by commas, `after`.
template <class Items, class Print>
void print_all(std::string& out, std::string_view before, const Items& items,
               std::string_view after, Print print_one) {
  out += before;
  bool first = true;
  for (const auto& item : items) {
    if (!std::exchange(first, false)) out += ", ";
    print_one(item);
  }
  out += after;
}

// `record { a, b }`, or `record {}` where there is nothing inside.
template <class Items, class Print>
void print_braced(std::string& out, Kind kind, const Items& items, Print print_one) {
  out += kind_name(kind);
  if (items.empty()) {
    out += " {}";
  } else {
    print_all(out, " { ", items, " }", print_one);
  }
}

void print_result(std::string& out, const Type& type) {
  out += "result";
  if (!type.ok() && !type.error()) return;
  out += '<';
  if (type.ok()) {
    print(out, *type.ok());
  } else {
    out += '_';
  }
  if (type.error()) {
    out += ", ";
    print(out, *type.error());
  }
  out += '>';
}

void print(std::string& out, const Type& type) {
  auto print_field = [&](const Field& field) {
    if (!field.name.empty()) out += field.name + ": ";
    print(out, field.type);
  };
  auto print_case = [&](const Case& one) {
    out += one.name;
    if (!one.type) return;
    out += '(';
    print(out, *one.type);
    out += ')';
  };
  auto print_label = [&](const std::string& label) { out += label; };
  Kind kind = type.kind();
  switch (kind) {
    case Kind::kList:
    case Kind::kOption:
      out += kind_name(kind);
      out += '<';
      print(out, type.element());
      out += '>';
      return;
    case Kind::kRecord:
      return print_braced(out, kind, type.fields(), print_field);
    case Kind::kTuple:
      return print_all(out, "tuple<", type.fields(), ">", print_field);
    case Kind::kVariant:
      return print_braced(out, kind, type.cases(), print_case);
    case Kind::kEnum:
    case Kind::kFlags:
      return print_braced(out, kind, type.labels(), print_label);
    case Kind::kResult:
      return print_result(out, type);
    case Kind::kOwn:
    case Kind::kBorrow:
      out += fmt::format("{}<{}>", kind_name(kind), type.resource());
      return;
    default:
      out += kind_name(kind);
      return;
  }
}

// The first place where two types differ, and what is wrong there.
struct Clash {
  std::string path;
  std::string what;
};

std::string wanted_found(const Type& wanted, const Type& found) {
  return fmt::format("wanted `{}`, found `{}`", to_wit(wanted), to_wit(found));
}

std::string show(const std::optional<Type>& type) {
  return type ? fmt::format("`{}`", to_wit(*type)) : "nothing";
}

std::optional<Clash> clash(const Type& wanted, const Type& found);

std::optional<Clash> inside(std::string_view step, std::optional<Clash> found) {
  if (found) found->path.insert(0, step);
  return found;
}

std::optional<Clash> clash(std::string_view step, const std::optional<Type>& wanted,
                           const std::optional<Type>& found) {
  if (wanted && found) return inside(step, clash(*wanted, *found));
  if (!wanted && !found) return std::nullopt;
  return Clash{std::string(step), fmt::format("wanted {}, found {}", show(wanted), show(found))};
}

// Compares the names of two lists of fields, cases or labels, in order.
template <class Span>
std::optional<Clash> clash_of_names(std::string_view what, Span wanted, Span found) {
  for (size_t i = 0; i < wanted.size() || i < found.size(); ++i) {
    auto show_name = [&](Span names) {
      return i < names.size() ? fmt::format("`{}`", name_of(names[i])) : std::string("nothing");
    };
    if (i < wanted.size() && i < found.size() && name_of(wanted[i]) == name_of(found[i])) continue;
    return Clash{"", fmt::format("wanted {} {} to be {}, found {}", what, i + 1, show_name(wanted),
                                 show_name(found))};
  }
  return std::nullopt;
}

std::optional<Clash> clash_of_fields(const Type& wanted, const Type& found) {
  auto left = wanted.fields();
  auto right = found.fields();
  if (wanted.kind() == Kind::kTuple && left.size() != right.size()) {
    return Clash{"", wanted_found(wanted, found)};
  }
  if (auto names = clash_of_names("field", left, right)) return names;
  for (size_t i = 0; i < left.size(); ++i) {
    std::string step = left[i].name.empty() ? fmt::format(".{}", i) : "." + left[i].name;
    if (auto field = clash(left[i].type, right[i].type)) return inside(step, field);
  }
  return std::nullopt;
}

std::optional<Clash> clash_of_cases(const Type& wanted, const Type& found) {
  auto left = wanted.cases();
  auto right = found.cases();
  if (auto names = clash_of_names("case", left, right)) return names;
  for (size_t i = 0; i < left.size(); ++i) {
    if (auto one = clash("." + left[i].name, left[i].type, right[i].type)) return one;
  }
  return std::nullopt;
}

std::optional<Clash> clash(const Type& wanted, const Type& found) {
  if (wanted == found) return std::nullopt;
  if (wanted.kind() != found.kind()) return Clash{"", wanted_found(wanted, found)};
  switch (wanted.kind()) {
    case Kind::kList:
      return inside("[]", clash(wanted.element(), found.element()));
    case Kind::kOption:
      return inside(".some", clash(wanted.element(), found.element()));
    case Kind::kRecord:
    case Kind::kTuple:
      return clash_of_fields(wanted, found);
    case Kind::kVariant:
      return clash_of_cases(wanted, found);
    case Kind::kEnum:
      return clash_of_names("case", wanted.labels(), found.labels());
    case Kind::kFlags:
      return clash_of_names("flag", wanted.labels(), found.labels());
    case Kind::kResult:
      if (auto ok = clash(".ok", wanted.ok(), found.ok())) return ok;
      return clash(".error", wanted.error(), found.error());
    default:
      return Clash{"", wanted_found(wanted, found)};
  }
}

std::string sentence(std::string_view place, const Clash& clash) {
  if (clash.path.empty()) return fmt::format("{}: {}", place, clash.what);
  return fmt::format("{} at {}: {}", place, clash.path, clash.what);
}

}  // namespace

std::string to_wit(const Type& type) {
  std::string out;
  print(out, type);
  return out;
}

std::string to_wit(std::string_view name, const FuncType& function) {
  std::string out(name);
  out += function.is_async ? ": async func" : ": func";
  print_all(out, "(", function.params, ")", [&](const Field& param) {
    out += param.name + ": ";
    print(out, param.type);
  });
  if (function.result) {
    out += " -> ";
    print(out, *function.result);
  }
  return out;
}

std::optional<std::string> mismatch(const FuncType& wanted, const FuncType& found) {
  if (wanted.is_async != found.is_async) {
    return fmt::format("wanted {}, found {}", wanted.is_async ? "an async function" : "a function",
                       found.is_async ? "an async function" : "one that is not async");
  }
  for (size_t i = 0; i < wanted.params.size() || i < found.params.size(); ++i) {
    auto type_at = [&](const FuncType& function) -> std::optional<Type> {
      if (i < function.params.size()) return function.params[i].type;
      return std::nullopt;
    };
    const Field& named = i < wanted.params.size() ? wanted.params[i] : found.params[i];
    if (auto param = clash("", type_at(wanted), type_at(found))) {
      return sentence(fmt::format("parameter {} (`{}`)", i + 1, named.name), *param);
    }
  }
  if (auto result = clash("", wanted.result, found.result)) return sentence("the result", *result);
  return std::nullopt;
}

}  // namespace theater::wit
