// The first losses of training agree with PyTorch's, from the same weights and batches: tests/reference/make_losses.py.
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include <backflow/runtime/data/batches.h>
#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/networks.h"
#include "tests/support/preconditions.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

constexpr double kTolerance = 1e-4;

nlohmann::json reference(const std::string& name) {
  std::ifstream file(reference_folder() / name);
  BOOST_REQUIRE_MESSAGE(file, "tests/reference/" << name << " is missing");
  return nlohmann::json::parse(file);
}

std::vector<double> losses(Flow& flow, const data::Batches& batches, std::size_t steps) {
  data::Epoch epoch;
  batches.start(epoch, 0);
  std::vector<double> result;
  for (std::size_t i = 0; i < steps; ++i) {
    batches.fill(epoch, i, flow.input("x").as().data(), flow.input("labels").as<std::int32_t>().data());
    flow.run();
    result.push_back(flow.scalar("loss"));
  }
  return result;
}

/// `network` makes the logits from a batch.
template <class Network>
void compare(const std::string& file, Network network) {
  const nlohmann::json expected = reference(file);
  const auto all = data::find_dataset("fashion-mnist").train;
  const data::Dataset& data = *all;
  BOOST_TEST(data.standardization().mean.at(0) == expected["mean"].get<float>(), boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(data.standardization().stddev.at(0) == expected["deviation"].get<float>(),
             boost::test_tools::tolerance(1e-5F));
  const std::int64_t batch = expected["batch"];
  Graph g;
  networks::train_step(g, network(g, batch, expected),
                       [&](Value p, Value d, Value rate) { sgd(p, d, rate, {.momentum = expected["momentum"]}); });
  Store store(expected["seed"]);
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  flow.input("lr").as()[0] = expected["lr"];
  const auto wanted = expected["losses"].get<std::vector<double>>();
  const auto got = losses(flow, data::Batches(data, batch, 1, false), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    BOOST_CHECK_MESSAGE(std::abs(got[i] - wanted[i]) <= kTolerance * wanted[i],
                        "loss of step " << i << ": PyTorch " << wanted[i] << ", got " << got[i]);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pytorch)

BOOST_AUTO_TEST_CASE(the_first_losses_of_an_mlp_agree, *needs_fashion_mnist()) {
  compare("losses_mlp.json", [](Graph& g, std::int64_t batch, const nlohmann::json& settings) {
    return models::mlp(settings["hidden"].get<std::vector<std::int64_t>>(), 10)(g.input("x", {{batch, 1, 28, 28}}));
  });
}

BOOST_AUTO_TEST_CASE(the_first_losses_of_a_convnet_agree, *needs_fashion_mnist()) {
  compare("losses_cnn.json", [](Graph& g, std::int64_t batch, const nlohmann::json&) {
    return models::cnn(10)(g.input("x", {{batch, 1, 28, 28}}));
  });
}

BOOST_AUTO_TEST_SUITE_END()
