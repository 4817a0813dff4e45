// The settings of a training run: what decides its result. Flags, lists of jobs and checkpoints hold them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <backflow/runtime/data/augment.h>
#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/models/fine_tuning.h>
#include <backflow/runtime/train/best_epoch.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/option_table.h>

namespace backflow {

using train::Metadata;

struct TrainSettings : train::TrainOptions {
  TrainSettings() { schedule.kind = train::ScheduleKind::cosine; }

  std::string model = "mlp", data = "fashion-mnist";
  std::vector<std::int64_t> hidden{256, 256};
  std::string class_weighting = "none";  // none, balanced, or a number for each class

  // Of pictures; see data::PictureOptions.
  std::int64_t image_size = 0;  // 0: that of the network that is trained further, else 64
  bool grey = false;
  double test_share = data::DataOptions().test_share;

  std::string augment = "none";  // of training images; see data::parse_augmentation
  // Of tables; see data::TableOptions.
  std::string target, ignore;
  data::Task task = data::Task::automatic;

  // To find the best epoch.
  std::string val;  // a share of the training samples, or a folder of pictures; empty: what the data have
  train::Monitor monitor = train::Monitor::accuracy;
  std::int64_t patience = 0;  // epochs; 0: none

  // To train a network further, instead of a model; empty: none.
  std::string from, arch, standardize;
  std::string freeze = "none", layer_lr;
  float head_lr = 0;  // 0: the learning rate
  bool cache_features = false;
};

files::OptionTable table(TrainSettings& settings);

/// What stands between commas.
std::vector<std::string> parts_of(const std::string& text);
/// Whether the command line has that flag.
bool is_given(const std::vector<std::string>& given, const std::string& flag);
/// The error as a UsageError that names the option's flag.
[[noreturn]] void throw_naming_flag(const OptionError& e);

/// Throws a UsageError that names the flag of the first option that is out of its range, or of one in `given` (names
/// of flags) that has no effect with the others.
void check(const TrainSettings& s, const std::vector<std::string>& given = {});
Metadata metadata_of(const TrainSettings& s);
/// With what runs had before there was a choice, where an entry is missing.
Metadata completed(Metadata metadata);
/// The settings that `metadata` of `file` holds, with epochs and patience of `s` if they are in `given`. Throws a
/// UsageError if another option in `given` differs, an Error if an entry is missing or makes no sense.
TrainSettings settings_from(const Metadata& metadata, const TrainSettings& s, const std::vector<std::string>& given,
                            const std::filesystem::path& file);
/// Without a size of their own pictures become squares of `side`; 0: as usual. Throws a UsageError for a --val that is
/// no share.
data::DataOptions data_options_of(const TrainSettings& s, std::int64_t side);
/// Throws a UsageError for an option in `given` that this kind of data does not heed.
void check_data(const TrainSettings& s, const data::Split& data, const std::vector<std::string>& given);
/// The network that --model names, for so many classes. Throws a UsageError if there is none, or if its file is wrong.
models::Architecture network_of(const TrainSettings& s, int classes);
/// Whether files know it by its name: mlp, cnn and allconv; of others they have a description.
bool is_known_by_name(const std::string& model);
/// The network called `model` in the words that --model FILE.json reads. Throws a UsageError if there is none.
std::string layers_of(const std::string& model, const TrainSettings& s);
/// Of --freeze, --layer-lr and --head-lr. Throws a UsageError if a list makes no sense.
models::FineTuningOptions fine_tuning_options(const TrainSettings& s);
/// What the run begins with, for people: --model or --from.
const std::string& start_of(const TrainSettings& s);

/// Metadata of a safetensors file.
Metadata read_metadata(const std::filesystem::path& file);

}  // namespace backflow
