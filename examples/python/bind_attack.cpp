#include "examples/python/bind_attack.h"

#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <atomic>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/attack.h>
#include <backflow/runtime/attack/certify.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/python/arrays.h"
#include "examples/python/bind_networks.h"
#include "examples/python/interrupt.h"
#include "examples/python/options.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using SharedModel = std::shared_ptr<models::Model>;
using Attacked = std::variant<SharedModel, py::function>;
using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Labels = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;

constexpr const char* kAttack =
    "(model, images, labels, scheduler, norm='linf', eps=…, method='pgd', store=None, batch=0, **options): pictures "
    "that "
    "differ from the images by at most eps and that the model takes for another class than the labels say. images: "
    "[N, C, H, W], uint8 or floats in 0 … 1. model: a Model, or a function of pixels [N, C, H, W] in 0 … 1 that "
    "returns "
    "logits, whose parameters are those of the store. norm: linf or l2. method: fgsm, pgd, mim, deepfool, cw (of l2) "
    "or "
    "square. Returns a dict of arrays: images (float32; all within eps and in 0 … 1, exactly), predictions, fooled, "
    "distances. Options, and what they are by default:";
constexpr const char* kCertify =
    "(model, images, labels, scheduler, store=None, batch=0, **options): radii in the norm l2 within which no attack "
    "changes what the smoothed classifier says (Cohen et al. 2019). Arguments as those of attack(). Returns a dict: "
    "predictions (-1 where it abstains), radii, votes; and of those that agree with the labels accuracy, abstained and "
    "mean_radius. Options, and what they are by default:";

attack::Samples samples_of(const py::array& images, const Labels& labels) {
  require(images.ndim() == 4 && labels.ndim() == 1 && labels.shape(0) == images.shape(0),
          "[attack] needs images [N, C, H, W] and N labels, got ", images.ndim(), " axes and ", labels.size(),
          " labels");
  attack::Samples samples{.image = {images.shape(1), images.shape(2), images.shape(3)},
                          .pixels = {},
                          .labels = {labels.data(), labels.data() + labels.size()}};
  const bool bytes = images.dtype().kind() == 'u' && images.itemsize() == 1;
  const Floats floats(images);
  samples.pixels.assign(floats.data(), floats.data() + floats.size());
  if (bytes)
    for (float& v : samples.pixels) v /= 255;
  return samples;
}

/// It keeps what it is made of.
models::Network network_of_pixels(const Attacked& model, const Shape& image) {
  if (const auto* from_file = std::get_if<SharedModel>(&model))
    return [kept = *from_file, network = attack::on_pixels(**from_file, image)](Value x) { return network(x); };
  return network_of(std::get<py::function>(model));
}

/// What both functions attack.
struct Target {
  Target(const Attacked& model, const Shape& image, Scheduler& scheduler, Store* given, std::int64_t batch) {
    const bool is_function = std::holds_alternative<py::function>(model);
    require(is_function == (given != nullptr), "[attack] a function needs the store of its parameters, a Model none");
    if (given == nullptr) own.freeze();
    victim.emplace(network_of_pixels(model, image), image, given == nullptr ? own : *given, scheduler, batch);
  }

  Store own;
  std::optional<attack::Victim> victim;
};

/// Runs `work`, which Ctrl-C ends at the next call of what it gets.
void run_with_check(const std::function<void(const std::function<void()>& check)>& work) {
  std::atomic<bool> stopped{false};
  run_interruptibly([&] { work([&] { require(!stopped, "[attack] stopped"); }); }, [&] { stopped = true; });
}

template <class T>
py::array array_with(const std::vector<T>& values, std::vector<py::ssize_t> shape) {
  return py::array_t<T>(std::move(shape), values.data());
}

py::dict run_attack(const Attacked& model, const py::array& images, const Labels& labels, Scheduler& scheduler,
                    const std::string& norm, float eps, const std::string& method, Store* store, std::int64_t batch,
                    const py::kwargs& given) {
  attack::AttackOptions options;
  set_options(attack::table(options), given, "[attack] ");
  const attack::Threat threat{enum_called<Norm>("norm", norm), eps};
  const auto chosen = enum_called<attack::Method>("method", method);
  const attack::Samples samples = samples_of(images, labels);
  Target target(model, samples.image, scheduler, store, batch);
  attack::Found found;
  run_with_check([&](const std::function<void()>& check) {
    options.after_batch = [&](std::size_t) { check(); };
    found = attack::attack(*target.victim, samples, threat, chosen, options);
  });
  const auto n = static_cast<py::ssize_t>(samples.size());
  const py::array flags = array_with(found.fooled, {n}).attr("astype")("bool");
  return py::dict("images"_a = array_with(found.pixels, {n, images.shape(1), images.shape(2), images.shape(3)}),
                  "predictions"_a = array_with(found.predictions, {n}), "fooled"_a = flags,
                  "distances"_a = array_with(found.distances, {n}));
}

py::dict run_certify(const Attacked& model, const py::array& images, const Labels& labels, Scheduler& scheduler,
                     Store* store, std::int64_t batch, const py::kwargs& given) {
  attack::CertifyOptions options;
  set_options(attack::table(options), given, "[certify] ");
  const attack::Samples samples = samples_of(images, labels);
  Target target(model, samples.image, scheduler, store, batch);
  std::vector<attack::Certificate> certificates;
  run_with_check([&](const std::function<void()>& check) {
    options.after_batch = [&](std::size_t) { check(); };
    certificates = attack::certify(*target.victim, samples, options);
  });
  std::vector<std::int32_t> predictions;
  std::vector<std::int64_t> votes;
  std::vector<double> radii;
  for (const attack::Certificate& c : certificates) {
    predictions.push_back(c.prediction.value_or(-1));
    votes.push_back(c.votes);
    radii.push_back(c.radius);
  }
  const attack::Certified sum = attack::summary(certificates, samples.labels, options.sigma);
  const auto n = static_cast<py::ssize_t>(samples.size());
  return py::dict("predictions"_a = array_with(predictions, {n}), "radii"_a = array_with(radii, {n}),
                  "votes"_a = array_with(votes, {n}),
                  "accuracy"_a = static_cast<double>(sum.right) / static_cast<double>(std::max<py::ssize_t>(1, n)),
                  "abstained"_a = sum.abstained, "mean_radius"_a = sum.mean_radius);
}

}  // namespace

void bind_attack(py::module_& m) {
  attack::AttackOptions attack_defaults;
  attack::CertifyOptions certify_defaults;
  const std::string attack_help = kAttack + help_of(attack::table(attack_defaults));
  const std::string certify_help = kCertify + help_of(attack::table(certify_defaults));
  m.def("attack", &run_attack, "model"_a, "images"_a, "labels"_a, "scheduler"_a, "norm"_a = "linf",
        "eps"_a = 8.0F / 255, "method"_a = "pgd", "store"_a = py::none(), "batch"_a = 0, attack_help.c_str());
  m.def("certify", &run_certify, "model"_a, "images"_a, "labels"_a, "scheduler"_a, "store"_a = py::none(),
        "batch"_a = 0, certify_help.c_str());
}

}  // namespace backflow::python
