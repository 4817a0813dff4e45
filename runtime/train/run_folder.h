// The files of a run, and reading them back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <backflow/runtime/train/checkpoint.h>

namespace backflow::train {

constexpr const char* kCheckpoint = "checkpoint.safetensors";
constexpr const char* kPrevious = "checkpoint.previous.safetensors";  // the one before it
constexpr const char* kModel = "model.safetensors";                   // the weights at the end
constexpr const char* kAverage = "ema.safetensors";                   // their moving average
constexpr const char* kBest = "best.safetensors";                     // those of the best epoch
constexpr const char* kMetrics = "metrics.jsonl";

/// What `read` makes of the checkpoint in `folder`; its errors name the one before it, if that is there.
Metadata from_checkpoint(const std::filesystem::path& folder,
                         const std::function<Metadata(const std::filesystem::path&)>& read);
/// Before another checkpoint is written: keeps the one of this run, if it has one, under the other name, where the file
/// system has hard links; what has that name now goes.
void keep_previous(const std::filesystem::path& folder, bool has_one);
/// Of a run that is replaced: what the next one may not write.
void remove_results(const std::filesystem::path& folder);

/// The whole number called `key` in the metadata of `file`; throws an Error that names both if there is none.
std::int64_t number(const Metadata& metadata, const std::string& key, const std::filesystem::path& file);
double exact_double(const Metadata& metadata, const std::string& key, const std::filesystem::path& file);

}  // namespace backflow::train
