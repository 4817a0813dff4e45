#include <backflow/ops/identity.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(identity_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "identity", [](Value x) { return identity(x); }, [](auto x) { return x; });
}

BOOST_AUTO_TEST_CASE(passes_integers_too) {
  Graph g;
  BOOST_TEST((identity(g.input("labels", {{4}, Type::s32})).spec() == Spec{{4}, Type::s32}));
}

BOOST_AUTO_TEST_SUITE_END()
