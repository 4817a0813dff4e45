#include "examples/apps/explain/explain_folder.h"

#include <cctype>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/npy.h>
#include <backflow/runtime/explain/overlay.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/located_json.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/png.h>

namespace backflow {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestName = 80;

/// Letters that every file system takes.
std::string plain_name(const std::string& text) {
  std::string name;
  for (const char c : text.substr(0, kLongestName))
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' ? c : '_';
  return name.empty() || name[0] == '.' ? "_" + name : name;
}

}  // namespace

void check_explanations(const fs::path& out, const ExplainSettings& settings) {
  const fs::path file = out / kExplanations;
  if (!fs::exists(file)) return;
  const auto found = files::parse_json(files::read_text(file), "--out: " + file.string());
  require(found.is_object() && found.contains("settings"), "--out: '", file.string(),
          "' is something else than explanations; choose another folder, or --overwrite replaces it");
  require(found["settings"] == to_json(settings), "--out: '", out.string(),
          "' holds explanations of other settings; choose another folder, or --overwrite replaces them");
}

std::string PhotoFolders::next(const std::string& photo, std::optional<std::int64_t> target) {
  std::string stem = plain_name(fs::path(photo).stem().string());
  if (target) stem += str_cat(".class-", *target);
  std::string name = stem;
  for (int i = 2; !taken_.insert(name).second; ++i) name = str_cat(stem, "-", i);
  return name;
}

std::string file_stem(const explain::Attribution& a, bool with_layer) {
  return name_of(a.method) + (with_layer && !a.layer.empty() ? "." + plain_name(a.layer) : "");
}

void write_attribution(const fs::path& folder, const std::string& stem, const explain::Attribution& a,
                       const image::Image& overlay) {
  constexpr int kLeast = 224;
  data::write_npy(folder / (stem + ".npy"), a.map.shape(), a.map.as());
  image::write_png(folder / (stem + ".map.png"), image::visible(explain::heat_map(a), kLeast));
  image::write_png(folder / (stem + ".png"), overlay);
}

}  // namespace backflow
