// A batch under attack: what every method needs of it. Internal to runtime/attack/.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// Which adversarial picture of a sample is kept.
enum class Keep : std::uint8_t { first, smallest };

class Batch {
 public:
  /// The samples number `which` of `samples`, at most victim.batch(). Copies them into the victim's pixels.
  Batch(Victim& victim, const Samples& samples, const Threat& threat, std::span<const std::size_t> which, Found& found);

  std::size_t size() const { return which_.size(); }
  std::span<const float> original(std::size_t i) const { return samples_.picture(which_[i]); }
  std::span<float> current(std::size_t i) const;  // in the victim's pixels
  std::int32_t label(std::size_t i) const { return samples_.labels[which_[i]]; }
  std::uint32_t number(std::size_t i) const { return samples_.number(which_[i]); }
  bool fooled(std::size_t i) const { return found_.fooled[which_[i]] != 0; }
  double distance(std::size_t i) const { return found_.distances[which_[i]]; }
  bool all_fooled() const;

  /// Row i of a result [batch, …].
  template <class T>
  std::span<T> row(std::span<T> all, std::size_t i) const {
    const std::size_t length = all.size() / static_cast<std::size_t>(victim_.batch());
    return all.subspan(i * length, length);
  }
  /// Calls `body` for each sample, on all workers.
  void each(const std::function<void(std::size_t i)>& body) const;
  /// Puts the current pictures at random points of the ball; `stream` names the random numbers.
  void start_at_random(std::uint64_t seed, const std::string& stream) const;
  /// Moves each picture along `direction`, of its gradient of the cross-entropy, by rate · ε, and back into the ball,
  /// again and again; keeps what is adversarial on the way. Ends early where all are, unless somebody watches.
  void ascend(const AttackOptions& options, std::int64_t steps, float rate,
              const std::function<std::span<const float>(std::size_t i, std::span<const float> gradient)>& direction);
  /// Keeps the current pictures that these logits, which are of them, show to be adversarial; of several the one that
  /// `keep` says. Those that leave the ball are passed over.
  void keep(std::span<const float> logits, Keep keep = Keep::first);
  /// At the end: brings the pictures of samples that are not fooled into the ball, and asks the network about all, as
  /// it is used: without the gradient its last bits may be others.
  void finish();

 private:
  void take(std::size_t i, std::int32_t prediction, double distance, bool fooled);

  Victim& victim_;
  const Samples& samples_;
  const Threat& threat_;
  std::span<const std::size_t> which_;
  Found& found_;
};

/// Runs `body` on batch after batch, once a restart: each restart on the samples that none before has fooled.
Found in_batches(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options,
                 std::int64_t restarts, const std::function<void(Batch& batch, std::int64_t restart)>& body);

/// Brings pictures that lie outside the ball to its border, and asks the network about them again.
void bring_back(Victim& victim, const Samples& samples, const Threat& threat, Found& found);

/// steps, or the method's own number of them.
inline std::int64_t steps_of(const AttackOptions& o, Method method) {
  return o.steps == 0 ? usual_steps(method) : o.steps;
}

}  // namespace backflow::attack
