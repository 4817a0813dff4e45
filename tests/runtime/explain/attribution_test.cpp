#include <backflow/runtime/explain/attribution.h>

#include <cmath>
#include <cstring>

#include <backflow/ops/reshape.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/image/grid.h>
#include "tests/support/explained_network.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::explain;

namespace {

constexpr std::int64_t kTarget = 3;
/// As in tests/reference/make_attributions.py.
const ExplainOptions kOptions{.steps = 10,
                              .samples = 6,
                              .noise = 0.2,
                              .layer = "both",
                              .window = 4,
                              .stride = 3,
                              .masks = 20,
                              .cells = 3,
                              .keep = 0.5,
                              .seed = 3,
                              .batch = 4};
constexpr Method kAll[]{Method::saliency, Method::smoothgrad, Method::gradient_x_input, Method::integrated,
                        Method::grad_cam, Method::guided,     Method::occlusion,        Method::rise};

struct Reference {
  files::TensorFile file = files::read_safetensors(reference_folder() / "attributions.safetensors");

  const Tensor& at(const std::string& name) const { return file.tensors.at(name); }
  image::Image image() const {
    const auto bytes = at("image").as<std::uint8_t>();
    return {12, 12, {bytes.begin(), bytes.end()}};
  }
};

/// To 1e-4 of the largest value.
void check_near(std::span<const float> got, std::span<const float> expected, const std::string& what) {
  BOOST_REQUIRE_MESSAGE(got.size() == expected.size(), what);
  float most = 0, off = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    most = std::max(most, std::abs(expected[i]));
    off = std::max(off, std::abs(got[i] - expected[i]));
  }
  BOOST_TEST(most > 0, what);
  BOOST_TEST(off <= 1e-4F * most, what << " is off by " << off << " of " << most);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

/// Has no gradient rule.
class NoRule final : public Op {
 public:
  std::string kind() const override { return "no_rule"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override { return nullptr; }
};

/// Has neither ReLUs nor places; where `hard`, no gradient either.
class FlatNetwork final : public models::Model {
 public:
  explicit FlatNetwork(bool hard) : hard_(hard) {}
  const models::InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return 4; }
  models::Classifier build(Value image) const override {
    const Value flat = reshape(image, {image.shape()[0], 64}), logits = tanh(linear(flat, {.out = 4}));
    return {hard_ ? image.graph->add(std::make_shared<NoRule>(), {logits})[0] : logits, {}};
  }

 private:
  models::InputSpec input_ = models::default_input(1, 8, 8);
  bool hard_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(attribution_, Reference)

BOOST_AUTO_TEST_CASE(every_method_gives_what_captum_s_formulas_give) {
  const ExplainedNetwork network;
  Scheduler scheduler(2);
  Explainer explainer(network, scheduler, kOptions);
  for (const Method method : kAll) {
    const Attribution a = explainer.attribution(image(), kTarget, method);
    const Tensor& expected = at(name_of(method));
    BOOST_TEST(to_string(a.values.shape()) == to_string(expected.shape()), name_of(method));
    check_near(a.values.as(), expected.as(), name_of(method));
    BOOST_TEST(to_string(a.map.shape()) == "[12, 12]");
  }
  check_near(explainer.attribution(image(), kTarget, Method::grad_cam).map.as(), at("grad-cam.map").as(), "map");
}

BOOST_AUTO_TEST_CASE(integrated_gradients_say_how_complete_they_are) {
  const ExplainedNetwork network;
  Scheduler scheduler(2);
  const Attribution a = attribution(network, image(), kTarget, Method::integrated, scheduler, kOptions);
  const auto expected = at("completeness").as();
  BOOST_TEST(a.completeness->sum == expected[0], boost::test_tools::tolerance(1e-4));
  BOOST_TEST(a.completeness->difference == expected[1], boost::test_tools::tolerance(1e-4));
  ExplainOptions fine = kOptions;
  fine.steps = 400;
  const Attribution exact = attribution(network, image(), kTarget, Method::integrated, scheduler, fine);
  BOOST_TEST(exact.completeness->sum == expected[1], boost::test_tools::tolerance(2e-3));
}

BOOST_AUTO_TEST_CASE(baselines_are_colours_of_pixels) {
  const ExplainedNetwork network;
  Scheduler scheduler(1);
  ExplainOptions o = kOptions;
  o.baseline = Baseline::black;
  check_near(attribution(network, image(), kTarget, Method::integrated, scheduler, o).values.as(),
             at("integrated.black").as(), "black");
  // From an image that is its own baseline nothing comes.
  const image::Image white = image::blank_image(12, 12);
  for (const Baseline same : {Baseline::white, Baseline::blur}) {
    o.baseline = same;
    const Attribution none = attribution(network, white, kTarget, Method::integrated, scheduler, o);
    for (const float v : none.values.as()) BOOST_REQUIRE(std::abs(v) < 1e-4F);
  }
}

BOOST_AUTO_TEST_CASE(maps_combine_the_channels) {
  const ExplainedNetwork network;
  Scheduler scheduler(1);
  Explainer explainer(network, scheduler, kOptions);
  const Attribution most = explainer.attribution(image(), kTarget, Method::saliency),
                    sum = explainer.attribution(image(), kTarget, Method::gradient_x_input);
  BOOST_TEST(!most.has_sign);
  BOOST_TEST(sum.has_sign);
  const auto of = [](const Attribution& a, std::size_t c, std::size_t i) { return a.values.as()[144 * c + i]; };
  for (std::size_t i = 0; i < 144; ++i) {
    BOOST_REQUIRE(most.map.as()[i] ==
                  std::max({std::abs(of(most, 0, i)), std::abs(of(most, 1, i)), std::abs(of(most, 2, i))}));
    BOOST_REQUIRE(sum.map.as()[i] == of(sum, 0, i) + of(sum, 1, i) + of(sum, 2, i));
  }
}

BOOST_AUTO_TEST_CASE(the_same_bits_at_any_number_of_threads) {
  const ExplainedNetwork network(40);
  const image::Image picture = image::visible(image(), 40);
  for (const Method method : kAll) {
    Scheduler one(1);
    const Attribution expected = attribution(network, picture, kTarget, method, one, kOptions);
    for (const int threads : {2, 4, 8}) {
      Scheduler scheduler(threads);
      const Attribution got = attribution(network, picture, kTarget, method, scheduler, kOptions);
      BOOST_TEST(same_bits(got.values, expected.values), name_of(method) << " at " << threads);
      BOOST_TEST(same_bits(got.map, expected.map), name_of(method) << " at " << threads);
    }
  }
}

BOOST_AUTO_TEST_CASE(noise_and_masks_depend_on_the_seed_alone) {
  const ExplainedNetwork network;
  Scheduler scheduler(2);
  for (const Method method : {Method::smoothgrad, Method::rise}) {
    ExplainOptions o = kOptions;
    const Attribution a = attribution(network, image(), kTarget, method, scheduler, o);
    o.batch = 7;  // another cut of the sum: nearly the same
    check_near(attribution(network, image(), kTarget, method, scheduler, o).values.as(), a.values.as(), "batch");
    o.seed = 4;
    BOOST_TEST(!same_bits(attribution(network, image(), kTarget, method, scheduler, o).values, a.values));
  }
}

/// Adebayo et al. 2018: what a network with other weights answers the same is no explanation of this one.
BOOST_AUTO_TEST_CASE(other_weights_give_another_map) {
  const ExplainedNetwork network(40), randomized(40, "other/");
  const image::Image picture = image::visible(image(), 40);
  Scheduler scheduler(2);
  for (const Method method : kAll) {
    if (method == Method::rise) continue;  // of 20 masks: where they lie decides, whatever the network
    const auto map = [&](const models::Model& model) {
      const Attribution a = attribution(model, picture, kTarget, method, scheduler, kOptions);
      return std::vector<float>(a.map.as().begin(), a.map.as().end());
    };
    const auto own = map(network);
    BOOST_TEST(rank_correlation(own, map(network)) == 1, name_of(method));
    BOOST_TEST(rank_correlation(own, map(randomized)) < 0.8, name_of(method));
  }
}

BOOST_AUTO_TEST_CASE(grad_cam_looks_at_any_layer_with_places) {
  const ExplainedNetwork network;
  Scheduler scheduler(1);
  Explainer explainer(network, scheduler);
  BOOST_TEST(explainer.layers() == (std::vector<std::string>{"pooled", "both"}));
  BOOST_TEST(explainer.attribution(image(), kTarget, Method::grad_cam).layer == "both");
  const auto all = explainer.grad_cam(image(), kTarget, explainer.layers());
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].layer == "pooled");
  check_near(all[1].values.as(), at("grad-cam").as(), "both");
  CHECK_FAILS(explainer.grad_cam(image(), kTarget, {"mean"}), "layer 'mean' has shape [1, 8]");
  CHECK_FAILS(explainer.grad_cam(image(), kTarget, {"pool"}), "there is no layer 'pool'; did you mean 'pooled'");
  CHECK_FAILS(explainer.grad_cam(image(), kTarget, {}), "at least one layer");
}

BOOST_AUTO_TEST_CASE(a_method_that_finds_nothing_to_look_at_says_so) {
  const FlatNetwork network(false);
  Scheduler scheduler(1);
  Explainer explainer(network, scheduler, {.samples = 2, .masks = 2});
  const image::Image picture = image::blank_image(8, 8, {9, 99, 200});
  CHECK_FAILS(explainer.attribution(picture, 0, Method::guided), "guided needs a network with ReLUs");
  CHECK_FAILS(explainer.attribution(picture, 0, Method::grad_cam), "grad-cam needs a layer with places");
  for (const Method method : kAll)
    if (explainer.obstacle(method).empty())
      BOOST_TEST(to_string(explainer.attribution(picture, 0, method).map.shape()) == "[8, 8]", name_of(method));
  const FlatNetwork hard(true);
  Explainer without(hard, scheduler);
  CHECK_FAILS(without.attribution(picture, 0, Method::saliency), "saliency needs the network's gradient: [no_rule]");
  BOOST_TEST(without.obstacle(Method::occlusion).empty());
}

BOOST_AUTO_TEST_CASE(classes_and_options_are_checked) {
  const ExplainedNetwork network;
  Scheduler scheduler(1);
  Explainer explainer(network, scheduler);
  CHECK_FAILS(explainer.attribution(image(), 5, Method::saliency),
              "there is no class 5; the network has classes 0 … 4");
  CHECK_FAILS(explainer.attribution(image(), -1, Method::rise), "there is no class -1");
  const auto refused = [&](const ExplainOptions& o, const std::string& part) {
    CHECK_THROWS(OptionError, Explainer(network, scheduler, o), part);
  };
  refused({.steps = 0}, "[explain] steps needs to be in 1 … 4096, got 0");
  refused({.samples = 0}, "samples needs to be");
  refused({.noise = -1}, "noise needs to be");
  refused({.window = -1}, "window needs to be");
  refused({.stride = -1}, "stride needs to be");
  refused({.masks = 0}, "masks needs to be");
  refused({.cells = 0}, "cells needs to be");
  refused({.keep = 0}, "keep needs to be");
  refused({.batch = 0}, "batch needs to be");
}

BOOST_AUTO_TEST_CASE(every_run_is_counted) {
  const ExplainedNetwork network;
  Scheduler scheduler(1);
  Explainer explainer(network, scheduler, kOptions);
  std::int64_t seen = 0;
  explainer.after_run([&](std::int64_t copies) { seen += copies; });
  for (const Method method : kAll) {
    seen = 0;
    explainer.attribution(image(), kTarget, method);
    BOOST_TEST(seen == explainer.copies(method), name_of(method));
  }
  explainer.after_run([](std::int64_t) { throw std::runtime_error("enough"); });
  BOOST_CHECK_THROW(explainer.attribution(image(), kTarget, Method::rise), std::runtime_error);
  explainer.after_run(nullptr);
  check_near(explainer.attribution(image(), kTarget, Method::rise).values.as(), at("rise").as(), "after it");
}

BOOST_AUTO_TEST_SUITE_END()
