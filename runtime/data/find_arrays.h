// Arrays of NumPy as data to train and test with. Internal to runtime/data/.
#pragma once

#include <filesystem>

#include <backflow/runtime/data/find_dataset.h>

namespace backflow::data {

/// Whether the folder has x.npy or x_train.npy.
bool has_arrays(const std::filesystem::path& folder);

/// x and y, and perhaps x_test and y_test, of an archive or of a folder with a file for each: images [N, C, H, W] or
/// [N, H, W], or features [N, F]; y [N] or [N, 1]. Throws an Error that names the array for what does not fit.
Split find_arrays(const std::filesystem::path& path, const DataOptions& options);

}  // namespace backflow::data
