#include <backflow/runtime/dream/dream.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/dream_plan.h>
#include <backflow/runtime/dream/image/parameterization.h>
#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/dream/octave/ascent.h>
#include <backflow/runtime/dream/octave/octave_runner.h>
#include <backflow/runtime/dream/octave/octaves.h>
#include <backflow/runtime/dream/progress.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {
namespace {

/// Of the largest octave's stage.
std::size_t bytes_of(const DreamPlan& plan, const std::vector<Octave>& octaves) {
  std::size_t most = 0;
  for (const Octave& octave : octaves) most = std::max(most, octave_bytes(plan, octave));
  return most;
}

const Octave& largest_of(const std::vector<Octave>& octaves) {
  return *std::ranges::max_element(octaves, {}, [](const Octave& o) { return o.height * o.width; });
}

}  // namespace

struct Dream::Impl {
  DreamPlan plan;
  std::function<void(const Dream&, const DreamStep&)> after_step;
  std::vector<Octave> octaves;
  std::size_t bytes = 0, unlimited_bytes = 0;  // that a job needs, and would without a limit

  std::atomic<bool> busy{false}, stop{false};
  bool torn = false;  // a step was interrupted
  DreamProgress progress;
  std::unique_ptr<Store> own;  // the image and the optimizer's states, of the octave of the next step

  mutable std::mutex mutex;  // of what follows
  std::vector<DreamStep> metrics;
  Tensor planes;  // what image() shows
  std::int64_t steps = 0;

  void publish(Tensor image) {
    const std::scoped_lock lock(mutex);
    planes = std::move(image);
    steps = progress.steps;
  }
};

namespace {

/// One image on the workers.
class DreamJob final : public Job {
 public:
  DreamJob(Dream dream, Dream::Impl& impl, Scheduler& scheduler)
      : dream_(std::move(dream)), impl_(impl), scheduler_(scheduler) {
    impl_.stop = false;
  }
  ~DreamJob() override {
    impl_.torn = impl_.torn || in_step_;
    runner_.reset();
    impl_.busy = false;
  }

  std::size_t memory_bytes() const override { return impl_.bytes; }

  Flow* next() override {
    const auto& octaves = impl_.octaves;
    while (true) {
      const std::int64_t step = impl_.progress.steps;
      const std::size_t octave = impl_.progress.octave;
      if (!in_step_ && impl_.stop && step < octaves.back().end) return nullptr;
      if (step == octaves[octave].end) {
        if (Flow* flow = finish_octave(octave)) return flow;
        if (octave + 1 == octaves.size()) return nullptr;
        continue;
      }
      if (!runner_) runner_ = make_octave_runner(impl_.plan, octaves[octave], *impl_.own, scheduler_);
      in_step_ = true;
      if (Flow* flow = runner_->next(step, overrides_relu(step))) return flow;
      in_step_ = false;
      end_step(step, octaves[octave]);
    }
  }

 private:
  bool overrides_relu(std::int64_t step) const {
    return step < impl_.plan.options.relu_override_steps || impl_.progress.relu_override;
  }

  void end_step(std::int64_t step, const Octave& octave) {
    const Seen seen = runner_->seen();
    require(std::isfinite(seen.objective), "[dream] the objective of step ", step + 1, " is ", seen.objective,
            "; a smaller rate may help");
    impl_.progress.relu_override = seen.objective == 0;
    impl_.progress.steps = step + 1;
    const DreamStep report{step + 1,     seen.objective, seen.probability, values_of(impl_.plan.options, step).rate,
                           octave.width, octave.height};
    impl_.publish(runner_->planes());
    {
      const std::scoped_lock lock(impl_.mutex);
      impl_.metrics.push_back(report);
    }
    if (impl_.after_step) impl_.after_step(dream_, report);
  }

  /// A flow that must still run, or null when the image has gone up an octave or is complete.
  Flow* finish_octave(std::size_t octave) {
    if (!runner_) {
      if (octave + 1 == impl_.octaves.size()) return nullptr;
      return go_up(octave);
    }
    if (Flow* flow = runner_->finish()) return flow;
    impl_.publish(runner_->planes());
    runner_.reset();
    return octave + 1 == impl_.octaves.size() ? nullptr : go_up(octave);
  }

  Flow* go_up(std::size_t octave) {
    impl_.own = next_octave(impl_.plan, impl_.octaves[octave], impl_.octaves[octave + 1], *impl_.own);
    ++impl_.progress.octave;
    return nullptr;
  }

  Dream dream_;
  Dream::Impl& impl_;
  Scheduler& scheduler_;
  std::unique_ptr<OctaveRunner> runner_;
  bool in_step_ = false;
};

}  // namespace

Dream::Dream(std::shared_ptr<DreamNetworks> networks, const std::string& objective, DreamOptions options,
             DreamInputs inputs)
    : impl_(std::make_shared<Impl>()) {
  impl_->after_step = std::move(inputs.after_step);
  const std::size_t limit = inputs.memory_limit;
  impl_->plan = plan_of(std::move(networks), objective, std::move(options), std::move(inputs));
  impl_->octaves = octaves_of(impl_->plan.options);
  impl_->bytes = impl_->unlimited_bytes = bytes_of(impl_->plan, impl_->octaves);
  impl_->plan.memory_limit = limit;
  if (limit != 0 && impl_->bytes > limit) impl_->bytes = bytes_of(impl_->plan, impl_->octaves);
  if (limit != 0 && impl_->bytes > limit)
    throw MemoryError(str_cat("[dream] ", impl_->plan.target, " needs ", impl_->bytes,
                              " bytes of memory at least, the limit is ", limit),
                      planned_memory(impl_->plan, largest_of(impl_->octaves)));
  impl_->own = first_octave(impl_->plan, impl_->octaves[0]);
  impl_->planes = first_planes(impl_->plan, impl_->octaves[0]);
}

std::unique_ptr<Job> Dream::job(Scheduler& scheduler) const {
  require(!impl_->torn, "[dream] ", objective(), " was cancelled within a step; load a saved state to go on");
  require(!impl_->busy.exchange(true), "[dream] ", objective(), " is being made already");
  try {
    return std::make_unique<DreamJob>(*this, *impl_, scheduler);
  } catch (...) {
    impl_->busy = false;
    throw;
  }
}

void Dream::run(Scheduler& scheduler) const { scheduler.submit(job(scheduler), {.name = objective()}).wait(); }

void Dream::stop() const { impl_->stop = true; }

const DreamOptions& Dream::options() const { return impl_->plan.options; }
const std::string& Dream::objective() const { return impl_->plan.target; }

std::int64_t Dream::steps() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->steps;
}

bool Dream::done() const { return steps() == options().steps; }

std::vector<DreamStep> Dream::metrics() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->metrics;
}

Tensor Dream::planes(std::int64_t variant) const {
  const std::scoped_lock lock(impl_->mutex);
  const Shape& s = impl_->planes.shape();
  require(variant >= 0 && variant < s[0], "[dream] there are variants 0 … ", s[0] - 1, ", got ", variant);
  const auto size = static_cast<std::size_t>(s[1] * s[2] * s[3]);
  return Tensor({s[1], s[2], s[3]}, impl_->planes.as().subspan(static_cast<std::size_t>(variant) * size, size));
}

image::Image Dream::image(std::int64_t variant) const {
  const Tensor one = planes(variant);
  const Shape& s = one.shape();
  return picture_of(Tensor({1, s[0], s[1], s[2]}, one.as()), 0);
}

void Dream::save(const std::filesystem::path& file) const {
  require(!impl_->torn, "[dream] ", objective(), " was cancelled within a step; there is nothing whole to save");
  save_progress(file, impl_->plan, impl_->progress, *impl_->own, impl_->planes);
}

void Dream::load(const std::filesystem::path& file) const {
  require(!impl_->busy, "[dream] ", objective(), " is being made; nothing can be loaded into it");
  Tensor planes;
  impl_->progress = load_progress(file, impl_->plan, impl_->octaves, impl_->own, planes);
  impl_->torn = false;
  impl_->publish(std::move(planes));
}

std::size_t Dream::memory_bytes() const { return impl_->bytes; }

std::size_t Dream::unlimited_bytes() const { return impl_->unlimited_bytes; }

MemoryReport Dream::memory_report(Scheduler& scheduler) const {
  const Octave& largest = largest_of(impl_->octaves);
  Store own;
  make_states(impl_->plan, largest, own);
  return make_octave_runner(impl_->plan, largest, own, scheduler)->memory_report();
}

void dream_all(Scheduler& scheduler, const std::vector<Dream>& dreams) {
  std::vector<JobHandle> jobs;
  for (const Dream& d : dreams) jobs.push_back(scheduler.submit(d.job(scheduler), {.name = d.objective()}));
  std::exception_ptr first;
  for (JobHandle& j : jobs) try {
      j.wait();
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  if (first) std::rethrow_exception(first);
}

}  // namespace backflow::dream
