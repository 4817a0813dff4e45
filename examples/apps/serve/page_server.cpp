#include "examples/apps/serve/page_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

/// Says what a system call made of the address; httplib only says whether it worked.
std::string why_not(int error) { return error == 0 ? "it is no address of this machine" : std::strerror(error); }

/// Without SO_REUSEPORT, which httplib sets: with it two programs would share a port.
void set_listening(int socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

/// A thread for each connection; where there are too many the thread that accepts closes the next one itself.
class PageServer::Threads final : public httplib::TaskQueue {
 public:
  /// Returns a bool in later versions of httplib.
  using Result = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

  Result enqueue(std::function<void()> task) override {
    if (!begin() || !started(task)) task();
    return Result(true);
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  bool begin() {
    const std::scoped_lock lock(mutex_);
    if (running_ == kMaxConnections) return false;
    ++running_;
    return true;
  }
  void finish() {
    const std::scoped_lock lock(mutex_);
    --running_;
    ended_.notify_all();
  }
  bool started(const std::function<void()>& task) {
    try {
      std::thread([this, task] {
        task();
        finish();
      }).detach();
      return true;
    } catch (const std::system_error&) {  // no more threads
      finish();
      return false;
    }
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
};

PageServer::PageServer(StreamLimits limits) : limits_(limits) {
  new_task_queue = [] { return new Threads; };
  set_socket_options(set_listening);
}

PageServer::~PageServer() { end(); }

void PageServer::bind(const std::string& address, int port) {
  errno = 0;
  port_ = port > 0 ? (bind_to_port(address.c_str(), port) ? port : -1) : bind_to_any_port(address.c_str());
  require(port_ > 0, "the page cannot be served at ", address, ":", port, ": ", why_not(errno));
}

void PageServer::start() {
  listening_ = std::thread([this] { listen_after_bind(); });
  while (!is_running()) std::this_thread::yield();
}

void PageServer::end() {
  if (!listening_.joinable()) return;
  stopping_ = true;
  stop();
  listening_.join();
}

/// One request: a connection that is kept open would be a thread that waits.
bool PageServer::process_and_close_socket(socket_t socket) {
  if (++open_ <= kMaxConnections) {
    LimitedStream stream(socket, limits_, stopping_);
    answer(*this, stream);
  }
  --open_;
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return true;
}

/// A template, so that the form which this httplib does not have is not compiled.
template <class Base>
void PageServer::answer(Base& server, LimitedStream& stream) {
  bool closed = false;
  if constexpr (requires { server.process_request(stream, true, closed, nullptr); })
    server.process_request(stream, true, closed, nullptr);
  else
    server.process_request(stream, std::string(), 0, std::string(), 0, true, closed, nullptr);
}

}  // namespace backflow
