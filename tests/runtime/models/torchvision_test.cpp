// The networks compute what torchvision's do; tests/reference/make_classifiers.py made the numbers.
#include <backflow/runtime/models/torchvision.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <backflow/graph/gradient.h>
#include <backflow/runtime/compile/plan.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include "tests/support/distance.h"
#include "tests/support/files.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

constexpr std::uint64_t kSeed = 5;
constexpr std::int64_t kClasses = 10;
constexpr std::size_t kStride = 7, kImageStride = 29;
const Spec kImages{{2, 3, 64, 96}};

/// The bounds of make_classifiers.py.
Initializer random_values(const std::string& name, const Shape& shape) {
  if (shape.size() > 1) return kaiming_uniform(elements(shape) / shape[0]);
  const bool around_zero = name.ends_with("bias") || name.ends_with("mean");
  return around_zero ? uniform(-0.5F, 0.5F) : uniform(0.5F, 1.5F);
}

NetworkBuilder random_network(Graph& g, bool training = false) {
  if (training) g.set_mode(Mode::training);
  return NetworkBuilder(g, [&g](Leaf leaf, const std::string& name, const Spec& spec, const Initializer&) {
    return shared_leaf(g, leaf, name, spec, random_values(name, spec.shape));
  });
}

/// Parameters and running averages.
files::TensorFile random_resnet18() {
  Graph g;
  NetworkBuilder b = random_network(g);
  g.output("logits", torchvision_network("resnet18", kClasses).build(b, g.input("images", kImages)));
  Store store(kSeed);
  Scheduler scheduler(1);
  const Flow flow(g, store, scheduler);
  files::TensorFile file;
  for (const auto& [name, tensor] : store.tensors()) file.tensors.emplace(name, store.plain(name));
  return file;
}

std::vector<float> every(std::size_t stride, std::span<const float> values) {
  std::vector<float> result;
  for (std::size_t i = 0; i < values.size(); i += stride) result.push_back(values[i]);
  return result;
}

void copy_draw(Flow& flow, const std::string& input, float bound) {
  Tensor& t = flow.input(input);
  const Tensor drawn = draw(input, t.spec(), uniform(-bound, bound), kSeed);
  std::copy_n(drawn.data(), drawn.bytes(), t.data());
}

/// Logits and the gradient by the images, beside the case's.
void compare(const std::string& name, const std::function<Value(Value)>& network, Store& store, int threads) {
  static const files::TensorFile reference = files::read_safetensors(reference_folder() / "classifiers.safetensors");
  Graph g;
  const Value images = g.input("images", kImages), logits = network(images);
  g.output("logits", logits);
  g.output("input_gradient", gradient({logits}, {images}, {g.input("cotangent", logits.spec())})[0]);
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  copy_draw(flow, "images", 2);
  copy_draw(flow, "cotangent", 1);
  flow.run();
  const auto expected = [&](const std::string& value) { return reference.tensors.at(name + "/" + value).as(); };
  // Rounding grows with the depth: PyTorch's own f32 is as far from the reference, which is double. One element at a
  // kink of relu or max-pool, on the other side by rounding, moves the gradient by up to 1e-3; a wrong layer by far
  // more.
  const auto bound = [&](const std::string& value, double least) {
    return std::max(least, 4 * static_cast<double>(expected(value + "_apart")[0]));
  };
  BOOST_CHECK_LE(relative_distance(flow.output("logits"), expected("logits")), bound("logits", 1e-5));
  BOOST_CHECK_LE(relative_distance(every(kImageStride, flow.output("input_gradient")), expected("input_gradient")),
                 bound("input_gradient", 1e-3));
  for (const auto& [key, tensor] : reference.tensors) {
    const bool running = key.starts_with(name + "/") && key.find(".running_") != std::string::npos;
    if (!running) continue;
    const Tensor got = store.plain(key.substr(name.size() + 1));
    BOOST_CHECK_MESSAGE(relative_distance(every(kStride, got.as()), tensor.as()) <= 1e-5, key);
  }
}

std::string layers_of(const Architecture& architecture) {
  Graph g;
  NetworkBuilder b(g);
  architecture.build(b, g.input("images", {{1, 3, 64, 64}}));
  std::ostringstream names;
  for (const Layer& l : b.layers()) names << l.name << ' ';
  return names.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(torchvision)

BOOST_AUTO_TEST_CASE(every_network_agrees_forward_and_in_the_gradient_by_the_image) {
  for (const std::string& name : torchvision_networks()) {
    BOOST_TEST_CONTEXT(name) {
      Store store(kSeed);
      compare(
          name + "/evaluation",
          [&](Value images) {
            NetworkBuilder b = random_network(*images.graph);
            return torchvision_network(name, kClasses).build(b, images);
          },
          store, 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(resnet18_agrees_in_training_running_statistics_included) {
  Store store(kSeed);
  compare(
      "resnet18/training",
      [](Value images) {
        NetworkBuilder b = random_network(*images.graph, true);
        return torchvision_network("resnet18", kClasses).build(b, images);
      },
      store, 1);
}

BOOST_AUTO_TEST_CASE(frozen_networks_agree_with_batch_normalisation_folded_and_residuals_fused) {
  const std::pair<std::string, Architecture> networks[] = {{"vgg13_bn", torchvision_network("vgg13_bn", kClasses)},
                                                           {"resnet18", torchvision_network("resnet18", kClasses)}};
  for (const auto& [name, architecture] : networks) {
    const auto build = [&](Value images) {
      NetworkBuilder b = random_network(*images.graph);
      return architecture.build(b, images);
    };
    Store store(kSeed);
    store.freeze();
    compare(name + "/evaluation", build, store, 2);
    Graph g;
    const Value images = g.input("images", kImages);
    g.output("gradient", gradient(build(images), images));
    std::map<std::string, int> kinds;
    for (const PlanNode& n : compile(g, {}, {.frozen = true}).nodes) ++kinds[n.op->kind()];
    const bool residual = name == "resnet18";
    BOOST_TEST(kinds["batch_norm"] + kinds["batch_norm_data_gradient"] + kinds["sum"] == 0);
    BOOST_TEST(kinds["conv2d+sum+relu"] == (residual ? 8 : 0));
    BOOST_TEST(kinds["conv2d_data_gradient+sum+relu_gradient"] == (residual ? 7 : 0));
    BOOST_TEST(kinds["conv2d_data_gradient+sum"] == (residual ? 1 : 0));  // behind the max-pool
  }
}

BOOST_AUTO_TEST_CASE(resnet18_agrees_when_its_weights_come_from_a_file) {
  TemporaryFolder folder;
  const auto file = folder / "resnet18.safetensors";
  {
    files::TensorFile f = random_resnet18();
    f.tensors.emplace("bn1.num_batches_tracked", Tensor(Spec{{1}, Type::s32}));
    f.metadata = {{"format", "pt"}};  // as PyTorch's users write it
    files::write_safetensors(file, f);
  }
  CHECK_FAILS(
      load_model(file),
      "do not say its architecture, so it must be given: one of allconv, cnn, efficientnet_b0, mlp, mobilenet_v2");
  CHECK_FAILS(load_model(file, "vgg13_bn"), "it does not fit the architecture vgg13_bn; missing: 'classifier.0.bias'");
  const auto model = load_model(file, "resnet18");
  BOOST_TEST(model->classes() == kClasses);
  BOOST_TEST((model->input() == default_input(3)));
  Store store(1);
  compare(
      "resnet18/evaluation", [&](Value images) { return model->build(images).logits; }, store, 2);
}

BOOST_AUTO_TEST_CASE(layers_have_the_names_that_torchvision_gives_them) {
  std::ifstream in(reference_folder() / "torchvision_layers.txt");
  std::size_t networks = 0;
  for (std::string line; std::getline(in, line); ++networks) {
    const auto space = line.find(' ');
    const std::string name = line.substr(0, space);
    std::istringstream ours(layers_of(torchvision_network(name))), theirs(line.substr(space + 1));
    for (std::string layer, found; theirs >> layer;) {  // in the same order, with others between
      while (found != layer && ours >> found) continue;
      BOOST_TEST(found == layer, name << " has no layer " << layer);
    }
  }
  BOOST_TEST(networks == torchvision_networks().size());
}

BOOST_AUTO_TEST_CASE(wrappers_in_front_of_every_name_are_left_out_where_all_fits_then) {
  TemporaryFolder folder;
  const auto file = folder / "resnet18.safetensors";
  files::TensorFile wrapped;
  files::TensorFile plain = random_resnet18();
  for (auto& [name, tensor] : plain.tensors) wrapped.tensors.emplace("_orig_mod.module." + name, std::move(tensor));
  files::write_safetensors(file, wrapped);
  BOOST_TEST(load_model(file, "resnet18")->classes() == kClasses);
  files::TensorFile half;
  for (auto& [name, tensor] : wrapped.tensors)
    half.tensors.emplace(half.tensors.empty() ? "other" : name, std::move(tensor));
  files::write_safetensors(file, half);
  CHECK_FAILS(load_model(file, "resnet18"), "it does not fit the architecture resnet18; missing: ");
}

BOOST_AUTO_TEST_CASE(pictures_that_are_too_small_are_errors_with_the_layer) {
  Graph g;
  CHECK_FAILS(torchvision_network("vgg13_bn")(g.input("images", {{1, 3, 31, 64}})), "features.34");
  CHECK_FAILS(torchvision_network("resnet19"), "there is no network 'resnet19'; did you mean '");
}

BOOST_AUTO_TEST_SUITE_END()
