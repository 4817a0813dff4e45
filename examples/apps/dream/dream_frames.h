// Images of a run of `dream` on the way, as PNG files, and the animation of them.
#pragma once

#include <backflow/runtime/image/animation.h>
#include "examples/apps/dream/dream_image.h"

namespace backflow {

/// OUT/frames/NAME/000016.png
std::filesystem::path frame_file(const std::filesystem::path& folder, std::int64_t step);

/// A contact sheet; small images are enlarged.
image::Image sheet_of(const std::vector<image::Image>& pictures, const std::vector<std::string>& titles);

/// An animation of what is in the frames of all images and then of `last`, the results: side by side where they are
/// many, all in the size of the result.
void write_run_animation(const std::filesystem::path& file, const std::filesystem::path& out,
                         const std::vector<DreamImage>& pictures, const std::vector<image::Image>& last,
                         const std::vector<std::string>& titles);

}  // namespace backflow
