// What a classifier gets right and wrong on a data set, class by class.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace backflow::train {

/// Of one class. A ratio of nothing is 0.
struct ClassScore {
  std::int64_t samples = 0;  // that have it as their label
  std::int64_t answers = 0;  // right or wrong
  double precision = 0;      // TP / (TP + FP)
  double recall = 0;         // TP / (TP + FN)
  double f1 = 0;             // 2 TP / (2 TP + FP + FN)
};

/// A wrong answer.
struct Mistake {
  std::int64_t sample = 0, label = 0, answer = 0;
  double probability = 0;  // of the answer
};

class ClassificationReport {
 public:
  /// `names` of the classes may be empty. Throws an Error if there is another number of them.
  explicit ClassificationReport(std::int64_t classes, std::vector<std::string> names = {});

  /// The next samples: logits [N, classes] row-major and labels [N]. Of equal logits the first is the answer.
  void add(std::span<const float> logits, std::span<const std::int32_t> labels);

  std::int64_t samples() const { return samples_; }
  /// Share of the samples whose label is among the `best` largest logits.
  double accuracy() const { return share(right_); }
  double top5() const { return share(in_top5_); }
  /// Expected calibration error: mean distance of accuracy and confidence over 15 bins of the answer's probability,
  /// each weighted by its samples (Guo et al. 2017, arXiv:1706.04599).
  double calibration_error() const;
  /// Area under the ROC curve of class 1, for two classes that both occur; equal scores count half.
  std::optional<double> auroc() const;
  std::vector<ClassScore> scores() const;
  /// Mean over the classes of labels and answers.
  ClassScore mean() const;
  /// Samples by label and answer.
  const std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>& confusion() const { return confusion_; }
  /// The wrong answers of highest probability, at most 25, most confident first.
  std::vector<Mistake> mistakes() const;

  /// The name of the class, or its number.
  std::string name_of(std::int64_t label) const;
  /// A table of the classes, of many those of labels and answers, and a line of the whole, for people.
  std::string text() const;
  /// All of it as JSON. The confusion matrix has a row for each label; of more than 1,000 classes it
  /// is left out.
  std::string json() const;

 private:
  struct Bin {
    std::int64_t samples = 0, right = 0;
    double confidence = 0;  // sum
  };
  void add_one(std::span<const float> logits, std::int64_t label);
  void note(const Mistake& mistake);
  double share(std::int64_t count) const;
  /// The confusions that are most frequent, for people.
  std::string most_confused() const;

  std::int64_t classes_, samples_ = 0, right_ = 0, in_top5_ = 0;
  std::vector<std::string> names_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> confusion_;
  std::vector<Bin> bins_;
  std::vector<std::pair<float, bool>> margins_;  // of two classes: logit of 1 less that of 0, and whether 1 is right
  std::vector<Mistake> mistakes_;                // a heap, the least confident first
};

}  // namespace backflow::train
