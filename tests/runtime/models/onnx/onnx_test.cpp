// ONNX files and what PyTorch computes for them; tests/reference/make_onnx.py made both.
#include <backflow/runtime/models/onnx/onnx.h>

#include <set>

#include <backflow/graph/gradient.h>
#include <backflow/runtime/compile/plan.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/distance.h"
#include "tests/support/files.h"
#include "tests/support/mutations.h"
#include "tests/support/onnx_file.h"
#include "tests/support/reference.h"
#include "tests/support/run.h"

using namespace backflow;
using namespace backflow::models;
using namespace backflow::onnx_file;

namespace {

const files::TensorFile& reference() {
  static const files::TensorFile file = files::read_safetensors(reference_folder() / "onnx.safetensors");
  return file;
}

/// Names of the models that are refused, or of the others.
std::set<std::string> cases(bool refused = false) {
  std::set<std::string> names;
  for (const auto& [key, tensor] : reference().tensors)
    if (key.starts_with("refused_") == refused) names.insert(key.substr(0, key.find('/')));
  return names;
}

const Tensor& value(const std::string& name, const std::string& key) {
  return reference().tensors.at(name + "/" + key);
}

constexpr std::uint64_t kSeed = 3;

Shape image_shape(const std::string& name) {
  const auto shape = value(name, "shape").as<std::int32_t>();
  return {shape.begin(), shape.end()};
}

std::vector<float> drawn(const std::string& name, const Spec& spec, float bound) {
  const Tensor t = draw(name, spec, uniform(-bound, bound), kSeed);
  return {t.as().begin(), t.as().end()};
}

std::string bytes_of(const std::string& name, const std::string& key = "model") {
  const Tensor& t = value(name, key);
  return {reinterpret_cast<const char*>(t.data()), t.bytes()};
}

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "model.onnx";

  std::unique_ptr<Model> load(const std::string& name) {
    write_bytes(file, bytes_of(name));
    return load_model(file);
  }
};

/// Puts `replacement` in for `text`, which has its length.
std::string replaced(std::string bytes, const std::string& text, const std::string& replacement) {
  BOOST_REQUIRE_EQUAL(text.size(), replacement.size());
  bool found = false;
  for (std::size_t at = 0; (at = bytes.find(text, at)) != std::string::npos; at += text.size()) {
    bytes.replace(at, text.size(), replacement);
    found = true;
  }
  BOOST_REQUIRE(found);
  return bytes;
}

/// A convolution and a batch normalisation whose values come from Constant nodes.
std::string constant_batch_norm() {
  std::string graph;
  const std::vector<float> values[] = {{1, -2}, {0.5F, 1}, {0.25F, -1}, {1, 3}};
  const char* names[] = {"scale", "shift", "mean", "variance"};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string attribute = field(1, "value") + field(5, tensor("", {2}, values[i])) + field(20, 4);
    graph += field(1, node("Constant", {}, names[i], attribute));
  }
  graph += field(1, node("Conv", {"image", "w"}, "conv"));
  graph += field(1, node("BatchNormalization", {"conv", "scale", "shift", "mean", "variance"}, "bn"));
  graph += field(1, node("GlobalAveragePool", {"bn"}, "mean_of_pixels")) +
           field(1, node("Flatten", {"mean_of_pixels"}, "y"));
  graph += field(2, "small") + field(5, tensor("w", {2, 3, 1, 1}, {1, 2, 3, -1, 0, 1}));
  graph += field(11, image_value("image", {1, 3, 4, 5})) + field(12, image_value("y", {1, 2}));
  return field(1, 7) + field(7, graph) + field(8, field(1, "") + field(2, 13));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(onnx_models, Files)

BOOST_AUTO_TEST_CASE(every_op_agrees_with_pytorch_forward_and_in_the_gradient_by_the_image) {
  BOOST_TEST(cases().size() > 60);
  for (const std::string& name : cases()) {
    BOOST_TEST_CONTEXT(name) {
      const auto model = load(name);
      Graph g;
      const Value x = g.input("x", {image_shape(name)}), y = model->build(x).logits;
      g.output("y", y);
      g.output("dx", gradient({y}, {x}, {g.input("dy", y.spec())})[0]);
      BOOST_REQUIRE(y.shape() == value(name, "y").shape());
      const auto got =
          outputs_of(g, {{"x", drawn(name + "/x", x.spec(), 2)}, {"dy", drawn(name + "/dy", y.spec(), 1)}}, 2);
      BOOST_TEST(relative_distance(got.at("y"), value(name, "y").as()) <= 2e-6);
      BOOST_TEST(relative_distance(got.at("dx"), value(name, "dx").as()) <= 2e-6);
      BOOST_TEST((model->classes() == 0 || !name.starts_with("export_") || model->classes() == y.shape()[1]));
    }
  }
}

BOOST_AUTO_TEST_CASE(batch_normalisation_with_constants_is_folded_when_weights_are_frozen) {
  write_bytes(file, constant_batch_norm());
  const auto model = load_model(file);
  const auto y_of = [&](bool frozen) {
    Graph g;
    g.output("y", model->build(g.input("x", {{1, 3, 4, 5}})).logits);
    std::ptrdiff_t left = 0;
    for (const PlanNode& n : compile(g, {}, {.frozen = frozen}).nodes) left += n.op->kind().starts_with("batch_norm");
    BOOST_TEST(left == (frozen ? 0 : 1));
    Store store;
    if (frozen) store.freeze();
    Scheduler scheduler(1);
    Flow flow(g, store, scheduler);
    const auto x = drawn("x", {{1, 3, 4, 5}}, 1);
    std::copy(x.begin(), x.end(), flow.input("x").as().begin());
    flow.run();
    double expected = 0;  // the first channel
    for (std::size_t i = 0; i < 20; ++i) expected += (x[i] + 2 * x[20 + i] + 3 * x[40 + i] - 0.25) / 20;
    BOOST_TEST(std::abs(flow.output("y")[0] - (expected / std::sqrt(1.00001) + 0.5)) < 1e-6);
    return std::vector(flow.output("y").begin(), flow.output("y").end());
  };
  BOOST_TEST(relative_distance(y_of(true), y_of(false)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_model_says_what_it_reads) {
  const auto any = load("export_dense_net");
  BOOST_TEST((any->input() == default_input(3)));
  BOOST_TEST(any->classes() == 7);
  const auto fixed = load("one_channel");
  BOOST_TEST((fixed->input() == default_input(1, 8, 7)));
  BOOST_TEST(fixed->classes() == 56);
  Graph g;
  CHECK_FAILS(any->build(g.input("x", {{1, 1, 48, 48}})), "the image needs shape [N, 3, H, W], got [1, 1, 48, 48]");
}

BOOST_AUTO_TEST_CASE(batch_and_size_are_those_of_the_image) {
  const auto model = load("export_inverted_residual");
  for (const Shape& shape : {Shape{1, 3, 5, 9}, Shape{4, 3, 64, 32}}) {
    Graph g;
    BOOST_TEST((model->build(g.input("x", {shape})).logits.shape() == Shape{shape[0], 6}));
  }
}

BOOST_AUTO_TEST_CASE(a_softmax_at_the_end_is_no_part_of_the_logits) {
  Graph g;
  const Classifier c = load("softmax_at_the_end")->build(g.input("x", {{2, 3, 8, 7}}));
  BOOST_TEST(g.node(c.logits).op->kind() == "reshape");
}

BOOST_AUTO_TEST_CASE(all_unsupported_ops_are_listed_at_once) {
  std::string bytes = bytes_of("export_inverted_residual");
  bytes = replaced(bytes, "HardSwish", "SoftSwish");
  write_bytes(file, replaced(bytes, "GlobalAveragePool", "GlobalAverageFoul"));
  CHECK_FAILS(load_model(file),
              file.string() + " has ops that are not supported: GlobalAverageFoul (1×), SoftSwish (2×)");
}

BOOST_AUTO_TEST_CASE(an_image_that_does_not_fit_is_an_error_with_the_node) {
  const auto model = load("gemm_layer");
  Graph g;
  CHECK_FAILS(model->build(g.input("x", {{2, 3, 9, 9}})), "[onnx] node 'Gemm_z' (Gemm)");
}

BOOST_AUTO_TEST_CASE(models_that_make_no_sense_are_refused_in_a_sentence) {
  BOOST_TEST(cases(true).size() > 30);
  for (const std::string& name : cases(true)) {
    BOOST_TEST_CONTEXT(name) {
      Graph g;
      CHECK_FAILS(load(name)->build(g.input("x", {image_shape(name)})), bytes_of(name, "error"));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_architecture_is_not_for_onnx_files) {
  write_bytes(file, bytes_of("conv_pads"));
  CHECK_FAILS(load_model(file, "resnet18"), "is an ONNX file, which has its own architecture, not 'resnet18'");
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
  CHECK_FAILS(load_model(file), file.string());
  CHECK_FAILS(load_model(path()), path().string());
  for (const std::string bytes : {"", "PNG", "\x89PNG\r\n\x1a\n and more", "plain text\n"}) {
    write_bytes(file, bytes);
    CHECK_FAILS(load_model(file), file.string() + " is truncated, or neither an ONNX model nor a safetensors file");
  }
}

BOOST_AUTO_TEST_CASE(damaged_files_are_loaded_or_refused) {
  for (const std::string name :
       {"reshape_of_shape", "export_classic", "clip_high_alone", "conv_pads", "gemm_alpha_beta"}) {
    BOOST_TEST_MESSAGE(name);
    const auto cuts = static_cast<unsigned>(bytes_of(name).size());
    survives_damage(bytes_of(name), cuts + 1000, [&](const std::string& bytes) {
      write_bytes(file, bytes);
      const auto model = load_model(file);
      Graph g;
      model->build(g.input("x", {image_shape(name)}));
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
