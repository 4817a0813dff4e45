#include "examples/apps/train/train_network.h"

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/train/run_folder.h>
#include "examples/apps/common/model_options.h"
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

models::FineTuning fine_tuning_of(const std::string& description, const TrainSettings& s) {
  try {
    return models::FineTuning(description, fine_tuning_options(s));
  } catch (const OptionError& e) {
    throw_naming_flag(e);
  }
}

bool has_images(const data::Dataset& data) { return data.input_shape().size() == 3; }

/// Rows of a table have no places to slide a window over.
void check_fits(const TrainSettings& s, const data::Dataset& data) {
  if (has_images(data)) return;
  if (!s.from.empty()) throw UsageError(str_cat("--from is for images, but '", s.data, "' has a table"));
  if (s.model != "mlp" && !s.model.ends_with(".json"))
    throw UsageError(str_cat("--model ", s.model, " reads images, but '", s.data, "' has a table: mlp reads it"));
}

/// Of a description, for images of `data`.
RunNetwork described(const TrainSettings& s, const data::Dataset& data, std::string description,
                     const models::InputSpec& input) {
  RunNetwork result{.architecture = models::described_network(description),
                    .input = input,
                    .description = std::move(description),
                    .tuning = {},
                    .start = {},
                    .training = {},
                    .prediction = {}};
  if (!s.from.empty()) result.tuning = std::make_shared<models::FineTuning>(fine_tuning_of(result.description, s));
  if (has_images(data)) {
    result.prediction = models::on_images_of(data, result.architecture, input);
    result.training = result.tuning ? models::on_images_of(data, result.tuning->network(), input) : result.prediction;
  } else {
    result.prediction = result.training = result.architecture;
  }
  return result;
}

std::shared_ptr<const models::Pretrained> start_from(const models::Model& model, const TrainSettings& s,
                                                     const data::Dataset& data) {
  const bool any_size = model.input().any_size() && s.image_size == 0;
  const Shape image = data.input_shape();
  const std::int64_t height = any_size ? image[1] : s.image_size, width = any_size ? image[2] : s.image_size;
  try {
    return std::make_shared<models::Pretrained>(models::pretrained(model, data.output_count(), height, width));
  } catch (const Error& e) {
    fail("--from: '", s.from, "' cannot be trained further", s.image_size == 0 ? "" : " at this --image-size", ": ",
         e.what());
  }
}

/// The file that says which network it is; empty if the settings say it.
fs::path network_file(const TrainProgram& p) {
  const fs::path file = p.resume ? p.out / train::kCheckpoint : weights_of(p);
  return is_given(p.given, "model") || (is_given(p.given, "from") && !p.resume) ? fs::path() : file;
}

}  // namespace

fs::path weights_of(const TrainProgram& p) {
  const bool is_of_out = p.checkpoint.empty() && p.eval_only && !is_given(p.given, "from");
  return is_of_out ? p.out / train::kModel : p.checkpoint;
}

TrainSettings with_network_of(const fs::path& file, TrainSettings s, const TrainProgram& p) {
  const Metadata metadata = read_metadata(file);
  const files::OptionTable options = table(s);
  for (const std::string name :
       {"model", "hidden", "image-size", "grey", "data", "test-share", "target", "task", "ignore"}) {
    const auto found = metadata.find(name);
    const bool is_nothing = found == metadata.end() || found->second.empty();
    const bool is_about_data = name != "model" && name != "hidden" && name != "image-size" && name != "grey";
    if (is_given(p.given, name) || is_nothing || (is_about_data && !p.eval_only)) continue;
    set(*files::find(options, name), found->second);
  }
  return s;
}

StartModel start_model(const TrainSettings& s) {
  return s.from.empty() ? nullptr : load_model(s.from, s.arch, s.standardize);
}

StartModel start_model(const TrainProgram& p, const TrainSettings& s) {
  return network_file(p).empty() ? start_model(s) : nullptr;
}

RunNetwork network_for(const TrainSettings& s, const data::Dataset& data, const StartModel& model) {
  check_fits(s, data);
  if (model) {
    const auto start = start_from(*model, s, data);
    RunNetwork result = described(s, data, start->description, start->input);
    result.start = start;
    return result;
  }
  RunNetwork result;
  result.architecture = network_of(s, static_cast<int>(data.output_count()));
  if (has_images(data)) result.input = models::input_of(data);
  result.training = result.prediction = result.architecture;
  if (!is_known_by_name(s.model)) result.description = models::describe(result.architecture, data).at("network");
  return result;
}

RunNetwork network_for(const TrainSettings& s, const data::Dataset& data, const Metadata& metadata,
                       const fs::path& file) {
  const auto found = metadata.find("network");
  if (found == metadata.end()) return network_for(s, data, start_model(s));
  try {
    const bool images = has_images(data);
    require(images != metadata.contains("table"),
            images ? "it reads the rows of a table, not images" : "it reads images, not the rows of a table");
    return described(s, data, found->second, images ? models::described_images(metadata) : models::InputSpec());
  } catch (const Error& e) {
    fail(file.string(), ": ", e.what());
  }
}

RunNetwork network_for(const TrainProgram& p, const TrainSettings& s, const data::Dataset& data,
                       const StartModel& model) {
  const fs::path file = network_file(p);
  return file.empty() ? network_for(s, data, model) : network_for(s, data, read_metadata(file), file);
}

std::int64_t side_of(const StartModel& model) { return model ? models::picture_height(model->input()) : 0; }

std::int64_t side_of(const TrainProgram& p, const StartModel& model) {
  const fs::path file = network_file(p);
  const Metadata metadata = file.empty() ? Metadata() : read_metadata(file);
  return metadata.contains("image") ? models::described_images(metadata).height : side_of(model);
}

void check_same_network(const TrainProgram& p, const RunNetwork& network) {
  if (p.resume || p.overwrite || p.eval_only || network.description.empty()) return;
  for (const char* name : {train::kCheckpoint, train::kModel}) {
    const fs::path file = p.out / name;
    if (!fs::exists(file)) continue;
    const Metadata found = read_metadata(file);
    const auto its = found.find("network");
    require(its != found.end() && its->second == network.description, "--out: '", p.out.string(),
            "' holds a run with another network; --overwrite replaces it");
  }
}

Metadata metadata_of(const RunNetwork& network, const data::Dataset& data) {
  Metadata metadata = models::describe_labels(data);
  if (has_images(data))
    metadata.merge(models::describe_images(network.input));
  else
    metadata["table"] = data.table_recipe();
  return metadata;
}

std::string table_recipe_of(const TrainProgram& p) {
  const fs::path file = network_file(p);
  const Metadata metadata = file.empty() ? Metadata() : read_metadata(file);
  const auto found = metadata.find("table");
  return found == metadata.end() ? "" : found->second;
}

std::string description_of(const RunNetwork& network, const TrainSettings& s, const data::Dataset& data) {
  if (!network.tuning) return "";
  std::string text = s.from;
  if (network.start) {
    const models::Pretrained& start = *network.start;
    text += str_cat(": last layer '", start.head, "' ",
                    start.has_new_head() ? str_cat("drawn anew for ", start.classes, " classes in place of ")
                                         : str_cat("kept, it has "),
                    start.former_classes, start.has_new_head() ? "" : " classes");
  }
  text += str_cat("; ", network.tuning->trained_parameters(), " numbers are trained");
  const std::string conversion = models::conversion_of(data, network.input);
  return conversion.empty() ? text : text + "; images are converted from " + conversion;
}

}  // namespace backflow
