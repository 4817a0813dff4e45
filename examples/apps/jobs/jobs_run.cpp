#include "examples/apps/jobs/jobs_run.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/located_json.h>
#include <backflow/runtime/scheduler/other_programs.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/evaluation_text.h>
#include <backflow/runtime/train/run_folder.h>
#include "examples/apps/common/memory_limit.h"
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/jobs/owning_job.h"
#include "examples/apps/train/dreams.h"
#include "examples/apps/train/train_data.h"
#include "examples/apps/train/train_memory.h"
#include "examples/apps/train/train_network.h"
#include "examples/apps/train/train_program.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Kind = JobSpec::Kind;
using namespace std::chrono_literals;
constexpr const char* kState = "job.json";  // in each folder of results

/// A trained network, and what evaluates it.
struct Evaluated {
  Evaluated(const RunNetwork& network, const data::Split& data, Scheduler& scheduler)
      : evaluator(network.prediction, *data.test, store, scheduler) {}
  Store store;
  train::Evaluator evaluator;
};

}  // namespace

JobsRun::JobsRun(TrainProgram program, JobsFile file) : program_(std::move(program)) {
  const auto threads = program_.threads ? program_.threads : file.threads;
  const std::size_t limit = memory_limit(program_.max_memory ? program_.max_memory : file.memory_limit);
  const char* const limited_by = program_.max_memory ? "--max-memory"
                                 : file.memory_limit ? "'memory_limit'"
                                                     : "most of what the machine has left";
  scheduler_ = std::make_unique<Scheduler>(static_cast<int>(threads.value_or(0)), limit);
  board_.emplace(scheduler_->threads(), program_.quiet, true);
  if (!program_.trace.empty()) scheduler_->set_trace(&trace_.emplace(scheduler_->threads()));
  for (JobSpec& spec : file.jobs) {
    Item i;
    i.spec = std::move(spec);
    numbers_[i.spec.name] = items_.size();
    items_.push_back(std::move(i));
    prepare(items_.back());
    const Item& made = items_.back();
    if (limit > 0 && made.memory > limit)
      throw UsageError(str_cat(made.spec.where, ": needs ", made.memory, " bytes, ", limited_by, " is ", limit));
  }
  allow_run_locks(items_.size());
  for (Item& i : items_) lock(i);
  if (!program_.trace.empty()) check_writable("--trace", program_.trace);
  for (Item& i : items_) look_at(i);
}

JobsRun::Item& JobsRun::item(const std::string& name) { return items_[numbers_.at(name)]; }

std::shared_ptr<const data::Split> JobsRun::data_of(const TrainSettings& s, const StartModel& start) {
  const data::DataOptions o = data_options_of(s, side_of(start));
  auto& data = data_[{s.data, o.pictures.size, o.pictures.grey, o.test_share, s.target, s.task, s.ignore, s.val}];
  if (!data) data = load_data(s.data, o, *scheduler_);
  return data;
}

/// Finds out what the job needs, and what it stands on: of a job's model the settings, of a file's its metadata.
void JobsRun::prepare(Item& i) {
  JobSpec& spec = i.spec;
  Json identity{{"job", Json::parse(spec.settings)}};
  if (!spec.model.empty()) identity["model"] = Json::parse(item(spec.model).identity);
  i.identity = identity.dump();
  std::string trained_on = "";
  try {
    if (spec.kind != Kind::train) {
      const std::string data = spec.train.data;
      spec.train = spec.model.empty() ? settings_from(read_metadata(spec.checkpoint), {}, {}, spec.checkpoint)
                                      : item(spec.model).spec.train;
      trained_on = spec.train.data;
      if (!data.empty()) spec.train.data = data;
    } else if (!spec.checkpoint.empty()) {
      require(fs::exists(spec.checkpoint), "there is no file '", spec.checkpoint.string(), "'");
    }
    const StartModel start = start_model(spec.train);
    i.data = data_of(spec.train, start);
    require(spec.kind != Kind::evaluate || spec.train.data == trained_on || i.data->train->table_recipe().empty(),
            "'data' is another table than the one that the network was trained on");
    const RunNetwork network = network_of(i, start);
    if (spec.kind == Kind::train) i.memory = train_memory(spec.train, network, *i.data);
    if (spec.kind == Kind::evaluate) i.memory = train::Evaluator::memory_bytes(network.prediction, *i.data->test);
    if (spec.kind == Kind::dream) i.memory = check_dreams(spec, network);
  } catch (const std::exception& e) {
    throw UsageError(str_cat(spec.where, ": ", e.what()));
  }
}

/// A folder that cannot be made fails its job alone, when that starts.
void JobsRun::lock(Item& i) {
  std::error_code ignored;
  fs::create_directories(i.spec.out, ignored);
  if (fs::is_directory(i.spec.out, ignored)) i.lock = std::make_unique<RunLock>(i.spec.out);
}

/// Whether the folder has the job's result, a part of it, or something else.
void JobsRun::look_at(Item& i) {
  const fs::path state = i.spec.out / kState;
  if (!fs::exists(state)) {
    for (const char* file : {train::kCheckpoint, train::kModel})
      require(!fs::exists(i.spec.out / file), i.spec.where, ": '", i.spec.out.string(), "' holds a ", file,
              " that is not of a list of jobs; remove it or choose another 'out'");
    return;
  }
  const Json json = files::parse_json(files::read_text(state), str_cat(state.string(), ": "));
  require(json.is_object() && json.contains("identity") && json["identity"].is_string() && json.contains("complete"),
          state.string(), " is not the state of a job; remove it or choose another 'out'");
  require(json["identity"] == i.identity, i.spec.where, ": '", i.spec.out.string(),
          "' holds the result of other settings; remove it or choose another 'out'");
  i.began = true;
  i.was_complete = json["complete"] == true;
  if (i.was_complete) i.result = json.value("result", "");
}

void JobsRun::write_state(const Item& i, bool complete) const {
  const Json json{{"name", i.spec.name}, {"complete", complete}, {"result", i.result}, {"identity", i.identity}};
  files::write_file(i.spec.out / kState, json.dump(1) + "\n");
}

fs::path JobsRun::model_of(const Item& i) {
  return i.spec.model.empty() ? i.spec.checkpoint : item(i.spec.model).spec.out / train::kModel;
}

/// Of the file with the model, where it is there already.
RunNetwork JobsRun::network_of(const Item& i, const StartModel& start) {
  const fs::path file = model_of(i);
  if (file.empty() || !fs::exists(file)) return network_for(i.spec.train, *i.data->train, start);
  return network_for(i.spec.train, *i.data->train, read_metadata(file), file);
}

void JobsRun::complete(Item& i, const std::string& result) {
  i.result = result;
  write_state(i, true);
}

std::unique_ptr<Job> JobsRun::make(Item& i, const std::function<bool()>& interrupted) {
  require(!interrupted(), "interrupted before it started");
  std::error_code error;
  fs::create_directories(i.spec.out, error);
  require(!error, "cannot make the folder '", i.spec.out.string(), "': ", error.message());
  if (!i.began) write_state(i, false);
  if (i.spec.kind == Kind::train) return make_train(i, interrupted);
  return i.spec.kind == Kind::evaluate ? make_evaluate(i) : make_dream(i);
}

std::unique_ptr<Job> JobsRun::make_train(Item& i, const std::function<bool()>& interrupted) {
  TrainProgram p;
  p.out = i.spec.out;
  p.name = i.spec.name;
  p.alone = false;
  p.resume = fs::exists(p.out / train::kCheckpoint);
  p.limit_steps = i.spec.limit_steps;
  p.checkpoint_every = i.spec.checkpoint_every;
  if (!p.resume) p.checkpoint = model_of(i);
  auto run = std::make_shared<TrainRun>(p, i.spec.train, *scheduler_, *board_, i.data);
  auto job = run->job(interrupted);
  const auto at_end = [this, &i, run = run.get()](const Job&) {
    const train::Fit& fit = run->fit();
    require(!fit.stopped(), "interrupted after step ", fit.trainer().steps_done(), "; the same command goes on");
    complete(i, run->result());
  };
  return std::make_unique<OwningJob>(std::move(run), std::move(job), at_end);
}

std::unique_ptr<Job> JobsRun::make_evaluate(Item& i) {
  auto network = std::make_shared<Evaluated>(network_of(i, nullptr), *i.data, *scheduler_);
  train::load_weights(model_of(i), network->store);
  auto job = std::make_unique<train::EvaluateJob>(network->evaluator);
  const auto at_end = [this, &i, &evaluator = network->evaluator](const Job&) {
    const train::Evaluation& e = evaluator.result();
    files::write_file(i.spec.out / "evaluation.json", train::evaluation_json(e) + "\n");
    complete(i, fmt::format("loss {:.4f}, {}", e.loss, train::quality_text(e)));
  };
  return std::make_unique<OwningJob>(std::move(network), std::move(job), at_end);
}

std::unique_ptr<Job> JobsRun::make_dream(Item& i) {
  auto job = dreams_job(i.spec, network_of(i, nullptr), model_of(i), *scheduler_);
  return std::make_unique<OwningJob>(nullptr, std::move(job), [this, &i](const Job&) {
    complete(i, fmt::format("{} images", i.spec.objectives.size()));
  });
}

void JobsRun::submit(Item& i, const std::function<bool()>& interrupted) {
  if (i.was_complete) return;
  JobOptions options{.name = i.spec.name, .priority = i.spec.priority, .share = i.spec.share};
  for (const std::string& needed : i.spec.after)
    if (item(needed).handle) options.after.push_back(*item(needed).handle);
  i.handle = scheduler_->submit(
      std::make_unique<train::DeferredJob>(i.memory, [this, &i, interrupted] { return make(i, interrupted); }),
      options);
  board_->add(*i.handle);
}

/// Keeps what is said of it in the end; the handle has the times of all its tasks.
void JobsRun::settle(Item& i) {
  i.status = i.handle->status();
  const auto profiles = i.handle->profiles();
  i.work.add(profiles);
  if (program_.predict_cores && !profiles.empty()) i.prediction = prediction_text(i.spec.name, profiles);
  try {
    i.handle->wait();
  } catch (const std::exception& e) {
    i.error = e.what();
  }
  i.handle.reset();
}

/// Whether it was interrupted.
bool JobsRun::wait(const std::function<bool()>& interrupted) {
  bool told = false;
  for (Item& i : items_) {
    if (!i.handle) continue;
    while (!i.handle->wait_for(100ms)) {
      board_->show();
      if (told || !interrupted()) continue;
      told = true;  // training ends by itself after its step, so that its checkpoint is whole
      for (Item& other : items_)
        if (other.handle && other.spec.kind != Kind::train) other.handle->cancel();
    }
    settle(i);
  }
  board_->show();
  board_->clear();
  return interrupted();
}

int JobsRun::run(const std::function<bool()>& interrupted) {
  const CoreUse before = core_use();
  for (Item& i : items_) submit(i, interrupted);
  const bool was_interrupted = wait(interrupted);
  programs_ = share_of_others(before, core_use(), scheduler_->threads());
  if (trace_) {
    files::write_chrome_trace(*trace_, program_.trace);
    board_->say(str_cat("trace: ", trace_->summary()));
  }
  return say_end(was_interrupted);
}

int JobsRun::say_end(bool was_interrupted) {
  say_table(was_interrupted);
  int status = 0;
  for (const Item& i : items_) {
    if (i.work.kinds.empty()) continue;  // it never began
    board_->say(limits_line(i.spec.name, limits_of(*i.status, i.work, scheduler_->threads(), programs_)));
    if (!i.prediction.empty()) board_->say(i.prediction);
  }
  for (const Item& i : items_) {
    if (i.error.empty()) continue;
    std::cerr << i.error << '\n';
    status = was_interrupted ? signal_status() : 1;
  }
  return status;
}

void JobsRun::say_table(bool interrupted) {
  board_->say(fmt::format("\n{:<16} {:<9} {:<10} {:>8} {:>9} {:>9} {:>6}  {}", "job", "kind", "state", "steps",
                          "seconds", "core s", "share", "result"));
  for (const Item& i : items_) {
    const std::string kind = to_string(i.spec.kind);
    if (!i.status) {
      board_->say(fmt::format("{:<16} {:<9} {:<10} {:>8} {:>9} {:>9} {:>6}  {}", i.spec.name, kind, "complete", "", "",
                              "", "", i.result));
      continue;
    }
    const JobStatus& s = *i.status;
    const double cores = s.seconds * scheduler_->threads();
    board_->say(fmt::format("{:<16} {:<9} {:<10} {:>8} {:>9.2f} {:>9.2f} {:>4.0f} %  {}", i.spec.name, kind,
                            interrupted && s.state == JobState::failed ? "stopped" : to_string(s.state),
                            s.progress.done, s.seconds, s.busy_seconds, cores > 0 ? 100 * s.busy_seconds / cores : 0,
                            i.result));
  }
}

}  // namespace backflow
