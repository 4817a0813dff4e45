#include "examples/apps/common/program.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/flow/precision.h>
#include <backflow/runtime/log/version.h>
#include "examples/apps/common/completion.h"
#include "examples/apps/common/log_options.h"

namespace backflow {
namespace {

/// A file that is opened later must not become standard output because that was closed.
void open_standard_descriptors() {
  int descriptor = 0;
  do descriptor = ::open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
}

/// Whether standard output is a pipe that nobody reads any more.
bool is_unread() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/// `status`, or 1 if what was printed did not arrive, as on a full disk.
int delivered(const CLI::App& app, int status) {
  const bool arrived = std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (arrived || is_unread()) return status;
  std::cerr << app.get_name() << ": cannot write to standard output\n";
  return status == 0 ? 1 : status;
}

/// Unknown arguments, and flags with names like theirs.
std::string unexpected(const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::Option* o : app.get_options())
    for (const std::string& name : o->get_lnames()) known.push_back("--" + name);
  const std::string unknown = app.remaining().empty() ? "" : app.remaining().front();
  const std::string flag = unknown.substr(0, unknown.find('='));
  if (!flag.starts_with("--")) return str_cat("there is no argument '", unknown, "'");
  return files::no_such("option", flag, known);
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  open_standard_descriptors();
  LogOptions log;
  app.set_version_flag("--version", [&app] { return str_cat(app.get_name(), ' ', version(), '\n', build_report()); });
  app.name(std::filesystem::path(argv[0]).filename());
  add_options(app, log);
  add_completion(app);
  try {
    app.parse(argc, argv);
    use(log);
    return delivered(app, body());
  } catch (const CLI::ExtrasError&) {
    std::cerr << app.get_name() << ": " << unexpected(app) << " (see --help)\n";
    return 2;
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return delivered(app, app.exit(e));  // --help, --version
    std::cerr << app.get_name() << ": " << e.what() << " (see --help)\n";
    return 2;
  } catch (const UsageError& e) {
    std::cerr << app.get_name() << ": " << e.what() << " (see --help)\n";
    return 2;
  } catch (const std::bad_alloc&) {
    std::cerr << app.get_name() << ": there is not enough memory\n";
    return 1;
  } catch (const std::exception& e) {
    std::cerr << app.get_name() << ": " << e.what() << '\n';
    return 1;
  }
}

std::vector<std::string> given_options(const CLI::App& app) {
  static const std::set<std::string> common{"version", "log-level", "log-file", "completion"};
  std::vector<std::string> names;
  for (const CLI::Option* o : app.get_options())
    if (o->count() > 0 && !common.contains(o->get_single_name())) names.push_back(o->get_single_name());
  return names;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error, "--out: cannot make the folder '", folder.string(), "': ", error.message());
}

void check_writable(const std::string& flag, const std::filesystem::path& file) {
  try {
    files::check_writable(file);
  } catch (const Error& e) {
    fail(flag, ": ", e.what());
  }
}

void say_unreadable(const std::string& program, const std::string& file, const std::exception& e) {
  const std::string what = e.what();
  std::cerr << program << ": " << (what.find(file) == std::string::npos ? file + ": " : "") << what << '\n';
}

Precision checked_precision(Precision precision) {
  try {
    const Precision result = settled(precision);
    const std::string warning = precision_warning(precision);
    if (!warning.empty()) std::cerr << "--precision " << name_of(precision) << ": " << warning << '\n';
    return result;
  } catch (const Error& e) {
    throw UsageError(str_cat("--precision: ", e.what()));
  }
}

}  // namespace backflow
