// Tables as data to train and test with. Internal to runtime/data/.
#pragma once

#include <filesystem>
#include <string>

#include <backflow/runtime/data/find_dataset.h>

namespace backflow::data {

/// train.csv, train.tsv, or one of them with .gz; empty if the folder has none.
std::filesystem::path training_table(const std::filesystem::path& folder);

/// A file, whose rows are shared out, or a folder with train.csv and perhaps test.csv. Throws an Error with file, line
/// and column for what is wrong with it, an OptionError for a target that is not there.
Split find_table(const std::filesystem::path& path, const DataOptions& options);

}  // namespace backflow::data
