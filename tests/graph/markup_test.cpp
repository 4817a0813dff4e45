#include <backflow/graph/markup.h>

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(markup)

BOOST_AUTO_TEST_CASE(what_has_a_meaning_is_escaped_and_nothing_else) {
  BOOST_CHECK_EQUAL(escaped("a < b && c > \"d\""), "a &lt; b &amp;&amp; c &gt; &quot;d&quot;");
  BOOST_CHECK_EQUAL(escaped("&lt;"), "&amp;lt;");
  BOOST_CHECK_EQUAL(escaped("W₁ 3×3, 'x'"), "W₁ 3×3, 'x'");
  BOOST_CHECK_EQUAL(escaped(""), "");
}

BOOST_AUTO_TEST_SUITE_END()
