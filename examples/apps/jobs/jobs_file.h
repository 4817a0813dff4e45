// The list of jobs that `train --jobs` runs, as docs/jobs.md describes it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "examples/apps/train/train_run.h"

namespace backflow {

struct JobSpec {
  enum class Kind : std::uint8_t { train, evaluate, dream };

  std::string name;
  Kind kind = Kind::train;
  std::string where;  // "jobs.json:12: job 'a'", for errors
  std::filesystem::path out;
  int priority = 0;
  double share = 1;
  std::vector<std::string> after;    // jobs that must be complete before
  std::string model;                 // the job whose model is the start, or is evaluated or dreamt of; may be empty
  std::filesystem::path checkpoint;  // the same from a file; may be empty

  TrainSettings train;  // of train; of evaluate the data alone
  std::optional<std::int64_t> limit_steps;
  std::int64_t checkpoint_every = 0;
  std::vector<std::string> objectives;  // of dream, an image each
  std::string preset, options;          // of dream; options as JSON

  std::string settings;  // what decides the result, in one spelling
};

struct JobsFile {
  std::optional<std::int64_t> threads;
  std::optional<std::uint64_t> memory_limit;  // bytes
  std::vector<JobSpec> jobs;                  // each after those that it needs
};

const char* to_string(JobSpec::Kind kind);

/// Reads and checks the file. Folders of results are those that it names, else `out`/NAME. Throws a UsageError with the
/// line and the key: for what is no JSON, an unknown key, kind or job, a wrong type, a value out of its range, jobs
/// that wait for one another, two that write one folder.
JobsFile read_jobs(const std::filesystem::path& file, const std::filesystem::path& out);

}  // namespace backflow
