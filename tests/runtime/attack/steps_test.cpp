#include <backflow/runtime/attack/steps.h>

#include <backflow/ops/batch_norm.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/attack/shared_network.h>
#include "tests/support/ball.h"
#include "tests/support/graphs.h"

using namespace backflow;

namespace {

constexpr std::int64_t kSamples = 48;

/// Of images 2 × 6 × 6; its layers make their parameters themselves.
Value own_network(Value images) {
  const Value x = reshape(images, {images.shape()[0], 72});
  const Value h = relu(batch_norm(linear(x, {.out = 20, .name = "fc1"}), {.name = "bn"}));
  return linear(h, {.out = 5, .name = "fc2"});
}

struct AttackCase {
  attack::Threat threat;
  std::int64_t steps;
  float rate;
};

void build_attack(Graph& g, const AttackCase& c, const models::Network& network) {
  const Value pixels = g.input("pixels", {.shape = {kSamples, 2, 6, 6}, .image = true});
  const Value labels = g.input("labels", {{kSamples}, Type::s32});
  const Value keys = g.input("keys", {{kSamples, 4}, Type::s32});
  const attack::SharedNetwork attacked(network, pixels.spec(), Mode::prediction);
  const attack::Ball ball = attack::ball_around(pixels, c.threat);
  const Value rate = g.constant("rate", {{1}}, filled(c.rate));
  g.output("start", attack::random_start(ball, keys));
  const Value end = attack::pgd(ball, g.outputs().at("start"), c.steps, rate, [&](Value x, std::int64_t step) {
    return softmax_cross_entropy(attacked.append(x, str_cat("attack.", step, ".")), labels);
  });
  g.output("end", end);
  g.output("loss", softmax_cross_entropy(attacked.append(end, "last."), labels));
  g.output("clean_loss", softmax_cross_entropy(attacked.append(pixels, "clean."), labels));
}

struct Attacked {
  std::vector<float> start, end;
  float loss = 0, clean_loss = 0;
  bool operator==(const Attacked&) const = default;
};

Attacked attacked_with(const AttackCase& c, int threads) {
  Graph g;
  build_attack(g, c, own_network);
  Store store;
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  const auto values = proof::pixels(kSamples * 72);
  std::copy(values.begin(), values.end(), flow.input("pixels").as().begin());
  for (std::size_t i = 0; i < kSamples; ++i)
    flow.input("labels").as<std::int32_t>()[i] = static_cast<std::int32_t>(i % 5);
  attack::write_keys(flow.input("keys").as<std::int32_t>(), 3, 100, 7);
  flow.run();
  const auto start = flow.output("start"), end = flow.output("end");
  return {{start.begin(), start.end()}, {end.begin(), end.end()}, flow.scalar("loss"), flow.scalar("clean_loss")};
}

const std::vector<AttackCase>& cases() {
  static const std::vector<AttackCase> all{{{Norm::linf, .1F}, 7, .04F}, {{Norm::l2, .5F}, 5, .25F}};
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attack_steps)

BOOST_AUTO_TEST_CASE(make_the_loss_larger_and_stay_in_the_ball_exactly) {
  const auto pixels = proof::floats(proof::pixels(kSamples * 72));
  for (const AttackCase& c : cases()) {
    const Attacked a = attacked_with(c, 2);
    proof::check_in_ball(c.threat.norm, c.threat.epsilon, a.start, pixels, kSamples);
    proof::check_in_ball(c.threat.norm, c.threat.epsilon, a.end, pixels, kSamples);
    BOOST_TEST((a.start != pixels && a.end != a.start));
    BOOST_TEST(a.loss > a.clean_loss + .05F);
  }
}

BOOST_AUTO_TEST_CASE(give_the_same_bits_on_any_number_of_threads) {
  for (const AttackCase& c : cases()) {
    const Attacked one = attacked_with(c, 1);
    for (int threads : {2, 4, 8}) BOOST_TEST((attacked_with(c, threads) == one));
  }
}

BOOST_AUTO_TEST_CASE(are_what_single_steps_with_the_same_network_are) {
  for (AttackCase c : cases()) {
    const Attacked whole = attacked_with(c, 2);
    Graph g;
    const Value x = g.input("x", {.shape = {kSamples, 2, 6, 6}, .image = true});
    const Value original = g.input("original", x.spec()), labels = g.input("labels", {{kSamples}, Type::s32});
    g.set_mode(Mode::prediction);
    const Value d = attack::input_gradient(softmax_cross_entropy(own_network(x), labels), x);
    g.output("next",
             attack::ascend(attack::ball_around(original, c.threat), x, d, g.constant("rate", {{1}}, filled(c.rate))));
    Store store;
    Scheduler scheduler(1);
    Flow flow(g, store, scheduler);
    const auto pixels = proof::pixels(kSamples * 72);
    std::copy(pixels.begin(), pixels.end(), flow.input("original").as().begin());
    std::copy(whole.start.begin(), whole.start.end(), flow.input("x").as().begin());
    for (std::size_t i = 0; i < kSamples; ++i)
      flow.input("labels").as<std::int32_t>()[i] = static_cast<std::int32_t>(i % 5);
    for (std::int64_t step = 0; step < c.steps; ++step) {
      flow.run();
      std::ranges::copy(flow.output("next"), flow.input("x").as().begin());
    }
    const auto end = flow.output("next");
    std::size_t far = 0;
    for (std::size_t i = 0; i < end.size(); ++i) far += std::abs(end[i] - whole.end[i]) > 1e-5F;
    BOOST_TEST(far == 0U);
  }
}

BOOST_AUTO_TEST_CASE(compute_nothing_for_parameters_and_statistics) {
  Graph g;
  build_attack(g, cases()[0], own_network);
  const Plan plan = compile(g, {});
  for (const PlanNode& node : plan.nodes) {
    BOOST_TEST((node.role != Role::update), node.name);
    for (const std::size_t v : node.out)
      for (const Value& p : g.parameters())
        if (node.role == Role::backward) BOOST_TEST((plan.values[v].spec.shape != p.shape()), node.name);
  }
  BOOST_TEST(g.parameters().size() == 6U);
}

BOOST_AUTO_TEST_CASE(share_their_memory) {
  const auto bytes = [](std::int64_t steps) {
    Graph g;
    build_attack(g, {{Norm::linf, .1F}, steps, .03F}, own_network);
    return static_cast<double>(compile(g, {}).arena_bytes);
  };
  BOOST_TEST(bytes(20) < 2 * bytes(2));  // small values of each step that nobody waits for stay
}

BOOST_AUTO_TEST_CASE(have_a_key_for_each_sample_and_step) {
  std::vector<std::int32_t> a(8), b(8), c(8), d(8);
  attack::write_keys(a, 1, 5, 0);
  attack::write_keys(b, 1, 6, 0);
  attack::write_keys(c, 1, 5, 1);
  attack::write_keys(d, 2, 5, 0);
  BOOST_TEST((std::equal(a.begin() + 4, a.end(), b.begin())));
  BOOST_TEST((a != b && a != c && a != d));
}

BOOST_AUTO_TEST_CASE(say_what_they_wanted) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  CHECK_FAILS(attack::input_gradient(x, x), "[attack] the loss needs to be one number, got [2, 3]");
  CHECK_FAILS(attack::repeat(-1, x, {}), "[attack] the number of steps needs to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_SUITE_END()
