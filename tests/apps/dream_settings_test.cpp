#include "examples/apps/dream/dream_settings.h"

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(dream_settings)

BOOST_AUTO_TEST_CASE(what_they_have_instead_is_quoted_in_part) {
  std::string list = "[0";
  for (int i = 0; i < 10'000; ++i) list += ",0";
  list += "]";
  for (const std::string text : {"{\"models\": {\"a\": " + list + "}}", "{\"models\": [{\"path\": " + list + "}]}"})
    BOOST_CHECK_EXCEPTION(dream_settings_from_json(text, "run.json"), Error, [](const Error& e) {
      return std::string(e.what()).find("found ") != std::string::npos && std::string(e.what()).size() < 300;
    });
}

BOOST_AUTO_TEST_SUITE_END()
