#include "examples/apps/train/train_folder.h"

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/train/run_folder.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/class_weights.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

/// Another run's results are not overwritten unasked.
void check_folder(const TrainProgram& p, const TrainSettings& s) {
  for (const char* name : {train::kCheckpoint, train::kModel}) {
    const fs::path file = p.out / name;
    if (!fs::exists(file)) continue;
    const Metadata found = completed(read_metadata(file));
    for (const auto& [key, mine] : metadata_of(s)) {
      const auto its = found.find(key);
      if (its == found.end() || its->second != mine)
        fail("--out: '", p.out.string(), "' holds a run with --", key, " ",
             its == found.end() ? "of no value" : files::printable(its->second), ", this one has ", mine,
             "; --overwrite replaces it");
    }
    const std::int64_t done = found.contains("step") ? train::number(found, "step", file) : 0;
    require(!p.limit_steps || done <= *p.limit_steps, "--out: '", p.out.string(), "' holds ", done,
            " steps of this run, which --limit-steps ", p.limit_steps.value_or(0),
            " would cut short; --resume goes on with it, --overwrite replaces it");
  }
}

}  // namespace

TrainSettings settings_of(const TrainProgram& p, TrainSettings s) {
  s.precision = checked_precision(s.precision);
  s = with_weights_of_file(s);
  if (!p.resume) {
    const fs::path weights = weights_of(p);
    if (!weights.empty()) s = with_network_of(weights, s, p);
    if (!p.overwrite && !p.eval_only) check_folder(p, s);
    return s;
  }
  const auto file = p.out / train::kCheckpoint;
  require(fs::exists(file), "--resume: there is no checkpoint '", file.string(), "'");
  return settings_from(train::from_checkpoint(p.out, read_metadata), s, p.given, file);
}

}  // namespace backflow
