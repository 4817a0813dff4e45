#include <backflow/runtime/files/graphviz.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <backflow/graph/dot.h>
#include <backflow/runtime/files/atomic_file.h>

namespace backflow::files {
namespace {

/// Runs graphviz without a shell; false if it is missing or fails.
bool run_dot(const std::string& format, const std::string& source, const std::string& target) {
  const std::string flag = "-T" + format;
  const char* arguments[] = {"dot", flag.c_str(), "-o", target.c_str(), source.c_str(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (int descriptor : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&quiet, descriptor, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, "dot", &quiet, nullptr, const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (failed != 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool draw(const std::filesystem::path& file, const std::string& format) {
  const std::filesystem::path target = std::filesystem::path(file).replace_extension(format);
  const std::filesystem::path unfinished = target.string() + ".part";
  std::error_code error;
  const bool drawn = run_dot(format, std::filesystem::absolute(file), std::filesystem::absolute(unfinished));
  if (drawn) std::filesystem::rename(unfinished, target, error);
  if (!drawn || error) {
    std::error_code ignored;
    std::filesystem::remove(unfinished, ignored);
  }
  return drawn && !error;
}

}  // namespace

bool write_drawing(const std::string& dot, const std::filesystem::path& file, const DrawingOptions& options) {
  write_file(file, dot);
  const bool svg = draw(file, "svg");
  return (!options.png || draw(file, "png")) && svg;
}

bool write_graph_picture(const Graph& graph, const std::filesystem::path& file, const DrawingOptions& options) {
  return write_drawing(to_dot(graph), file, options);
}

}  // namespace backflow::files
