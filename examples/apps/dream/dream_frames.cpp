#include "examples/apps/dream/dream_frames.h"

#include <fmt/format.h>

#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/resize.h>

namespace backflow {
namespace {

constexpr int kCell = 140;  // pixels of the shorter side of an image on a sheet

namespace fs = std::filesystem;

std::set<std::int64_t> steps_in(const fs::path& folder) {
  std::set<std::int64_t> steps;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    std::int64_t step = 0;
    if (entry.path().extension() == ".png" && files::read_number(entry.path().stem().string(), step))
      steps.insert(step);
  }
  return steps;
}

image::Image sized(const image::Image& image, const image::Image& as) {
  return image.width == as.width && image.height == as.height ? image : image::resize(image, as.width, as.height);
}

image::Image frame_of(const std::vector<image::Image>& cells, const std::vector<std::string>& titles) {
  return cells.size() == 1 ? visible(cells[0]) : sheet_of(cells, titles);
}

}  // namespace

image::Image sheet_of(const std::vector<image::Image>& pictures, const std::vector<std::string>& titles) {
  std::vector<image::Image> cells;
  for (const image::Image& p : pictures) cells.push_back(visible(stretched(p), kCell));
  return grid(cells, {.gap = 8, .labels = titles});
}

fs::path frame_file(const fs::path& folder, std::int64_t step) { return folder / fmt::format("{:06}.png", step); }

void write_run_animation(const fs::path& file, const fs::path& out, const std::vector<DreamImage>& pictures,
                         const std::vector<image::Image>& last, const std::vector<std::string>& titles) {
  std::vector<fs::path> folders;
  std::vector<std::set<std::int64_t>> have;
  std::set<std::int64_t> all;
  for (const DreamImage& p : pictures)
    for (std::int64_t v = 0; v < p.dream.options().variants; ++v) {
      folders.push_back(p.frames(out, v));
      have.push_back(steps_in(folders.back()));
      all.insert(have.back().begin(), have.back().end());
    }
  image::Animation animation(file);
  for (std::int64_t step : all) {
    std::vector<image::Image> cells;
    for (std::size_t i = 0; i < folders.size(); ++i) {
      const auto after = have[i].upper_bound(step);  // the newest that is there at this step
      cells.push_back(after == have[i].begin()
                          ? image::blank_image(last[i].width, last[i].height, {128, 128, 128})
                          : sized(image::read_image(frame_file(folders[i], *std::prev(after))), last[i]));
    }
    animation.add(frame_of(cells, titles));
  }
  animation.add(frame_of(last, titles));
  animation.write();
}

}  // namespace backflow
