#include <backflow/runtime/models/safetensors_model.h>

#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include "tests/support/files.h"
#include "tests/support/mutations.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// As `train` writes it.
std::map<std::string, std::string> metadata_of(const std::string& model) {
  return {{"model", model}, {"hidden", "6,5"},    {"classes", "4"}, {"image", "[1, 8, 9]"},
          {"mean", "0.25"}, {"deviation", "0.5"}, {"step", "12"},   {"data", "fashion-mnist"}};
}

std::vector<float> logits_of(const std::function<Value(Value)>& network, Store& store) {
  Graph g;
  g.output("logits", network(g.input("image", {{2, 1, 8, 9}})));
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  for (std::size_t i = 0; float& v : flow.input("image").as()) v = static_cast<float>(i++ % 11) / 10;
  flow.run();
  return {flow.output("logits").begin(), flow.output("logits").end()};
}

std::vector<std::string> names(const std::vector<Layer>& layers) {
  std::vector<std::string> result;
  for (const Layer& l : layers) result.push_back(l.name);
  return result;
}

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "model.safetensors";

  /// Writes the network's first weights, and what it computes.
  std::vector<float> write(const std::string& model) {
    Store store(3);
    const auto logits = logits_of(train_network(model, {6, 5}, 4), store);
    train::save_checkpoint(file, store, metadata_of(model));
    return logits;
  }

  void rewrite(const std::function<void(files::TensorFile&)>& change) {
    files::TensorFile f = files::read_safetensors(file);
    change(f);
    files::write_safetensors(file, f);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(safetensors_models, Files)

BOOST_AUTO_TEST_CASE(what_train_wrote_computes_the_same_again) {
  for (const std::string name : {"mlp", "cnn", "allconv"}) {
    const auto expected = write(name);
    const auto model = load_model(file);
    BOOST_TEST((model->input() == InputSpec{1, 8, 9, {0.25F}, {0.5F}}));
    BOOST_TEST(model->classes() == 4);
    Store store(99);  // whose own draws must not count
    BOOST_TEST((logits_of([&](Value x) { return model->build(x).logits; }, store) == expected));
  }
}

BOOST_AUTO_TEST_CASE(classes_of_fashion_mnist_have_names) {
  write("mlp");
  BOOST_TEST(load_model(file)->labels().empty());  // four classes are other data under that name
  Store store(3);
  logits_of(train_network("mlp", {6, 5}, 10), store);
  auto metadata = metadata_of("mlp");
  metadata["classes"] = "10";
  train::save_checkpoint(file, store, metadata);
  BOOST_TEST(load_model(file)->labels().at(9) == "Ankle boot");
  metadata["data"] = "/data/mine";
  train::save_checkpoint(file, store, metadata);
  BOOST_TEST(load_model(file)->labels().empty());
}

BOOST_AUTO_TEST_CASE(layers_have_names) {
  write("cnn");
  Graph g;
  const Classifier c = load_model(file)->build(g.input("image", {{3, 1, 8, 9}}));
  const std::vector<std::string> expected{"conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "fc1", "relu3", "fc2"};
  BOOST_TEST(names(c.layers) == expected, boost::test_tools::per_element());
  BOOST_TEST((c.layers[2].value.shape() == Shape{3, 32, 4, 4}));
  write("mlp");
  Graph h;
  const Classifier m = load_model(file)->build(h.input("image", {{3, 1, 8, 9}}));
  BOOST_TEST((names(m.layers) == std::vector<std::string>{"fc1", "relu1", "fc2", "relu2", "fc3"}));
}

BOOST_AUTO_TEST_CASE(two_builds_in_one_graph_share_their_parameters) {
  write("cnn");
  const auto model = load_model(file);
  Graph g;
  model->build(g.input("small", {{1, 1, 8, 9}}));
  const auto parameters = g.parameters().size();
  model->build(g.input("large", {{5, 1, 8, 9}}));
  BOOST_TEST(g.parameters().size() == parameters);
}

BOOST_AUTO_TEST_CASE(an_optimizers_state_is_no_surprise) {
  write("mlp");
  rewrite([](files::TensorFile& f) { f.tensors.emplace("fc1.weight.momentum", Tensor(Spec{{6, 72}})); });
  BOOST_TEST(load_model(file)->classes() == 4);
}

BOOST_AUTO_TEST_CASE(all_that_does_not_fit_is_told_at_once) {
  write("mlp");
  rewrite([](files::TensorFile& f) {
    f.tensors.erase("fc1.bias");
    f.tensors.erase("fc3.weight");
    f.tensors.insert_or_assign("fc2.weight", Tensor(Spec{{5, 7}}));
    f.tensors.emplace("fc4.weight", Tensor(Spec{{2}}));
  });
  CHECK_FAILS(load_model(file), file.string() + ": it does not fit the architecture mlp; missing: 'fc1.bias' [6], " +
                                    "'fc3.weight' [4, 5]; unexpected: 'fc4.weight' [2]; of another shape or type: " +
                                    "'fc2.weight' is [5, 7], expected [5, 6]");
  CHECK_FAILS(load_model(file, "cnn"),
              "missing: 'conv1.bias' [32], 'conv1.weight' [32, 1, 3, 3], 'conv2.bias' [64] and");
}

BOOST_AUTO_TEST_CASE(the_architecture_must_be_known) {
  write("mlp");
  CHECK_FAILS(
      load_model(file, "vgg99"),
      "the architecture 'vgg99' is unknown; there are allconv, cnn, efficientnet_b0, mlp, mobilenet_v2, resnet18");
  rewrite([](files::TensorFile& f) { f.metadata.clear(); });
  CHECK_FAILS(load_model(file), "do not say its architecture");
  CHECK_FAILS(load_model(file, "mlp"), "have no entry 'classes', which train writes");
}

BOOST_AUTO_TEST_CASE(entries_that_make_no_sense_are_named) {
  const std::vector<std::array<std::string, 3>> cases{{"classes", "many", "'classes' should be whole numbers"},
                                                      {"classes", "0", "'classes' has 0, expected 1"},
                                                      {"image", "[1, 8]", "[channels, height, width]"},
                                                      {"image", "[7, 8, 9]", "[channels, height, width]"},
                                                      {"image", "[1, 1, 1]", "[max_pool2d]"},
                                                      {"image", "[1, 8, 99999999]", "'image' has 99999999"},
                                                      {"classes", "99999999999999999999", "should be whole numbers"},
                                                      {"mean", "nan", "'mean' should be a number, found 'nan'"},
                                                      {"mean", "0.5,0.5", "'mean' has 2 numbers, expected 1 or 1"},
                                                      {"mean", "0.5,", "'mean' should be a number, found"},
                                                      {"labels", "a\nb", "'labels' has 2 lines, expected one for each"},
                                                      {"deviation", "0", "'deviation' should be above 0"},
                                                      {"model", "rnn", "'rnn' is unknown"}};
  for (const auto& [key, value, message] : cases) {
    write("cnn");
    rewrite([&, k = key, v = value](files::TensorFile& f) { f.metadata[k] = v; });
    CHECK_FAILS(load_model(file), message);
  }
}

BOOST_AUTO_TEST_CASE(pictures_of_another_size_are_refused) {
  write("cnn");
  Graph g;
  CHECK_FAILS(load_model(file)->build(g.input("image", {{3, 1, 9, 9}})),
              file.string() + " (cnn) reads images of 1 × 8 × 9, got [3, 1, 9, 9]");
}

BOOST_AUTO_TEST_CASE(damaged_files_are_loaded_or_refused) {
  write("mlp");
  const std::string bytes = read_bytes(file);
  survives_damage(bytes, static_cast<unsigned>(bytes.size()) + 2000, [&](const std::string& damaged_bytes) {
    write_bytes(file, damaged_bytes);
    load_model(file);
  });
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_and_endless_lists_are_refused_with_the_bound) {
  std::string widths = "1";
  for (int i = 1; i < 10'000; ++i) widths += ",1";
  const std::pair<std::string, std::string> cases[] = {
      {"9223372036854775807,9223372036854775807", "'hidden' has 9223372036854775807, expected 1 … 1048576"},
      {widths, "'hidden' has more than 64 numbers"},
      {std::string(100'000, 'x'), "'hidden' should be whole numbers, found 'xxx"}};
  for (const auto& [hidden, message] : cases) {
    write("mlp");
    rewrite([&, h = hidden](files::TensorFile& f) { f.metadata["hidden"] = h; });
    CHECK_FAILS(load_model(file), message);
  }
}

BOOST_AUTO_TEST_CASE(a_wrapper_in_front_of_every_name_is_left_out) {
  const auto expected = write("mlp");
  const auto wrapped = [](files::TensorFile& f) {
    std::map<std::string, Tensor> tensors;
    for (auto& [name, tensor] : f.tensors) tensors.emplace("module." + name, std::move(tensor));
    f.tensors = std::move(tensors);
  };
  rewrite(wrapped);
  const auto model = load_model(file);
  Store store(99);
  BOOST_TEST((logits_of([&](Value x) { return model->build(x).logits; }, store) == expected));
  rewrite([](files::TensorFile& f) { f.tensors.emplace("other", Tensor(Spec{{1}})); });
  CHECK_FAILS(load_model(file), "unexpected: 'module.fc1.bias' [6], ");
}

BOOST_AUTO_TEST_CASE(a_header_whose_length_begins_as_json_does_is_no_index) {
  std::string header = R"({"__metadata__": {"format": "pt"}})";
  header.resize('{', ' ');  // so that the file's first byte is {
  write_bytes(file, std::string(1, '{') + std::string(7, '\0') + header);
  CHECK_FAILS(load_model(file), "do not say its architecture");
}

BOOST_AUTO_TEST_SUITE_END()
