#include "examples/apps/attack/attack_run.h"

#include <algorithm>
#include <bit>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/certify.h>
#include <backflow/runtime/attack/robustness.h>
#include <backflow/runtime/attack/sanity.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/located_json.h>
#include "examples/apps/attack/attack_report.h"
#include "examples/apps/common/program.h"
#include "examples/apps/common/run_lock.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/common/steps_line.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResults = "attack.json";
constexpr const char* kSheet = "adversarial.png";
constexpr std::size_t kCheckedSamples = 100;

/// A signal came.
struct Interrupted {};

/// One line for the method that runs.
class AttackProgress {
 public:
  explicit AttackProgress(bool quiet) : quiet_(quiet) {}

  void begin(std::string what, std::size_t total, const char* unit = "samples") {
    what_ = std::move(what);
    done_ = 0;
    line_ = std::make_unique<StepsLine>(static_cast<std::int64_t>(total), unit, quiet_);
  }
  void add(std::size_t samples) {
    done_ += static_cast<std::int64_t>(samples);
    if (line_) line_->show(done_, done_, what_);
    if (caught_signal() != 0) throw Interrupted();
  }
  void end() { line_.reset(); }

 private:
  bool quiet_;
  std::string what_;
  std::int64_t done_ = 0;
  std::unique_ptr<StepsLine> line_;
};

/// Throws an Error if the folder has the results of another run.
void check_folder_of(const AttackFlags& flags, const AttackSettings& settings) {
  const fs::path file = flags.out / kResults;
  if (flags.overwrite || !fs::exists(file)) return;
  const auto found = files::parse_json(files::read_text(file), str_cat("[", file.string(), "] "));
  const bool same = found.is_object() && found.contains("settings") &&
                    found["settings"] == nlohmann::ordered_json::parse(settings_json(settings));
  require(same, "--out: '", flags.out.string(), "' holds the results of another run; --overwrite replaces them");
}

std::int64_t batch_of(const AttackSettings& s, const attack::Samples& samples) {
  if (s.batch > 0) return s.batch;
  const auto all = static_cast<std::int64_t>(std::bit_ceil(samples.size()));
  // Noisy copies fill a batch whatever the number of samples.
  return s.certify ? attack::usual_batch(samples.image) : std::min(attack::usual_batch(samples.image), all);
}

void attack_samples(const AttackSettings& s, const attack::Samples& samples, attack::Victim& victim,
                    AttackProgress& progress, AttackResults& results) {
  attack::RobustnessOptions o{.norm = s.norm, .epsilons = s.epsilons, .methods = s.methods, .attack = s.options};
  o.queries = s.queries;
  o.pictures = static_cast<std::size_t>(s.pictures);
  o.attack.after_batch = [&](std::size_t done) { progress.add(done); };
  o.before = [&](attack::Method method, float epsilon, std::size_t count) {
    progress.begin(str_cat(name_of(method), " ", attack::to_string({s.norm, epsilon})), count);
  };
  results.robustness = attack::measure_robustness(victim, samples, o);
  results.right = results.robustness->right;
  std::vector<std::size_t> right;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (results.robustness->samples[i].prediction == samples.labels[i]) right.push_back(i);
  if (!s.checks_sanity() || right.empty()) return;
  right.resize(std::min(right.size(), kCheckedSamples));
  results.checked = right.size();
  progress.begin("sanity", 9 * right.size());
  results.sanity =
      attack::check_sanity(victim, attack::chosen(samples, right), {s.norm, s.epsilons.back()}, o.attack, s.queries);
}

AttackResults results_of(const AttackSettings& s, const attack::Samples& samples, attack::Victim& victim,
                         AttackProgress& progress) {
  AttackResults results;
  if (s.epsilons.empty())
    results.right = attack::right_samples(samples, attack::predictions(victim, samples)).size();
  else
    attack_samples(s, samples, victim, progress, results);
  if (s.certify) {
    attack::CertifyOptions o = *s.certify;
    progress.begin("certified", samples.size() * static_cast<std::size_t>(o.copies + o.selection), "copies");
    o.after_batch = [&](std::size_t copies) { progress.add(copies); };
    results.certificates = attack::certify(victim, samples, o);
  }
  progress.end();
  return results;
}

int run_to_the_end(const AttackFlags& flags, const AttackSettings& s) {
  const auto model = load_model(s.model.string(), s);
  Scheduler scheduler(flags.threads);
  AttackData data = load_attack_data(s, *model, scheduler);
  Store store;
  store.freeze();
  attack::Victim victim(attack::on_pixels(*model, data.samples.image), data.samples.image, store, scheduler,
                        batch_of(s, data.samples));
  set_classes(data, victim, s);
  AttackProgress progress(flags.quiet);
  const AttackResults results = results_of(s, data.samples, victim, progress);
  const AttackReport report(s, data, results);
  std::cout << (flags.json ? report.json() + "\n" : report.text()) << std::flush;
  if (!flags.out.empty()) {
    report.write_sheet(flags.out / kSheet);
    files::write_file(flags.out / kResults, report.json() + "\n");
  }
  return data.unreadable ? 1 : 0;
}

}  // namespace

int run_attack(const AttackFlags& flags) {
  const AttackSettings s = settings_of(flags);
  std::unique_ptr<RunLock> lock;
  if (!flags.out.empty()) {
    check_folder_of(flags, s);
    make_folder(flags.out);
    lock = std::make_unique<RunLock>(flags.out);
    check_writable("--out", flags.out / kResults);
  }
  try {
    return run_to_the_end(flags, s);
  } catch (const Interrupted&) {
    std::cerr << "attack: interrupted; no results were written\n";
    return signal_status();
  }
}

}  // namespace backflow
