#include "server/config_render.hpp"

#include "config/settings.hpp"
#include "json/writer.hpp"

#include <array>

namespace aigw::server {
namespace {

std::string_view name_of(config::Source::Kind kind) {
  static constexpr std::array<std::string_view, 5> kNames = {"default", "file", "profile", "environment", "flag"};
  return kNames[static_cast<std::size_t>(kind)];
}

void write_value(json::Writer& writer, const config::Config& config, const config::Setting& setting) {
  const config::Place place = setting.place(const_cast<config::Config&>(config));  // only read from
  if (const auto* const* said = std::get_if<bool*>(&place)) {
    writer.boolean(**said);
  } else if (const auto* const* count = std::get_if<unsigned*>(&place)) {
    writer.integer(**count);
  } else if (const auto* const* size = std::get_if<std::int64_t*>(&place)) {
    writer.integer(**size);
  } else if (const auto* const* list = std::get_if<std::vector<std::string>*>(&place)) {
    writer.begin_array();
    for (const std::string& one : **list) writer.string(one);
    writer.end_array();
  } else {
    writer.string(config::value_text(config, setting));
  }
}

void write_setting(json::Writer& writer, const config::Config& config, const config::Setting& setting) {
  const config::Source source = config.source_of(setting.key);
  writer.begin_object().member("key", setting.key).key("value");
  write_value(writer, config, setting);
  writer.member("source", name_of(source.kind))
      .member("where", source.where)
      .member("applies", setting.applies == config::Applies::live ? "live" : "at restart")
      .member("summary", setting.summary)
      .end_object();
}

std::string key_of(const config::Provider& provider) {
  if (!provider.sealed_key.empty()) return "sealed in the file";
  return provider.key_env.empty() ? "stored with aigw keys add" : "variable " + provider.key_env;
}

void write_provider(json::Writer& writer, const config::Provider& provider, const std::string& file) {
  writer.begin_object()
      .member("name", provider.name)
      .member("where", file + ":" + std::to_string(provider.line))
      .member("dialect", provider.dialect)
      .member("base_url", provider.base_url)
      .member("key", key_of(provider))
      .end_object();
}

}  // namespace

std::string config_json(const config::Config& config, std::string_view problem) {
  const std::string file = config.file.string();
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("file", file).member("profile", config.profile).key("problem");
  problem.empty() ? writer.null() : writer.string(problem);
  writer.key("settings").begin_array();
  for (const config::Setting& setting : config::settings()) write_setting(writer, config, setting);
  writer.end_array().key("providers").begin_array();
  for (const config::Provider& provider : config.providers) write_provider(writer, provider, file);
  writer.end_array().key("master_key").begin_object();
  if (!config.master_key.value.empty())
    writer.member("source", "environment").member("where", "AIGW_MASTER_KEY");
  else
    writer.member("source", config.master_key.file_named ? "environment" : "default")
        .member("where", config.master_key.file.string());
  writer.end_object().end_object();
  return out;
}

}  // namespace aigw::server
