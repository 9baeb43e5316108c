#include "theater/manifest/permissions.h"

#include "theater/manifest/permission_fields.h"

namespace theater {

namespace {

using detail::each_capability;
using detail::each_field;
using detail::leq_fields;

template <class T>
size_t differing_fields(const T& a, const T& b) {
  size_t differing = 0;
  each_field<T>(
      [&](const auto& field) { differing += a.*field.member == b.*field.member ? 0 : 1; });
  return differing;
}

}  // namespace

bool FileSystemPermissions::reaches(std::string_view path) const {
  PathPattern place{std::string(path)};
  if (!paths.allows(place) || denied.denies(place)) return false;
  constexpr std::string_view kRemoved = " (deleted)";
  return !path.ends_with(kRemoved) || reaches(path.substr(0, path.size() - kRemoved.size()));
}

void FileSystemPermissions::drop_unused_commands() {
  if (execute) return;
  commands = CommandList();
  unsandboxed = NameList();
}

void ProcessPermissions::drop_unused_hosts() {
  if (network != NetworkReach()) return;
  hosts = HostList();
  methods = NameList();
}

Permissions Permissions::unrestricted() {
  Permissions all;
  each_capability([&](auto member) {
    auto& capability = (all.*member).emplace();
    using T = std::remove_reference_t<decltype(capability)>;
    each_field<T>([&](const auto& field) {
      auto& setting = capability.*field.member;
      setting = detail::unrestricted_setting<std::remove_reference_t<decltype(setting)>>();
    });
  });
  return all;
}

bool Permissions::has(Capability capability) const {
  return only(capability) != Permissions{};
}

Permissions Permissions::only(Capability capability) const {
  Permissions result;
  each_capability([&](auto member) {
    using T = detail::CapabilityOf<std::remove_reference_t<decltype(result.*member)>>;
    if (T::kCapability == capability) result.*member = this->*member;
  });
  return result;
}

Permissions Permissions::without(Capability capability) const {
  Permissions result = *this;
  each_capability([&](auto member) {
    using T = detail::CapabilityOf<std::remove_reference_t<decltype(result.*member)>>;
    if (T::kCapability == capability) (result.*member).reset();
  });
  return result;
}

Permissions meet(const Permissions& a, const Permissions& b) {
  Permissions result;
  each_capability([&](auto member) {
    if (!(a.*member) || !(b.*member)) return;
    auto& common = (result.*member).emplace();
    using T = std::remove_reference_t<decltype(common)>;
    each_field<T>([&](const auto& field) {
      common.*field.member =
          detail::meet((*(a.*member)).*field.member, (*(b.*member)).*field.member);
    });
  });
  return result;
}

bool leq(const Permissions& a, const Permissions& b) {
  bool below = true;
  each_capability([&](auto member) {
    if (a.*member) below &= b.*member && leq_fields(*(a.*member), *(b.*member));
  });
  return below;
}

Permissions join(const Permissions& a, const Permissions& b) {
  Permissions result = a;
  each_capability([&](auto member) {
    if (!(b.*member)) return;
    if (!(a.*member)) {
      result.*member = b.*member;
      return;
    }
    auto& either = *(result.*member);
    using T = std::remove_reference_t<decltype(either)>;
    each_field<T>([&](const auto& field) {
      either.*field.member = detail::join(either.*field.member, (*(b.*member)).*field.member);
    });
  });
  return result;
}

bool join_is_exact(const Permissions& a, const Permissions& b) {
  bool exact = true;
  each_capability([&](auto member) {
    if (!(a.*member) || !(b.*member)) return;
    const auto& x = *(a.*member);
    const auto& y = *(b.*member);
    exact &= leq_fields(x, y) || leq_fields(y, x) || differing_fields(x, y) <= 1;
  });
  return exact;
}

}  // namespace theater
