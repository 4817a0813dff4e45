#include "examples/apps/jobs/jobs_file.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/runtime/files/located_json.h>
#include <backflow/runtime/files/suggestions.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Kind = JobSpec::Kind;

const std::vector<std::string> kKinds{"train", "evaluate", "dream"};
const std::vector<std::string> kFileKeys{"threads", "memory_limit", "jobs"};
const std::vector<std::string> kJobKeys{"name", "kind", "out", "priority", "share", "after", "model", "checkpoint"};

std::vector<std::string> keys_of(Kind kind) {
  if (kind == Kind::train) return {"settings", "limit_steps", "checkpoint_every"};
  if (kind == Kind::evaluate) return {"data"};
  return {"objectives", "preset", "options"};
}

/// One object of the file.
class Section {
 public:
  Section(const files::LocatedJson& file, std::string name, std::string pointer, std::string what)
      : file_(file), name_(std::move(name)), pointer_(std::move(pointer)), what_(std::move(what)) {
    if (!json().is_object()) refuse("", str_cat("should be an object, is ", json().type_name()));
  }

  const Json& json() const { return file_.value.at(Json::json_pointer(pointer_)); }
  bool has(const std::string& key) const { return json().contains(key); }
  std::string where(const std::string& key = "") const {
    return str_cat(name_, ":", file_.line(key.empty() ? pointer_ : pointer_ + "/" + key), what_);
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& why) const {
    throw UsageError(str_cat(where(key), ": ", key.empty() ? "" : str_cat("'", key, "' "), why));
  }

  void check_keys(const std::vector<std::string>& known) const {
    for (const auto& [key, value] : json().items())
      if (std::find(known.begin(), known.end(), key) == known.end())
        throw UsageError(str_cat(where(key), ": ", files::no_such("key", key, known)));
  }

  std::string text(const std::string& key, const std::string& otherwise) const {
    return has(key) ? typed(key, json().at(key).is_string(), "a text").get<std::string>() : otherwise;
  }
  double number(const std::string& key, double otherwise) const {
    return has(key) ? typed(key, json().at(key).is_number(), "a number").get<double>() : otherwise;
  }
  std::int64_t whole(const std::string& key, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
    if (!has(key)) return otherwise;
    const Json& v = typed(key, json().at(key).is_number_integer(), "a whole number");
    const bool fits = !v.is_number_unsigned() || v.get<std::uint64_t>() <= INT64_MAX;
    if (!fits || v.get<std::int64_t>() < least || v.get<std::int64_t>() > most)
      refuse(key,
             str_cat("needs to be ", least, most == INT64_MAX ? " or more" : str_cat(" … ", most), ", is ", v.dump()));
    return v.get<std::int64_t>();
  }
  std::vector<std::string> texts(const std::string& key) const {
    if (!has(key)) return {};
    const Json& list = typed(key, json().at(key).is_array(), "a list of texts");
    for (const Json& v : list) typed(key, v.is_string(), "a list of texts");
    return list.get<std::vector<std::string>>();
  }
  const Json& typed(const std::string& key, bool ok, const std::string& wanted) const {
    if (!ok) refuse(key, str_cat("should be ", wanted, ", is ", files::printable(json().at(key).dump())));
    return json().at(key);
  }
  Section inner(const std::string& key) const { return {file_, name_, pointer_ + "/" + key, what_}; }

 private:
  const files::LocatedJson& file_;
  std::string name_, pointer_, what_;
};

TrainSettings settings_of(const Section& job) {
  TrainSettings result;
  if (!job.has("settings")) return result;
  const Section settings = job.inner("settings");
  const files::OptionTable options = table(result);
  std::vector<std::string> given;
  for (const auto& [key, value] : settings.json().items()) {
    if (!files::find(options, key))
      throw UsageError(str_cat(settings.where(key), ": ", files::no_such("key", key, files::names_of(options))));
    given.push_back(flag_of(*files::find(options, key)));
    try {
      files::read_json(options, Json{{key, value}}.dump());
      files::check({*files::find(options, key)});
    } catch (const OptionError& e) {
      settings.refuse(key, e.problem());
    }
  }
  try {
    check(result, given);
  } catch (const std::exception& e) {
    throw UsageError(str_cat(settings.where(), ": settings: ", e.what()));
  }
  return result;
}

void read_kind(const Section& s, JobSpec& job) {
  if (job.kind == Kind::train) {
    job.train = settings_of(s);
    if (!job.train.from.empty() && !(job.model.empty() && job.checkpoint.empty()))
      s.refuse("settings", "have 'from', which does not go with 'model' or 'checkpoint'");
    if (s.has("limit_steps")) job.limit_steps = s.whole("limit_steps", 0, 1, INT64_MAX);
    job.checkpoint_every = s.whole("checkpoint_every", 0, 0, INT64_MAX);
    return;
  }
  if (job.model.empty() == job.checkpoint.empty())
    s.refuse("", "needs one of 'model', the name of a job that trains, and 'checkpoint', a file");
  job.train.data = s.text("data", "");  // that of the model, if it is empty
  if (job.kind == Kind::evaluate) return;
  job.objectives = s.texts("objectives");
  if (job.objectives.empty()) s.refuse("objectives", "should be a list of texts such as \"class:3\"");
  job.preset = s.text("preset", "homework");
  if (s.has("options")) job.options = s.inner("options").json().dump();
}

/// Everything but names, priorities, shares and folders, which do not change what is computed.
std::string decisive(const JobSpec& job) {
  Json j{{"kind", to_string(job.kind)}, {"checkpoint", job.checkpoint.string()}, {"data", job.train.data}};
  if (job.kind == Kind::train) j["settings"] = metadata_of(job.train);
  if (job.kind == Kind::train && job.train.model.ends_with(".json")) j["layers"] = files::read_text(job.train.model);
  if (job.limit_steps) j["limit_steps"] = *job.limit_steps;
  if (job.kind == Kind::dream) {
    j["objectives"] = job.objectives;
    j["preset"] = job.preset;
    j["options"] = job.options;
  }
  return j.dump();
}

JobSpec job_of(const files::LocatedJson& file, const std::string& name, std::size_t i, const fs::path& out) {
  const std::string pointer = str_cat("/jobs/", i);
  const Section unnamed(file, name, pointer, str_cat(": job ", i + 1));
  JobSpec job;
  job.name = unnamed.text("name", "");
  const bool good = !job.name.empty() && job.name.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_.-") == std::string::npos;
  if (!good || job.name[0] == '.')
    unnamed.refuse("name", str_cat("needs letters, digits, _, - and . alone and no . in front, is '",
                                   files::printable(job.name), "'"));
  const Section s(file, name, pointer, str_cat(": job '", job.name, "'"));
  job.where = s.where();
  const std::string kind = s.text("kind", "");
  const auto found = std::find(kKinds.begin(), kKinds.end(), kind);
  if (found == kKinds.end())
    s.refuse("kind", str_cat("should be train, evaluate or dream, is '", printable(kind), "'"));
  job.kind = static_cast<Kind>(found - kKinds.begin());
  auto keys = kJobKeys;
  for (const std::string& key : keys_of(job.kind)) keys.push_back(key);
  s.check_keys(keys);
  job.out = s.text("out", (out / job.name).string());
  job.priority = static_cast<int>(s.whole("priority", 0, -1000, 1000));
  job.share = s.number("share", 1);
  if (!(job.share > 0 && job.share <= 1000))
    s.refuse("share", str_cat("needs to be above 0 and at most 1000, is ", job.share));
  job.after = s.texts("after");
  job.model = s.text("model", "");
  job.checkpoint = s.text("checkpoint", "");
  if (!job.model.empty() && !job.checkpoint.empty()) s.refuse("checkpoint", "and 'model' exclude one another");
  read_kind(s, job);
  job.settings = decisive(job);
  if (!job.model.empty()) job.after.push_back(job.model);
  return job;
}

void check_names(const std::vector<JobSpec>& jobs) {
  std::vector<std::string> names;
  std::map<std::string, const JobSpec*> by_name;
  std::map<fs::path, const JobSpec*> by_folder;
  for (const JobSpec& job : jobs) {
    names.push_back(job.name);
    const auto [same, is_new] = by_name.emplace(job.name, &job);
    if (!is_new) throw UsageError(str_cat(job.where, ": there is another job of that name, ", same->second->where));
    std::error_code error;
    const auto [other, alone] = by_folder.emplace(fs::weakly_canonical(job.out, error), &job);
    const std::string out = printable(job.out.string());
    if (error) throw UsageError(str_cat(job.where, ": 'out' cannot be '", out, "': ", error.message()));
    if (!alone)
      throw UsageError(str_cat(job.where, ": 'out' is the folder of job '", other->second->name, "' too: ", out));
  }
  for (const JobSpec& job : jobs)
    for (const std::string& needed : job.after) {
      if (!by_name.contains(needed)) throw UsageError(str_cat(job.where, ": ", files::no_such("job", needed, names)));
      if (needed == job.model && by_name[needed]->kind != Kind::train)
        throw UsageError(str_cat(job.where, ": 'model' should be a job that trains; '", needed, "' is of kind ",
                                 to_string(by_name[needed]->kind)));
    }
}

/// The jobs, each after those that it needs, by a search in depth whose path is a list: a chain may have any length.
class InOrder {
 public:
  explicit InOrder(std::vector<JobSpec>& jobs) : jobs_(jobs), state_(jobs.size()) {
    for (std::size_t i = 0; i < jobs.size(); ++i) numbers_[jobs[i].name] = i;
    for (std::size_t i = 0; i < jobs.size(); ++i) visit(i);
    for (const std::size_t i : order_) result.push_back(std::move(jobs_[i]));
  }
  std::vector<JobSpec> result;

 private:
  enum class State : std::uint8_t { unseen, open, done };
  struct Step {
    std::size_t job, next;  // next: of those that it needs
  };

  void visit(std::size_t first) {
    open(first);
    while (!path_.empty()) {
      auto& [job, next] = path_.back();
      if (next < jobs_[job].after.size()) {
        open(numbers_.at(jobs_[job].after[next++]));
        continue;
      }
      state_[job] = State::done;
      order_.push_back(job);
      path_.pop_back();
    }
  }

  void open(std::size_t job) {
    if (state_[job] == State::done) return;
    if (state_[job] == State::open) refuse_circle(job);
    state_[job] = State::open;
    path_.push_back({job, 0});
  }

  [[noreturn]] void refuse_circle(std::size_t job) const {
    constexpr std::size_t most = 8;  // names that are listed
    auto step = std::find_if(path_.begin(), path_.end(), [job](const Step& s) { return s.job == job; });
    std::string circle;
    for (std::size_t i = 0; step != path_.end() && i < most; ++step, ++i) circle += jobs_[step->job].name + " → ";
    if (step != path_.end()) circle += str_cat(path_.end() - step, " more → ");
    throw UsageError(str_cat(jobs_[job].where, ": jobs wait for one another: ", circle, jobs_[job].name));
  }

  std::vector<JobSpec>& jobs_;
  std::vector<State> state_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Step> path_;
  std::vector<std::size_t> order_;
};

/// What decides a job's result includes what decides its model's, and so on.
void check_models(const std::vector<JobSpec>& in_order) {
  constexpr int most = 50;
  std::unordered_map<std::string, int> depths;
  for (const JobSpec& job : in_order) {
    const int depth = depths[job.name] = job.model.empty() ? 0 : depths.at(job.model) + 1;
    if (depth > most)
      throw UsageError(str_cat(job.where, ": 'model' goes on from more than ", most, " models, one after the other"));
  }
}

}  // namespace

const char* to_string(JobSpec::Kind kind) { return kKinds[static_cast<std::size_t>(kind)].c_str(); }

JobsFile read_jobs(const fs::path& file, const fs::path& out) {
  const std::string text = files::read_text(file);
  const files::LocatedJson json = [&] {
    try {
      return files::parse_located(text, file.string());
    } catch (const Error& e) {
      throw UsageError(e.what());
    }
  }();
  const Section top(json, file.string(), "", "");
  top.check_keys(kFileKeys);
  JobsFile result;
  if (top.has("threads")) result.threads = top.whole("threads", 0, 1, 1024);
  if (top.has("memory_limit")) result.memory_limit = top.whole("memory_limit", 0, 1, INT64_MAX);
  if (!top.has("jobs") || !top.json().at("jobs").is_array() || top.json().at("jobs").empty())
    top.refuse("jobs", "should be a list of jobs");
  std::vector<JobSpec> jobs;
  for (std::size_t i = 0; i < top.json().at("jobs").size(); ++i) jobs.push_back(job_of(json, file.string(), i, out));
  check_names(jobs);
  result.jobs = InOrder(jobs).result;
  check_models(result.jobs);
  return result;
}

}  // namespace backflow
