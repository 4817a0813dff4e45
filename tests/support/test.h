// Boost.Test, and a check that an Error says what it should.
#pragma once

#ifndef BOOST_TEST_DYN_LINK
#define BOOST_TEST_DYN_LINK
#endif
#include <boost/test/unit_test.hpp>

#include <string>

#include <backflow/graph/error.h>

/// `expression` throws a `Type` whose sentence contains `part`.
#define CHECK_THROWS(Type, expression, part)                                \
  BOOST_CHECK_EXCEPTION(expression, Type, [&](const Type& e) {              \
    const bool has = std::string(e.what()).find(part) != std::string::npos; \
    if (!has) BOOST_TEST_MESSAGE("the error was: " << e.what());            \
    return has;                                                             \
  })
/// The same of an Error.
#define CHECK_FAILS(expression, part) CHECK_THROWS(backflow::Error, expression, part)
