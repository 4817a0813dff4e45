// Pictures of a run of `dream` on the way, as PNG files, and the animation of them.
#pragma once

#include "examples/support/dream_picture.h"
#include "runtime/image/animation.h"

namespace backflow {

/// OUT/frames/NAME/000016.png
std::filesystem::path frame_file(const std::filesystem::path& folder, std::int64_t step);

/// A contact sheet; small pictures are enlarged.
Image sheet_of(const std::vector<Image>& pictures, const std::vector<std::string>& titles);

/// An animation of what is in the frames of all pictures and then of `last`, the results: side by side where they are
/// many, all in the size of the result.
void write_run_animation(const std::filesystem::path& file, const std::filesystem::path& out,
                         const std::vector<DreamPicture>& pictures, const std::vector<Image>& last,
                         const std::vector<std::string>& titles);

}  // namespace backflow
