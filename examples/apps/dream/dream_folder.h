// The folder of results of `dream`: what may be written there, and what earlier runs left.
#pragma once

#include <filesystem>

#include "examples/apps/dream/dream_image.h"

namespace backflow {

/// What is written when all steps are done is refused before the first one. Throws an Error that names the flag if
/// `file` cannot be written.
void check_folder(const char* flag, const std::filesystem::path& file);

/// The settings of the last run in `out`. Throws an Error if there are none.
DreamSettings settings_of_run(const std::filesystem::path& out);
/// Those of a run that goes to its end.
DreamSettings whole_settings(DreamSettings settings);
/// Whether an earlier run has finished the image with the same settings.
bool is_there(const DreamImage& p, const DreamSettings& settings, const std::filesystem::path& out);
/// Throws an Error if `out` has the states of a run of other settings, which are not given up unasked.
void check_unfinished(const std::filesystem::path& out, const DreamSettings& settings);
/// Throws an Error if `out` has the image complete, or after more than `limit` steps.
void check_not_shortened(const DreamImage& p, std::int64_t limit, const std::filesystem::path& out);

/// OUT/contact_sheet.png, or with -2, -3, … in its name: the first one that has no images of other targets.
std::filesystem::path sheet_file(const std::filesystem::path& out, const std::vector<DreamTarget>& targets);
/// The text in a contact sheet, by which sheet_file() knows it.
image::PngText sheet_text(const std::vector<DreamTarget>& targets);

}  // namespace backflow
