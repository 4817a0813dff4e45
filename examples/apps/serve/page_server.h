// Internal to apps/serve: httplib's server with bounds: so many connections at once, one bounded request on each.
#pragma once

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "examples/apps/serve/limited_stream.h"

namespace backflow {

class PageServer final : public httplib::Server {
 public:
  /// Connections at once; further ones are closed as they come.
  static constexpr int kMaxConnections = 512;

  explicit PageServer(StreamLimits limits = {});
  ~PageServer() override;

  /// A `port` of 0 is any that is free. Throws an Error if the address cannot be used.
  void bind(const std::string& address, int port);
  /// After bind(): answers from now on, on threads of its own.
  void start();
  int port() const { return port_; }
  /// Ends all connections. After it nothing is answered.
  void end();

 private:
  class Threads;
  bool process_and_close_socket(socket_t socket) override;
  template <class Base>
  void answer(Base& server, LimitedStream& stream);

  StreamLimits limits_;
  int port_ = 0;
  std::atomic<int> open_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread listening_;
};

}  // namespace backflow
