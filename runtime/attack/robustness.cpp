#include <backflow/runtime/attack/robustness.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>

namespace backflow::attack {
namespace {

constexpr double kNothing = std::numeric_limits<double>::infinity();

/// Whether a method looks for the smallest change, whatever ε is.
bool minimizes(Method method) { return method == Method::deepfool || method == Method::cw; }

void check(const RobustnessOptions& o) {
  require(!o.epsilons.empty() && !o.methods.empty(), "[attack] robustness needs radii and methods");
  for (std::size_t i = 0; i < o.epsilons.size(); ++i)
    require(std::isfinite(o.epsilons[i]) && o.epsilons[i] > (i == 0 ? 0 : o.epsilons[i - 1]),
            "[attack] the radii need to be above 0 and ascending");
}

class Measurement {
 public:
  Measurement(Victim& victim, const Samples& samples, const RobustnessOptions& o)
      : victim_(victim), samples_(samples), o_(o) {
    result_.epsilons = o.epsilons;
    result_.methods = o.methods;
    const auto clean = predictions(victim, samples);
    right_ = right_samples(samples, clean);
    result_.right = right_.size();
    for (std::size_t i = 0; i < clean.size(); ++i)
      result_.samples.push_back({clean[i], clean[i] == samples.labels[i] ? kNothing : 0.0});
  }

  Robustness run() {
    for (const Method method : o_.methods) {
      distances_.assign(samples_.size(), kNothing);
      if (minimizes(method)) {
        run(method, o_.epsilons.back());
      } else {
        for (const float epsilon : o_.epsilons) run(method, epsilon);
      }
      result_.robust.push_back(beyond([&](std::size_t i) { return distances_[i]; }));
    }
    result_.strongest = beyond([&](std::size_t i) { return result_.samples[i].distance; });
    return std::move(result_);
  }

 private:
  /// For each ε, of the samples that are right as they are, those with a distance beyond it.
  template <class Distance>
  std::vector<std::size_t> beyond(const Distance& distance) const {
    std::vector<std::size_t> counts;
    for (const float epsilon : o_.epsilons)
      counts.push_back(static_cast<std::size_t>(
          std::count_if(right_.begin(), right_.end(), [&](std::size_t i) { return distance(i) > epsilon; })));
    return counts;
  }

  void run(Method method, float epsilon) {
    std::vector<std::size_t> left;
    for (const std::size_t i : right_)
      if (distances_[i] == kNothing) left.push_back(i);
    if (o_.before) o_.before(method, epsilon, left.size());
    if (left.empty()) return;
    AttackOptions options = o_.attack;
    if (method == Method::square) options.steps = o_.queries;
    const Found found = attack(victim_, chosen(samples_, left), {o_.norm, epsilon}, method, options);
    for (std::size_t k = 0; k < left.size(); ++k)
      if (found.fooled[k] != 0) add(method, left[k], found, k);
  }

  void add(Method method, std::size_t i, const Found& found, std::size_t k) {
    const double distance = found.distances[k];
    distances_[i] = distance;
    SampleRobustness& sample = result_.samples[i];
    if (distance >= sample.distance) return;
    sample.distance = distance;
    sample.method = method;
    const auto picture = std::span(found.pixels).subspan(k * samples_.length(), samples_.length());
    keep({i, method, found.predictions[k], distance, {picture.begin(), picture.end()}});
  }

  void keep(AdversarialPicture picture) {
    auto& all = result_.smallest;
    std::erase_if(all, [&](const AdversarialPicture& p) { return p.sample == picture.sample; });
    const auto at = std::upper_bound(all.begin(), all.end(), picture,
                                     [](const auto& a, const auto& b) { return a.distance < b.distance; });
    all.insert(at, std::move(picture));
    if (all.size() > o_.pictures) all.pop_back();
  }

  Victim& victim_;
  const Samples& samples_;
  const RobustnessOptions& o_;
  std::vector<std::size_t> right_;
  std::vector<double> distances_;  // [N], of one method
  Robustness result_;
};

}  // namespace

std::vector<std::int32_t> predictions(Victim& victim, const Samples& samples) {
  check(samples);
  require(samples.image == victim.image(), "[attack] images are ", to_string(samples.image), ", the network reads ",
          to_string(victim.image()));
  std::vector<std::int32_t> result;
  const auto classes = static_cast<std::size_t>(victim.classes());
  for (std::size_t begin = 0; begin < samples.size(); begin += static_cast<std::size_t>(victim.batch())) {
    const std::size_t count = std::min(static_cast<std::size_t>(victim.batch()), samples.size() - begin);
    const auto pixels = std::span(samples.pixels).subspan(begin * samples.length(), count * samples.length());
    std::copy(pixels.begin(), pixels.end(), victim.pixels().begin());
    const auto logits = victim.logits();
    for (std::size_t i = 0; i < count; ++i) result.push_back(predicted_class(logits.subspan(i * classes, classes)));
  }
  return result;
}

std::vector<std::size_t> right_samples(const Samples& samples, std::span<const std::int32_t> predictions) {
  std::vector<std::size_t> right;
  for (std::size_t i = 0; i < predictions.size(); ++i)
    if (predictions[i] == samples.labels[i]) right.push_back(i);
  return right;
}

Robustness measure_robustness(Victim& victim, const Samples& samples, const RobustnessOptions& options) {
  check(options);
  return Measurement(victim, samples, options).run();
}

}  // namespace backflow::attack
