#include "theater/manifest/grant.h"

#include "theater/base/utf8.h"
#include "theater/manifest/diagnostics.h"
#include "theater/manifest/permission_settings.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace theater {

namespace {

struct GrantSetting {
  std::string key;
  uint32_t column = 1;
  bool has_value = false;
  std::vector<std::string> values;
};

// Splits what follows the capability.
class GrantScanner {
 public:
  GrantScanner(std::string_view text, size_t at) : text_(text), at_(at) {}

  std::vector<GrantSetting> scan() {
    std::vector<GrantSetting> settings;
    while (at_ <= text_.size()) {
      settings.push_back(setting());
      ++at_;  // Over the semicolon, or past the end.
    }
    return settings;
  }

 private:
  GrantSetting setting() {
    GrantSetting setting;
    setting.column = static_cast<uint32_t>(at_) + 1;
    size_t end = std::min(text_.find_first_of("=;", at_), text_.size());
    setting.key = text_.substr(at_, end - at_);
    at_ = end;
    if (at_ == text_.size() || text_[at_] == ';') return setting;
    setting.has_value = true;
    ++at_;
    std::string value;
    bool any = false;
    for (; at_ < text_.size() && text_[at_] != ';'; ++at_) {
      any = true;
      if (text_[at_] == ',') {
        setting.values.push_back(std::move(value));
        value.clear();
        continue;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (any) setting.values.push_back(std::move(value));
    return setting;
  }

  std::string_view text_;
  size_t at_;
};

class GrantReader final : public FieldSource {
 public:
  GrantReader(Diagnostics& diagnostics, std::string_view capability,
              std::vector<GrantSetting> settings)
      : diagnostics_(diagnostics), capability_(capability), settings_(std::move(settings)) {
    for (size_t i = 0; i < settings_.size(); ++i) {
      if (find(settings_[i].key) != &settings_[i]) {
        diagnostics_.add({1, settings_[i].column},
                         fmt::format("`{}` is given twice", settings_[i].key));
      }
    }
  }

  std::optional<bool> flag(std::string_view key) override {
    const GrantSetting* setting = take(key);
    if (setting == nullptr) return std::nullopt;
    if (setting->has_value) {
      reject(key, "a flag takes no value; name it to set it, leave it out to leave it off");
    }
    return true;
  }

  std::optional<std::variant<bool, std::string>> flag_or_text(std::string_view key) override {
    const GrantSetting* setting = take(key);
    if (setting == nullptr) return std::nullopt;
    if (!setting->has_value) return true;
    if (setting->values.size() == 1) return setting->values.front();
    reject(key, "it takes one value, or none");
    return std::nullopt;
  }

  std::optional<uint64_t> number(std::string_view key, Unit unit, uint64_t min,
                                 uint64_t max) override {
    const GrantSetting* setting = take(key);
    if (setting == nullptr) return std::nullopt;
    if (setting->values.size() != 1) {
      reject(key, fmt::format("it takes one number, as `{}=1`", key));
      return std::nullopt;
    }
    Result<uint64_t> number = parse_quantity(setting->values.front(), unit);
    if (!number) {
      reject(key, number.error().message());
      return std::nullopt;
    }
    if (*number < min || *number > max) {
      reject(key, fmt::format("{} is out of range; it must be from {} to {}", *number, min, max));
      return std::nullopt;
    }
    return *number;
  }

  std::optional<std::vector<std::string>> list(std::string_view key) override {
    const GrantSetting* setting = take(key);
    if (setting == nullptr) return std::nullopt;
    if (!setting->has_value) {
      reject(key,
             fmt::format("it takes a list, as `{}=a,b`; leave it out for no restriction", key));
      return std::nullopt;
    }
    if (setting->values.size() > kListItemsMax) {
      reject(key,
             fmt::format("{} items; at most {} are read", setting->values.size(), kListItemsMax));
      return std::nullopt;
    }
    return setting->values;
  }

  std::optional<std::vector<std::string>> list_of_numbers(std::string_view key) override {
    return list(key);
  }

  std::optional<std::vector<std::string>> list_or_text(std::string_view key) override {
    return list(key);
  }

  void reject(std::string_view key, std::string_view message) override {
    const GrantSetting* setting = find(key);
    diagnostics_.add({1, setting == nullptr ? 1 : setting->column},
                     fmt::format("`{}`: {}", key, message));
  }

  void finish() {
    for (const GrantSetting& setting : settings_) {
      if (std::find(known_.begin(), known_.end(), setting.key) != known_.end()) continue;
      diagnostics_.add({1, setting.column},
                       fmt::format("unknown setting `{}` of {}{}", setting.key, capability_,
                                   suggestion(setting.key, known_, "settings")));
    }
  }

 private:
  const GrantSetting* find(std::string_view key) const {
    auto found = std::find_if(settings_.begin(), settings_.end(),
                              [&](const GrantSetting& setting) { return setting.key == key; });
    return found == settings_.end() ? nullptr : &*found;
  }

  const GrantSetting* take(std::string_view key) {
    known_.emplace_back(key);
    return find(key);
  }

  Diagnostics& diagnostics_;
  std::string_view capability_;
  std::vector<GrantSetting> settings_;
  std::vector<std::string> known_;
};

constexpr size_t kGrantSizeMax = size_t{64} << 10;

std::string escaped(std::string_view value) {
  std::string text;
  for (char c : value) {
    if (c == ',' || c == ';' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

Result<Permissions> read_grant(std::string_view text, SettingStyle style,
                               const std::filesystem::path& folder) {
  if (text.size() > kGrantSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "a grant has {} bytes; at most {} are read",
                text.size(), kGrantSizeMax);
  }
  if (!is_utf8(text)) return fail(ErrorCode::kInvalidArgument, "a grant is not UTF-8 text");
  Diagnostics diagnostics(fmt::format("grant `{}`", text));
  size_t colon = std::min(text.find(':'), text.size());
  std::string_view name = text.substr(0, colon);
  std::optional<Capability> capability = capability_from_name(name);
  if (!capability) {
    diagnostics.add({}, fmt::format("unknown capability `{}`{}", name,
                                    suggestion(name, capability_names(), "capabilities")));
    return Failure(diagnostics.to_error());
  }
  std::vector<GrantSetting> settings;
  if (colon < text.size()) settings = GrantScanner(text, colon + 1).scan();
  GrantReader reader(diagnostics, capability_name(*capability), std::move(settings));
  Permissions granted = read_capability(*capability, reader, style, folder);
  reader.finish();
  if (!diagnostics.empty()) return Failure(diagnostics.to_error());
  return granted;
}

}  // namespace

Result<Permissions> parse_grant(std::string_view text, const std::filesystem::path& folder) {
  return read_grant(text, SettingStyle::kGrant, folder);
}

Result<Permissions> parse_need(std::string_view text, const std::filesystem::path& folder) {
  return read_grant(text, SettingStyle::kNeed, folder);
}

std::vector<std::string> to_grants(const Permissions& permissions) {
  std::vector<std::string> grants;
  for (Capability capability : kCapabilities) {
    if (!permissions.has(capability)) continue;
    std::string grant(capability_name(capability));
    char separator = ':';
    for (const Setting& setting : grant_settings(capability, permissions)) {
      grant += separator + setting.key;
      separator = ';';
      if (setting.kind == Setting::Kind::kFlag) continue;
      std::vector<std::string> values;
      for (const std::string& value : setting.values)
        values.push_back(escaped(value));
      grant += fmt::format("={}", fmt::join(values, ","));
    }
    grants.push_back(std::move(grant));
  }
  return grants;
}

std::string to_policy_toml(const Permissions& permissions) {
  std::string text;
  for (Capability capability : kCapabilities) {
    if (!permissions.has(capability)) continue;
    if (!text.empty()) text += '\n';
    text += fmt::format("[grant.{}]\n", capability_name(capability));
    for (const Setting& setting : grant_settings(capability, permissions)) {
      text += toml_line(setting) + '\n';
    }
  }
  return text;
}

std::string shell_quoted(std::string_view text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!text.empty() && text.find_first_not_of(kSafe) == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace theater
