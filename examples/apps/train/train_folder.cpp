#include "examples/apps/train/train_folder.h"

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/class_weights.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

/// Another run's results are not overwritten unasked.
void check_folder(const TrainProgram& p, const TrainSettings& s) {
  for (const char* name : {kCheckpoint, kModel}) {
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
    const std::int64_t done = found.contains("step") ? number(found, "step", file) : 0;
    require(!p.limit_steps || done <= *p.limit_steps, "--out: '", p.out.string(), "' holds ", done,
            " steps of this run, which --limit-steps ", p.limit_steps.value_or(0),
            " would cut short; --resume goes on with it, --overwrite replaces it");
  }
}

/// What `read` makes of a checkpoint; its errors name the one before it.
template <class Read>
auto from_checkpoint(const fs::path& file, Read read) {
  try {
    return read(file);
  } catch (const Error& e) {
    const fs::path previous = file.parent_path() / kPrevious;
    if (!fs::exists(previous)) throw;
    fail(e.what(), "; to go on from the one before it, rename '", previous.string(), "' to ", kCheckpoint);
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
  const auto file = p.out / kCheckpoint;
  require(fs::exists(file), "--resume: there is no checkpoint '", file.string(), "'");
  return settings_from(from_checkpoint(file, read_metadata), s, p.given, file);
}

Metadata load_checkpoint_of(const TrainProgram& p, Store& store) {
  return from_checkpoint(p.out / kCheckpoint, [&](const fs::path& f) { return train::load_checkpoint(f, store); });
}

void remove_results(const TrainProgram& p) {
  std::error_code ignored;
  for (const char* name : {kBest, kAverage, "report.json", "report.txt", "mistakes.png"})
    fs::remove(p.out / name, ignored);
}

void keep_previous(const TrainProgram& p, bool has_one) {
  std::error_code ignored;
  fs::remove(p.out / kPrevious, ignored);
  if (has_one) fs::create_hard_link(p.out / kCheckpoint, p.out / kPrevious, ignored);
}

}  // namespace backflow
