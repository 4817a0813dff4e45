// Lists of jobs, and what a job that dreams says of its images.
#include "examples/apps/jobs/jobs_file.h"

#include <backflow/runtime/dream/objective/objective.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/dreams.h"
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t longest = 1 << 16;  // names of jobs are of one's own making, and quoted whole
  const models::InputSpec images{1, 28, 28, {0.3F}, {0.3F}};
  const fuzz::MemoryFile file(data, size);
  JobsFile jobs;
  if (!fuzz::accepts<Error, UsageError>([&] { jobs = read_jobs(file.path(), "out"); }, longest)) return 0;
  for (const JobSpec& job : jobs.jobs) {
    if (job.kind != JobSpec::Kind::dream) continue;
    fuzz::accepts<Error>([&] { dream_options(job.preset, images, job.options); });
    for (const std::string& text : job.objectives) fuzz::accepts<Error>([&] { dream::parse_objective(text); });
  }
  return 0;
}
