#include <backflow/runtime/flow/flow.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <thread>

#include <backflow/graph/sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::probe;

namespace {

constexpr int kThreads[] = {1, 2, 4, 8};

std::vector<float> bits_of_training(int threads) {
  Graph g;
  graphs::mlp_step(g, 128, {784, 256, 256, 10}, {.momentum = 0.9F, .weight_decay = 1e-4F});
  Store store(7);
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  float angle = 0;
  for (float& x : flow.input("x").as()) x = std::sin(angle += 0.37F);
  std::int32_t label = 0;
  for (std::int32_t& l : flow.input("labels").as<std::int32_t>()) l = label++ % 10;
  flow.input("lr").as()[0] = 0.05F;
  std::vector<float> bits;
  for (int step = 0; step < 20; ++step) {
    flow.run();
    bits.push_back(flow.scalar("loss"));
  }
  for (const auto& [name, tensor] : store.tensors()) {
    const auto values = tensor.as();
    bits.insert(bits.end(), values.begin(), values.end());
  }
  return bits;
}

/// x [rows, 2] → probe → y.
void build_probe(Graph& g, std::int64_t rows, graphs::Probe::Body body) {
  g.output("y", probe(g.input("x", {{rows, 2}}), std::move(body), "middle", 300'000));
}

std::vector<float> copy(std::span<const float> s) { return {s.begin(), s.end()}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(flow)

BOOST_AUTO_TEST_CASE(training_gives_the_same_bits_with_any_number_of_threads) {
  const auto expected = bits_of_training(1);
  BOOST_CHECK_LT(expected[19], expected[0]);  // and it learns
  for (int threads : kThreads) BOOST_CHECK_MESSAGE(bits_of_training(threads) == expected, threads << " threads");
}

BOOST_AUTO_TEST_CASE(a_flow_is_built_once_and_run_often_with_other_inputs) {
  Graph g;
  build_probe(g, 50, nullptr);
  Store store;
  Scheduler scheduler(2);
  Flow first(g, store, scheduler);
  Flow flow = std::move(first);
  for (int step = 0; step < 100; ++step) {
    auto x = flow.input("x").as();
    std::iota(x.begin(), x.end(), static_cast<float>(step));
    flow.run();
    BOOST_REQUIRE(copy(flow.output("y")) == copy(x));
  }
}

BOOST_AUTO_TEST_CASE(the_graph_need_not_outlive_the_flow) {
  Store store;
  Scheduler scheduler(2);
  std::optional<Flow> flow;
  {
    Graph g;
    graphs::mlp_step(g, 8, {4, 3, 2});
    flow.emplace(g, store, scheduler);
  }
  flow->run();
  BOOST_CHECK_CLOSE(flow->scalar("loss"), std::log(2.0F), 40);
}

BOOST_AUTO_TEST_CASE(two_flows_share_the_parameters_of_one_store) {
  Graph training, reading;
  const Value w = training.parameter("w", {{3}}, filled(1));
  sgd(w, relu(w), training.input("lr", {{1}}));
  reading.output("y", relu(reading.parameter("w", {{3}}, zeros())));
  Store store;
  Scheduler scheduler(2);
  Flow a(training, store, scheduler), b(reading, store, scheduler);
  a.input("lr").as()[0] = 0.25F;
  a.run();
  b.run();
  BOOST_CHECK_EQUAL(b.output("y")[1], 0.75F);
}

BOOST_AUTO_TEST_CASE(a_parameter_that_is_an_output_is_read_row_major_after_its_update) {
  Graph g;
  const Value x = g.input("x", {{1, 3}}), rate = g.input("lr", {{1}});
  const Value w = g.parameter("w", {{2, 3}}, from_values({1, 2, 3, 4, 5, 6}));
  const Value y = linear(x, w, Value{});  // keeps w in another order
  sgd(w, gradient(y, w), rate);
  g.output("w", w);
  Graph only;
  only.output("w", w.graph == &g ? only.parameter("w", {{2, 3}}, zeros()) : Value{});
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  std::fill_n(flow.input("x").as().begin(), 3, 1.0F);
  flow.input("lr").as()[0] = 0.5F;
  flow.run();
  BOOST_CHECK(copy(flow.output("w")) == (std::vector<float>{0.5, 1.5, 2.5, 3.5, 4.5, 5.5}));
  Flow reader(only, store, scheduler);
  reader.run();
  BOOST_CHECK(copy(reader.output("w")) == (std::vector<float>{0.5, 1.5, 2.5, 3.5, 4.5, 5.5}));
}

BOOST_AUTO_TEST_CASE(an_input_can_be_read_from_memory_elsewhere) {
  Graph g;
  build_probe(g, 50, nullptr);
  Store store;
  Scheduler scheduler(4);
  Flow flow(g, store, scheduler);
  std::vector<float> a(100), b(100);
  std::iota(a.begin(), a.end(), 1.0F);
  std::iota(b.begin(), b.end(), 1000.0F);
  for (const auto* memory : {&a, &b, &a}) {
    flow.bind("x", reinterpret_cast<const std::byte*>(memory->data()));
    flow.run();
    BOOST_CHECK(copy(flow.output("y")) == *memory);
  }
  CHECK_FAILS(flow.bind("z", nullptr), "no node reads an input 'z'");
}

BOOST_AUTO_TEST_CASE(a_view_of_an_input_follows_what_is_bound) {
  Graph g;
  const Value flat = reshape(g.input("x", {{2, 3}}), {6});
  g.output("y", flat);
  g.output("z", probe(flat, nullptr));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  const std::vector<float> a{1, 2, 3, 4, 5, 6}, b{7, 8, 9, 10, 11, 12};
  for (const auto* memory : {&a, &b, &a}) {
    flow.bind("x", reinterpret_cast<const std::byte*>(memory->data()));
    flow.run();
    BOOST_CHECK(copy(flow.output("y")) == *memory);
    BOOST_CHECK(copy(flow.output("z")) == *memory);
  }
}

BOOST_AUTO_TEST_CASE(a_reshaped_parameter_is_what_it_was_before_its_update) {
  Graph g;
  const Value w = g.parameter("w", {{4}}, filled(1));
  const Value flat = reshape(w, {2, 2}), rate = g.constant("rate", {{1}}, filled(1));
  sgd(w, g.constant("d", {{4}}, filled(1)), rate);
  g.output("y", probe(flat, nullptr));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  flow.run();
  BOOST_CHECK_EQUAL(flow.output("y")[0], 1);
}

BOOST_AUTO_TEST_CASE(what_is_beside_runs_once_a_step) {
  for (int threads : kThreads) {
    for (std::int64_t rows : {1, 50}) {
      std::atomic<int> times{0};
      Graph g;
      build_probe(g, rows, nullptr);
      Store store;
      Scheduler scheduler(threads);
      Flow flow(g, store, scheduler, {.prefetch = [&](std::size_t) { ++times; }});
      for (int step = 0; step < 25; ++step) flow.run();
      BOOST_CHECK_EQUAL(times, 25);
    }
  }
}

BOOST_AUTO_TEST_CASE(wrong_names_and_types_are_answered_with_what_there_is) {
  Graph g;
  const Value x = g.input("x", {{2, 2}});
  g.input("unused", {{2}});
  g.output("y", relu(x));
  g.output("labels", g.input("labels", {{2}, Type::s32}));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler, {.name = "step"});
  CHECK_FAILS(flow.input("unused"), "[step] no node reads an input 'unused'; inputs: x");
  BOOST_CHECK(flow.has_input("x") && !flow.has_input("unused"));
  CHECK_FAILS(flow.output("z"), "[step] has no output 'z'");
  CHECK_FAILS(flow.output("labels"), "[step] output 'labels' has elements of s32, not f32");
  CHECK_FAILS(flow.input("x").as<double>(), "elements are f32, asked for a type of 8 bytes");
}

BOOST_AUTO_TEST_CASE(a_parameter_of_another_shape_in_the_store_is_refused) {
  Graph a, b;
  a.output("y", relu(a.parameter("w", {{2}}, zeros())));
  b.output("y", relu(b.parameter("w", {{3}}, zeros())));
  Store store;
  Scheduler scheduler(1);
  const Flow first(a, store, scheduler);
  CHECK_FAILS(Flow(b, store, scheduler), "[w] the graph expects [3], the stored tensor is [2]");
}

BOOST_AUTO_TEST_CASE(goes_only_when_the_node_that_ended_its_step_has_returned) {
  for (int threads : kThreads) {
    Graph g;
    graphs::mlp_step(g, 128, {784, 256, 10}, {});
    Store store;
    Scheduler scheduler(threads);
    auto flow = std::make_unique<Flow>(g, store, scheduler);
    std::atomic<bool> ended{false}, returned{false};
    scheduler.execute([&] {
      flow->start([&](double, const std::exception_ptr&) {
        ended = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        returned = true;
      });
    });
    while (!ended) std::this_thread::yield();
    flow.reset();
    BOOST_CHECK(returned);
  }
}

BOOST_AUTO_TEST_CASE(a_second_thread_cannot_run_a_flow_that_runs) {
  Graph g;
  const Value x = g.input("x", {{1, 8}});
  g.output("y", probe(x, nullptr, "y", 60'000));
  Store store;
  Scheduler scheduler(2);
  std::atomic<bool> started = false, go_on = false;
  Flow flow(g, store, scheduler, {.prefetch = [&](std::size_t) {
              started = true;
              while (!go_on) std::this_thread::yield();
            }});
  std::thread first([&] { flow.run(); });
  while (!started) std::this_thread::yield();
  CHECK_FAILS(flow.run(), "a run of this flow has not ended yet");
  go_on = true;
  first.join();
  flow.run();
}

BOOST_AUTO_TEST_SUITE_END()
