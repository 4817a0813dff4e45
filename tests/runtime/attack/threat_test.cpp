#include <backflow/runtime/attack/threat.h>

#include "tests/support/test.h"

using namespace backflow;
using attack::parse_threat, attack::Threat;

BOOST_AUTO_TEST_SUITE(threat)

BOOST_AUTO_TEST_CASE(is_a_norm_and_a_radius) {
  BOOST_TEST((parse_threat("linf:8/255") == Threat{Norm::linf, 8.0F / 255}));
  BOOST_TEST((parse_threat("linf:0.1") == Threat{Norm::linf, .1F}));
  BOOST_TEST((parse_threat("l2:0.5") == Threat{Norm::l2, .5F}));
  BOOST_TEST((parse_threat("l2:3") == Threat{Norm::l2, 3}));
}

BOOST_AUTO_TEST_CASE(comes_back_as_the_text_that_gives_it) {
  for (const char* text : {"linf:0.1", "l2:0.5", "l2:3"}) BOOST_TEST(to_string(parse_threat(text)) == text);
  const Threat fraction = parse_threat("linf:8/255");
  BOOST_TEST((parse_threat(attack::to_string(fraction)) == fraction));
}

BOOST_AUTO_TEST_CASE(that_makes_no_sense_is_refused) {
  const std::string form = "robust needs NORM:RADIUS, such as linf:8/255, linf:0.1 or l2:0.5, got ";
  for (const char* text : {"", "linf", "8/255", "l1:0.1", "Linf:0.1", "linf0.1"})
    CHECK_THROWS(OptionError, parse_threat(text, "robust"), form + "'" + text + "': ");
  CHECK_FAILS(parse_threat("l1:1"), "threat needs NORM:RADIUS");
  CHECK_FAILS(parse_threat("l1:1"), "the norm is linf or l2");
  for (const char* text : {"linf:", "linf:a", "linf:1/", "linf:1/0", "linf:/2", "l2:nan", "l2:inf", "l2:1e99",
                           "l2:0.5x", "l2:1/2/3", "l2:1/-2"})
    CHECK_FAILS(parse_threat(text), "the radius is a number or a fraction");
  for (const char* text : {"linf:0", "l2:-0.5", "l2:1e-99"}) CHECK_FAILS(parse_threat(text), "has to be above 0");
  for (const char* text : {"linf:1", "linf:255/255", "linf:8"}) CHECK_FAILS(parse_threat(text), "has to be below 1");
}

BOOST_AUTO_TEST_SUITE_END()
