// An octave whose image the network sees as a whole: one flow a step.
#include <algorithm>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/dream/image/transformed_networks.h>
#include <backflow/runtime/dream/objective/objective_graph.h>
#include <backflow/runtime/dream/octave/octave_runners.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {
namespace {

/// One step as a graph: paint, look, differentiate, climb.
void append_step(Graph& g, const DreamPlan& plan, const Octave& octave, TransformedNetworks& networks) {
  const DecodedImage decoded = append_image(g, plan.options, plan.pixels(octave), plan.mask.has_value());
  std::vector<WeightedTerm> terms = networks.append(decoded.pixels);
  const auto regularizers = append_regularizers(decoded.pixels, plan.options);
  terms.insert(terms.end(), regularizers.begin(), regularizers.end());
  const Value gradient = shaped_gradient(pixel_gradient(terms, decoded.pixels), plan.options);
  if (decoded.pixels != decoded.parameter) g.output("pixels", decoded.pixels);
  append_ascent(decoded, parameter_gradient(decoded, gradient), plan.options);
}

/// What the networks see in the guide.
void append_guide(Graph& g, const DreamPlan& plan, const Octave& octave, const TransformedNetworks& networks) {
  const Shape s = plan.pixels(octave);
  networks.append_guide(g.input("guide", {.shape = {1, s[1], s[2], s[3]}, .image = true}));
}

/// Bytes of the flow that sees the guide, which runs once, before the first step.
std::size_t guide_bytes(const DreamPlan& plan, const Octave& octave, const TransformedNetworks& networks) {
  if (!networks.needs_guide()) return 0;
  Graph g;
  append_guide(g, plan, octave, networks);
  return plan.networks->arena_bytes(g, 0, plan.options.precision);
}

class WholeRunner final : public OctaveRunner {
 public:
  WholeRunner(const DreamPlan& plan, const Octave& octave, Store& own, Scheduler& scheduler)
      : plan_(plan),
        octave_(octave),
        own_(own),
        scheduler_(scheduler),
        keys_(plan.keys()),
        networks_(plan, octave.height, octave.width) {
    Graph g;
    append_step(g, plan, octave, networks_);
    flow_ =
        plan.networks->compile(g, own, scheduler, "dream",
                               arena_limit(plan, octave, guide_bytes(plan, octave, networks_)), plan.options.precision);
    if (plan.mask) write_mask(*flow_, plan, octave);
  }

  Flow* next(std::int64_t step, bool below) override {
    if (networks_.needs_guide() && !guided_) {
      if (!guide_) return start_guide();
      copy_guide();
    }
    if (std::exchange(in_step_, !in_step_)) return nullptr;
    std::vector<RandomKey> keys;
    for (const RandomKey& k : keys_) keys.push_back(k.at(step));
    networks_.draw(*flow_, keys, below);
    write_values(*flow_, plan_.options, step, step - octave_.begin);
    return flow_.get();
  }

  Seen seen() const override { return networks_.seen(*flow_); }

  Flow* finish() override {
    if (!needs_decoding(plan_) || decode_) return nullptr;
    Graph g;
    append_pixels(g, plan_, octave_);
    decode_ = plan_.networks->compile(g, own_, scheduler_, "paint");
    if (plan_.mask) write_mask(*decode_, plan_, octave_);
    return decode_.get();
  }

  Tensor planes() const override {
    if (!needs_decoding(plan_)) return own_.plain("image");
    return Tensor(plan_.pixels(octave_), (decode_ ? decode_ : flow_)->output("pixels"));
  }

  MemoryReport memory_report() const override { return flow_->memory_report(); }

 private:
  Flow* start_guide() {
    Graph g;
    append_guide(g, plan_, octave_, networks_);
    guide_ = plan_.networks->compile(g, own_, scheduler_, "guide", 0, plan_.options.precision);
    const Shape s = plan_.pixels(octave_);
    std::ranges::copy(planes_of(*plan_.guide, 1, s[1], s[2], s[3]).as(), guide_->input("guide").as().begin());
    return guide_.get();
  }

  void copy_guide() {
    dream::copy_guide(networks_.guide_names(), *guide_, *flow_);
    guide_.reset();
    guided_ = true;
  }

  const DreamPlan& plan_;
  Octave octave_;
  Store& own_;
  Scheduler& scheduler_;
  std::vector<RandomKey> keys_;
  TransformedNetworks networks_;
  std::unique_ptr<Flow> flow_, guide_, decode_;
  bool guided_ = false, in_step_ = false;
};

}  // namespace

std::unique_ptr<OctaveRunner> make_whole_runner(const DreamPlan& plan, const Octave& octave, Store& own,
                                                Scheduler& scheduler) {
  return std::make_unique<WholeRunner>(plan, octave, own, scheduler);
}

std::size_t whole_runner_arena(const DreamPlan& plan, const Octave& octave) {
  Graph g;
  TransformedNetworks networks(plan, octave.height, octave.width);
  append_step(g, plan, octave, networks);
  const std::size_t guide = guide_bytes(plan, octave, networks);
  return guide + plan.networks->arena_bytes(g, arena_limit(plan, octave, guide), plan.options.precision);
}

MemoryReport whole_runner_memory(const DreamPlan& plan, const Octave& octave) {
  Graph g;
  TransformedNetworks networks(plan, octave.height, octave.width);
  append_step(g, plan, octave, networks);
  const std::size_t guide = guide_bytes(plan, octave, networks);
  return plan.networks->memory_report(g, arena_limit(plan, octave, guide), plan.options.precision);
}

}  // namespace backflow::dream
