#include <backflow/runtime/scheduler/job_report.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <backflow/runtime/scheduler/simulate.h>

namespace backflow {

std::string status_line(const JobStatus& before, const JobStatus& now, double seconds, int cores) {
  const JobProgress& p = now.progress;
  std::string line = fmt::format("{:<16} {:<9}", now.name, to_string(now.state));
  if (now.state == JobState::waiting) return line + fmt::format("  since {:.0f} s", now.waited_seconds);
  line += p.total > 0 ? fmt::format("  step {}/{}  {:.0f} %", p.done, p.total,
                                    100 * static_cast<double>(p.done) / static_cast<double>(p.total))
                      : fmt::format("  step {}", p.done);
  if (now.state == JobState::running && seconds > 0) {
    const double rate = static_cast<double>(p.done - before.progress.done) / seconds;
    line += fmt::format("  {:.{}f}/s  share {:.0f} %", rate, rate < 10 ? 1 : 0,
                        100 * std::max(0.0, now.busy_seconds - before.busy_seconds) / (seconds * cores));
    if (p.total > 0 && rate > 0) line += fmt::format("  {:.0f} s left", static_cast<double>(p.total - p.done) / rate);
  } else if (has_ended(now.state)) {
    line += fmt::format("  {:.1f} s", now.seconds);
  }
  for (const auto& [name, value] : p.metrics)
    if (name != "learning_rate") line += fmt::format("  {} {:.4g}", name, value);
  return line;
}

namespace {

constexpr double kDisturbed = 0.2;  // share of the cores from which on other programs are what limits a job

/// The kinds of nodes that most of the work went into, and their shares.
std::vector<std::pair<std::string, double>> dearest_kinds(const JobWork& w) {
  std::vector<std::pair<std::string, double>> shares(w.kinds.begin(), w.kinds.end());
  for (auto& [kind, seconds] : shares) seconds /= w.work;
  std::stable_sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  shares.resize(std::min<std::size_t>(3, shares.size()));
  return shares;
}

std::string limit_of(const JobLimits& l, double others, int cores) {
  if (l.turn > l.steps)
    return others > 0 ? "its turn: other jobs had the cores" : "pauses: it was paused for longer than it ran";
  if (l.programs > kDisturbed)
    return fmt::format("the cores: other programs took {:.0f} % of their time", 100 * l.programs);
  if (l.outside > std::max(l.critical_path, l.work / cores)) return "what it does between its flows: results and files";
  if (l.critical_path > l.work / cores)
    return fmt::format("its critical path: it can keep {:.1f} of {} cores busy", l.parallelism, cores);
  if (l.work > 0.8 * cores * l.steps) return "its work: it kept the cores busy";
  return others > l.idle / 2 ? "the cores: other jobs used them" : "its dependencies: tasks waited for other tasks";
}

}  // namespace

void JobWork::add(const std::vector<std::shared_ptr<const FlowProfile>>& profiles) {
  for (const auto& p : profiles) {
    work += work_seconds(p->tasks);
    critical_path += critical_path_seconds(p->tasks);
    for (const auto& [kind, seconds] : p->kinds) kinds[kind] += seconds;
  }
}

JobLimits limits_of(const JobStatus& status, const std::vector<std::shared_ptr<const FlowProfile>>& profiles, int cores,
                    double programs) {
  JobWork work;
  work.add(profiles);
  return limits_of(status, work, cores, programs);
}

JobLimits limits_of(const JobStatus& status, const JobWork& work, int cores, double programs) {
  JobLimits l;
  l.programs = programs;
  l.work = work.work;
  l.critical_path = work.critical_path;
  l.outside = std::max(0.0, status.busy_seconds - l.work);
  l.steps = status.step_seconds;
  l.turn = status.turn_seconds;
  l.wall = status.seconds;
  l.idle = std::max(0.0, cores * status.step_seconds - status.busy_seconds);
  if (l.critical_path > 0) l.parallelism = l.work / l.critical_path;
  l.limit = limit_of(l, status.others_seconds, cores);
  if (l.work > 0) l.dearest = dearest_kinds(work);
  return l;
}

std::string limits_line(const std::string& name, const JobLimits& l) {
  std::string line = fmt::format(
      "{:<16} wall {:.3g} s  work {:.3g} s  critical path {:.3g} s  outside {:.3g} s  idle {:.3g} s  "
      "between steps {:.3g} s  other programs {:.0f} %  available parallelism {:.1f}  limited by {}",
      name, l.wall, l.work, l.critical_path, l.outside, l.idle, l.turn, 100 * l.programs, l.parallelism, l.limit);
  const char* separator = "  dearest nodes ";
  for (const auto& [kind, share] : l.dearest)
    line += fmt::format("{}{} {:.0f} %", std::exchange(separator, ", "), kind, 100 * share);
  return line;
}

std::string prediction_text(const std::string& name, const std::vector<std::shared_ptr<const FlowProfile>>& profiles) {
  std::string text = fmt::format(
      "{}: predicted from the times of its tasks in this run, by a simulation without costs of memory or threads:\n"
      "  workers  seconds  speed-up\n",
      name);
  for (const ScalingEstimate& p : predict(profiles))
    text += fmt::format("  {:7}  {:7.3f}  {:8.2f}\n", p.workers, p.seconds, p.speed_up);
  return text;
}

}  // namespace backflow
