#include "examples/support/program.h"

#include <iostream>

#include "graph/error.h"
#include "runtime/precision.h"

namespace backflow {

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  try {
    app.parse(argc, argv);
    return body();
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    std::cerr << app.get_name() << ": " << e.what() << " (see --help)\n";
    return 2;
  } catch (const UsageError& e) {
    std::cerr << app.get_name() << ": " << e.what() << " (see --help)\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << app.get_name() << ": " << e.what() << '\n';
    return 1;
  }
}

std::string checked_precision(const std::string& precision) {
  try {
    const std::string result = settled(precision);
    const std::string warning = precision_warning(precision_of(precision));
    if (!warning.empty()) std::cerr << "--precision " << precision << ": " << warning << '\n';
    return result;
  } catch (const Error& e) {
    throw UsageError(concat("--precision: ", e.what()));
  }
}

}  // namespace backflow
