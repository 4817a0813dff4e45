// The main of every Boost.Test program.
#define BOOST_TEST_DYN_LINK
#define BOOST_TEST_MODULE backflow
#include <boost/test/unit_test.hpp>
