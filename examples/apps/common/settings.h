// The settings of a training run as text, in checkpoints and back.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "examples/apps/train/train_run.h"

namespace backflow {

using Metadata = std::map<std::string, std::string>;

/// Throws an Error that names the first option that is out of its range.
void check(const TrainSettings& s);
Metadata metadata_of(const TrainSettings& s);
/// The settings that `metadata` of `file` holds. An option in `given` whose value in `s` differs is an Error.
TrainSettings settings_from(const Metadata& metadata, const TrainSettings& s, const std::vector<std::string>& given,
                            const std::filesystem::path& file);
/// The whole number called `key`; throws an Error that names the file if there is none.
std::int64_t number(const Metadata& metadata, const std::string& key, const std::filesystem::path& file);
double exact_double(const Metadata& metadata, const std::string& key, const std::filesystem::path& file);
/// Metadata of a safetensors file.
Metadata read_metadata(const std::filesystem::path& file);

}  // namespace backflow
