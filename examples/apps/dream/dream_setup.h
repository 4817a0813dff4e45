// What a run of `dream` reads before it begins: networks, labels, photos; and the settings that come of the flags.
#pragma once

#include <memory>
#include <optional>

#include <backflow/runtime/dream/dream.h>
#include "examples/apps/dream/dream_flags.h"
#include "examples/apps/dream/dream_settings.h"

namespace backflow {

struct DreamSetup {
  std::vector<std::shared_ptr<const models::Model>> models;
  std::shared_ptr<dream::DreamNetworks> networks;
  std::vector<std::string> labels;
  dream::DreamInputs inputs;
  DreamSettings settings;
};

/// Of a new run. Throws a UsageError for flags, an Error for what is wrong with files or targets.
DreamSetup setup_of(const DreamFlags& flags);
/// Of settings that were read. Throws an Error if a file is not what it was.
DreamSetup setup_of(const DreamSettings& settings);

/// Those of a run with these flags; without a model, for images of 224 × 224 where no size is given. Throws as above.
dream::DreamOptions options_of(const DreamFlags& flags);

/// Names and shapes of what can be a target, a line each.
std::string layer_list(const DreamSetup& setup);

/// A line for each layer before its ReLU whose channels are targets: one there mostly wants one brightness everywhere.
std::string hints(const DreamSetup& setup);

/// The first class that the objective wants; −1 if there is none.
std::int64_t wanted_class(const std::string& objective);

}  // namespace backflow
