// Which network a run is about: what the command line says, and what the file of weights knows.
#pragma once

#include <memory>

#include <backflow/runtime/models/fine_tuning.h>
#include "examples/apps/train/train_run.h"

namespace backflow {

/// The file whose weights the run starts from, or evaluates; empty for none.
std::filesystem::path weights_of(const TrainProgram& p);

/// The settings with the network that the weights of `file` belong to, and for an evaluation with their data, where the
/// command line does not say otherwise.
TrainSettings with_network_of(const std::filesystem::path& file, TrainSettings s, const TrainProgram& p);

/// The file of --from; null where there is none.
using StartModel = std::shared_ptr<const models::Model>;
StartModel start_model(const TrainSettings& s);
/// Null too where the run goes on with another file, which says its network.
StartModel start_model(const TrainProgram& p, const TrainSettings& s);

/// The network of a file's entry "network", if it has one, or of the settings, which `model` is of. Throws a UsageError
/// for what does not fit it, an Error for what is wrong with files.
RunNetwork network_for(const TrainSettings& s, const data::Dataset& data, const StartModel& model);
RunNetwork network_for(const TrainSettings& s, const data::Dataset& data, const Metadata& metadata,
                       const std::filesystem::path& file);
/// Of what --resume, --eval-only or --checkpoint read, where --model does not say otherwise.
RunNetwork network_for(const TrainProgram& p, const TrainSettings& s, const data::Dataset& data,
                       const StartModel& model);

/// Throws an Error if --out holds a run with another network than `network`, which is not to be overwritten.
void check_same_network(const TrainProgram& p, const RunNetwork& network);

/// What the model's file keeps of the data: how images or rows become inputs, and the names of the classes.
Metadata metadata_of(const RunNetwork& network, const data::Dataset& data);

/// The recipe of a table in the file that the run goes on with or evaluates; empty if there is none.
std::string table_recipe_of(const TrainProgram& p);

/// What becomes of a network that is trained further, in a line; empty for others.
std::string description_of(const RunNetwork& network, const TrainSettings& s, const data::Dataset& data);

/// Side of the squares that pictures become for the network of --from, or of the file that the run goes on with; 0 if
/// neither says it.
std::int64_t side_of(const StartModel& model);
std::int64_t side_of(const TrainProgram& p, const StartModel& model);

}  // namespace backflow
