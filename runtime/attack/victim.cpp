#include <backflow/runtime/attack/victim.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/gaussian_noise.h>
#include <backflow/ops/pick.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/where.h>
#include <backflow/runtime/attack/steps.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/models/fine_tuning.h>

namespace backflow::attack {
namespace {

constexpr std::int64_t kBatchElements = 1 << 18, kLeastBatch = 8, kMostBatch = 128;
constexpr float kLowest = -1e30F;  // below any logit

Shape with_batch(std::int64_t batch, const Shape& image) {
  Shape shape{batch};
  shape.insert(shape.end(), image.begin(), image.end());
  return shape;
}

void append_cross_entropy(Graph& g, Value pixels, Value logits) {
  const Value loss = softmax_cross_entropy(logits, g.input("labels", {{logits.shape()[0]}, Type::s32}));
  g.output("gradient", input_gradient(loss, pixels));
}

void append_margin(Graph& g, Value pixels, Value logits) {
  const Value own = g.input("own", {logits.shape()});
  const Value lowest = g.constant("lowest", {{1, 1}}, filled(kLowest));
  const Value other = reduce_max(where(own, lowest, logits), {.axes = {1}});
  const Value margin = subtract(other, pick(logits, g.input("labels", {{logits.shape()[0]}, Type::s32})));
  g.output("gradient", gradient(margin, pixels));
}

std::string numbered(const char* name, std::size_t k) { return name + std::to_string(k); }

}  // namespace

models::Network on_pixels(const models::Model& model, const Shape& image) {
  require(image.size() == 3, "[attack] images have shape [channels, height, width], got ", to_string(image));
  return models::on_images_of(data::ImageDataset(image, 0), model);  // without mean and deviation
}

std::int64_t usual_batch(const Shape& image) {
  const std::int64_t fits = std::max<std::int64_t>(1, kBatchElements / std::max<std::int64_t>(1, elements(image)));
  return std::clamp(static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(fits))), kLeastBatch,
                    kMostBatch);
}

std::int32_t predicted_class(std::span<const float> logits) {
  return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

float margin_of(std::span<const float> logits, std::int32_t label) {
  const auto own = static_cast<std::size_t>(label);
  float other = -std::numeric_limits<float>::infinity();
  for (std::size_t j = 0; j < logits.size(); ++j)
    if (j != own) other = std::max(other, logits[j]);
  return other - logits[own];
}

Victim::Victim(models::Network network, Shape image, Store& store, Workers& workers, std::int64_t batch)
    : network_(std::move(network)),
      image_(std::move(image)),
      store_(store),
      workers_(workers),
      batch_(batch == 0 ? usual_batch(image_) : batch),
      length_(static_cast<std::size_t>(elements(image_))) {
  require(batch_ >= 1 && length_ >= 1, "[attack] needs a batch ≥ 1 of images that are not empty, got ", batch_, " of ",
          to_string(image_));
  pixels_ = Tensor({with_batch(batch_, image_)});
  labels_ = Tensor({{batch_}, Type::s32});
  Graph g;
  const Shape logits = network_(add_pixels(g)).shape();
  require(logits.size() == 2 && logits[0] == batch_ && logits[1] >= 2,
          "[attack] needs a classifier of at least 2 classes, whose logits are [N, classes]; the network makes ",
          to_string(logits), " of a batch of ", batch_);
  for (std::size_t n = 0; n < g.size(); ++n)
    require(g.node(n).role != Role::update || !g.node(n).op, "[attack] node '", g.node(n).name,
            "' of the network writes: an attack only reads");
  classes_ = logits[1];
  own_ = Tensor({logits});
}

void Victim::set_labels(std::span<const std::int32_t> labels) {
  const auto classes = static_cast<std::size_t>(classes_);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(labels[i] >= 0 && labels[i] < classes_, "[attack] sample ", i, " has class ", labels[i],
            ", the network has classes 0 … ", classes_ - 1);
    labels_.as<std::int32_t>()[i] = labels[i];
    const auto row = own_.as().subspan(i * classes, classes);
    std::fill(row.begin(), row.end(), 0.0F);
    row[static_cast<std::size_t>(labels[i])] = 1;
  }
}

Value Victim::add_pixels(Graph& g) const {
  g.set_mode(Mode::prediction);
  return g.input("pixels", {.shape = pixels_.shape(), .image = image_.size() == 3});
}

Flow& Victim::flow(const std::string& name, const Append& append) {
  const auto found = flows_.find(name);
  if (found != flows_.end()) return found->second;
  Graph g;
  const Value pixels = add_pixels(g), logits = network_(pixels);
  g.output("logits", logits);
  append(g, pixels, logits);
  return compiled(name, g);
}

Flow& Victim::compiled(const std::string& name, const Graph& g) {
  Flow made(g, store_, workers_, {.name = "attack"});
  made.bind("pixels", pixels_.data());
  if (made.has_input("labels")) made.bind("labels", labels_.data());
  if (made.has_input("own")) made.bind("own", own_.data());
  return flows_.emplace(name, std::move(made)).first->second;
}

std::span<const float> Victim::run(Flow& flow) const {
  flow.run();
  const auto logits = flow.output("logits");
  for (const float z : logits) require(std::isfinite(z), "[attack] the network's logits have the value ", z);
  return logits;
}

std::span<const float> Victim::logits() {
  return run(flow("logits", [](Graph&, Value, Value) {}));
}

std::span<const float> Victim::noisy_logits(std::span<const std::int32_t> keys, float sigma) {
  const auto found = flows_.find("noisy");
  Flow* f = found == flows_.end() ? nullptr : &found->second;
  if (f == nullptr) {
    Graph g;
    const Value pixels = add_pixels(g), key = g.input("keys", {{batch_, 4}, Type::s32});
    g.output("logits", network_(gaussian_noise(pixels, key, g.input("sigma", {{1}}))));
    f = &compiled("noisy", g);
  }
  std::copy(keys.begin(), keys.end(), f->input("keys").as<std::int32_t>().begin());
  f->input("sigma").as()[0] = sigma;
  return run(*f);
}

Victim::Gradient Victim::gradient(Loss loss) {
  Flow& f = loss == Loss::margin ? flow("margin", append_margin) : flow("cross_entropy", append_cross_entropy);
  const auto logits = run(f);
  return {logits, f.output("gradient")};
}

Victim::Directions Victim::gradients(std::span<const std::vector<float>> directions) {
  const std::size_t count = directions.size();
  Flow& f = flow(numbered("directions", count), [count](Graph& g, Value pixels, Value logits) {
    for (std::size_t k = 0; k < count; ++k) {
      const Value direction = g.input(numbered("direction", k), {logits.shape()});
      g.output(numbered("gradient", k), backflow::gradient({logits}, {pixels}, {direction})[0]);
    }
  });
  for (std::size_t k = 0; k < count; ++k)
    std::copy(directions[k].begin(), directions[k].end(), f.input(numbered("direction", k)).as().begin());
  Directions result{run(f), {}};
  for (std::size_t k = 0; k < count; ++k) result.by_pixels.push_back(f.output(numbered("gradient", k)));
  return result;
}

}  // namespace backflow::attack
