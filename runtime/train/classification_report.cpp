#include <backflow/runtime/train/classification_report.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include <backflow/graph/error.h>

namespace backflow::train {
namespace {

constexpr std::size_t kBins = 15, kMaxMistakes = 25;
constexpr std::int64_t kMaxMatrix = 1000;  // classes
constexpr std::size_t kMaxAbsent = 20;     // classes, above which the text leaves out those that are nowhere

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// Whether the first mistake is to be kept rather than the second.
bool is_worse(const Mistake& a, const Mistake& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.sample < b.sample;
}

/// At most `length` letters, UTF-8 kept whole.
std::string shortened(const std::string& text, std::size_t length) {
  std::size_t letters = 0, i = 0;
  for (; i < text.size() && letters < length; ++letters) do
      ++i;
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80);
  return i < text.size() ? text.substr(0, i) : text;
}

bool is_there(const ClassScore& s) { return s.samples + s.answers > 0; }

}  // namespace

ClassificationReport::ClassificationReport(std::int64_t classes, std::vector<std::string> names)
    : classes_(classes), names_(std::move(names)), bins_(kBins) {
  require(classes >= 1, "[report] needs 1 class or more, got ", classes);
  require(names_.empty() || static_cast<std::int64_t>(names_.size()) == classes, "[report] has ", names_.size(),
          " names for ", classes, " classes");
}

void ClassificationReport::add(std::span<const float> logits, std::span<const std::int32_t> labels) {
  const auto classes = static_cast<std::size_t>(classes_);
  require(logits.size() == labels.size() * classes, "[report] got ", logits.size(), " logits of ", labels.size(),
          " samples in ", classes_, " classes");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(labels[i] >= 0 && labels[i] < classes_, "[report] label ", labels[i], " of ", classes_, " classes");
    add_one(logits.subspan(i * classes, classes), labels[i]);
  }
}

void ClassificationReport::add_one(std::span<const float> logits, std::int64_t label) {
  const float own = logits[static_cast<std::size_t>(label)];
  const auto largest = std::max_element(logits.begin(), logits.end());
  const auto answer = static_cast<std::int64_t>(largest - logits.begin());
  double sum = 0;
  for (float v : logits) sum += std::exp(static_cast<double>(v) - *largest);
  const double probability = 1 / sum;
  const auto above = std::count_if(logits.begin(), logits.begin() + label, [&](float v) { return v >= own; }) +
                     std::count_if(logits.begin() + label + 1, logits.end(), [&](float v) { return v > own; });
  const bool is_right = answer == label;
  right_ += is_right ? 1 : 0;
  in_top5_ += above < 5 ? 1 : 0;
  ++confusion_[{label, answer}];
  Bin& bin = bins_[std::min(static_cast<std::size_t>(probability * kBins), kBins - 1)];
  ++bin.samples;
  bin.right += is_right ? 1 : 0;
  bin.confidence += probability;
  if (classes_ == 2) margins_.emplace_back(logits[1] - logits[0], label == 1);
  if (!is_right) note({samples_, label, answer, probability});
  ++samples_;
}

void ClassificationReport::note(const Mistake& mistake) {
  if (mistakes_.size() == kMaxMistakes) {
    if (!is_worse(mistake, mistakes_.front())) return;
    std::pop_heap(mistakes_.begin(), mistakes_.end(), is_worse);
    mistakes_.pop_back();
  }
  mistakes_.push_back(mistake);
  std::push_heap(mistakes_.begin(), mistakes_.end(), is_worse);
}

double ClassificationReport::share(std::int64_t count) const {
  return ratio(static_cast<double>(count), static_cast<double>(samples_));
}

double ClassificationReport::calibration_error() const {
  double sum = 0;
  for (const Bin& bin : bins_) sum += std::abs(static_cast<double>(bin.right) - bin.confidence);
  return ratio(sum, static_cast<double>(samples_));
}

std::optional<double> ClassificationReport::auroc() const {
  auto sorted = margins_;
  std::sort(sorted.begin(), sorted.end());
  double positives = 0, ranks = 0;  // Mann and Whitney: the sum of the ranks of class 1
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i;
    double ones = 0;
    for (; end < sorted.size() && sorted[end].first == sorted[i].first; ++end) ones += sorted[end].second ? 1 : 0;
    ranks += ones * static_cast<double>(i + 1 + end) / 2;
    positives += ones;
    i = end;
  }
  const double negatives = static_cast<double>(sorted.size()) - positives;
  if (positives == 0 || negatives == 0) return std::nullopt;
  return (ranks - positives * (positives + 1) / 2) / (positives * negatives);
}

std::vector<ClassScore> ClassificationReport::scores() const {
  std::vector<ClassScore> result(static_cast<std::size_t>(classes_));
  std::vector<double> right(result.size());
  for (const auto& [pair, count] : confusion_) {
    result[static_cast<std::size_t>(pair.first)].samples += count;
    result[static_cast<std::size_t>(pair.second)].answers += count;
    if (pair.first == pair.second) right[static_cast<std::size_t>(pair.first)] = static_cast<double>(count);
  }
  for (std::size_t c = 0; c < result.size(); ++c) {
    const auto samples = static_cast<double>(result[c].samples), answers = static_cast<double>(result[c].answers);
    result[c].precision = ratio(right[c], answers);
    result[c].recall = ratio(right[c], samples);
    result[c].f1 = ratio(2 * right[c], samples + answers);
  }
  return result;
}

ClassScore ClassificationReport::mean() const {
  ClassScore sum;
  const std::vector<ClassScore> all = scores();
  const auto there = static_cast<double>(std::count_if(all.begin(), all.end(), is_there));
  for (const ClassScore& s : all) {
    sum.samples += s.samples;
    sum.answers += s.answers;
    sum.precision += ratio(s.precision, there);
    sum.recall += ratio(s.recall, there);
    sum.f1 += ratio(s.f1, there);
  }
  return sum;
}

std::vector<Mistake> ClassificationReport::mistakes() const {
  auto sorted = mistakes_;
  std::sort(sorted.begin(), sorted.end(), is_worse);
  return sorted;
}

std::string ClassificationReport::name_of(std::int64_t label) const {
  return names_.empty() ? std::to_string(label) : names_[static_cast<std::size_t>(label)];
}

std::string ClassificationReport::most_confused() const {
  std::vector<std::pair<std::int64_t, std::pair<std::int64_t, std::int64_t>>> wrong;
  for (const auto& [pair, count] : confusion_)
    if (pair.first != pair.second) wrong.emplace_back(-count, pair);
  std::sort(wrong.begin(), wrong.end());
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(wrong.size(), 3); ++i) {
    const auto& [label, answer] = wrong[i].second;
    text += fmt::format("{}{} for {} ({})", i == 0 ? "most confused: " : ", ", name_of(answer), name_of(label),
                        -wrong[i].first);
  }
  return text.empty() ? text : text + '\n';
}

std::string ClassificationReport::text() const {
  static constexpr std::size_t width = 24;
  const auto row = [](const std::string& name, const ClassScore& s) {
    return fmt::format("{:{}} {:8} {:10.4f} {:8.4f} {:8.4f}\n", shortened(name, width), width, s.samples, s.precision,
                       s.recall, s.f1);
  };
  std::string text =
      fmt::format("{:{}} {:>8} {:>10} {:>8} {:>8}\n", "class", width, "samples", "precision", "recall", "F1");
  const std::vector<ClassScore> all = scores();
  for (std::size_t c = 0; c < all.size(); ++c)
    if (is_there(all[c]) || all.size() <= kMaxAbsent) text += row(name_of(static_cast<std::int64_t>(c)), all[c]);
  text += row("mean", mean());
  text += fmt::format("accuracy {:.2f} %", 100 * accuracy());
  if (classes_ > 5) text += fmt::format(", among the first five {:.2f} %", 100 * top5());
  text += fmt::format(", calibration error {:.4f}", calibration_error());
  if (const auto area = auroc()) text += fmt::format(", AUROC {:.4f}", *area);
  return text + '\n' + most_confused();
}

std::string ClassificationReport::json() const {
  using Json = nlohmann::ordered_json;
  const ClassScore average = mean();
  Json json{{"samples", samples_},
            {"accuracy", accuracy()},
            {"top5", top5()},
            {"precision", average.precision},
            {"recall", average.recall},
            {"f1", average.f1},
            {"calibration_error", calibration_error()}};
  if (const auto area = auroc()) json["auroc"] = *area;
  const std::vector<ClassScore> all = scores();
  for (std::size_t c = 0; c < all.size(); ++c)
    json["classes"].push_back({{"class", c},
                               {"label", name_of(static_cast<std::int64_t>(c))},
                               {"samples", all[c].samples},
                               {"precision", all[c].precision},
                               {"recall", all[c].recall},
                               {"f1", all[c].f1}});
  if (classes_ <= kMaxMatrix) {
    std::vector<std::vector<std::int64_t>> matrix(all.size(), std::vector<std::int64_t>(all.size()));
    for (const auto& [pair, count] : confusion_)
      matrix[static_cast<std::size_t>(pair.first)][static_cast<std::size_t>(pair.second)] = count;
    json["confusion_matrix"] = matrix;
  }
  for (const Mistake& m : mistakes())
    json["mistakes"].push_back({{"sample", m.sample},
                                {"label", name_of(m.label)},
                                {"answer", name_of(m.answer)},
                                {"probability", m.probability}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace backflow::train
