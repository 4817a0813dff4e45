#include "examples/apps/dream/dream_settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/runtime/files/crc32.h>
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/files/json.h>

namespace backflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKeyword = "dream";  // of the PNG's text

Json written(const DreamFile& f) { return {{"path", f.path}, {"crc32", f.crc32}}; }

/// Reads members of an object whose form is not known.
class Reader {
 public:
  Reader(const Json& json, const std::string& what) : json_(json), what_(what) {
    require(json.is_object(), "[", what_, "] has no settings of dream in it");
  }
  const Json& at(const char* name) const {
    require(json_.contains(name), "[", what_, "] the settings of dream lack '", name, "'");
    return json_.at(name);
  }
  std::string text(const char* name) const {
    require(at(name).is_string(), "[", what_, "] '", name, "' should be a text, found ", found(name));
    return at(name).get<std::string>();
  }
  std::int64_t number(const char* name) const {
    require(at(name).is_number_integer(), "[", what_, "] '", name, "' should be a whole number, found ", found(name));
    return at(name).get<std::int64_t>();
  }
  const Json& list(const char* name) const {
    require(at(name).is_array() && !at(name).empty(), "[", what_, "] '", name, "' should be a list, found ",
            found(name));
    return at(name);
  }
  DreamFile file(const char* name) const { return file_of(at(name)); }
  DreamFile file_of(const Json& j) const {
    const Reader r(j, what_);
    return {r.text("path"), r.text("crc32")};
  }
  DreamTarget target_of(const Json& j) const {
    const Reader r(j, what_);
    return {r.text("objective"), r.text("title")};
  }

 private:
  std::string found(const char* name) const { return printable(at(name).dump()); }

  const Json& json_;
  const std::string& what_;
};

}  // namespace

std::string to_json(const DreamSettings& s) {
  Json j;
  j["models"] = Json::array();
  for (const DreamFile& m : s.models) j["models"].push_back(written(m));
  j["arch"] = s.arch;
  j["standardize"] = s.standardize;
  j["targets"] = Json::array();
  for (const DreamTarget& t : s.targets) j["targets"].push_back({{"objective", t.objective}, {"title", t.title}});
  j["options"] = Json::parse(to_json(s.options));
  j["photo"] = written(s.photo);
  j["guide"] = written(s.guide);
  j["mask"] = written(s.mask);
  j["limit_steps"] = s.limit_steps;
  if (s.sheet) j["sheet"] = true;
  // Labels may have bytes that are no UTF-8.
  return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

DreamSettings dream_settings_from_json(const std::string& text, const std::string& what) {
  const Json j = files::parse_json(text, str_cat("[", what, "] "));
  const Reader r(j, what);
  DreamSettings s;
  for (const Json& m : r.list("models")) s.models.push_back(r.file_of(m));
  s.arch = r.text("arch");
  if (j.contains("standardize")) s.standardize = r.text("standardize");  // which older images do not say
  for (const Json& t : r.list("targets")) s.targets.push_back(r.target_of(t));
  const std::string options = r.at("options").dump();
  try {
    s.options = dream::dream_options_from_json(options);
    check(s.options);
  } catch (const Error& e) {
    fail("[", what, "] ", e.what());
  }
  s.photo = r.file("photo");
  s.guide = r.file("guide");
  s.mask = r.file("mask");
  s.limit_steps = r.number("limit_steps");
  require(s.limit_steps >= 0, "[", what, "] 'limit_steps' should be ≥ 0, found ", s.limit_steps);
  s.sheet = j.contains("sheet") && j["sheet"] == true;
  return s;
}

image::PngText png_text(const DreamSettings& settings, const DreamTarget& target) {
  DreamSettings own = settings;
  own.targets = {target};
  own.sheet = false;
  return {{"Title", target.title}, {"Software", "backflow dream"}, {kKeyword, to_json(own)}};
}

DreamSettings dream_settings_of(const std::filesystem::path& png) {
  const image::PngText text = image::read_png_text(png);
  const auto found = text.find(kKeyword);
  require(found != text.end(), "[", png.string(), "] has no settings of dream in it");
  DreamSettings s = dream_settings_from_json(found->second, png.string());
  require(s.targets.size() == 1, "[", png.string(), "] has the settings of ", s.targets.size(), " images, not of one");
  return s;
}

DreamFile summed(const std::string& path) {
  if (path.empty()) return {};
  require(files::is_utf8(path), "[", path, "] has a name that is not UTF-8, which the settings of a run cannot hold");
  return {path, fmt::format("{:08x}", files::crc32_of(files::file_bytes(path)))};
}

void check_same(const DreamFile& file, const std::string& what) {
  const DreamFile now = summed(file.path);
  require(now == file, "[", file.path, "] is not ", what, " that it was: its CRC-32 is ", now.crc32, ", it was ",
          file.crc32);
}

}  // namespace backflow
