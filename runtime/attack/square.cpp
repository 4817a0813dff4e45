#include <backflow/runtime/attack/square.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>
#include <backflow/runtime/attack/ball.h>
#include <backflow/runtime/attack/batch.h>
#include <backflow/runtime/attack/square_l2.h>

namespace backflow::attack {
namespace {

constexpr std::int64_t kLeastBump = 3;

/// The first query of linf: a stripe of ±ε for each column of each channel.
void stripes(std::span<float> picture, std::span<const float> original, const Plane& plane, const Threat& threat,
             const Draws& draws) {
  for (std::size_t i = 0; i < picture.size(); ++i) {
    const auto p = static_cast<std::int64_t>(i);
    const std::int64_t channel = p / (plane.height * plane.width), column = p % plane.width;
    const float sign = draws.sign(0, static_cast<std::uint64_t>(channel * plane.width + column));
    picture[i] = original[i] + threat.epsilon * sign;
  }
  project(picture, original, threat);
}

void move_square(std::span<float> picture, std::span<const float> original, const Plane& plane, std::int64_t side,
                 const Threat& threat, const Draws& draws, std::int64_t query) {
  const std::int64_t top = draws.below(query, 0, plane.height - side + 1);
  const std::int64_t left = draws.below(query, 1, plane.width - side + 1);
  for (std::int64_t c = 0; c < plane.channels; ++c) {
    const float by = 2 * threat.epsilon * draws.sign(query, 2 + static_cast<std::uint64_t>(c));
    for (std::int64_t y = top; y < top + side; ++y)
      for (std::int64_t x = left; x < left + side; ++x)
        picture[static_cast<std::size_t>((c * plane.height + y) * plane.width + x)] += by;
  }
  project(picture, original, threat);
}

/// The side of the square of a query.
std::int64_t side_of(const AttackOptions& o, const Plane& plane, std::int64_t query, std::int64_t queries, Norm norm) {
  const std::int64_t least = std::min(plane.height, plane.width);
  const double pixels = static_cast<double>(plane.height * plane.width);
  auto side = static_cast<std::int64_t>(std::lround(std::sqrt(square_share(o.share, query - 1, queries) * pixels)));
  if (norm == Norm::l2) side = std::max(side, kLeastBump) | 1;
  return std::clamp<std::int64_t>(side, 1, least);
}

/// What a query tries, from the best picture so far.
void propose(std::span<float> picture, std::span<const float> original, const Plane& plane, std::int64_t side,
             const Threat& threat, const Draws& draws, std::int64_t query) {
  if (threat.norm == Norm::linf)
    query == 0 ? stripes(picture, original, plane, threat, draws)
               : move_square(picture, original, plane, side, threat, draws, query);
  else
    query == 0 ? first_bumps(picture, original, plane, threat.epsilon, draws)
               : move_bump(picture, original, plane, side, threat.epsilon, draws, query);
}

}  // namespace

double square_share(double share, std::int64_t query, std::int64_t queries) {
  const std::int64_t of_ten_thousand = query * 10000 / std::max<std::int64_t>(1, queries);
  constexpr std::int64_t halved[] = {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};
  for (const std::int64_t after : halved)
    if (of_ten_thousand > after) share /= 2;
  return share;
}

Found square(Victim& victim, const Samples& samples, const Threat& given, const AttackOptions& o) {
  const Shape& image = victim.image();
  require(image.size() == 3, "[attack] square is for images [C, H, W], got ", to_string(image));
  const Plane plane{image[0], image[1], image[2]};
  const Threat threat{given.norm, std::min(given.epsilon, 2 * std::sqrt(static_cast<float>(victim.length())))};
  const std::int64_t queries = steps_of(o, Method::square);
  std::vector<float> best(victim.pixels().size());
  return in_batches(victim, samples, threat, o, o.restarts, [&](Batch& batch, std::int64_t restart) {
    const std::uint32_t stream = stream_of("square " + std::to_string(restart));
    std::vector<float> margins(batch.size(), -std::numeric_limits<float>::infinity());
    for (std::int64_t query = 0; query < queries && (o.after_step || !batch.all_fooled()); ++query) {
      const std::int64_t side = side_of(o, plane, query, queries, threat.norm);
      batch.each([&](std::size_t i) {
        propose(batch.current(i), batch.original(i), plane, side, threat, {o.seed, stream, batch.number(i)}, query);
      });
      const auto logits = victim.logits();
      batch.keep(logits);
      if (o.after_step) o.after_step(query + 1, victim.pixels());
      batch.each([&](std::size_t i) {
        const float margin = margin_of(batch.row(logits, i), batch.label(i));
        const auto kept = batch.row(std::span(best), i), current = batch.current(i);
        if (margin > margins[i]) {
          margins[i] = margin;
          std::copy(current.begin(), current.end(), kept.begin());
        } else {
          std::copy(kept.begin(), kept.end(), current.begin());
        }
      });
    }
  });
}

}  // namespace backflow::attack
