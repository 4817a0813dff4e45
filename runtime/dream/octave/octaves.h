// The sizes through which an image grows, and the steps that each of them gets. Internal to runtime/dream/.
#pragma once

#include <vector>

#include <backflow/runtime/dream/options.h>

namespace backflow::dream {

struct Octave {
  std::int64_t height = 0, width = 0;
  std::int64_t begin = 0, end = 0;  // its steps, 0 for the run's first
};

/// Smallest first; the last is the full image. Equal sizes, which small images give, are one octave.
std::vector<Octave> octaves_of(const DreamOptions& options);

}  // namespace backflow::dream
