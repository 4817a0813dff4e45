#include "examples/apps/train/train_settings.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/located_json.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/layered_network.h>
#include <backflow/runtime/models/torchvision.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

const std::string& text_of(const Metadata& m, const std::string& key, const std::filesystem::path& file) {
  auto found = m.find(key);
  require(found != m.end(), "'", file.string(), "' has no entry '", key, "': it is not a checkpoint of train");
  return found->second;
}

files::OptionTable own_table(TrainSettings& s) {
  return {{"model", &s.model, "the network: mlp, cnn, allconv, one of torchvision's, or FILE.json with its layers"},
          {"hidden", &s.hidden, "widths of mlp's hidden layers", {1, static_cast<double>(models::kMaxWidth)}},
          {"class_weights", &s.class_weighting,
           "of the loss: none, balanced (a class counts as much as another one, however many samples it has), a number "
           "for each class: 1,2.5,…, or a file with a number in each line"},
          {"data", &s.data,
           "fashion-mnist, a folder of IDX files, of folders of pictures, with train.csv or with x.npy, a list of "
           "pictures, a table, or an .npz"}};
}

/// Of images.
files::OptionTable image_table(TrainSettings& s) {
  return {{"image_size",
           &s.image_size,
           "side in pixels of the squares that images become; 0: that of the network of --from, else theirs, 64 of "
           "pictures",
           {0, 4096}},
          {"grey", &s.grey, "read pictures as grey"},
          {"test_share",
           &s.test_share,
           "share of the pictures or rows of each class to test with, where the data have no test set",
           {.min = 0, .max = 1, .open_min = true, .open_max = true}},
          {"augment", &s.augment, "change training images at random: standard, light, or steps such as flip,shift:4"}};
}

/// To find the best epoch.
files::OptionTable validation_table(TrainSettings& s) {
  return {
      {"val", &s.val,
       "validate with this share of the training samples of each class, such as 0.1, or with a folder of pictures; the "
       "test set is then used once, at the end"},
      {"monitor", enum_member(s.monitor), "what tells the best epoch, whose weights best.safetensors keeps"},
      {"patience", &s.patience, "end after so many epochs without a better one; 0: never", files::at_least(0)},
  };
}

/// Of tables.
files::OptionTable table_table(TrainSettings& s) {
  return {
      {"target", &s.target, "the column of a table to predict"},
      {"task", enum_member(s.task), "what to predict: auto is classes for text and few whole numbers, else a number"},
      {"ignore", &s.ignore, "columns of a table that are not read, between commas"}};
}

/// Of a network that is trained further.
files::OptionTable further_table(TrainSettings& s) {
  return {
      {"from", &s.from, "train this network further, in place of --model: an ONNX or safetensors file"},
      {"arch", &s.arch, "architecture of a safetensors file that does not say it"},
      {"standardize", &s.standardize, "what that network reads: imagenet, none or MEAN/STDDEV of pixels in 0 … 1"},
      {"freeze", &s.freeze, "layers that stay as they are: none, backbone (all but the last), to:LAYER, names, *"},
      {"head_lr", &s.head_lr, "learning rate of the last layer; 0: that of the others", files::at_least(0)},
      {"layer_lr", &s.layer_lr, "factors of the learning rate: LAYER=FACTOR,…"},
      {"cache_features", &s.cache_features, "compute what frozen layers make of each image once, and keep it"},
  };
}

files::OptionTable joined(files::OptionTable first, files::OptionTable second) {
  for (files::Option& option : second) first.push_back(std::move(option));
  return first;
}

/// Those that train::TrainOptions has not.
files::OptionTable every_own_table(TrainSettings& s) {
  return joined(joined(own_table(s), joined(image_table(s), table_table(s))),
                joined(validation_table(s), further_table(s)));
}

std::pair<std::string, float> layer_rate(const std::string& text) {
  const std::size_t sign = text.rfind('=');
  float factor = 0;
  const bool ok = sign != std::string::npos && sign > 0 && files::read_number(text.substr(sign + 1), factor) &&
                  std::isfinite(factor) && factor >= 0;
  if (!ok) throw UsageError(str_cat("--layer-lr needs LAYER=FACTOR with a factor ≥ 0, got '", text, "'"));
  return {text.substr(0, sign), factor};
}

/// Which of them go together.
void check_further(const TrainSettings& s, const std::vector<std::string>& given) {
  TrainSettings copy = s;
  for (const files::Option& option : further_table(copy))
    if (s.from.empty() && option.name != "from" && is_given(given, flag_of(option)))
      throw UsageError(str_cat("--", flag_of(option), " has no effect without --from"));
  if (s.from.empty()) return;
  for (const char* flag : {"model", "hidden"})
    if (is_given(given, flag)) throw UsageError(str_cat("--", flag, " has no effect with --from"));
  if (!files::is_utf8(s.from)) throw UsageError("--from needs a name in UTF-8, which checkpoints can hold");
  const models::FineTuningOptions options = fine_tuning_options(s);
  if (s.cache_features && options.freeze.empty())
    throw UsageError("--cache-features needs frozen layers: --freeze backbone or to:LAYER");
  if (s.cache_features && is_robust(s))
    throw UsageError("--robust does not go with --cache-features: each step moves the images in another way");
  if (s.cache_features && s.augment != "none")
    throw UsageError("--augment does not go with --cache-features: each epoch changes the images in another way");
}

}  // namespace

files::OptionTable table(TrainSettings& s) { return joined(every_own_table(s), train::table(s)); }

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

bool is_given(const std::vector<std::string>& given, const std::string& flag) {
  return std::find(given.begin(), given.end(), flag) != given.end();
}

void throw_naming_flag(const OptionError& e) {
  TrainSettings any;
  throw UsageError(str_cat("--", flag_of(*files::find(table(any), e.option())), " ", e.problem()));
}

void check(const TrainSettings& s, const std::vector<std::string>& given) {
  try {
    TrainSettings copy = s;
    files::check(every_own_table(copy));
    data::check_augmentation(s.augment);
    train::check(s);
    train::check_effects(s, given);
  } catch (const OptionError& e) {
    throw_naming_flag(e);
  }
  data_options_of(s, 0);
  if (!files::is_utf8(s.data)) throw UsageError("--data needs a name in UTF-8, which checkpoints can hold");
  for (const auto& [flag, text] : {std::pair{"target", s.target}, {"ignore", s.ignore}})
    if (!files::is_utf8(text)) throw UsageError(str_cat("--", flag, " needs names in UTF-8, which tables have"));
  check_further(s, given);
  if (!s.from.empty()) return;
  // A checkpoint has the network of a file, which need not be there any more.
  if (is_given(given, "model") || !s.model.ends_with(".json")) network_of(s, 1);
  if (s.model != "mlp" && is_given(given, "hidden"))
    throw UsageError(str_cat("--hidden has no effect with --model ", s.model));
}

Metadata metadata_of(const TrainSettings& s) {
  TrainSettings copy = s;
  Metadata m;
  for (const files::Option& option : table(copy)) m[flag_of(option)] = files::text_of(option);
  if (s.from.empty())
    for (const files::Option& option : further_table(copy)) m.erase(flag_of(option));
  else
    m["model"] = "";
  return m;
}

Metadata completed(Metadata metadata) {
  TrainSettings usual;
  for (const char* name : {"precision", "class-weights", "clip-grad", "drop-last", "ema", "accumulate", "shards"})
    metadata.emplace(name, files::text_of(*files::find(table(usual), name)));
  for (const files::OptionTable& later : {image_table(usual), table_table(usual), validation_table(usual),
                                          further_table(usual), train::robust_table(usual)})
    for (const files::Option& option : later) metadata.emplace(flag_of(option), files::text_of(option));
  return metadata;
}

TrainSettings settings_from(const Metadata& metadata, const TrainSettings& s, const std::vector<std::string>& given,
                            const std::filesystem::path& file) {
  TrainSettings result;
  const Metadata complete = completed(metadata);
  for (const files::Option& option : table(result)) {
    const std::string key = flag_of(option);
    try {
      set(option, text_of(complete, key, file));
    } catch (const OptionError& e) {
      fail("'", file.string(), "': '", key, "' ", e.problem());
    }
  }
  const Metadata wanted = metadata_of(s), stored = metadata_of(result);
  for (const std::string& key : given) {
    const auto mine = wanted.find(key);
    if (key == "epochs")
      result.epochs = s.epochs;
    else if (key == "patience")
      result.patience = s.patience;
    else if (mine != wanted.end() && (!stored.contains(key) || mine->second != stored.at(key)))
      throw UsageError(str_cat("--", key, " is ", mine->second, ", but the run in '", file.string(), "' has ",
                               stored.contains(key) ? files::printable(stored.at(key)) : "none"));
  }
  return result;
}

data::DataOptions data_options_of(const TrainSettings& s, std::int64_t side) {
  data::DataOptions o{.pictures = {.grey = s.grey},
                      .tables = {.target = s.target, .task = s.task, .ignore = parts_of(s.ignore)},
                      .test_share = s.test_share};
  if (s.image_size > 0) side = s.image_size;
  if (side > 0) o.pictures.size = side;
  if (!files::is_utf8(s.val)) throw UsageError("--val needs a name in UTF-8, which checkpoints can hold");
  if (!files::read_number(s.val, o.validation_share)) o.validation = s.val;
  if (o.validation.empty() && !s.val.empty() && !(o.validation_share > 0 && o.validation_share < 1))
    throw UsageError(str_cat("--val needs a share above 0 and below 1, or a folder, got ", s.val));
  return o;
}

void check_data(const TrainSettings& s, const data::Split& data, const std::vector<std::string>& given) {
  const bool pictures = data.kind == "pictures", table = !data.train->table_recipe().empty();
  const bool arrays = data.kind == "arrays";  // which have no columns to name
  for (const std::string name : {"image-size", "grey", "test-share"})
    if (!pictures && (name != "image-size" || s.from.empty()) && (name != "test-share" || !(table || arrays)) &&
        is_given(given, name))
      throw UsageError(str_cat("--", name, " is for pictures, but '", s.data, "' has ", data.kind));
  for (const std::string name : {"monitor", "patience"})
    if (!data.validation && is_given(given, name))
      throw UsageError(str_cat("--", name, " needs something to validate with: --val 0.1"));
  if (!data.validation && s.schedule.kind == train::ScheduleKind::plateau)
    throw UsageError("--schedule plateau needs something to validate with: --val 0.1");
  for (const std::string name : {"target", "task", "ignore"})
    if ((arrays || pictures ? name != "task" : !table) && is_given(given, name))
      throw UsageError(str_cat("--", name, " is for tables, but '", s.data, "' has ", data.kind));
  if (data.train->target_count() > 0 && s.label_smoothing > 0)
    throw UsageError("--label-smoothing is for classes, but a number is predicted");
  if (data.train->target_count() > 0 && is_given(given, "monitor") && s.monitor != train::Monitor::loss)
    throw UsageError(str_cat("--monitor ", name_of(s.monitor), " is for classes, but a number is predicted: loss"));
}

models::FineTuningOptions fine_tuning_options(const TrainSettings& s) {
  models::FineTuningOptions options;
  if (s.freeze != "none") options.freeze = parts_of(s.freeze);
  for (const std::string& part : parts_of(s.layer_lr)) options.layer_rates.push_back(layer_rate(part));
  if (s.head_lr > 0) options.head_rate = s.head_lr / s.learning_rate;
  return options;
}

const std::string& start_of(const TrainSettings& s) { return s.from.empty() ? s.model : s.from; }

models::Architecture network_of(const TrainSettings& s, int classes) {
  try {
    if (s.model.ends_with(".json")) return models::layered_network(files::read_text(s.model), s.model, classes);
    const auto others = models::torchvision_networks();
    if (std::find(others.begin(), others.end(), s.model) != others.end())
      return models::torchvision_network(s.model, classes);
    return models::train_network(s.model, s.hidden, classes);
  } catch (const Error& e) {
    throw UsageError(str_cat("--model: ", e.what()));
  }
}

bool is_known_by_name(const std::string& model) { return model == "mlp" || model == "cnn" || model == "allconv"; }

std::string layers_of(const std::string& model, const TrainSettings& s) {
  TrainSettings named = s;
  named.model = model;
  network_of(named, 1);
  constexpr std::int64_t side = 96;  // that all of them read, and at which none leaves a pool out
  return models::layers_text([&](std::int64_t classes) { return network_of(named, static_cast<int>(classes)); },
                             {3, side, side});
}

Metadata read_metadata(const std::filesystem::path& file) { return files::read_safetensors_metadata(file); }

}  // namespace backflow
