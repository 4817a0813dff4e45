// A run of `dream` as one page of HTML: images, measures, curves and settings, with nothing outside the file.
#pragma once

#include "examples/apps/dream/dream_results.h"

namespace backflow {

/// `out` is the run's folder, from which the images are read.
void write_report(const std::filesystem::path& file, const std::filesystem::path& out, const DreamSettings& settings,
                  const DreamResults& results, DreamMetrics& metrics);

}  // namespace backflow
