// What DreamRun does when the steps are done.
#include <fmt/format.h>

#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/dream/dream_folder.h"
#include "examples/apps/dream/dream_frames.h"
#include "examples/apps/dream/dream_report.h"
#include "examples/apps/dream/dream_run.h"

namespace backflow {

namespace fs = std::filesystem;

/// A state that cannot be written leaves the image, and the other way round.
void DreamRun::write_states() {
  for (const DreamImage& p : pictures_)
    if (!p.complete && !p.failed && p.dream.steps() > 0) try {
        make_folder(out_ / "state");
        p.dream.save(p.state_file(out_));
      } catch (const Error& e) {
        failures_.emplace_back(e.what());
      }
}

void DreamRun::write_picture(const DreamImage& p) {
  try {
    results_->add(p, setup_.settings, metrics_->of(p.target.objective), out_);
  } catch (const Error& e) {
    failures_.emplace_back(e.what());
  }
}

void DreamRun::write_results() {
  for (const DreamImage& p : pictures_)
    if (p.complete || (!p.failed && p.dream.steps() > 0)) write_picture(p);
  metrics_->finish();
  if (results_->images().empty()) return;
  files::write_file(out_ / "summary.json", results_->json());
  say(results_->table());
}

/// The contact sheet, the animation and the report.
void DreamRun::write_extras() {
  if (results_->images().empty()) return;
  const std::vector<DreamTarget>& targets = setup_.settings.targets;
  if (!flags_.grid.empty() || setup_.settings.sheet) {
    const image::Image sheet = sheet_of(results_->images(), results_->captions());
    const fs::path file = flags_.grid.empty() ? sheet_file(out_, targets) : flags_.grid;
    if (flags_.grid.empty())
      image::write_png(file, sheet, sheet_text(targets));
    else
      image::write_image(file, sheet);
    say(fmt::format("contact sheet: {}\n", file.string()));
  }
  if (!flags_.animation.empty()) {
    write_run_animation(flags_.animation, out_, pictures_, results_->images(), results_->titles());
    say(fmt::format("animation: {}\n", flags_.animation.string()));
  }
  if (!flags_.report.empty()) {
    write_report(flags_.report, out_, setup_.settings, *results_, *metrics_);
    say(fmt::format("report: {}\n", flags_.report.string()));
  }
}

/// States go when the results are whole: until then a run that fails here has them to go on from.
void DreamRun::finish() {
  const bool has_states = flags_.again.empty();
  if (has_states && !all_done()) write_states();
  write_results();
  write_extras();
  std::error_code ignored;
  if (has_states && all_done() && failures_.empty()) fs::remove_all(out_ / "state", ignored);
}

/// Of a run that --limit-steps did not shorten.
void DreamRun::compare_with_original() {
  if (!original_ || flags_.limit_steps || !failures_.empty()) return;
  const auto [identical, text] = original_->compared(pictures_[0].files(out_));
  if (identical)
    say(text + "\n");
  else
    failures_.push_back(text);
}

int DreamRun::say_end(bool stopped) {
  for (const std::string& failure : failures_) std::cerr << "dream: " << failure << '\n';
  if (!failures_.empty()) return 1;
  if (stopped)
    std::cerr << "interrupted after " << steps_done_ << " steps; to go on: dream --resume --out " << out_.string()
              << '\n';
  return stopped ? signal_status() : 0;
}

}  // namespace backflow
