// Random permissions for property tests, drawn from few names so that they overlap often.
//
// For the tests of this module only.
#pragma once

#include "theater/manifest/permission_fields.h"

#include <rapidcheck.h>

namespace theater::testing {

inline std::string any_of(std::vector<std::string> texts) {
  return *rc::gen::elementOf(std::move(texts));
}

inline std::set<std::string> some_of(const std::vector<std::string>& texts) {
  std::set<std::string> chosen;
  for (const std::string& text : texts) {
    if (*rc::gen::inRange(0, 3) == 0) chosen.insert(text);
  }
  return chosen;
}

}  // namespace theater::testing

namespace rc {

template <>
struct Arbitrary<theater::NamePattern> {
  static Gen<theater::NamePattern> arbitrary() {
    return gen::exec([] {
      return theater::NamePattern{theater::testing::any_of(
          {"a", "GET", "a/b", "/bin/x y", "a,b;c\\d", "e=f", "it's", "*"})};
    });
  }
};

template <>
struct Arbitrary<theater::PathPattern> {
  static Gen<theater::PathPattern> arbitrary() {
    return gen::exec([] {
      return theater::PathPattern{theater::testing::any_of(
          {"/", "/a", "/a/b", "/a/b/c", "/ab", "/a,b", "/x;y/\\z", "/ab/ c", "/\"q"})};
    });
  }
};

template <>
struct Arbitrary<theater::HostPattern> {
  static Gen<theater::HostPattern> arbitrary() {
    return gen::exec([] {
      theater::HostPattern pattern;
      pattern.host = theater::testing::any_of({"*", "*.org", "*.a.org", "*.b.a.org", "a.org",
                                               "x.a.org", "x.b.a.org", "127.0.0.1", "[::1]"});
      pattern.port = *gen::element<uint16_t>(0, 0, 80, 443);
      return pattern;
    });
  }
};

template <>
struct Arbitrary<theater::PortPattern> {
  static Gen<theater::PortPattern> arbitrary() {
    return gen::construct<theater::PortPattern>(
        gen::element<uint32_t>(0, 80, 8080, 65535, theater::PortPattern::kEvery));
  }
};

template <class Pattern>
struct Arbitrary<theater::AllowList<Pattern>> {
  static Gen<theater::AllowList<Pattern>> arbitrary() {
    return gen::exec([] {
      std::vector<Pattern> patterns;
      for (int left = *gen::inRange(0, 4); left > 0; --left) {
        patterns.push_back(*gen::arbitrary<Pattern>());
      }
      return theater::AllowList<Pattern>(std::move(patterns));
    });
  }
};

template <>
struct Arbitrary<theater::CommandPattern> {
  static Gen<theater::CommandPattern> arbitrary() {
    return gen::exec([] {
      return theater::CommandPattern{
          theater::testing::any_of({"*", "git", "git *", "git log", "git log *", "git log '*'",
                                    "gitk", "/bin/x 'a,b;c' *"})};
    });
  }
};

template <>
struct Arbitrary<theater::DeniedPaths> {
  static Gen<theater::DeniedPaths> arbitrary() {
    return gen::exec([] { return theater::DeniedPaths{*gen::arbitrary<theater::PathList>()}; });
  }
};

template <>
struct Arbitrary<theater::AddedHeaders> {
  static Gen<theater::AddedHeaders> arbitrary() {
    return gen::exec([] {
      std::vector<theater::NamePattern> names;
      for (const std::string& name : theater::testing::some_of({"Idempotency-Key", "Once", "X-A"}))
        names.push_back({name});
      return theater::AddedHeaders{theater::NameList(std::move(names))};
    });
  }
};

template <>
struct Arbitrary<theater::NetworkReach> {
  static Gen<theater::NetworkReach> arbitrary() {
    using Kind = theater::NetworkReach::Kind;
    return gen::construct<theater::NetworkReach>(
        gen::element(Kind::kNone, Kind::kProxy, Kind::kHost));
  }
};

template <>
struct Arbitrary<theater::EnvironmentNames> {
  static Gen<theater::EnvironmentNames> arbitrary() {
    return gen::exec([] {
      std::set<std::string> prefixes = theater::testing::some_of({"A", "AP", "APP_", "B", "APP_X"});
      if (*gen::inRange(0, 6) == 0) prefixes.insert("");
      return theater::EnvironmentNames(
          theater::testing::some_of({"A", "APP_X", "APP_Y", "B", "HOME", "x,y"}),
          std::move(prefixes), theater::testing::some_of({"A", "APP_X", "APP_XZ", "HOME", "B"}));
    });
  }
};

template <theater::Unit kUnit>
struct Arbitrary<theater::AtMost<kUnit>> {
  static Gen<theater::AtMost<kUnit>> arbitrary() {
    return gen::construct<theater::AtMost<kUnit>>(
        gen::element<uint64_t>(0, 1, 1000, 1024, uint64_t{1} << 40, UINT64_MAX - 1, UINT64_MAX));
  }
};

template <theater::Unit kUnit>
struct Arbitrary<theater::AtLeast<kUnit>> {
  static Gen<theater::AtLeast<kUnit>> arbitrary() {
    return gen::construct<theater::AtLeast<kUnit>>(
        gen::element<uint64_t>(0, 1, 1000, 60'000, UINT64_MAX));
  }
};

template <>
struct Arbitrary<theater::Permissions> {
  static Gen<theater::Permissions> arbitrary() {
    return gen::exec([] {
      theater::Permissions permissions;
      theater::detail::each_capability([&](auto member) {
        if (*gen::inRange(0, 4) == 0) return;
        auto& capability = (permissions.*member).emplace();
        using T = std::remove_reference_t<decltype(capability)>;
        theater::detail::each_field<T>([&](const auto& field) {
          auto& setting = capability.*field.member;
          setting = *gen::arbitrary<std::remove_reference_t<decltype(setting)>>();
        });
      });
      if (permissions.file_system) permissions.file_system->drop_unused_commands();
      if (permissions.process) permissions.process->drop_unused_hosts();
      return permissions;
    });
  }
};

}  // namespace rc
