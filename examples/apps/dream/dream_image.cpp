#include "examples/apps/dream/dream_image.h"

#include <backflow/graph/error.h>

namespace backflow {
namespace {

constexpr std::size_t kLongestName = 100;

std::string name_of(const DreamImage& p, std::int64_t variant) {
  return p.dream.options().variants == 1 ? p.name : str_cat(p.name, "-", variant + 1);
}

}  // namespace

std::vector<std::string> file_names(const std::vector<DreamTarget>& targets) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const DreamTarget& target : targets) {
    const std::string plain = dream::file_name(dream::parse_objective(target.objective)).substr(0, kLongestName);
    std::string name = plain;
    for (int i = 2; !taken.insert(name).second; ++i) name = str_cat(plain, "_", i);
    names.push_back(name);
  }
  return names;
}

std::vector<std::filesystem::path> DreamImage::files(const std::filesystem::path& folder) const {
  std::vector<std::filesystem::path> result;
  for (std::int64_t v = 0; v < dream.options().variants; ++v) result.push_back(folder / (name_of(*this, v) + ".png"));
  return result;
}

std::filesystem::path DreamImage::frames(const std::filesystem::path& folder, std::int64_t variant) const {
  return folder / "frames" / name_of(*this, variant);
}

image::PngText text_of(const DreamImage& picture, const DreamSettings& settings) {
  DreamSettings s = settings;
  s.limit_steps = picture.dream.done() || picture.complete ? 0 : picture.dream.steps();
  return png_text(s, picture.target);
}

}  // namespace backflow
