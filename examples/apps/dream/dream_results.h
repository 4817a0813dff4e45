// What a run of `dream` leaves: images, sheet, animation, summary.
#pragma once

#include <backflow/runtime/dream/objective/judge.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/dream/dream_image.h"
#include "examples/apps/dream/dream_metrics.h"

namespace backflow {

/// The measures of one image as it was saved: an 8-bit PNG, read again.
struct DreamMeasure {
  std::string title, file;
  std::string target;  // the objective; variants share it
  std::int64_t steps = 0;
  double objective = 0;                       // of the last step
  std::optional<dream::Verdict> own, judged;  // where a class is wanted
  double total_variation = 0, high_frequency_share = 0;
};

class DreamResults {
 public:
  /// `judge` may be empty. Throws an Error if it is no network with the classes of the setup's.
  DreamResults(const DreamSetup& setup, Scheduler& scheduler, const std::filesystem::path& judge);

  /// Writes the image's PNG files into `out`, unless it is complete already, and measures them.
  void add(const DreamImage& picture, const DreamSettings& settings, const std::vector<dream::DreamStep>& steps,
           const std::filesystem::path& out);
  const std::vector<DreamMeasure>& measures() const { return measures_; }
  const std::vector<image::Image>& images() const { return images_; }
  std::vector<std::string> titles() const;
  /// Titles, and below each the probabilities that the network and the judge give its class.
  std::vector<std::string> captions() const;

  /// Keeps the entries of an earlier summary whose images are still beside it and are not made again. Throws an Error
  /// if the file is something else; nothing if there is none.
  void keep_earlier(const std::filesystem::path& summary);

  /// A table as text.
  std::string table() const;
  /// A list of objects, one for each image, earlier ones first.
  std::string json() const;

 private:
  std::unique_ptr<dream::Judge> own_, judge_;
  std::vector<std::pair<std::string, std::string>> earlier_;  // of a summary: file and entry as JSON
  std::vector<DreamMeasure> measures_;
  std::vector<image::Image> images_;
};

}  // namespace backflow
