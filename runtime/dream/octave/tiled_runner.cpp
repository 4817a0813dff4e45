// An octave that is larger than a tile: the image is rolled, cut, seen tile by tile, and the gradients are put
// together. Where the objective is a mean over a layer that sees a window of pixels, that is exactly the gradient of
// the whole.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/dream/image/transformed_networks.h>
#include <backflow/runtime/dream/octave/octave_runners.h>
#include <backflow/runtime/dream/octave/tiles.h>
#include <backflow/runtime/models/receptive_field.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {
namespace {

constexpr std::int64_t kTilesAtOnce = 4;  // images of the flow that sees them; never the number of threads

/// What tiles need around them.
struct Surroundings {
  std::int64_t halo = 0, stride = 1;
};

/// Of all layers that the objectives name; none of a term that sees the image as a whole.
Surroundings surroundings_of(const DreamPlan& plan, const Octave& octave) {
  Surroundings result;
  for (std::size_t n = 0; n < plan.networks->size(); ++n) {
    Graph g;
    const Value image =
        g.input("image", {.shape = {1, plan.networks->channels(), octave.height, octave.width}, .image = true});
    const models::Classifier c = plan.networks->build(n, image);
    for (const ObjectiveTerm& t : plan.objectives[n].terms)
      for (const models::Layer& l : c.layers) {
        if (t.kind == ObjectiveTerm::Kind::class_logit || l.name != t.name) continue;
        const auto field = models::receptive_field(l.value, image);
        if (!field) continue;
        for (const models::Sight& s : {field->rows, field->columns}) {
          result.halo = std::max(result.halo, models::halo(s));
          result.stride = std::lcm(result.stride, s.stride);
        }
      }
  }
  if (plan.options.tile_halo >= 0) result.halo = plan.options.tile_halo;
  return result;
}

/// Where all tiles of all images lie.
struct Cutting {
  struct Piece {
    std::int64_t image;
    TileCut rows, columns;
  };
  std::int64_t height, width;  // of a window
  std::vector<Piece> pieces;
  std::int64_t at_once;

  Cutting(const DreamPlan& plan, const Octave& octave) {
    const Surroundings s = surroundings_of(plan, octave);
    const TileAxis rows = tiles_along(octave.height, plan.options.tile, s.halo, s.stride);
    const TileAxis columns = tiles_along(octave.width, plan.options.tile, s.halo, s.stride);
    height = rows.window;
    width = columns.window;
    for (std::int64_t n = 0; n < plan.options.variants; ++n)
      for (const TileCut& r : rows.cuts)
        for (const TileCut& c : columns.cuts) pieces.push_back({n, r, c});
    at_once = std::min(kTilesAtOnce, static_cast<std::int64_t>(pieces.size()));
  }
};

/// Tiles are images that are seen as they lie.
DreamPlan plan_of_tiles(DreamPlan plan, std::int64_t count) {
  plan.options.jitter = 0;
  plan.options.variants = count;
  return plan;
}

void append_look(Graph& g, const DreamPlan& tiles, const Cutting& cutting, TransformedNetworks& networks) {
  const Value x = g.input(
      "tiles", {.shape = {cutting.at_once, tiles.networks->channels(), cutting.height, cutting.width}, .image = true});
  g.output("gradient", pixel_gradient(networks.append(x), x));
}

void append_update(Graph& g, const DreamPlan& plan, const Octave& octave) {
  const DecodedImage decoded = append_image(g, plan.options, plan.pixels(octave), plan.mask.has_value());
  Value gradient = g.input("pixel_gradient", {.shape = plan.pixels(octave), .image = true});
  const auto regularizers = append_regularizers(decoded.pixels, plan.options);
  if (!regularizers.empty()) gradient = add(gradient, pixel_gradient(regularizers, decoded.pixels));
  append_ascent(decoded, parameter_gradient(decoded, shaped_gradient(gradient, plan.options)), plan.options);
}

/// What the two flows of a step compute, and the memory for it.
struct StepGraphs {
  Graph look, update;
  std::size_t beside;      // bytes of all but the flow that looks: the update's values, the pixels and their gradient
  std::size_t look_limit;  // of the flow that looks; 0: none

  StepGraphs(const DreamPlan& plan, const Octave& octave, const DreamPlan& tiles, const Cutting& cutting,
             TransformedNetworks& networks) {
    append_look(look, tiles, cutting, networks);
    append_update(update, plan, octave);
    const auto pixels = static_cast<std::size_t>(elements(plan.pixels(octave)));
    beside = plan.networks->arena_bytes(update) + 2 * sizeof(float) * pixels;
    look_limit = arena_limit(plan, octave, beside);
  }
};

class TiledRunner final : public OctaveRunner {
 public:
  TiledRunner(const DreamPlan& plan, const Octave& octave, Store& own, Scheduler& scheduler)
      : plan_(plan),
        octave_(octave),
        own_(own),
        cutting_(plan, octave),
        tiles_(plan_of_tiles(plan, cutting_.at_once)),
        networks_(tiles_, cutting_.height, cutting_.width, &octave),
        roll_(plan.options, octave.height, octave.width, 1, "") {
    const StepGraphs graphs(plan, octave, tiles_, cutting_, networks_);
    look_ = plan.networks->compile(graphs.look, own, scheduler, "tiles", graphs.look_limit, plan.options.precision);
    update_ = plan.networks->compile(graphs.update, own, scheduler, "update");
    if (!needs_decoding(plan)) return;
    Graph decoded;
    append_pixels(decoded, plan, octave);
    decode_ = plan.networks->compile(decoded, own, scheduler, "paint");
    for (Flow* f : {decode_.get(), update_.get()})
      if (plan.mask) write_mask(*f, plan, octave);
  }

  Flow* next(std::int64_t step, bool below) override {
    if (phase_ == Phase::idle) {
      begin_step(step, below);
      if (decode_) return decode_.get();
    }
    if (phase_ == Phase::decoded) {
      planes_ = planes();
      phase_ = Phase::looking;
      return look(0);
    }
    if (phase_ == Phase::looking) return looked();
    phase_ = Phase::idle;
    return nullptr;
  }

  Seen seen() const override { return seen_; }

  Flow* finish() override { return finished_ ? nullptr : (finished_ = true, decode_.get()); }

  MemoryReport memory_report() const override { return look_->memory_report(); }

  Tensor planes() const override {
    if (!decode_) return own_.plain("image");
    return Tensor(plan_.pixels(octave_), decode_->output("pixels"));
  }

 private:
  enum class Phase : std::uint8_t { idle, decoded, looking, updating };

  void begin_step(std::int64_t step, bool below) {
    phase_ = Phase::decoded;
    seen_ = {0, 0};
    offsets_.clear();
    for (const RandomKey& k : plan_.keys()) offsets_.push_back(roll_.offsets(k.at(step)));
    networks_.draw(*look_, {}, below);
    write_values(*update_, plan_.options, step, step - octave_.begin);
  }

  /// Calls body(index in a window, index in the image) for the rows and columns [from, to) of a window, which are those
  /// of the rolled image.
  template <class Body>
  void for_each_row(const Cutting::Piece& p, const TileCut& rows, const TileCut& columns, Body body) const {
    const auto [down, right] = offsets_[static_cast<std::size_t>(p.image)];
    auto unrolled = [](std::int64_t i, std::int64_t by, std::int64_t length) {
      return ((i - by) % length + length) % length;
    };
    const std::int64_t channels = plan_.networks->channels();
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t y = rows.begin; y < rows.end; ++y) {
        const std::int64_t row = (p.image * channels + c) * octave_.height + unrolled(y, down, octave_.height);
        const std::int64_t window_row = c * cutting_.height + y - p.rows.origin;
        for (std::int64_t x = columns.begin; x < columns.end; ++x)
          body(window_row * cutting_.width + x - p.columns.origin,
               row * octave_.width + unrolled(x, right, octave_.width));
      }
  }

  std::size_t window_size() const {
    return static_cast<std::size_t>(plan_.networks->channels() * cutting_.height * cutting_.width);
  }

  /// Cuts the windows from `first` on; the last flow repeats the last piece.
  Flow* look(std::size_t first) {
    first_ = first;
    for (std::size_t i = 0; i < static_cast<std::size_t>(cutting_.at_once); ++i) {
      const auto& p = cutting_.pieces[std::min(first + i, cutting_.pieces.size() - 1)];
      float* window = look_->input("tiles").as().data() + i * window_size();
      const float* image = planes_.as().data();
      for_each_row(p, {p.rows.origin, p.rows.origin + cutting_.height, 0},
                   {p.columns.origin, p.columns.origin + cutting_.width, 0},
                   [&](std::int64_t in_window, std::int64_t in_image) { window[in_window] = image[in_image]; });
    }
    return look_.get();
  }

  /// Takes the gradients of the tiles that were looked at.
  Flow* looked() {
    float* whole = update_->input("pixel_gradient").as().data();
    const auto count = static_cast<std::size_t>(cutting_.at_once);
    for (std::size_t i = 0; i < count && first_ + i < cutting_.pieces.size(); ++i) {
      const auto& p = cutting_.pieces[first_ + i];
      const float* window = look_->output("gradient").data() + i * window_size();
      for_each_row(p, p.rows, p.columns,
                   [&](std::int64_t in_window, std::int64_t in_image) { whole[in_image] = window[in_window]; });
    }
    const std::size_t flows = (cutting_.pieces.size() + count - 1) / count;
    const Seen seen = networks_.seen(*look_);
    seen_.objective += seen.objective / static_cast<double>(flows);
    seen_.probability += seen.probability / static_cast<double>(flows);
    if (first_ + count < cutting_.pieces.size()) return look(first_ + count);
    phase_ = Phase::updating;
    return update_.get();
  }

  const DreamPlan& plan_;
  Octave octave_;
  Store& own_;
  Cutting cutting_;
  DreamPlan tiles_;
  TransformedNetworks networks_;
  Transforms roll_;
  std::unique_ptr<Flow> look_, update_, decode_;
  Phase phase_ = Phase::idle;
  bool finished_ = false;
  std::vector<std::array<std::int32_t, 2>> offsets_;  // of each image
  Tensor planes_;
  std::size_t first_ = 0;  // of the pieces that are looked at
  Seen seen_;
};

}  // namespace

bool is_tiled(const DreamPlan& plan, const Octave& octave) {
  return plan.options.tile > 0 && std::max(octave.height, octave.width) > plan.options.tile;
}

std::unique_ptr<OctaveRunner> make_tiled_runner(const DreamPlan& plan, const Octave& octave, Store& own,
                                                Scheduler& scheduler) {
  return std::make_unique<TiledRunner>(plan, octave, own, scheduler);
}

std::size_t tiled_runner_arena(const DreamPlan& plan, const Octave& octave) {
  const Cutting cutting(plan, octave);
  const DreamPlan tiles = plan_of_tiles(plan, cutting.at_once);
  TransformedNetworks networks(tiles, cutting.height, cutting.width, &octave);
  const StepGraphs graphs(plan, octave, tiles, cutting, networks);
  return graphs.beside + plan.networks->arena_bytes(graphs.look, graphs.look_limit, plan.options.precision);
}

MemoryReport tiled_runner_memory(const DreamPlan& plan, const Octave& octave) {
  const Cutting cutting(plan, octave);
  const DreamPlan tiles = plan_of_tiles(plan, cutting.at_once);
  TransformedNetworks networks(tiles, cutting.height, cutting.width, &octave);
  const StepGraphs graphs(plan, octave, tiles, cutting, networks);
  return plan.networks->memory_report(graphs.look, graphs.look_limit, plan.options.precision);
}

}  // namespace backflow::dream
