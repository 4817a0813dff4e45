#include "examples/apps/serve/limited_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace backflow {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSlice{100};  // of a wait, after which it may have to end

}  // namespace

LimitedStream::LimitedStream(int socket, StreamLimits limits, const std::atomic<bool>& stopping)
    : socket_(socket), limits_(limits), stopping_(stopping) {
  static_assert(kReadable == POLLIN && kWritable == POLLOUT);
}

milliseconds LimitedStream::left() const {
  const auto passed = std::chrono::duration_cast<milliseconds>(Clock::now() - began_);
  return std::max(milliseconds(0), limits_.request_time - passed);
}

bool LimitedStream::wait(short what, milliseconds time) const {
  const auto until = Clock::now() + time;
  while (!stopping_) {
    const auto rest = std::chrono::duration_cast<milliseconds>(until - Clock::now());
    pollfd one{socket_, what, 0};
    const int ready = poll(&one, 1, static_cast<int>(std::clamp(rest, milliseconds(0), kSlice).count()));
    if (ready > 0) return (one.revents & what) != 0;
    if (ready < 0 && errno != EINTR) return false;
    if (rest <= milliseconds(0)) return false;
  }
  return false;
}

bool LimitedStream::fill() {
  const std::size_t room = std::min(buffer_.size(), limits_.request_bytes - received_);
  if (room == 0 || !wait(kReadable, left())) return false;
  const ssize_t n = recv(socket_, buffer_.data(), room, MSG_DONTWAIT);
  if (n <= 0) return false;
  at_ = 0;
  end_ = static_cast<std::size_t>(n);
  received_ += end_;
  return true;
}

ssize_t LimitedStream::read(char* to, std::size_t size) {
  if (at_ == end_ && !fill()) return -1;
  const std::size_t n = std::min(size, end_ - at_);
  std::memcpy(to, buffer_.data() + at_, n);
  at_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t LimitedStream::write(const char* from, std::size_t size) {
  if (!wait_writable()) return -1;
  return send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// Nothing here depends on who asks.
void LimitedStream::get_remote_ip_and_port(std::string& ip, int& port) const { ip.clear(), port = 0; }
void LimitedStream::get_local_ip_and_port(std::string& ip, int& port) const { ip.clear(), port = 0; }

time_t LimitedStream::duration() const {
  return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_).count();
}

}  // namespace backflow
