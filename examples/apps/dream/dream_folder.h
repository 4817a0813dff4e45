// The folder of results of `dream`: what may be written there, and what earlier runs left.
#pragma once

#include <filesystem>

#include "examples/apps/dream/dream_image.h"

namespace backflow {

void make_folder(const std::filesystem::path& folder);
/// What is written when all steps are done is refused before the first one. Throws an Error that names the flag if the
/// folder of `file` is not there.
void check_folder(const char* flag, const std::filesystem::path& file);

/// The settings of the last run in `out`. Throws an Error if there are none.
DreamSettings settings_of_run(const std::filesystem::path& out);
/// Those of a run that goes to its end.
DreamSettings whole_settings(DreamSettings settings);
/// Whether an earlier run has finished the image with the same settings.
bool is_there(const DreamImage& p, const DreamSettings& settings, const std::filesystem::path& out);
/// Throws an Error if `out` has the states of a run of other settings, which are not given up unasked.
void check_unfinished(const std::filesystem::path& out, const DreamSettings& settings);

}  // namespace backflow
