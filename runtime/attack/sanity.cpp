#include <backflow/runtime/attack/sanity.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/ball.h>
#include <backflow/runtime/attack/batch.h>

namespace backflow::attack {
namespace {

constexpr std::int64_t kSteps[] = {1, 5, 20, 100};

class SanityList {
 public:
  SanityList(Victim& victim, const Samples& right, const Threat& threat, const AttackOptions& o, std::int64_t queries)
      : victim_(victim), right_(right), threat_(threat), queries_(queries) {
    o_.seed = o.seed;
    o_.after_batch = o.after_batch;
  }

  std::vector<SanityCheck> run() {
    check_gradients();
    const std::size_t noise = after_noise(), one_step = left(Method::fgsm, threat_, 0);
    add("random noise is weaker than a step along the gradient", noise >= one_step,
        str_cat("noise: ", noise, ", fgsm: ", one_step));
    const std::vector<std::size_t> pgd = check_steps();
    add("one step is weaker than many", at_most(pgd.back(), one_step),
        str_cat("fgsm: ", one_step, ", pgd: ", pgd.back()));
    const std::size_t square = left(Method::square, threat_, queries_);
    add("an attack without gradients is weaker", at_most(pgd.back(), square),
        str_cat("square: ", square, ", pgd: ", pgd.back()));
    const float anything = threat_.norm == Norm::linf ? 1.0F : std::sqrt(static_cast<float>(victim_.length()));
    const std::size_t unbounded = left(Method::pgd, {threat_.norm, anything}, kSteps[3]);
    add("with an unbounded ε nothing stays right", unbounded == 0, str_cat("pgd with ε = ", anything, ": ", unbounded));
    return std::move(list_);
  }

 private:
  /// Up to one sample in a hundred more counts as the same.
  bool at_most(std::size_t a, std::size_t b) const { return a <= b + right_.size() / 100; }

  void add(const char* claim, bool holds, const std::string& figures) {
    list_.push_back({claim, str_cat(figures, " of ", right_.size(), " stay right"), holds});
  }

  /// How many samples stay right.
  std::size_t left(Method method, const Threat& threat, std::int64_t steps) {
    AttackOptions o = o_;
    o.steps = steps;
    return right_.size() - attack(victim_, right_, threat, method, o).count();
  }

  void check_gradients() {
    std::size_t zero = 0;
    in_batches(victim_, right_, threat_, o_, 1, [&](Batch& batch, std::int64_t) {
      const auto g = victim_.gradient(Loss::cross_entropy).by_pixels;
      for (std::size_t i = 0; i < batch.size(); ++i)
        if (norm_of(batch.row(g, i)) == 0) ++zero;
    });
    list_.push_back(
        {"gradients are not zero", str_cat("zero of ", zero, " of ", right_.size(), " samples"), zero == 0});
  }

  std::size_t after_noise() {
    const Found found = in_batches(victim_, right_, threat_, o_, 1,
                                   [&](Batch& batch, std::int64_t) { batch.start_at_random(o_.seed, "noise"); });
    return right_.size() - found.count();
  }

  std::vector<std::size_t> check_steps() {
    std::vector<std::size_t> counts;
    std::string steps, figures;
    bool holds = true;
    for (const std::int64_t n : kSteps) {
      counts.push_back(left(Method::pgd, threat_, n));
      if (counts.size() > 1) holds = holds && at_most(counts.back(), counts[counts.size() - 2]);
      steps += str_cat(steps.empty() ? "" : ", ", n);
      figures += str_cat(figures.empty() ? "" : ", ", counts.back());
    }
    add("more steps are never weaker", holds, str_cat("pgd with ", steps, " steps: ", figures));
    return counts;
  }

  Victim& victim_;
  const Samples& right_;
  Threat threat_;
  std::int64_t queries_;
  AttackOptions o_;
  std::vector<SanityCheck> list_;
};

}  // namespace

std::vector<SanityCheck> check_sanity(Victim& victim, const Samples& right, const Threat& threat,
                                      const AttackOptions& options, std::int64_t queries) {
  require(right.size() > 0, "[attack] the checks need a sample that the network gets right");
  return SanityList(victim, right, threat, options, queries).run();
}

}  // namespace backflow::attack
