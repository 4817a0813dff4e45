#include <backflow/runtime/attack/batch.h>

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>
#include <backflow/runtime/attack/ball.h>

namespace backflow::attack {

Batch::Batch(Victim& victim, const Samples& samples, const Threat& threat, std::span<const std::size_t> which,
             Found& found)
    : victim_(victim), samples_(samples), threat_(threat), which_(which), found_(found) {
  std::vector<std::int32_t> labels(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const auto picture = original(i);
    std::copy(picture.begin(), picture.end(), current(i).begin());
    labels[i] = label(i);
  }
  victim_.set_labels(labels);
}

std::span<float> Batch::current(std::size_t i) const {
  return victim_.pixels().subspan(i * victim_.length(), victim_.length());
}

bool Batch::all_fooled() const {
  return std::all_of(which_.begin(), which_.end(), [&](std::size_t n) { return found_.fooled[n] != 0; });
}

void Batch::each(const std::function<void(std::size_t)>& body) const {
  victim_.workers().execute([&] { tbb::parallel_for(std::size_t{0}, size(), body); });
}

void Batch::start_at_random(std::uint64_t seed, const std::string& stream) const {
  const std::uint32_t words = stream_of(stream);
  each([&](std::size_t i) { random_start(current(i), original(i), threat_, {seed, words, number(i)}); });
}

void Batch::ascend(const AttackOptions& o, std::int64_t steps, float rate,
                   const std::function<std::span<const float>(std::size_t, std::span<const float>)>& direction) {
  for (std::int64_t step = 1; step <= steps; ++step) {
    const Victim::Gradient g = victim_.gradient(Loss::cross_entropy);
    keep(g.logits);
    if (!o.after_step && all_fooled()) return;
    each([&](std::size_t i) {
      step_along(current(i), direction(i, row(g.by_pixels, i)), rate * threat_.epsilon, threat_.norm);
      project(current(i), original(i), threat_);
    });
    if (o.after_step) o.after_step(step, victim_.pixels());
  }
}

void Batch::take(std::size_t i, std::int32_t prediction, double distance, bool fooled) {
  const std::size_t n = which_[i];
  const auto picture = current(i);
  std::copy(picture.begin(), picture.end(), found_.pixels.begin() + static_cast<std::ptrdiff_t>(n * picture.size()));
  found_.predictions[n] = prediction;
  found_.distances[n] = distance;
  found_.fooled[n] = fooled ? 1 : 0;
}

void Batch::keep(std::span<const float> logits, Keep keep) {
  for (std::size_t i = 0; i < size(); ++i) {
    const std::int32_t prediction = predicted_class(row(logits, i));
    if (prediction == label(i) || (fooled(i) && keep == Keep::first)) continue;
    const double d = distance_between(current(i), original(i), threat_.norm);
    if (d <= threat_.epsilon && !(fooled(i) && d >= distance(i))) take(i, prediction, d, true);
  }
}

void Batch::finish() {
  each([&](std::size_t i) {
    const auto kept = std::span(found_.pixels).subspan(which_[i] * victim_.length(), victim_.length());
    if (fooled(i))
      std::copy(kept.begin(), kept.end(), current(i).begin());
    else
      project(current(i), original(i), threat_);
  });
  const auto logits = victim_.logits();
  for (std::size_t i = 0; i < size(); ++i) {
    const std::int32_t prediction = predicted_class(row(logits, i));
    take(i, prediction, distance_between(current(i), original(i), threat_.norm), prediction != label(i));
  }
}

namespace {

/// Calls `body` with as many of `all` as fit into a batch, again and again.
void cut(std::span<const std::size_t> all, std::int64_t batch,
         const std::function<void(std::span<const std::size_t>)>& body) {
  const auto most = static_cast<std::size_t>(batch);
  for (std::size_t begin = 0; begin < all.size(); begin += most)
    body(all.subspan(begin, std::min(most, all.size() - begin)));
}

}  // namespace

void bring_back(Victim& victim, const Samples& samples, const Threat& threat, Found& found) {
  std::vector<std::size_t> outside;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (found.distances[i] > threat.epsilon) outside.push_back(i);
  cut(outside, victim.batch(), [&](std::span<const std::size_t> which) {
    Batch batch(victim, samples, threat, which, found);
    for (std::size_t i = 0; i < which.size(); ++i) {
      const auto picture = std::span(found.pixels).subspan(which[i] * samples.length(), samples.length());
      std::copy(picture.begin(), picture.end(), batch.current(i).begin());
      found.fooled[which[i]] = 0;
    }
    batch.finish();
  });
}

Found in_batches(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options,
                 std::int64_t restarts, const std::function<void(Batch&, std::int64_t)>& body) {
  check(options);
  check(samples);
  require(std::isfinite(threat.epsilon) && threat.epsilon >= 0, "[attack] the radius needs to be a number ≥ 0, got ",
          threat.epsilon);
  require(samples.image == victim.image(), "[attack] images are ", to_string(samples.image), ", expected ",
          to_string(victim.image()));
  const std::size_t n = samples.size();
  Found found{samples.pixels, samples.labels, std::vector<std::uint8_t>(n), std::vector<double>(n)};
  for (std::int64_t restart = 0; restart < restarts; ++restart) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < n; ++i)
      if (found.fooled[i] == 0) left.push_back(i);
    cut(left, victim.batch(), [&](std::span<const std::size_t> which) {
      Batch batch(victim, samples, threat, which, found);
      body(batch, restart);
      batch.finish();
      if (options.after_batch) options.after_batch(batch.size());
    });
  }
  return found;
}

}  // namespace backflow::attack
