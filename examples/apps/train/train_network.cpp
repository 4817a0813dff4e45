#include "examples/apps/train/train_network.h"

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/description.h>

namespace backflow {

namespace fs = std::filesystem;

fs::path weights_of(const TrainProgram& p) {
  return p.checkpoint.empty() && p.eval_only ? p.out / "model.safetensors" : p.checkpoint;
}

TrainSettings with_network_of(const fs::path& file, TrainSettings s, const TrainProgram& p) {
  const Metadata metadata = read_metadata(file);
  const files::OptionTable options = table(s);
  for (const std::string name : {"model", "hidden", "image-size", "grey", "data", "test-share"}) {
    const bool given = std::find(p.given.begin(), p.given.end(), name) != p.given.end();
    const auto found = metadata.find(name);
    const bool about_data = name == "data" || name == "test-share";
    if (given || found == metadata.end() || (about_data && !p.eval_only)) continue;
    set(*files::find(options, name), found->second);
  }
  return s;
}

models::Network network_for(const TrainProgram& p, const TrainSettings& s, int classes) {
  const bool given = std::find(p.given.begin(), p.given.end(), "model") != p.given.end();
  if (p.eval_only && !given) {
    const fs::path file = weights_of(p);
    const Metadata metadata = read_metadata(file);
    if (const auto found = metadata.find("network"); found != metadata.end()) try {
        return models::described_network(found->second);
      } catch (const Error& e) {
        fail(file.string(), ": ", e.what());
      }
  }
  return network_of(s, classes);
}

}  // namespace backflow
