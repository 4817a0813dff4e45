#include <backflow/ops/ascent_direction.h>

#include <backflow/ops/ascend.h>
#include "tests/support/update.h"

using namespace backflow;
using Kind = AscentDirectionOptions::Kind;

namespace {

proof::UpdateBuilder builder(const AscentDirectionOptions& o) {
  return [o](Value w, Value g, Value rate, Value step) { ascend(w, ascent_direction(g, step, "w", o), rate); };
}

void check(const std::string& name, const AscentDirectionOptions& o, std::vector<std::string> states,
           const proof::UpdateReference& reference) {
  for (const Shape& shape : {Shape{1}, Shape{3, 5}, Shape{7, 9000}})
    proof::prove_update(name + to_string(shape), {shape, states}, builder(o), reference);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ascent_direction_)

BOOST_AUTO_TEST_CASE(of_momentum_agrees_with_the_reference) {
  check("momentum", {.kind = Kind::momentum, .beta1 = .75}, {"moment1"},
        [](double& w, std::vector<double>& s, double g, double rate, int) {
          s[0] = .75 * s[0] + g;
          w += rate * s[0];
        });
}

BOOST_AUTO_TEST_CASE(of_adam_and_nadam_agrees_with_the_reference) {
  for (bool nadam : {false, true})
    check(nadam ? "nadam" : "adam", {.kind = nadam ? Kind::nadam : Kind::adam, .beta1 = .8, .beta2 = .9},
          {"moment1", "moment2"}, [nadam](double& w, std::vector<double>& s, double g, double rate, int t) {
            s[0] = .8 * s[0] + .2 * g;
            s[1] = .9 * s[1] + .1 * g * g;
            const double mean = nadam ? .8 * s[0] / (1 - std::pow(.8, t + 1)) + .2 * g / (1 - std::pow(.8, t))
                                      : s[0] / (1 - std::pow(.8, t));
            w += rate * mean / (std::sqrt(s[1] / (1 - std::pow(.9, t))) + 1e-8);
          });
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value d = g.input("d", {{2, 3}}), t = g.input("t", {{1}});
  CHECK_FAILS(ascent_direction(d, d, "x"), "the step needs shape [1], got [2, 3]");
  CHECK_FAILS(ascent_direction(d, t, "y", {.beta1 = 1}), "betas need to be in [0, 1), got 1");
  CHECK_FAILS(ascent_direction(d, t, "z", {.epsilon = 0}), "epsilon needs to be above 0, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
